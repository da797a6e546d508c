//! Connections: what a client was granted, and the access token that stands for it. A client has one live connection
//! a location (or a whole account); authorising again changes that connection instead of adding one.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Records;
use super::identifiers::{AccountId, CatalogId, ClientId, ConnectionId, CustomerListId, LocationId};
use super::scope::Scope;
use super::secrets::AccessToken;
use super::settings::AfterRevoke;

/// What a user agreed to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Grant {
    /// E-mail address of whoever agreed.
    pub(crate) user: String,
    pub(crate) account_id: AccountId,
    /// `None` at account level, as are the catalog and the list.
    pub(crate) location_id: Option<LocationId>,
    pub(crate) catalog_id: Option<CatalogId>,
    pub(crate) customer_list_id: Option<CustomerListId>,
    pub(crate) scope: Scope,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Connection {
    pub(crate) id: ConnectionId,
    pub(crate) client_id: ClientId,
    pub(crate) access_token: AccessToken,
    #[serde(flatten)]
    pub(crate) grant: Grant,
    pub(crate) connected_at: DateTime<Utc>,
    pub(crate) status: Status,
    pub(crate) blocked: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    Live,
    Revoked,
}

/// What became of a request to revoke a token.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Revocation {
    Revoked,
    /// The token is live, and another client's.
    Foreign,
    /// No live connection has this token.
    Unknown,
}

impl Connection {
    pub(crate) fn is_live(&self) -> bool {
        self.status == Status::Live
    }

    fn is_about(&self, client_id: &ClientId, grant: &Grant) -> bool {
        self.client_id == *client_id
            && self.grant.account_id == grant.account_id
            && self.grant.location_id == grant.location_id
    }
}

impl Records {
    /// The live connection for the grant: the one there is, changed to the grant, or a new one.
    pub(super) fn connect(
        &mut self,
        client_id: &ClientId,
        grant: Grant,
        after_revoke: AfterRevoke,
        now: DateTime<Utc>,
    ) -> &Connection {
        // The last one is the live one, if any is: a connection is only added once those before it are revoked.
        let last = self.connections.iter().rposition(|connection| connection.is_about(client_id, &grant));
        let reusable = last.filter(|&index| self.connections[index].is_live() || after_revoke == AfterRevoke::Same);
        let index = reusable.unwrap_or(self.connections.len());
        if let Some(connection) = self.connections.get_mut(index) {
            if !connection.is_live() {
                connection.connected_at = now;
            }
            connection.grant = grant;
            connection.status = Status::Live;
            // A blocked connection can be repaired by connecting again.
            connection.blocked = false;
        } else {
            self.connections.push(Connection {
                id: ConnectionId::generate(),
                client_id: client_id.clone(),
                access_token: AccessToken::generate(),
                grant,
                connected_at: now,
                status: Status::Live,
                blocked: false,
            });
        }
        &self.connections[index]
    }

    pub(crate) fn live_connections(&self) -> impl Iterator<Item = &Connection> {
        self.connections.iter().filter(|connection| connection.is_live())
    }

    pub(crate) fn live_connection(&self, token: &str) -> Option<&Connection> {
        self.live_connections().find(|connection| connection.access_token.matches(token))
    }

    pub(crate) fn revoke(&mut self, client_id: &ClientId, token: &str) -> Revocation {
        let mut live = self.connections.iter_mut().filter(|connection| connection.is_live());
        match live.find(|connection| connection.access_token.matches(token)) {
            None => Revocation::Unknown,
            Some(connection) if connection.client_id != *client_id => Revocation::Foreign,
            Some(connection) => {
                connection.status = Status::Revoked;
                Revocation::Revoked
            }
        }
    }
}
