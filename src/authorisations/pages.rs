//! The page of a trip that is under way, and of one that led nowhere.

use askama::Template;
use axum::response::Response;

use super::{Failure, WayOn};
use crate::{
    app::App,
    web::{AppError, Frame, page_with},
};

/// `/services/hubrise/attempts/{id}` while another request still talks to HubRise
#[derive(Template)]
#[template(path = "authorisations/waiting.html")]
pub(super) struct WaitingPage {
    pub frame: Frame,
}

#[derive(Template)]
#[template(path = "authorisations/failed.html")]
struct FailedPage {
    frame: Frame,
    failure: Failure,
    /// A heading of a few words.
    title: String,
    /// What happened, and what to do.
    text: String,
    /// The point of sale that stands in the way, where it is the reader's own: its name.
    obstacle: Option<String>,
    /// Where to go, and the words for it.
    way_on: Option<(String, String)>,
}

/// The page that tells a failure, with the button that helps.
///
/// # Errors
/// When the template fails, which would be a fault of ours.
pub fn show_failure(
    app: &App,
    frame: Frame,
    failure: Failure,
    obstacle: Option<String>,
    way_on: WayOn,
) -> Result<Response, AppError> {
    let title = failure.title(frame.t);
    let text = failure.text(frame.t, obstacle.as_deref());
    let way_on = way_on.button(frame.t, app.hubrise.manager_url());
    page_with(failure.status(), &FailedPage { frame, failure, title, text, obstacle, way_on })
}
