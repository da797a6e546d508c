//! The pages of signing in, and of one's own settings.

use askama::Template;
use chrono::{DateTime, Utc};

use super::sessions::OpenSession;
use crate::web::Frame;

/// `/login`
#[derive(Template)]
#[template(path = "users/login.html")]
pub(super) struct LoginPage {
    pub frame: Frame,
    /// What was typed, to be corrected.
    pub email: String,
    /// Where to go afterwards: a path of ours.
    pub return_to: String,
    /// What is wrong, in a sentence.
    pub error: Option<String>,
}

/// What is asked about a HubRise identity.
pub(super) enum ConfirmStage {
    /// The account with the same address says so, by its password.
    Password,
    /// The account with the same address has no password to say so with.
    NoPassword,
    /// The account that is signed in says so.
    Agree { account: String },
    /// It belongs to another account already.
    Elsewhere,
}

/// `/login/hubrise/confirm`
#[derive(Template)]
#[template(path = "users/confirm_identity.html")]
pub(super) struct ConfirmIdentityPage {
    pub frame: Frame,
    /// The address of the HubRise profile.
    pub email: String,
    pub stage: ConfirmStage,
    pub error: Option<String>,
}

/// `/login/hubrise/unknown`
#[derive(Template)]
#[template(path = "users/unknown.html")]
pub(super) struct UnknownPage {
    pub frame: Frame,
    pub email: String,
    pub name: Option<String>,
    pub hubrise_address: String,
}

/// `/settings`
#[derive(Template)]
#[template(path = "users/settings.html")]
pub(super) struct SettingsPage {
    pub frame: Frame,
    pub email: String,
    /// The address of the HubRise profile that belongs to the account.
    pub hubrise_email: Option<String>,
    pub has_password: bool,
    pub sessions: Vec<OpenSession>,
    pub organisation: Option<OrganisationSettings>,
}

/// What the settings say of the organisation that the reader looks at.
pub(super) struct OrganisationSettings {
    pub name: String,
    pub is_manager: bool,
    pub trial_ends_at: Option<DateTime<Utc>>,
    pub trial_is_over: bool,
}
