//! Which calls the OAuth server and the API received, so that a test can assert what a client sent.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::app::Shared;
use crate::traffic::{Authorization, Direction, Exchange};

#[derive(Debug, Serialize)]
pub(super) struct Entry {
    method: String,
    path: String,
    query: Option<String>,
    /// `None` while the call is being answered, and for ever if it never was.
    status: Option<u16>,
    at: DateTime<Utc>,
    authorization: Option<Authorization>,
}

impl From<Exchange> for Entry {
    fn from(exchange: Exchange) -> Self {
        let Exchange { method, address: path, query, status, at, authorization, .. } = exchange;
        Self { method, path, query, status, at, authorization }
    }
}

/// Oldest first.
pub(super) async fn list_requests(State(app): State<Shared>) -> Json<Vec<Entry>> {
    let received = app.traffic.list(|exchange| exchange.direction == Direction::Received);
    Json(received.into_iter().map(Entry::from).collect())
}

pub(super) async fn clear_requests(State(app): State<Shared>) -> StatusCode {
    app.traffic.clear();
    StatusCode::NO_CONTENT
}
