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
    /// Whether the reader's own point of sale stands in the way, and can be looked at.
    is_own: bool,
    /// Where to go, and the words for it.
    way_on: Option<(String, String)>,
}

/// The point of sale that stands in the way of a connection.
#[derive(Clone, Debug)]
pub enum InTheWay {
    /// None does.
    Nothing,
    /// The reader's own, by its name.
    Own(String),
    /// One that was deleted meanwhile.
    Gone,
    /// One whose name is not for this reader.
    Untold,
}

/// The page that tells a failure, with the button that helps.
///
/// # Errors
/// When the template fails, which would be a fault of ours.
pub fn show_failure(
    app: &App,
    frame: Frame,
    failure: Failure,
    in_the_way: &InTheWay,
    way_on: WayOn,
) -> Result<Response, AppError> {
    let title = failure.title(frame.t);
    let text = failure.text(frame.t, in_the_way);
    let way_on = way_on.button(frame.t, app.hubrise.manager_url());
    let is_own = matches!(in_the_way, InTheWay::Own(_));
    page_with(failure.status(), &FailedPage { frame, failure, title, text, is_own, way_on })
}
