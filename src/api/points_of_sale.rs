//! Listing and deleting points of sale.

use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{bearer::Caller, connections::HubRiseThing, receipts::DisconnectionReceipt};
use crate::{
    app::App,
    connections::{self, Connection},
    disconnections::{self, Requester},
    ids::PointOfSaleId,
    points_of_sale,
    web::{AppError, PathId, Problem},
};

/// The organisation's points of sale.
#[derive(Serialize, ToSchema)]
pub(super) struct PointsOfSale {
    points_of_sale: Vec<PointOfSale>,
}

/// A point of sale.
#[derive(Serialize, ToSchema)]
struct PointOfSale {
    id: Uuid,
    name: String,
    /// What it is linked to at HubRise, if it is.
    connection: Option<HubRiseConnection>,
}

/// A connection to HubRise.
#[derive(Serialize, ToSchema)]
struct HubRiseConnection {
    id: Uuid,
    account: HubRiseThing,
    location: HubRiseThing,
    catalog: Option<HubRiseThing>,
    customer_list: Option<HubRiseThing>,
    connected_at: DateTime<Utc>,
    /// When HubRise last answered for it.
    verified_at: DateTime<Utc>,
}

impl From<Connection> for HubRiseConnection {
    fn from(connection: Connection) -> Self {
        let optional = |id: Option<String>, name| id.map(|id| HubRiseThing::new(id, name));
        Self {
            id: connection.id.uuid(),
            account: HubRiseThing::new(connection.account_id, connection.account_name),
            location: HubRiseThing::new(connection.location_id, connection.location_name),
            catalog: optional(connection.catalog_id, connection.catalog_name),
            customer_list: optional(connection.customer_list_id, connection.customer_list_name),
            connected_at: connection.connected_at,
            verified_at: connection.verified_at,
        }
    }
}

/// The organisation's points of sale and their connections, by name.
#[utoipa::path(
    get,
    path = "/points-of-sale",
    responses(
        (status = 200, description = "They and their connections", body = PointsOfSale),
        (status = 401, description = "No valid key", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Try again in a moment", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list_points_of_sale(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<PointsOfSale>, AppError> {
    let mut db = app.db.acquire().await?;
    let mut connections = connections::service::list(&mut db, caller.organisation).await?;
    let all = points_of_sale::service::list(&mut db, caller.organisation).await?;
    let points_of_sale = all.into_iter().map(|found| {
        let at = connections.iter().position(|connection| connection.point_of_sale == found.id);
        let connection = at.map(|at| connections.swap_remove(at).into());
        PointOfSale { id: found.id.uuid(), name: found.name, connection }
    });
    Ok(Json(PointsOfSale { points_of_sale: points_of_sale.collect() }))
}

/// Cuts the connection of a point of sale, has its token revoked at HubRise, and deletes it.
///
/// Just what **Confirmer** does in the browser. HubRise being down is no error: the receipt says `pending`.
#[utoipa::path(
    delete,
    path = "/points-of-sale/{id}",
    params(("id" = Uuid, Path, description = "The point of sale")),
    responses(
        (status = 200, description = "The receipt", body = DisconnectionReceipt),
        (status = 401, description = "No valid key", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Try again in a moment", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "The organisation has no such point of sale", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn delete_point_of_sale(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<PointOfSaleId>,
) -> Result<Json<DisconnectionReceipt>, AppError> {
    let requester = Requester::ApiKey(caller.key);
    let deleted = disconnections::service::delete_point_of_sale(&app, caller.organisation, id, requester, None).await?;
    let id = deleted.ok_or(AppError::NotFound)?;
    let receipt = disconnections::service::receipt(&app, caller.organisation, id).await?;
    Ok(Json(receipt.ok_or(AppError::NotFound)?.into()))
}
