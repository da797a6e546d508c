//! Each cause of a 401, in one click: a blocked connection, one that is gone, an account that did not pay.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::Controller;
use crate::app::Shared;
use crate::deliveries::notify_disconnected;
use crate::state::{AccountId, ConnectionId, Location, User, World};

/// An account of the user's, with its live connections.
pub(super) struct AccountRow {
    pub(super) id: String,
    pub(super) label: String,
    pub(super) suspended: bool,
    pub(super) connections: Vec<ConnectionRow>,
}

pub(super) struct ConnectionRow {
    pub(super) id: String,
    pub(super) app: String,
    /// `None` for the whole account.
    pub(super) location: Option<String>,
    pub(super) blocked: bool,
}

pub(super) fn accounts_of(world: &World, user: &User) -> Vec<AccountRow> {
    let accounts = world.directory.accounts_of(user).map(|account| {
        let live = world.records.live_connections();
        let own = live.filter(|connection| connection.grant.account_id.as_ref() == Some(&account.id));
        let connections = own.map(|connection| {
            let location = connection.grant.location_id.as_ref().and_then(|id| account.location(id));
            ConnectionRow {
                id: connection.id.to_string(),
                app: world.directory.client_name(&connection.client_id).to_owned(),
                location: location.map(Location::label),
                blocked: connection.blocked,
            }
        });
        AccountRow {
            id: account.id.to_string(),
            label: format!("{} - {}", account.name, account.id),
            suspended: world.records.suspended_accounts.contains(&account.id),
            connections: connections.collect(),
        }
    });
    accounts.collect()
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ConnectionChange {
    Block,
    Unblock,
    Disconnect,
}

/// Somebody else's connection does not exist.
pub(super) async fn change_connection(
    State(app): State<Shared>,
    Path((id, change)): Path<(ConnectionId, ConnectionChange)>,
    Controller(member): Controller,
) -> Response {
    let found = app.store.change(|world| {
        let connection = world.records.connection_mut(&id).filter(|connection| connection.is_live())?;
        member.role_at(connection.grant.account_id.as_ref()?)?;
        let told = match change {
            ConnectionChange::Block => {
                connection.blocked = true;
                world.records.settings.notice_after_block
            }
            ConnectionChange::Unblock => {
                connection.blocked = false;
                false
            }
            ConnectionChange::Disconnect => {
                world.records.end_connection(&id);
                true
            }
        };
        Some(told)
    });
    match found {
        None => return member.not_found(),
        Some(told) if told => notify_disconnected(&app, &[id]),
        Some(_) => {}
    }
    back()
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum AccountChange {
    Suspend,
    Resume,
}

pub(super) async fn change_account(
    State(app): State<Shared>,
    Path((id, change)): Path<(AccountId, AccountChange)>,
    Controller(member): Controller,
) -> Response {
    if member.role_at(&id).is_none() {
        return member.not_found();
    }
    let told = app.store.change(|world| match change {
        AccountChange::Suspend => {
            world.records.suspended_accounts.insert(id.clone());
            suspended_connections(world, &id)
        }
        AccountChange::Resume => {
            world.records.suspended_accounts.remove(&id);
            Vec::new()
        }
    });
    notify_disconnected(&app, &told);
    back()
}

/// Those whose apps are told of the suspension.
fn suspended_connections(world: &World, account: &AccountId) -> Vec<ConnectionId> {
    let live = world.records.live_connections().filter(|_| world.records.settings.notice_after_suspension);
    let own = live.filter(|connection| connection.grant.account_id.as_ref() == Some(account));
    own.map(|connection| connection.id.clone()).collect()
}

fn back() -> Response {
    Redirect::to("/sandbox#access").into_response()
}
