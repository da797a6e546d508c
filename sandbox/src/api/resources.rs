//! Catalogs and customer lists: which there are, and their names. What is in them is not served yet.
//!
//! A list shows all that a location can use; one by one, a connection reads only what was granted to it, so that
//! authorising again with another catalog takes the former one away.

use axum::extract::{Path, Query, State};
use axum::routing::get;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::access::Access;
use super::error::ApiError;
use crate::app::Shared;
use crate::state::{Account, AccountId, CatalogId, CustomerListId, Location, LocationId, Named, Resource};

/// A catalog or a customer list: it belongs to a location or to the whole account, never to both.
#[derive(Debug, Serialize)]
pub(super) struct ResourceAnswer<Id> {
    id: Id,
    #[serde(skip_serializing_if = "Option::is_none")]
    location_id: Option<LocationId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_id: Option<AccountId>,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Map<String, Value>>,
}

impl<Id: Clone> ResourceAnswer<Id> {
    fn about(account: &Account, owner: Option<&Location>, item: &Named<Id>) -> Self {
        Self {
            id: item.id.clone(),
            location_id: owner.map(|location| location.id.clone()),
            account_id: owner.is_none().then(|| account.id.clone()),
            name: item.name.clone(),
            data: None,
        }
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct CatalogForm {
    #[serde(default)]
    hide_data: bool,
}

pub(super) fn router() -> Router<Shared> {
    Router::new()
        .route("/location/catalogs", get(list_catalogs))
        .route("/location/customer_lists", get(list_customer_lists))
        .route("/catalogs/{id}", get(show_catalog))
        .route("/customer_lists/{id}", get(show_customer_list))
}

async fn list_catalogs(
    State(app): State<Shared>,
    access: Access,
) -> Result<Json<Vec<ResourceAnswer<CatalogId>>>, ApiError> {
    access.require_read(Resource::Catalog, Resource::AllCatalogs)?;
    app.store.read(|world| {
        let account = access.account(&world.directory)?;
        let location = access.location(account, None)?;
        let all = account.catalogs_at(location).filter_map(|catalog| account.catalog(&catalog.id));
        Ok(Json(all.map(|(owner, catalog)| ResourceAnswer::about(account, owner, catalog)).collect()))
    })
}

async fn list_customer_lists(
    State(app): State<Shared>,
    access: Access,
) -> Result<Json<Vec<ResourceAnswer<CustomerListId>>>, ApiError> {
    access.require_read(Resource::CustomerList, Resource::AllCustomerLists)?;
    app.store.read(|world| {
        let account = access.account(&world.directory)?;
        let location = access.location(account, None)?;
        let all = account.customer_lists_at(location).filter_map(|list| account.customer_list(&list.id));
        Ok(Json(all.map(|(owner, list)| ResourceAnswer::about(account, owner, list)).collect()))
    })
}

async fn show_catalog(
    State(app): State<Shared>,
    access: Access,
    Path(id): Path<String>,
    Query(form): Query<CatalogForm>,
) -> Result<Json<ResourceAnswer<CatalogId>>, ApiError> {
    access.require_read(Resource::Catalog, Resource::AllCatalogs)?;
    let id = CatalogId::from(id);
    app.store.read(|world| {
        let account = access.account(&world.directory)?;
        let found = account.catalog(&id).filter(|_| access.grant.reaches_catalog(account, &id));
        let (owner, catalog) = found.ok_or_else(|| ApiError::not_found("Catalog"))?;
        let mut answer = ResourceAnswer::about(account, owner, catalog);
        answer.data = (!form.hide_data).then(Map::new);
        Ok(Json(answer))
    })
}

async fn show_customer_list(
    State(app): State<Shared>,
    access: Access,
    Path(id): Path<String>,
) -> Result<Json<ResourceAnswer<CustomerListId>>, ApiError> {
    access.require_read(Resource::CustomerList, Resource::AllCustomerLists)?;
    let id = CustomerListId::from(id);
    app.store.read(|world| {
        let account = access.account(&world.directory)?;
        let found = account.customer_list(&id).filter(|_| access.grant.reaches_customer_list(account, &id));
        let (owner, list) = found.ok_or_else(|| ApiError::not_found("Customer list"))?;
        Ok(Json(ResourceAnswer::about(account, owner, list)))
    })
}
