//! Authorising a connection that exists again, by its `app_instance_id`: the client learns that the user has access to
//! it. Nothing is asked where nothing new is granted.

use crate::state::{AppInstanceId, ClientId, ConnectionId, Grant, Scope, User, World};

/// A live connection of the client that asks, which an `app_instance_id` names.
#[derive(Debug)]
pub(super) struct Renewal {
    pub(super) connection_id: ConnectionId,
    pub(super) grant: Grant,
    blocked: bool,
}

impl Renewal {
    /// A profile alone is no install: it has no app instance.
    pub(super) fn of(world: &World, client_id: &ClientId, id: &AppInstanceId) -> Option<Self> {
        let mut live = world.records.live_connections();
        let connection = live.find(|connection| {
            connection.app_instance_id == *id
                && connection.client_id == *client_id
                && connection.grant.account_id.is_some()
        })?;
        let (connection_id, grant) = (connection.id.clone(), connection.grant.clone());
        Some(Self { connection_id, grant, blocked: connection.blocked })
    }

    /// Whether the user has access to it: by a role at its account, and, where it includes a profile, by being the one
    /// whose profile it is.
    pub(super) fn is_open_to(&self, user: &User) -> bool {
        let account = self.grant.account_id.as_ref().is_some_and(|account| user.has_access_to(account));
        account && (self.grant.scope.profile.is_none() || self.grant.user == user.email)
    }

    /// Whether the permission was granted before, so that there is nothing to consent to. A block is not lifted without
    /// being asked about, nor anything granted at a suspended account.
    pub(super) fn needs_no_consent(&self, asked: &Scope, world: &World) -> bool {
        let suspended =
            self.grant.account_id.as_ref().is_some_and(|account| world.records.suspended_accounts.contains(account));
        !self.blocked && !suspended && self.grant.scope.covers(asked)
    }
}
