//! The pages of the console.

use askama::Template;

use super::{
    case::Case,
    filters::{Choice, Listed},
    search::{Found, Line},
    store::timeline::Receipt,
    timeline::Entry,
    waiting::Job,
};
use crate::web::Frame;

/// `/support/verify`
#[derive(Template)]
#[template(path = "support/verify.html")]
pub(super) struct VerifyPage {
    pub frame: Frame,
    /// Where to go afterwards: a path of the console.
    pub return_to: String,
    /// Whether there is anything to compute codes from.
    pub has_secret: bool,
    pub error: Option<String>,
}

/// `/support`
#[derive(Template)]
#[template(path = "support/start.html")]
pub(super) struct StartPage {
    pub frame: Frame,
    /// What was searched for.
    pub query: String,
    /// What was found; nothing was searched for without a query.
    pub found: Option<Found>,
    pub choices: Vec<Choice>,
    pub listed: Option<Listed>,
}

/// `/support/organisations/{organisation}`
#[derive(Template)]
#[template(path = "support/organisation.html")]
pub(super) struct OrganisationPage {
    pub frame: Frame,
    pub id: String,
    pub name: String,
    pub managers: Vec<String>,
    pub lines: Vec<Line>,
    pub attempts: Vec<Entry>,
    pub receipts: Vec<Receipt>,
}

/// `/support/connections/{id}`
#[derive(Template)]
#[template(path = "support/connection.html")]
pub(super) struct ConnectionPage {
    pub frame: Frame,
    pub case: Case,
    pub managers: Vec<String>,
    pub jobs: Vec<Job>,
    pub entries: Vec<Entry>,
    /// Where older entries are.
    pub older: Option<String>,
    /// Whether these are the newest entries.
    pub is_newest: bool,
    /// For a ticket.
    pub summary: String,
}

/// `/support/connections/{id}/remove`
#[derive(Template)]
#[template(path = "support/remove.html")]
pub(super) struct RemovePage {
    pub frame: Frame,
    pub case: Case,
    /// What was typed, to be corrected.
    pub reason: String,
    pub error: Option<String>,
}
