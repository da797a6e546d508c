//! Which calls the sandbox made to callbacks and Disconnect URLs, and making those that are due without waiting.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::app::Shared;
use crate::deliveries::run_due;
use crate::traffic::{Direction, Exchange};

#[derive(Debug, Serialize)]
pub(super) struct Delivery {
    method: String,
    address: String,
    query: Option<String>,
    at: DateTime<Utc>,
    body: Option<String>,
    /// `None` while there is no answer, and for ever if there was none.
    status: Option<u16>,
    answer: Option<String>,
    error: Option<String>,
}

impl From<Exchange> for Delivery {
    fn from(exchange: Exchange) -> Self {
        let Exchange { method, address, query, at, request_body: body, status, response_body, error, .. } = exchange;
        Self { method, address, query, at, body, status, answer: response_body, error }
    }
}

#[derive(Debug, Serialize)]
pub(super) struct Made {
    deliveries: u64,
}

/// Oldest first.
pub(super) async fn list_deliveries(State(app): State<Shared>) -> Json<Vec<Delivery>> {
    let sent = app.traffic.list(|exchange| exchange.direction == Direction::Sent);
    Json(sent.into_iter().map(Delivery::from).collect())
}

/// Answers once all that is due was attempted.
pub(super) async fn run_deliveries(State(app): State<Shared>) -> Json<Made> {
    Json(Made { deliveries: run_due(&app).await })
}
