//! The pages of Services tiers: what is connected, what to connect, and how an attempt ended.

use askama::Template;
use chrono::{DateTime, Utc};

use super::{Link, outcome::Failure};
use crate::web::Frame;

/// One connection, as a card shows it.
pub(super) struct Card {
    pub id: String,
    pub point_of_sale_name: String,
    /// Compte, Point de vente, Catalogue, Liste de clients.
    pub link: Link,
    pub connected_by: Option<String>,
    pub connected_at: DateTime<Utc>,
    /// When HubRise last answered for it.
    pub verified_at: DateTime<Utc>,
}

/// `/services`
#[derive(Template)]
#[template(path = "connections/services.html")]
pub(super) struct ServicesPage {
    pub frame: Frame,
    pub cards: Vec<Card>,
    /// Whether this person may connect and disconnect.
    pub may_change: bool,
    /// HubRise's back office.
    pub hubrise_address: String,
}

/// A point of sale to choose.
pub(super) struct Choice {
    pub id: String,
    pub name: String,
    pub chosen: bool,
}

/// `/services/hubrise/connect`
#[derive(Template)]
#[template(path = "connections/connect.html")]
pub(super) struct ConnectPage {
    pub frame: Frame,
    /// The organisation's points of sale that are not connected.
    pub choices: Vec<Choice>,
    /// Whether "a new one" is chosen.
    pub new_chosen: bool,
    /// The name typed for it.
    pub new_name: String,
    /// What is wrong, in a sentence.
    pub error: Option<String>,
}

/// `/services/hubrise/attempts/{id}` after a success
#[derive(Template)]
#[template(path = "connections/connected.html")]
pub(super) struct ConnectedPage {
    pub frame: Frame,
    pub card: Card,
}

/// `/services/hubrise/attempts/{id}` while another request still talks to HubRise
#[derive(Template)]
#[template(path = "connections/waiting.html")]
pub(super) struct WaitingPage {
    pub frame: Frame,
}

/// `/services/hubrise/attempts/{id}` after a failure, and `/services/hubrise/refused/{reason}`
#[derive(Template)]
#[template(path = "connections/failed.html")]
pub(super) struct FailedPage {
    pub frame: Frame,
    pub failure: Failure,
    /// A heading of a few words.
    pub title: String,
    /// What happened, and what to do.
    pub text: String,
    /// The point of sale that stands in the way, where it is the reader's own: its name.
    pub obstacle: Option<String>,
}
