//! Moving the sandbox's time forward, so that what would take an hour happens now.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::app::Shared;
use crate::deliveries::{LONGEST_ADVANCE, advance};

#[derive(Debug, Serialize)]
pub(super) struct Time {
    now: DateTime<Utc>,
    /// Of the time of the machine.
    ahead_seconds: i64,
    /// How many were made on the way.
    #[serde(skip_serializing_if = "Option::is_none")]
    deliveries: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Advance {
    advance_seconds: i64,
}

pub(super) async fn show_clock(State(app): State<Shared>) -> Json<Time> {
    Json(Time { now: app.clock.now(), ahead_seconds: app.clock.ahead().num_seconds(), deliveries: None })
}

/// Answers once all that comes due on the way was attempted, each at its moment.
pub(super) async fn advance_clock(
    State(app): State<Shared>,
    Json(form): Json<Advance>,
) -> Result<Json<Time>, (StatusCode, String)> {
    let by = TimeDelta::try_seconds(form.advance_seconds);
    let by = by.filter(|by| (TimeDelta::zero()..=LONGEST_ADVANCE).contains(by)).ok_or_else(|| {
        let longest = LONGEST_ADVANCE.num_seconds();
        (StatusCode::UNPROCESSABLE_ENTITY, format!("advance_seconds is between 0 and {longest}\n"))
    })?;
    let advanced = advance(&app, by).await;
    let ahead_seconds = app.clock.ahead().num_seconds();
    Ok(Json(Time { now: advanced.now, ahead_seconds, deliveries: Some(advanced.deliveries) }))
}
