//! The pages of TicknCook's support.

use askama::Template;

use crate::web::Frame;

/// An organisation that was found.
pub(super) struct Found {
    pub id: String,
    pub name: String,
    /// How many points of sale it has, and how many of them are connected, in words.
    pub standing: String,
}

/// `/support`
#[derive(Template)]
#[template(path = "support/search.html")]
pub(super) struct SearchPage {
    pub frame: Frame,
    /// What was searched for.
    pub query: String,
    /// What was found; nothing was searched for without a query.
    pub found: Option<Vec<Found>>,
    /// Whether there is more than is shown.
    pub is_cut: bool,
}
