//! Orders on demand, for tests and demos: the injector without its page.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

use crate::app::Shared;
use crate::injector::{self, Content, Kind, MOST_ORDERS, MOST_PER_MINUTE, Recipe};
use crate::state::{LocationId, OrderId};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OrdersForm {
    location_id: LocationId,
    #[serde(default)]
    kind: Kind,
    #[serde(default)]
    content: Content,
    count: Option<u32>,
    /// None, or 0, for all of them at once.
    per_minute: Option<u32>,
}

#[derive(Debug, Serialize)]
struct Made {
    order_ids: Vec<OrderId>,
    /// How many are still to come.
    to_come: u32,
}

pub(super) async fn inject_orders(State(app): State<Shared>, Json(form): Json<OrdersForm>) -> Response {
    let OrdersForm { location_id, kind, content, count, per_minute } = form;
    let (count, per_minute) = (count.unwrap_or(1), per_minute.unwrap_or(0));
    let refused = |reason: String| (StatusCode::UNPROCESSABLE_ENTITY, reason).into_response();
    if !(1..=MOST_ORDERS).contains(&count) {
        return refused(format!("count: from 1 to {MOST_ORDERS}\n"));
    }
    if per_minute > MOST_PER_MINUTE {
        return refused(format!("per_minute: {MOST_PER_MINUTE} at most\n"));
    }
    if app.store.read(|world| world.directory.location(&location_id).is_none()) {
        return (StatusCode::NOT_FOUND, "no such location\n").into_response();
    }
    match injector::start(&app, Recipe { location_id, kind, content }, count, per_minute) {
        Ok(order_ids) => {
            let to_come = count.saturating_sub(u32::try_from(order_ids.len()).unwrap_or(u32::MAX));
            (StatusCode::CREATED, Json(Made { order_ids, to_come })).into_response()
        }
        Err(errors) => (StatusCode::UNPROCESSABLE_ENTITY, Json(errors)).into_response(),
    }
}
