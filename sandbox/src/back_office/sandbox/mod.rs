//! What no HubRise has: a page to make calls fail, to take access away, to throw the switches and to move the clock.
//! It exists only where the control interface does.

mod access;
mod event_faults;
mod fault_choices;
mod faults;
mod page;
mod switches;
mod time;
mod words;
mod words_english;
mod words_french;

use axum::Router;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::Response;
use axum::routing::{get, post};

use crate::app::Shared;
use crate::web::Member;

pub(super) fn router() -> Router<Shared> {
    Router::new()
        .route("/sandbox", get(page::show_sandbox))
        .route("/sandbox/faults", post(faults::add_fault))
        .route("/sandbox/faults/clear", post(faults::clear_faults))
        .route("/sandbox/faults/{number}/remove", post(faults::remove_fault))
        .route("/sandbox/events", post(event_faults::add_event_fault))
        .route("/sandbox/events/clear", post(event_faults::clear_event_faults))
        .route("/sandbox/connections/{id}/{change}", post(access::change_connection))
        .route("/sandbox/accounts/{id}/{change}", post(access::change_account))
        .route("/sandbox/settings", post(switches::change_settings))
        .route("/sandbox/clock", post(time::advance_clock))
        .route("/sandbox/codes", post(time::expire_codes))
        .route("/sandbox/reset", post(time::reset))
}

/// A signed-in user of a sandbox that may be controlled.
#[derive(Debug)]
struct Controller(Member);

impl FromRequestParts<Shared> for Controller {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Response> {
        let member = Member::from_request_parts(parts, app).await?;
        if app.control { Ok(Self(member)) } else { Err(member.not_found()) }
    }
}
