//! Stocks of what a catalog has, at a location. A scope on the catalog will do too: HubRise took it before there was
//! one for inventories.

use axum::extract::{Path, State};
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::Value;

use super::access::Access;
use super::body::ListBody;
use super::error::ApiError;
use crate::app::{App, Shared};
use crate::state::{AccountId, CatalogId, Entry, EventType, LocationId, Resource, World};

#[derive(Debug, Deserialize)]
struct Address {
    id: CatalogId,
    /// `None` in the short form.
    location: Option<LocationId>,
}

pub(super) fn router() -> Router<Shared> {
    let inventory = get(show_inventory).put(replace_inventory).patch(change_inventory);
    Router::new()
        .route("/catalogs/{id}/location/inventory", inventory.clone())
        .route("/catalogs/{id}/locations/{location}/inventory", inventory)
}

async fn show_inventory(
    State(app): State<Shared>,
    access: Access,
    Path(address): Path<Address>,
) -> Result<Json<Value>, ApiError> {
    access.require_read(Resource::Inventory, Resource::Catalog)?;
    app.store.read(|world| {
        let (_, location) = place(world, &access, &address)?;
        Ok(shown(&world.inventory(&address.id, &location, app.clock.now())))
    })
}

async fn replace_inventory(
    State(app): State<Shared>,
    access: Access,
    Path(address): Path<Address>,
    body: ListBody,
) -> Result<Json<Value>, ApiError> {
    write(&app, &access, &address, &body, EventType::Update)
}

async fn change_inventory(
    State(app): State<Shared>,
    access: Access,
    Path(address): Path<Address>,
    body: ListBody,
) -> Result<Json<Value>, ApiError> {
    write(&app, &access, &address, &body, EventType::Patch)
}

fn write(
    app: &App,
    access: &Access,
    address: &Address,
    body: &ListBody,
    event_type: EventType,
) -> Result<Json<Value>, ApiError> {
    app.store.change(|world| {
        let (account, location) = place_to_write(world, access, address)?;
        let entries = world.parse_inventory(&address.id, &body.0).map_err(ApiError::invalid)?;
        let place = (&account, &location);
        let now = app.clock.now();
        Ok(shown(&world.write_inventory(&address.id, place, entries, event_type, &access.client_id, now)))
    })
}

/// The location, which the connection has to reach, and its account. The catalog has to be one that the location can
/// use, and, without a scope on inventories, one that the connection reaches.
fn place(
    world: &World,
    access: &Access,
    Address { id: catalog, location }: &Address,
) -> Result<(AccountId, LocationId), ApiError> {
    let (account, location) = access.location(&world.directory, location.as_ref())?;
    let usable = account.owned_at::<CatalogId>(Some(location)).any(|known| known.id == *catalog);
    let reached = access.grant.scope.names(Resource::Inventory) || access.grant.reaches_catalog(account, catalog);
    if !usable || !reached {
        return Err(ApiError::not_found("Catalog"));
    }
    Ok((account.id.clone(), location.id.clone()))
}

/// The same for a change, which takes a write scope on inventories or on this very catalog.
fn place_to_write(world: &World, access: &Access, address: &Address) -> Result<(AccountId, LocationId), ApiError> {
    access.require_write(Resource::Inventory, Resource::Catalog)?;
    let place = place(world, access, address)?;
    let account = access.account(&world.directory)?;
    if !access.grant.scope.writes(Resource::Inventory) && !access.grant.writes_catalog(account, &address.id) {
        return Err(ApiError::forbidden("A 'inventory' write scope is required"));
    }
    Ok(place)
}

fn shown(entries: &[Entry]) -> Json<Value> {
    Json(entries.iter().map(Entry::shown).collect())
}
