//! Locations: read by any token of theirs, listed by the account's, changed by either. HubRise documents no scope for
//! the change, so any will do.

use axum::extract::{Path, Query, State};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::Value;

use super::access::Access;
use super::body::Body;
use super::error::ApiError;
use super::paging::{Page, Paging};
use crate::app::{App, Shared};
use crate::state::{LocationId, World, location_view};

pub(super) fn router() -> Router<Shared> {
    let location = get(show_location).patch(update_location).put(update_location);
    Router::new()
        .route("/location", location.clone())
        .route("/locations", get(list_locations))
        .route("/locations/{id}", location)
}

/// A location's token sees its own location, an account's token all those of the account.
async fn show_location(
    State(app): State<Shared>,
    access: Access,
    id: Option<Path<LocationId>>,
) -> Result<Json<Value>, ApiError> {
    app.store.read(|world| view(&app, world, &access, id.as_deref()))
}

async fn list_locations(
    State(app): State<Shared>,
    access: Access,
    Query(paging): Query<Paging>,
) -> Result<Page, ApiError> {
    app.store.read(|world| {
        let account = access.whole_account(&world.directory, None)?;
        let (settings, now) = (&world.records.settings, app.clock.now());
        paging.page(
            account.locations.iter(),
            |location| location.id.as_str(),
            |location| location_view(account, location, settings, now),
        )
    })
}

async fn update_location(
    State(app): State<Shared>,
    access: Access,
    id: Option<Path<LocationId>>,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    app.store.change(|world| {
        let location = access.location(&world.directory, id.as_deref())?.1.id.clone();
        world.update_location(&location, &body.0, &access.client_id, app.clock.now()).map_err(ApiError::invalid)?;
        view(&app, world, &access, id.as_deref())
    })
}

fn view(app: &App, world: &World, access: &Access, id: Option<&LocationId>) -> Result<Json<Value>, ApiError> {
    let (account, location) = access.location(&world.directory, id)?;
    Ok(Json(location_view(account, location, &world.records.settings, app.clock.now())))
}
