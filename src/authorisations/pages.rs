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
    way_on: WayOn,
    /// The button that helps.
    main: Option<Button>,
    /// Another way to go.
    other: Option<Button>,
}

/// Where to go, and the words for it.
type Button = (String, String);

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
    let (main, other) = buttons(&frame, in_the_way, way_on, app.hubrise.manager_url());
    page_with(failure.status(), &FailedPage { frame, failure, title, text, way_on, main, other })
}

/// The button that helps, and another. The reader's own point of sale that stands in the way is looked at first.
fn buttons(frame: &Frame, in_the_way: &InTheWay, way_on: WayOn, hubrise: &str) -> (Option<Button>, Option<Button>) {
    let services = |key| ("/services".to_owned(), frame.t.text(key));
    let onwards = way_on.button(frame.t, hubrise);
    if matches!(in_the_way, InTheWay::Own(_)) {
        return (Some(services("failure-see-connection")), onwards.filter(|_| !way_on.shows_services()));
    }
    let has_other = frame.person.is_some() && onwards.is_some() && !way_on.shows_services();
    (onwards, has_other.then(|| services("frame-to-services")))
}
