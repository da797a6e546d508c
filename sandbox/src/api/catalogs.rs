//! Catalogs. A list shows all that a location can use; one by one, a connection reads only what was granted to it, so
//! that authorising again with another catalog takes the former one away.

use axum::extract::{FromRequestParts, Path, Query, State};
use axum::http::request::Parts;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Map, Value, json};

use super::access::{Access, HeavyAccess};
use super::body::Body;
use super::error::ApiError;
use super::paging::{Page, Paging};
use crate::app::{App, Shared};
use crate::state::{
    Account, AccountId, Catalog, CatalogForm, CatalogId, Directory, Location, LocationId, Named, Owned, Resource, World,
};

pub(super) fn router() -> Router<Shared> {
    let of_location = get(list_at_location).post(create_at_location);
    let of_account = get(list_at_account).post(create_at_account);
    Router::new()
        .route("/location/catalogs", of_location.clone())
        .route("/locations/{id}/catalogs", of_location)
        .route("/account/catalogs", of_account.clone())
        .route("/accounts/{id}/catalogs", of_account)
        .route("/catalogs/{id}", get(show_catalog).put(update_catalog).patch(update_catalog).delete(delete_catalog))
}

/// A token for reading a catalog: with its data, that is a heavy call.
#[derive(Debug)]
struct CatalogAccess {
    access: Access,
    hide_data: bool,
}

impl FromRequestParts<Shared> for CatalogAccess {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, ApiError> {
        let query = parts.uri.query().unwrap_or_default();
        let mut query = url::form_urlencoded::parse(query.as_bytes());
        let hide_data = query.any(|(name, value)| name == "hide_data" && value != "false");
        let access = if hide_data {
            Access::from_request_parts(parts, app).await?
        } else {
            HeavyAccess::from_request_parts(parts, app).await?.0
        };
        Ok(Self { access, hide_data })
    }
}

async fn list_at_location(
    State(app): State<Shared>,
    access: Access,
    id: Option<Path<LocationId>>,
    Query(paging): Query<Paging>,
) -> Result<Page, ApiError> {
    access.require_read(Resource::Catalog, Resource::AllCatalogs)?;
    app.store.read(|world| {
        let (account, location) = access.location(&world.directory, id.as_deref())?;
        list::<CatalogId>(&world.directory, account, Some(location), &paging)
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
        access.require_read(Resource::Catalog, Resource::AllCatalogs)?;
        list::<CatalogId>(&world.directory, account, None, &paging)
    })
}

/// What a location can use, or what is the account's.
pub(super) fn list<Id: Owned + serde::Serialize>(
    directory: &Directory,
    account: &Account,
    location: Option<&Location>,
    paging: &Paging,
) -> Result<Page, ApiError> {
    let all = account.owned_at::<Id>(location);
    let show = |item: &Named<Id>| Value::Object(view(directory, account, &item.id).unwrap_or_default());
    paging.page(all, |item| item.id.as_ref(), show)
}

/// A catalog or a customer list, without what is in it. It belongs to a location or to the whole account, never both.
pub(super) fn view<Id: Owned + serde::Serialize>(
    directory: &Directory,
    account: &Account,
    id: &Id,
) -> Option<Map<String, Value>> {
    let (owner, item) = account.owned(id)?;
    let owner = owner.map(|location| &location.id);
    let (owner_field, owner_id) = match owner {
        Some(location) => ("location_id", json!(location)),
        None => ("account_id", json!(account.id)),
    };
    let created_at = directory.time_at(&account.id, owner, item.created_at).to_rfc3339();
    let fields =
        [("id", json!(id)), ("name", json!(item.name)), ("created_at", json!(created_at)), (owner_field, owner_id)];
    Some(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// The catalog with its account, if the connection reaches it.
pub(super) fn find<'a>(
    world: &'a World,
    access: &Access,
    id: &CatalogId,
) -> Result<(&'a Account, Option<&'a Location>, &'a Catalog), ApiError> {
    let account = access.account(&world.directory)?;
    let found = account.owned(id).filter(|_| access.grant.reaches_catalog(account, id));
    let (owner, catalog) = found.ok_or_else(|| ApiError::not_found("Catalog"))?;
    Ok((account, owner, catalog))
}

/// The account of a catalog that the connection may change.
pub(super) fn find_to_write<'a>(world: &'a World, access: &Access, id: &CatalogId) -> Result<&'a Account, ApiError> {
    access.require_read(Resource::Catalog, Resource::AllCatalogs)?;
    let (account, ..) = find(world, access, id)?;
    if !access.grant.writes_catalog(account, id) {
        return Err(ApiError::forbidden("A 'catalog' write scope is required"));
    }
    Ok(account)
}

async fn show_catalog(
    State(app): State<Shared>,
    CatalogAccess { access, hide_data }: CatalogAccess,
    Path(id): Path<CatalogId>,
) -> Result<Json<Value>, ApiError> {
    access.require_read(Resource::Catalog, Resource::AllCatalogs)?;
    app.store.read(|world| {
        find(world, &access, &id)?;
        show(world, &access, &id, hide_data)
    })
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
    access.require_write(Resource::AllCatalogs, Resource::AllCatalogs)?;
    let created = world.create_catalog(place, form(body)?, &access.client_id, app.clock.now());
    show(world, access, &created.map_err(ApiError::invalid)?, false)
}

async fn update_catalog(
    State(app): State<Shared>,
    access: Access,
    Path(id): Path<CatalogId>,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    app.store.change(|world| {
        let account = find_to_write(world, &access, &id)?.id.clone();
        let updated = world.update_catalog(&account, &id, form(&body)?, Some(&access.client_id), app.clock.now());
        updated.map_err(ApiError::invalid)?;
        show(world, &access, &id, false)
    })
}

async fn delete_catalog(
    State(app): State<Shared>,
    access: Access,
    Path(id): Path<CatalogId>,
) -> Result<Json<Value>, ApiError> {
    app.store.change(|world| {
        let account = find_to_write(world, &access, &id)?.id.clone();
        world.delete_catalog(&account, &id, &access.client_id, app.clock.now());
        Ok(Json(json!({})))
    })
}

fn form(body: &Body) -> Result<CatalogForm, ApiError> {
    let data = match body.0.get("data") {
        None | Some(Value::Null) => None,
        Some(Value::Object(data)) => Some(data.clone()),
        Some(_) => return Err(ApiError::invalid_field("data", "must be an object")),
    };
    Ok(CatalogForm { name: body.text("name")?, data })
}

fn show(world: &World, access: &Access, id: &CatalogId, hide_data: bool) -> Result<Json<Value>, ApiError> {
    let account = access.account(&world.directory)?;
    let mut catalog = view(&world.directory, account, id).ok_or_else(|| ApiError::not_found("Catalog"))?;
    if !hide_data {
        let data = world.directory.catalog_contents.get(id).cloned().unwrap_or_default();
        catalog.insert("data".to_owned(), Value::Object(data));
    }
    Ok(Json(Value::Object(catalog)))
}
