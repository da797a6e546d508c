//! The delivery of an order: attached once, then read and updated. HubRise documents no scope of its own for it: that
//! of orders.

use axum::extract::{Path, State};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::Value;

use super::access::Access;
use super::body::Body;
use super::error::ApiError;
use super::orders::OrderPath;
use crate::app::Shared;
use crate::state::{LocationId, OrderId, OrderRefusal, World};

pub(super) fn router() -> Router<Shared> {
    let delivery = get(show_delivery).post(create_delivery).patch(update_delivery).put(update_delivery);
    Router::new()
        .route("/location/orders/{order_id}/delivery", delivery.clone())
        .route("/locations/{location_id}/orders/{order_id}/delivery", delivery)
}

async fn show_delivery(
    State(app): State<Shared>,
    access: Access,
    Path(path): Path<OrderPath>,
) -> Result<Json<Value>, ApiError> {
    access.require_read_orders()?;
    app.store.read(|world| show(world, &path.location(world, &access)?, &path.order_id))
}

async fn create_delivery(
    State(app): State<Shared>,
    access: Access,
    Path(path): Path<OrderPath>,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    access.require_write_orders()?;
    app.store.change(|world| {
        let location = path.location(world, &access)?;
        world.create_delivery(&access.client_id, &location, &path.order_id, &body.0, app.clock.now())?;
        show(world, &location, &path.order_id)
    })
}

async fn update_delivery(
    State(app): State<Shared>,
    access: Access,
    Path(path): Path<OrderPath>,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    access.require_write_orders()?;
    app.store.change(|world| {
        let location = path.location(world, &access)?;
        world.update_delivery(&access.client_id, &location, &path.order_id, &body.0, app.clock.now())?;
        show(world, &location, &path.order_id)
    })
}

fn show(world: &World, location: &LocationId, id: &OrderId) -> Result<Json<Value>, ApiError> {
    let order = world.records.order(location, id).ok_or(OrderRefusal::Unknown)?;
    Ok(Json(order.shown_delivery(&world.directory).ok_or(OrderRefusal::NoDelivery)?))
}
