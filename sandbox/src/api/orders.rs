//! Orders of a location, or of a whole account: listed, read, created and updated. An address without a location is
//! the short form, for a location's token.

use axum::extract::{Path, Query, State};
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::Value;

use super::access::{Access, HeavyAccess};
use super::body::Body;
use super::error::ApiError;
use super::order_filter::OrderFilter;
use super::paging::{Page, Paging};
use crate::app::Shared;
use crate::state::{AccountId, LocationId, Order, OrderId, OrderRefusal, Resource, World};

/// Whose orders an address is about.
#[derive(Debug, Deserialize)]
pub(super) struct LocationPath {
    location_id: Option<LocationId>,
}

#[derive(Debug, Deserialize)]
pub(super) struct AccountPath {
    account_id: Option<AccountId>,
}

/// Which order an address is about.
#[derive(Debug, Deserialize)]
pub(super) struct OrderPath {
    location_id: Option<LocationId>,
    pub(super) order_id: OrderId,
}

pub(super) fn router() -> Router<Shared> {
    let orders = get(list_orders).post(create_order);
    let order = get(show_order).patch(update_order).put(update_order);
    Router::new()
        .route("/location/orders", orders.clone())
        .route("/locations/{location_id}/orders", orders)
        .route("/location/orders/{order_id}", order.clone())
        .route("/locations/{location_id}/orders/{order_id}", order)
        .route("/account/orders", get(list_account_orders))
        .route("/accounts/{account_id}/orders", get(list_account_orders))
}

async fn list_orders(
    State(app): State<Shared>,
    HeavyAccess(access): HeavyAccess,
    Path(path): Path<LocationPath>,
    Query(filter): Query<OrderFilter>,
    Query(paging): Query<Paging>,
) -> Result<Page, ApiError> {
    access.require_read_orders()?;
    app.store.read(|world| {
        let (_, location) = access.location(&world.directory, path.location_id.as_ref())?;
        list(world, &access, &filter, &paging, |order| order.location_id == location.id)
    })
}

async fn list_account_orders(
    State(app): State<Shared>,
    HeavyAccess(access): HeavyAccess,
    Path(path): Path<AccountPath>,
    Query(filter): Query<OrderFilter>,
    Query(paging): Query<Paging>,
) -> Result<Page, ApiError> {
    access.require_read_orders()?;
    app.store.read(|world| {
        let account = access.whole_account(&world.directory, path.account_id.as_ref())?;
        list(world, &access, &filter, &paging, |order| account.location(&order.location_id).is_some())
    })
}

fn list(
    world: &World,
    access: &Access,
    filter: &OrderFilter,
    paging: &Paging,
    is_asked_for: impl Fn(&Order) -> bool,
) -> Result<Page, ApiError> {
    let criteria = filter.criteria()?;
    let orders = world.records.orders.iter().filter(|order| is_asked_for(order));
    paging.page_of_wanted(
        orders,
        |order| criteria.admit(order, &access.client_id, &world.directory),
        |order| order.id.as_str(),
        |order| order.seen_by(Some(&access.client_id), &world.directory),
    )
}

async fn show_order(
    State(app): State<Shared>,
    access: Access,
    Path(path): Path<OrderPath>,
) -> Result<Json<Value>, ApiError> {
    access.require_read_orders()?;
    app.store.read(|world| {
        let location = path.location(world, &access)?;
        show(world, &access, &location, &path.order_id)
    })
}

/// Answers 200 with the whole order.
async fn create_order(
    State(app): State<Shared>,
    access: Access,
    Path(path): Path<LocationPath>,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    access.require_write_orders()?;
    app.store.change(|world| {
        let location = access.location(&world.directory, path.location_id.as_ref())?.1.id.clone();
        let created = world.create_order(&access.client_id, &location, &body.0, app.clock.now());
        show(world, &access, &location, &created.map_err(ApiError::invalid)?)
    })
}

/// PUT is the former PATCH, and changes as little.
async fn update_order(
    State(app): State<Shared>,
    access: Access,
    Path(path): Path<OrderPath>,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    access.require_write_orders()?;
    app.store.change(|world| {
        let location = path.location(world, &access)?;
        world.update_order(Some(&access.client_id), &location, &path.order_id, &body.0, app.clock.now())?;
        show(world, &access, &location, &path.order_id)
    })
}

fn show(world: &World, access: &Access, location: &LocationId, id: &OrderId) -> Result<Json<Value>, ApiError> {
    let order = world.records.order(location, id).ok_or(OrderRefusal::Unknown)?;
    Ok(Json(order.seen_by(Some(&access.client_id), &world.directory)))
}

impl OrderPath {
    pub(super) fn location(&self, world: &World, access: &Access) -> Result<LocationId, ApiError> {
        let (_, location) = access.location(&world.directory, self.location_id.as_ref())?;
        Ok(location.id.clone())
    }
}

impl Access {
    pub(super) fn require_read_orders(&self) -> Result<(), ApiError> {
        self.require_read(Resource::Orders, Resource::Orders)
    }

    pub(super) fn require_write_orders(&self) -> Result<(), ApiError> {
        self.require_write(Resource::Orders, Resource::Orders)
    }
}

impl From<OrderRefusal> for ApiError {
    fn from(refusal: OrderRefusal) -> Self {
        match refusal {
            OrderRefusal::Unknown => Self::not_found("Order"),
            OrderRefusal::NoDelivery => Self::not_found("Delivery"),
            OrderRefusal::Invalid(errors) => Self::invalid(errors),
        }
    }
}
