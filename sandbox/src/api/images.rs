//! Images of catalogs: sent and read as they are, byte for byte.

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::Value;

use super::access::Access;
use super::catalogs::{find, find_to_write};
use super::error::ApiError;
use super::paging::{Page, Paging};
use crate::app::{App, Shared};
use crate::state::{CatalogId, Image, ImageId, ImageType, Resource, World};

pub(super) fn router() -> Router<Shared> {
    Router::new()
        .route("/catalogs/{id}/images", get(list_images).post(create_image))
        .route("/catalogs/{id}/images/{image}", get(show_image))
        .route("/catalogs/{id}/images/{image}/data", get(show_image_data))
}

async fn list_images(
    State(app): State<Shared>,
    access: Access,
    Path(catalog): Path<CatalogId>,
    Query(paging): Query<Paging>,
) -> Result<Page, ApiError> {
    app.store.read(|world| {
        require_catalog(world, &access, &catalog)?;
        let images = world.images_of(&catalog, app.clock.now());
        paging.page(images.iter(), |(image, _)| image.id.as_str(), |(image, left)| World::image_view(image, *left))
    })
}

async fn create_image(
    State(app): State<Shared>,
    access: Access,
    Path(catalog): Path<CatalogId>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Json<Value>, ApiError> {
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let image_type = ImageType::of(media_type).ok_or_else(ApiError::unsupported_media_type)?;
    app.store.change(|world| {
        find_to_write(world, &access, &catalog)?;
        let added = world.add_image(&catalog, image_type, &bytes, app.clock.now());
        let id = added.map_err(ApiError::invalid)?;
        with_image(&app, world, &access, (&catalog, &id), |image| Json(image.1))
    })
}

async fn show_image(
    State(app): State<Shared>,
    access: Access,
    Path((catalog, image)): Path<(CatalogId, ImageId)>,
) -> Result<Json<Value>, ApiError> {
    app.store.read(|world| with_image(&app, world, &access, (&catalog, &image), |image| Json(image.1)))
}

async fn show_image_data(
    State(app): State<Shared>,
    access: Access,
    Path((catalog, image)): Path<(CatalogId, ImageId)>,
) -> Result<Response, ApiError> {
    app.store.read(|world| {
        with_image(&app, world, &access, (&catalog, &image), |(image, _)| {
            ([(header::CONTENT_TYPE, image.kind.media_type())], image.bytes()).into_response()
        })
    })
}

fn with_image<T>(
    app: &App,
    world: &World,
    access: &Access,
    (catalog, id): (&CatalogId, &ImageId),
    answer: impl FnOnce((&Image, Value)) -> T,
) -> Result<T, ApiError> {
    require_catalog(world, access, catalog)?;
    let found = world.images_of(catalog, app.clock.now()).into_iter().find(|(image, _)| image.id == *id);
    let (image, left) = found.ok_or_else(|| ApiError::not_found("Image"))?;
    Ok(answer((image, World::image_view(image, left))))
}

fn require_catalog(world: &World, access: &Access, catalog: &CatalogId) -> Result<(), ApiError> {
    access.require_read(Resource::Catalog, Resource::AllCatalogs)?;
    find(world, access, catalog).map(|_| ())
}
