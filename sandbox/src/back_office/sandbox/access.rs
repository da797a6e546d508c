//! Each cause of a 401, in one click: a blocked connection, one that is gone, an account that did not pay.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::Controller;
use crate::app::Shared;
use crate::state::{AccountId, ConnectionId, User, World};

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
                location: location.map(crate::state::Location::label),
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
        match change {
            ConnectionChange::Block => connection.blocked = true,
            ConnectionChange::Unblock => connection.blocked = false,
            ConnectionChange::Disconnect => world.records.end_connection(&id),
        }
        Some(())
    });
    found.map_or_else(|| member.not_found(), |()| back())
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
    app.store.change(|world| {
        let suspended = &mut world.records.suspended_accounts;
        match change {
            AccountChange::Suspend => suspended.insert(id),
            AccountChange::Resume => suspended.remove(&id),
        }
    });
    back()
}

fn back() -> Response {
    Redirect::to("/sandbox#access").into_response()
}
