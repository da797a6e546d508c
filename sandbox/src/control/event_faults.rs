//! Making events and notices go wrong.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use crate::app::Shared;
use crate::deliveries::EventFault;

pub(super) async fn add_event_fault(
    State(app): State<Shared>,
    Json(fault): Json<EventFault>,
) -> (StatusCode, &'static str) {
    match app.event_faults.add(fault) {
        Ok(()) => (StatusCode::CREATED, ""),
        Err(flaw) => (StatusCode::UNPROCESSABLE_ENTITY, flaw),
    }
}

/// In the order in which they are tried, used-up ones included, with `remaining` for `times`.
pub(super) async fn list_event_faults(State(app): State<Shared>) -> Json<Vec<EventFault>> {
    Json(app.event_faults.list())
}

pub(super) async fn clear_event_faults(State(app): State<Shared>) -> StatusCode {
    app.event_faults.clear();
    StatusCode::NO_CONTENT
}
