//! The connections and how they are, and checking one now.

use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::bearer::Caller;
use crate::{
    app::App,
    connections::{self, Cause, Connection},
    database,
    history::{self, Action, Actor, Change, Entry},
    ids::ConnectionId,
    upkeep,
    web::{AppError, PathId, Problem},
};

/// A HubRise thing.
#[derive(Serialize, ToSchema)]
pub(super) struct HubRiseThing {
    id: String,
    /// Missing where HubRise told none.
    name: Option<String>,
}

impl HubRiseThing {
    pub(super) const fn new(id: String, name: Option<String>) -> Self {
        Self { id, name }
    }
}

/// The organisation's connections.
#[derive(Serialize, ToSchema)]
pub(super) struct Connections {
    connections: Vec<ConnectionWithHealth>,
}

/// A connection to HubRise, and how it is.
#[derive(Serialize, ToSchema)]
pub(super) struct ConnectionWithHealth {
    id: Uuid,
    point_of_sale: ConnectedPointOfSale,
    account: HubRiseThing,
    location: HubRiseThing,
    catalog: Option<HubRiseThing>,
    /// Since when HubRise gives no access to the catalog any more, which does not concern orders. What helps is to
    /// reconnect in TicknCook.
    catalog_gone_since: Option<DateTime<Utc>>,
    customer_list: Option<HubRiseThing>,
    /// The same of the customer list.
    customer_list_gone_since: Option<DateTime<Utc>>,
    connected_at: DateTime<Utc>,
    health: ConnectionHealth,
}

/// What is connected.
#[derive(Serialize, ToSchema)]
struct ConnectedPointOfSale {
    id: Uuid,
    name: String,
}

/// How a connection is.
#[derive(Serialize, ToSchema)]
struct ConnectionHealth {
    /// `verified`, HubRise answered for it last; `failing`, HubRise refuses it; `no_orders`, HubRise does not refuse it,
    /// and sends nothing; or `unreachable`, HubRise does not answer, or not as it documents, which says nothing of the
    /// connection. Of several, the gravest.
    #[schema(pattern = "^(verified|failing|no_orders|unreachable)$")]
    status: &'static str,
    /// When HubRise last answered for it.
    verified_at: DateTime<Utc>,
    /// Since when HubRise refuses it.
    failed_since: Option<DateTime<Utc>>,
    /// Why HubRise refuses it: `unpaid`, `blocked`, `revoked`, `disconnected` in HubRise's back office, or `unknown`. Or
    /// `no_orders`: HubRise does not take the address for events; or `events_waiting`: it does not get through to it.
    #[schema(pattern = "^(unpaid|blocked|revoked|disconnected|unknown|no_orders|events_waiting)$")]
    cause: Option<&'static str>,
    /// What helps: `pay` the subscription at HubRise, `unblock` at HubRise, or `reconnect` in TicknCook, with `no_orders`
    /// if it goes on; or to `wait`, as HubRise tries again. While no orders come, they are followed at HubRise.
    #[schema(pattern = "^(pay|unblock|reconnect|wait)$")]
    remedy: Option<&'static str>,
    /// Since when HubRise has not answered, or not as it documents.
    unreachable_since: Option<DateTime<Utc>>,
    /// Since when HubRise has answered, and not as it documents.
    unexpected_since: Option<DateTime<Utc>>,
    /// Since when no orders come, although HubRise does not refuse it: it does not take the address for events, or does
    /// not get through to it.
    no_orders_since: Option<DateTime<Utc>>,
    /// When HubRise was last asked.
    checked_at: Option<DateTime<Utc>>,
}

const fn remedy(cause: Cause) -> &'static str {
    match cause {
        Cause::Unpaid => "pay",
        Cause::Blocked => "unblock",
        Cause::Revoked | Cause::Disconnected | Cause::Unknown | Cause::NoOrders => "reconnect",
        Cause::EventsWaiting => "wait",
    }
}

