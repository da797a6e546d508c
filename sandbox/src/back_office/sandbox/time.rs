//! The clock, the life of codes, and a fresh start.

use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;

use super::Controller;
use crate::app::Shared;
use crate::deliveries::{LONGEST_ADVANCE, advance};
use crate::state::User;
use crate::web::{Problem, Visitor};

/// Minutes, hours and days ahead of the machine.
pub(super) struct Ahead {
    pub(super) days: i64,
    pub(super) hours: i64,
    pub(super) minutes: i64,
}

impl Ahead {
    pub(super) fn of(ahead: TimeDelta) -> Option<Self> {
        // A move of ten minutes leaves the clock a few milliseconds short of ten minutes ahead.
        let minutes = (ahead + TimeDelta::seconds(30)).num_minutes();
        (minutes > 0).then_some(Self { days: minutes / 1440, hours: minutes / 60 % 24, minutes: minutes % 60 })
    }
}

/// The sandbox's time, where the user is.
pub(super) fn shown(now: DateTime<Utc>, user: &User) -> String {
    now.with_timezone(&user.timezone).format("%d/%m/%Y %H:%M:%S").to_string()
}

#[derive(Debug, Deserialize)]
pub(super) struct Advance {
    minutes: u32,
}

/// Answers once all that comes due on the way was attempted.
pub(super) async fn advance_clock(
    State(app): State<Shared>,
    Controller(member): Controller,
    Form(form): Form<Advance>,
) -> Response {
    let by = TimeDelta::minutes(form.minutes.into());
    if by > LONGEST_ADVANCE {
        return refuse(member.visitor);
    }
    advance(&app, by).await;
    Redirect::to("/sandbox#clock").into_response()
}

pub(super) async fn expire_codes(State(app): State<Shared>, _: Controller) -> Redirect {
    let expired = app.store.change(|world| world.records.expire_codes(app.clock.now()));
    Redirect::to(&format!("/sandbox?expired={expired}#codes"))
}

#[derive(Debug, Deserialize)]
pub(super) struct Confirmation {
    confirmed: Option<String>,
}

/// Signs everyone out, whoever asked for it included.
pub(super) async fn reset(
    State(app): State<Shared>,
    Controller(member): Controller,
    Form(confirmation): Form<Confirmation>,
) -> Response {
    if confirmation.confirmed.is_none() {
        return refuse(member.visitor);
    }
    app.reset();
    Redirect::to("/login?next=/sandbox").into_response()
}

fn refuse(visitor: Visitor) -> Response {
    Problem { status: StatusCode::UNPROCESSABLE_ENTITY, explanation: |words| words.bad_form }.page(visitor, "")
}
