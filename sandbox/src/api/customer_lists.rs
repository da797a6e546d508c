//! Customer lists, by the same rules as catalogs: all are listed, and those that were granted are read.

use axum::extract::{Path, Query, State};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::access::Access;
use super::body::Body;
use super::catalogs::{list, view};
use super::error::ApiError;
use super::paging::{Page, Paging};
use crate::app::{App, Shared};
use crate::state::{Account, AccountId, CustomerListId, LocationId, Resource, World};

pub(super) fn router() -> Router<Shared> {
    let of_location = get(list_at_location).post(create_at_location);
    let of_account = get(list_at_account).post(create_at_account);
    let one = get(show_list).patch(rename_list).put(rename_list).delete(delete_list);
    Router::new()
        .route("/location/customer_lists", of_location.clone())
        .route("/locations/{id}/customer_lists", of_location)
        .route("/account/customer_lists", of_account.clone())
        .route("/accounts/{id}/customer_lists", of_account)
        .route("/customer_lists/{id}", one)
}

/// The account of a customer list that the connection reaches.
pub(super) fn find<'a>(world: &'a World, access: &Access, id: &CustomerListId) -> Result<&'a Account, ApiError> {
    access.require_read(Resource::CustomerList, Resource::AllCustomerLists)?;
    let account = access.account(&world.directory)?;
    let found = access.grant.reaches_customer_list(account, id);
    found.then_some(account).ok_or_else(|| ApiError::not_found("Customer list"))
}

/// The account of a customer list that the connection may change, with its customers.
pub(super) fn find_to_write<'a>(
    world: &'a World,
    access: &Access,
    id: &CustomerListId,
) -> Result<&'a Account, ApiError> {
    let account = find(world, access, id)?;
    if !access.grant.writes_customer_list(account, id) {
        return Err(ApiError::forbidden("A 'customer_list' write scope is required"));
    }
    Ok(account)
}

async fn list_at_location(
    State(app): State<Shared>,
    access: Access,
    id: Option<Path<LocationId>>,
    Query(paging): Query<Paging>,
) -> Result<Page, ApiError> {
    access.require_read(Resource::CustomerList, Resource::AllCustomerLists)?;
    app.store.read(|world| {
        let (account, location) = access.location(&world.directory, id.as_deref())?;
        list::<CustomerListId>(&world.directory, account, Some(location), &paging)
    })
}

async fn list_at_account(
    State(app): State<Shared>,
    access: Access,
    id: Option<Path<AccountId>>,
    Query(paging): Query<Paging>,
) -> Result<Page, ApiError> {
    app.store.read(|world| {
        let account = access.whole_account(&world.directory, id.as_deref())?;
        access.require_read(Resource::CustomerList, Resource::AllCustomerLists)?;
        list::<CustomerListId>(&world.directory, account, None, &paging)
    })
}

async fn show_list(
    State(app): State<Shared>,
    access: Access,
    Path(id): Path<CustomerListId>,
) -> Result<Json<Value>, ApiError> {
    app.store.read(|world| show(world, &access, &id))
}

async fn create_at_location(
    State(app): State<Shared>,
    access: Access,
    id: Option<Path<LocationId>>,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    app.store.change(|world| {
        let (account, location) = access.location(&world.directory, id.as_deref())?;
        let (account, location) = (account.id.clone(), location.id.clone());
        create(&app, world, &access, (&account, Some(&location)), &body)
    })
}

async fn create_at_account(
    State(app): State<Shared>,
    access: Access,
    id: Option<Path<AccountId>>,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    app.store.change(|world| {
        let account = access.whole_account(&world.directory, id.as_deref())?.id.clone();
        create(&app, world, &access, (&account, None), &body)
    })
}

fn create(
    app: &App,
    world: &mut World,
    access: &Access,
    place: (&AccountId, Option<&LocationId>),
    body: &Body,
) -> Result<Json<Value>, ApiError> {
    access.require_write(Resource::AllCustomerLists, Resource::AllCustomerLists)?;
    let name = body.text("name")?.unwrap_or_default();
    let id = world.create_customer_list(place, &name, app.clock.now()).map_err(ApiError::invalid)?;
    show_one(world, access, &id)
}

async fn rename_list(
    State(app): State<Shared>,
    access: Access,
    Path(id): Path<CustomerListId>,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    app.store.change(|world| {
        let account = find_to_write(world, &access, &id)?.id.clone();
        if let Some(name) = body.text("name")? {
            let renamed = world.rename_customer_list(&account, &id, &name, &access.client_id, app.clock.now());
            renamed.map_err(ApiError::invalid)?;
        }
        show_one(world, &access, &id)
    })
}

async fn delete_list(
    State(app): State<Shared>,
    access: Access,
    Path(id): Path<CustomerListId>,
) -> Result<Json<Value>, ApiError> {
    app.store.change(|world| {
        let account = find_to_write(world, &access, &id)?.id.clone();
        world.delete_customer_list(&account, &id);
        Ok(Json(json!({})))
    })
}

fn show(world: &World, access: &Access, id: &CustomerListId) -> Result<Json<Value>, ApiError> {
    find(world, access, id)?;
    show_one(world, access, id)
}

fn show_one(world: &World, access: &Access, id: &CustomerListId) -> Result<Json<Value>, ApiError> {
    let account = access.account(&world.directory)?;
    let list = view(&world.directory, account, id).ok_or_else(|| ApiError::not_found("Customer list"))?;
    Ok(Json(Value::Object(list)))
}
