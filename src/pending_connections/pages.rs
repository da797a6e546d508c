//! **Terminer la connexion**, and its relatives for a link and for a changed mind.

use askama::Template;
use chrono::{DateTime, Utc};

use crate::{
    connections::{Health, Link},
    web::Frame,
};

/// A point of sale to choose.
pub(super) struct Choice {
    pub id: String,
    pub name: String,
    pub chosen: bool,
}

/// An organisation to choose.
pub(super) struct OrganisationChoice {
    pub id: String,
    pub name: String,
}

/// What the reader has to do next.
pub(super) enum Stage {
    /// Sign in, or get an account.
    SignIn {
        /// Whether the location is connected already: then no new account is of any use.
        taken: bool,
        /// Whom HubRise says they are, if they have no account yet.
        newcomer: Option<String>,
        /// Where they prove their own access to it, if it is connected already.
        open: Option<String>,
        /// How long the free trial of a new account lasts, in days.
        trial_days: u64,
    },
    /// Signed in, without an organisation that they manage.
    Found,
    /// Say for which of their organisations.
    ChooseOrganisation(Vec<OrganisationChoice>),
    /// Say for which point of sale.
    ChoosePointOfSale {
        organisation: OrganisationChoice,
        /// Whether there are other organisations to choose.
        several: bool,
        choices: Vec<Choice>,
        new_chosen: bool,
        new_name: String,
    },
}

impl Stage {
    /// Whether the grant can be confirmed from here.
    fn leads_to_a_confirmation(&self) -> bool {
        !matches!(self, Self::SignIn { taken: true, .. } | Self::Found)
    }
}

/// `/services/hubrise/pending/{id}` for a connection that HubRise began
#[derive(Template)]
#[template(path = "pending_connections/finish.html")]
pub(super) struct FinishPage {
    pub frame: Frame,
    pub id: String,
    /// What HubRise granted.
    pub link: Link,
    /// Until when it waits.
    pub until: DateTime<Utc>,
    pub stage: Stage,
    /// What is wrong, in a sentence.
    pub error: Option<String>,
}

/// `/services/hubrise/pending/{id}` for the owner who followed a link
#[derive(Template)]
#[template(path = "pending_connections/link.html")]
pub(super) struct LinkPage {
    pub frame: Frame,
    pub id: String,
    pub link: Link,
    /// For whom.
    pub organisation_name: String,
    pub point_of_sale_name: String,
    /// What the maker of the link expected: `Account › Location`.
    pub expected: String,
    /// Whether the owner chose that.
    pub as_expected: bool,
    /// Until when it waits.
    pub until: DateTime<Utc>,
    pub error: Option<String>,
}

/// `/services/hubrise/pending/{id}` for a reconnection that came back with another location
#[derive(Template)]
#[template(path = "pending_connections/switch.html")]
pub(super) struct SwitchPage {
    pub frame: Frame,
    pub id: String,
    pub link: Link,
    pub point_of_sale_name: String,
    /// What the point of sale is linked to now.
    pub current: Link,
    /// Until when the other one waits.
    pub until: DateTime<Utc>,
    pub error: Option<String>,
}

/// `/services/hubrise/pending/{id}` for the owner, once it is connected
#[derive(Template)]
#[template(path = "pending_connections/linked.html")]
pub(super) struct LinkedPage {
    pub frame: Frame,
    pub link: Link,
    /// How it is by now.
    pub health: Health,
    pub organisation_name: String,
    pub point_of_sale_name: String,
}

/// `/services/hubrise/pending/{id}` when the location is another restaurant's here
#[derive(Template)]
#[template(path = "pending_connections/taken.html")]
pub(super) struct TakenPage {
    pub frame: Frame,
    pub title: String,
    pub text: String,
    /// Where to prove one's own access to it, if HubRise named the install.
    pub open: Option<String>,
}

/// `/services/hubrise/pending/{id}/account`
#[derive(Template)]
#[template(path = "pending_connections/account.html")]
pub(super) struct AccountPage {
    pub frame: Frame,
    pub id: String,
    pub organisation_name: String,
    pub email: String,
    /// Whether to ask who they are: neither signed in, nor known to HubRise.
    pub asks_who: bool,
    /// Who they are, if that is known.
    pub who: Option<String>,
    pub trial_days: u64,
    pub trial_end: String,
    pub error: Option<String>,
}
