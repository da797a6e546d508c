//! Catalogs and customer lists: which there are, and their names. What is in them is not served yet.
//!
//! A list shows all that a location can use; one by one, a connection reads only what was granted to it, so that
//! authorising again with another catalog takes the former one away.

use axum::Json;
use axum::extract::{Path, Query, State};
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

pub(super) async fn list_catalogs(
    State(app): State<Shared>,
    access: Access,
) -> Result<Json<Vec<ResourceAnswer<CatalogId>>>, ApiError> {
    access.require_read(Resource::Catalog, Resource::AllCatalogs)?;
    app.store.read(|world| {
        let account = access.account(&world.directory)?;
        let location = access.location(account)?;
        let all = account.catalogs_at(location).filter_map(|catalog| account.catalog(&catalog.id));
        Ok(Json(all.map(|(owner, catalog)| ResourceAnswer::about(account, owner, catalog)).collect()))
    })
}

pub(super) async fn list_customer_lists(
    State(app): State<Shared>,
    access: Access,
) -> Result<Json<Vec<ResourceAnswer<CustomerListId>>>, ApiError> {
    access.require_read(Resource::CustomerList, Resource::AllCustomerLists)?;
    app.store.read(|world| {
        let account = access.account(&world.directory)?;
        let location = access.location(account)?;
        let all = account.customer_lists_at(location).filter_map(|list| account.customer_list(&list.id));
        Ok(Json(all.map(|(owner, list)| ResourceAnswer::about(account, owner, list)).collect()))
    })
}

pub(super) async fn show_catalog(
    State(app): State<Shared>,
    access: Access,
    Path(id): Path<String>,
    Query(form): Query<CatalogForm>,
) -> Result<Json<ResourceAnswer<CatalogId>>, ApiError> {
    access.require_read(Resource::Catalog, Resource::AllCatalogs)?;
    let id = CatalogId::from(id);
    let granted = access.grant.catalog_id.as_ref() == Some(&id);
    app.store.read(|world| {
        let account = access.account(&world.directory)?;
        let found =
            account.catalog(&id).filter(|(owner, _)| granted || reaches(&access, Resource::AllCatalogs, *owner));
        let (owner, catalog) = found.ok_or_else(|| ApiError::not_found("Catalog"))?;
        let mut answer = ResourceAnswer::about(account, owner, catalog);
        answer.data = (!form.hide_data).then(Map::new);
        Ok(Json(answer))
    })
}

pub(super) async fn show_customer_list(
    State(app): State<Shared>,
    access: Access,
    Path(id): Path<String>,
) -> Result<Json<ResourceAnswer<CustomerListId>>, ApiError> {
    access.require_read(Resource::CustomerList, Resource::AllCustomerLists)?;
    let id = CustomerListId::from(id);
    let granted = access.grant.customer_list_id.as_ref() == Some(&id);
    app.store.read(|world| {
        let account = access.account(&world.directory)?;
        let found = account
            .customer_list(&id)
            .filter(|(owner, _)| granted || reaches(&access, Resource::AllCustomerLists, *owner));
        let (owner, list) = found.ok_or_else(|| ApiError::not_found("Customer list"))?;
        Ok(Json(ResourceAnswer::about(account, owner, list)))
    })
}

/// Whether a scope on all of a kind covers what `owner` has: a location's token stops at its location and its account.
fn reaches(access: &Access, all: Resource, owner: Option<&Location>) -> bool {
    let own = access.grant.location_id.as_ref().zip(owner).is_none_or(|(own, owner)| *own == owner.id);
    access.grant.scope.names(all) && own
}