impl From<Connection> for ConnectionWithHealth {
    fn from(connection: Connection) -> Self {
        let health = connection.health();
        let optional = |id: Option<String>, name| id.map(|id| HubRiseThing::new(id, name));
        Self {
            id: connection.id.uuid(),
            point_of_sale: ConnectedPointOfSale {
                id: connection.point_of_sale.uuid(),
                name: connection.point_of_sale_name,
            },
            account: HubRiseThing::new(connection.account_id, connection.account_name),
            location: HubRiseThing::new(connection.location_id, connection.location_name),
            catalog: optional(connection.catalog_id, connection.catalog_name),
            catalog_gone_since: connection.catalog_gone_since,
            customer_list: optional(connection.customer_list_id, connection.customer_list_name),
            customer_list_gone_since: connection.customer_list_gone_since,
            connected_at: connection.connected_at,
            health: ConnectionHealth {
                status: health.word(),
                verified_at: health.verified_at,
                failed_since: health.failure.map(|failing| failing.since),
                cause: health.cause().map(Cause::word),
                remedy: health.cause().map(remedy),
                unreachable_since: health.unreachable_since,
                unexpected_since: health.unexpected_since,
                no_orders_since: health.no_orders_since,
                checked_at: connection.checked_at,
            },
        }
    }
}

/// The organisation's connections and how they are, by the points of sale's names.
#[utoipa::path(
    get,
    path = "/connections",
    responses(
        (status = 200, description = "They and their health", body = Connections),
        (status = 401, description = "No valid key", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Try again in a moment", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list_connections(State(app): State<App>, caller: Caller) -> Result<Json<Connections>, AppError> {
    let found = connections::service::list(&mut *app.db.acquire().await?, caller.organisation).await?;
    Ok(Json(Connections { connections: found.into_iter().map(ConnectionWithHealth::from).collect() }))
}

/// A connection and how it is.
#[utoipa::path(
    get,
    path = "/connections/{id}",
    params(("id" = Uuid, Path, description = "The connection")),
    responses(
        (status = 200, description = "The connection and its health", body = ConnectionWithHealth),
        (status = 401, description = "No valid key", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "The organisation has no such connection", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Try again in a moment", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn show_connection(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<ConnectionId>,
) -> Result<Json<ConnectionWithHealth>, AppError> {
    let found = connections::service::find(&mut *app.db.acquire().await?, caller.organisation, id).await?;
    Ok(Json(found.ok_or(AppError::NotFound)?.into()))
}

/// Asks HubRise now, and answers how the connection is then.
///
/// HubRise being down is no error: the connection is `unreachable` then. Written in the organisation's history. A
/// connection is asked for once in 15 seconds, whoever asks.
#[utoipa::path(
    post,
    path = "/connections/{id}/check",
    params(("id" = Uuid, Path, description = "The connection")),
    responses(
        (status = 200, description = "The connection and its health after the check", body = ConnectionWithHealth),
        (status = 401, description = "No valid key", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "The organisation has no such connection", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "It was just checked: try again after `Retry-After`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Try again in a moment", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn check_connection(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<ConnectionId>,
) -> Result<Json<ConnectionWithHealth>, AppError> {
    let organisation = caller.organisation;
    let known = connections::service::find(&mut *app.db.acquire().await?, organisation, id).await?;
    known.ok_or(AppError::NotFound)?;
    if let Some(wait) = upkeep::service::check_unless_just_checked(&app, id).await? {
        return Err(AppError::TooOften(wait));
    }
    let mut transaction = database::begin(&app.db).await?;
    let found = connections::service::find(&mut transaction, organisation, id).await?;
    let found = found.ok_or(AppError::NotFound)?;
    let after = Change::of([("status", Some(found.health().word()))]);
    let entry = Entry::new(organisation, Actor::Api(caller.key), Action::Checked)
        .on(found.point_of_sale, &found.point_of_sale_name)
        .about(id)
        .changed(Change::default(), after);
    history::record(&mut transaction, entry, app.clock.now()).await?;
    transaction.commit().await?;
    Ok(Json(found.into()))
}
