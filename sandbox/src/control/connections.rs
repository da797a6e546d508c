//! Looking at connections, and doing to them what a HubRise user or operator can do.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::app::Shared;
use crate::deliveries::notify_disconnected;
use crate::state::{
    AccountId, AppInstanceId, CatalogId, ClientId, Connection, ConnectionId, CustomerListId, LocationId, Status, World,
};

#[derive(Debug, Serialize)]
pub(super) struct ConnectionView {
    app_instance_id: AppInstanceId,
    client_id: ClientId,
    device_id: Option<String>,
    account_id: Option<AccountId>,
    location_id: Option<LocationId>,
    catalog_id: Option<CatalogId>,
    customer_list_id: Option<CustomerListId>,
    scope: String,
    status: Status,
    blocked: bool,
    /// In the clear: a test looks for it wherever it should not be.
    access_token: String,
    user: String,
}

impl From<&Connection> for ConnectionView {
    fn from(connection: &Connection) -> Self {
        let grant = connection.grant.clone();
        Self {
            app_instance_id: connection.app_instance_id.clone(),
            client_id: connection.client_id.clone(),
            device_id: grant.device_id,
            account_id: grant.account_id,
            location_id: grant.location_id,
            catalog_id: grant.catalog_id,
            customer_list_id: grant.customer_list_id,
            scope: grant.scope.to_string(),
            status: connection.status,
            blocked: connection.blocked,
            access_token: connection.access_token.expose().to_owned(),
            user: grant.user,
        }
    }
}

/// Which live connections a change is about: those at a location, an account's own, or a single one.
#[derive(Debug, Deserialize)]
pub(super) enum Target {
    #[serde(rename = "location_id")]
    Location(LocationId),
    #[serde(rename = "account_id")]
    Account(AccountId),
    #[serde(rename = "app_instance_id")]
    AppInstance(AppInstanceId),
}

impl Target {
    fn includes(&self, connection: &Connection) -> bool {
        match self {
            Self::Location(id) => connection.grant.location_id.as_ref() == Some(id),
            Self::Account(id) => {
                connection.grant.location_id.is_none() && connection.grant.account_id.as_ref() == Some(id)
            }
            Self::AppInstance(id) => connection.app_instance_id == *id,
        }
    }
}

impl Target {
    fn live<'a>(&'a self, world: &'a World) -> impl Iterator<Item = &'a Connection> {
        world.records.live_connections().filter(|connection| self.includes(connection))
    }
}

#[derive(Debug, Serialize)]
pub(super) struct Changed {
    changed: usize,
}

type Change = Result<Json<Changed>, (StatusCode, &'static str)>;

pub(super) async fn list_connections(State(app): State<Shared>) -> Json<Vec<ConnectionView>> {
    Json(app.store.read(|world| world.records.connections.iter().map(ConnectionView::from).collect()))
}

pub(super) async fn block(State(app): State<Shared>, Json(target): Json<Target>) -> Change {
    let (blocked, told) = app.store.change(|world| {
        let ids: Vec<ConnectionId> = target.live(world).map(|connection| connection.id.clone()).collect();
        for id in &ids {
            if let Some(connection) = world.records.connection_mut(id) {
                connection.blocked = true;
            }
        }
        (ids, world.records.settings.notice_after_block)
    });
    if told {
        notify_disconnected(&app, &blocked);
    }
    changed(blocked.len())
}

pub(super) async fn unblock(State(app): State<Shared>, Json(target): Json<Target>) -> Change {
    changed(app.store.change(|world| {
        let live = world.records.connections.iter_mut().filter(|connection| connection.is_live());
        live.filter(|connection| target.includes(connection)).map(|connection| connection.blocked = false).count()
    }))
}

/// As if a user had disconnected the app in the back office.
pub(super) async fn disconnect(State(app): State<Shared>, Json(target): Json<Target>) -> Change {
    let ended = app.store.change(|world| {
        let ids: Vec<ConnectionId> = target.live(world).map(|connection| connection.id.clone()).collect();
        for id in &ids {
            world.records.end_connection(id);
        }
        ids
    });
    notify_disconnected(&app, &ended);
    changed(ended.len())
}

fn changed(changed: usize) -> Change {
    if changed == 0 {
        return Err((StatusCode::NOT_FOUND, "no live connection there\n"));
    }
    Ok(Json(Changed { changed }))
}
