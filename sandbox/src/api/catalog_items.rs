//! What is in a catalog, list by list and one by one. Here items name each other by id, where the catalog as a whole
//! names them by ref.

use axum::extract::{Path, Query, State};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Map, Value, json};

use super::access::Access;
use super::catalogs::find;
use super::error::ApiError;
use super::paging::{Page, Paging};
use crate::app::Shared;
use crate::state::{CatalogId, Resource, World};

const LISTS: [&str; 6] = ["categories", "products", "option_lists", "deals", "discounts", "charges"];

pub(super) fn router() -> Router<Shared> {
    Router::new().route("/catalogs/{id}/{list}", get(list_items)).route("/catalogs/{id}/{list}/{item}", get(show_item))
}

async fn list_items(
    State(app): State<Shared>,
    access: Access,
    Path((catalog, list)): Path<(CatalogId, String)>,
    Query(paging): Query<Paging>,
) -> Result<Page, ApiError> {
    app.store.read(|world| {
        let items = items(world, &access, &catalog, &list)?;
        paging.page(items.iter(), |item| item["id"].as_str().unwrap_or_default(), Value::clone)
    })
}

async fn show_item(
    State(app): State<Shared>,
    access: Access,
    Path((catalog, list, id)): Path<(CatalogId, String, String)>,
) -> Result<Json<Value>, ApiError> {
    app.store.read(|world| {
        let found = items(world, &access, &catalog, &list)?.into_iter().find(|item| item["id"] == *id);
        found.map(Json).ok_or_else(|| ApiError::not_found("Item"))
    })
}

fn items(world: &World, access: &Access, catalog: &CatalogId, list: &str) -> Result<Vec<Value>, ApiError> {
    if !LISTS.contains(&list) {
        return Err(ApiError::routing());
    }
    access.require_read(Resource::Catalog, Resource::AllCatalogs)?;
    find(world, access, catalog)?;
    let Some(data) = world.directory.catalog_contents.get(catalog) else {
        return Ok(Vec::new());
    };
    Ok(elements(data.get(list)).cloned().map(|item| with_ids(data, list, item)).collect())
}

/// The item with the ids of what it names by ref.
fn with_ids(data: &Map<String, Value>, list: &str, mut item: Value) -> Value {
    let id_of = |list: &str, reference: &Value| {
        let mut named = elements(data.get(list)).filter(|other| reference.is_string() && other["ref"] == *reference);
        named.next().map_or(Value::Null, |other| other["id"].clone())
    };
    let own_id = item["id"].clone();
    match list {
        "categories" => item["parent_id"] = id_of("categories", &item["parent_ref"]),
        "products" => {
            item["category_id"] = id_of("categories", &item["category_ref"]);
            for sku in item["skus"].as_array_mut().into_iter().flatten() {
                let ids: Value =
                    elements(sku.get("option_list_refs")).map(|name| id_of("option_lists", name)).collect();
                sku["product_id"] = own_id.clone();
                sku["option_list_ids"] = ids;
            }
        }
        "option_lists" => {
            for option in item["options"].as_array_mut().into_iter().flatten() {
                option["option_list_id"] = json!(own_id);
            }
        }
        _ => {}
    }
    item
}

fn elements(list: Option<&Value>) -> impl Iterator<Item = &Value> {
    list.and_then(Value::as_array).into_iter().flatten()
}
