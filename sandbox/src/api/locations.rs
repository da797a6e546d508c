//! `GET /location` and `GET /locations/:id`.

use axum::extract::{Path, State};
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use serde_json::{Map, Value};

use super::access::Access;
use super::accounts::AccountAnswer;
use super::error::ApiError;
use crate::app::{App, Shared};
use crate::state::{Account, Location, LocationId};

#[derive(Debug, Serialize)]
pub(super) struct LocationAnswer {
    id: LocationId,
    name: String,
    account: AccountAnswer,
    address: String,
    postal_code: String,
    city: String,
    country: String,
    timezone: Timezone,
    cutoff_time: String,
    opening_hours: Option<Value>,
    /// Minutes.
    preparation_time: u32,
    order_acceptance: OrderAcceptance,
    custom_fields: Map<String, Value>,
}

#[derive(Debug, Serialize)]
struct Timezone {
    name: &'static str,
}

#[derive(Debug, Serialize)]
struct OrderAcceptance {
    mode: &'static str,
}

impl LocationAnswer {
    fn about(account: &Account, location: &Location) -> Self {
        Self {
            id: location.id.clone(),
            name: location.name.clone(),
            account: account.into(),
            address: location.address.clone(),
            postal_code: location.postal_code.clone(),
            city: location.city.clone(),
            country: location.country.clone(),
            timezone: Timezone { name: location.timezone.name() },
            cutoff_time: location.cutoff_time.clone(),
            opening_hours: None,
            preparation_time: location.preparation_time,
            // HubRise's documents disagree on `online` or `normal`; a client has to take both.
            order_acceptance: OrderAcceptance { mode: "online" },
            custom_fields: Map::new(),
        }
    }
}

pub(super) fn router() -> Router<Shared> {
    Router::new().route("/location", get(show_own_location)).route("/locations/{id}", get(show_location))
}

async fn show_own_location(State(app): State<Shared>, access: Access) -> Result<Json<LocationAnswer>, ApiError> {
    show(&app, &access, None)
}

/// A location's token sees its own location, an account's token all those of the account.
async fn show_location(
    State(app): State<Shared>,
    access: Access,
    Path(id): Path<LocationId>,
) -> Result<Json<LocationAnswer>, ApiError> {
    show(&app, &access, Some(&id))
}

fn show(app: &App, access: &Access, id: Option<&LocationId>) -> Result<Json<LocationAnswer>, ApiError> {
    app.store.read(|world| {
        let account = access.account(&world.directory)?;
        Ok(Json(LocationAnswer::about(account, access.location(account, id)?)))
    })
}
