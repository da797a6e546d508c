//! Connections: what a client was granted, and the access token that stands for it. A client has one live connection
//! a location (or a whole account) and device; authorising again changes that connection instead of adding one. A
//! profile belongs to one user, and so does a connection that includes it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Records;
use super::callbacks::Callback;
use super::directory::{Account, Directory};
use super::identifiers::{
    AccountId, AppInstanceId, CatalogId, ClientId, ConnectionId, CustomerListId, LocationId, UserId,
};
use super::scope::{Resource, Scope};
use super::secrets::AccessToken;
use super::settings::AfterRevoke;

/// What a user agreed to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Grant {
    /// E-mail address of whoever agreed.
    pub(crate) user: String,
    /// `None` for a profile alone.
    pub(crate) account_id: Option<AccountId>,
    /// `None` at account level, as are the catalog and the list.
    pub(crate) location_id: Option<LocationId>,
    pub(crate) catalog_id: Option<CatalogId>,
    pub(crate) customer_list_id: Option<CustomerListId>,
    pub(crate) scope: Scope,
    /// Each device has a connection of its own.
    #[serde(default)]
    pub(crate) device_id: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Connection {
    pub(crate) id: ConnectionId,
    /// HubRise's public name for the connection. It can be guessed and proves nothing.
    #[serde(default = "AppInstanceId::generate")]
    pub(crate) app_instance_id: AppInstanceId,
    pub(crate) client_id: ClientId,
    pub(crate) access_token: AccessToken,
    #[serde(flatten)]
    pub(crate) grant: Grant,
    pub(crate) connected_at: DateTime<Utc>,
    pub(crate) status: Status,
    pub(crate) blocked: bool,
    #[serde(default)]
    pub(crate) callback: Option<Callback>,
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
    Revoked(ConnectionId),
    /// The token is live, and another client's.
    Foreign,
    /// No live connection has this token.
    Unknown,
}

impl Grant {
    /// Whether this is about the account, and about the location if it is bound to one. `None` is what belongs to the
    /// whole account: a location's connection reaches that too.
    pub(crate) fn reaches(&self, account: &AccountId, location: Option<&LocationId>) -> bool {
        let own = self.location_id.as_ref().zip(location).is_none_or(|(own, wanted)| own == wanted);
        self.account_id.as_ref() == Some(account) && own
    }

    /// Whether the catalog can be read: by being the granted one, by a scope on all of them, or, at account level, by
    /// a scope on catalogs.
    pub(crate) fn reaches_catalog(&self, account: &Account, id: &CatalogId) -> bool {
        let granted = self.catalog_id.as_ref() == Some(id) && self.scope.names(Resource::Catalog);
        let all = self.reaches_all(Resource::Catalog, Resource::AllCatalogs);
        account
            .catalog(id)
            .is_some_and(|(owner, _)| (granted || all) && self.reaches(&account.id, owner.map(|location| &location.id)))
    }

    /// Whether the customer list can be read, as for catalogs.
    pub(crate) fn reaches_customer_list(&self, account: &Account, id: &CustomerListId) -> bool {
        let granted = self.customer_list_id.as_ref() == Some(id) && self.scope.names(Resource::CustomerList);
        let all = self.reaches_all(Resource::CustomerList, Resource::AllCustomerLists);
        account
            .customer_list(id)
            .is_some_and(|(owner, _)| (granted || all) && self.reaches(&account.id, owner.map(|location| &location.id)))
    }

    /// The id of the user who agreed, if the grant is about their profile.
    pub(crate) fn user_id<'a>(&self, directory: &'a Directory) -> Option<&'a UserId> {
        self.scope.profile?;
        directory.user(&self.user).map(|user| &user.id)
    }

    /// Whether everything of a kind can be read: by a scope on all of it, or, at account level, by one on the kind.
    pub(super) fn reaches_all(&self, one: Resource, all: Resource) -> bool {
        let whole_account = self.account_id.is_some() && self.location_id.is_none();
        self.scope.names(all) || (whole_account && self.scope.names(one))
    }
}

impl Connection {
    pub(crate) fn is_live(&self) -> bool {
        self.status == Status::Live
    }

    fn is_about(&self, client_id: &ClientId, grant: &Grant) -> bool {
        let personal = self.grant.scope.profile.is_some() || grant.scope.profile.is_some();
        self.client_id == *client_id
            && self.grant.account_id == grant.account_id
            && self.grant.location_id == grant.location_id
            && self.grant.device_id == grant.device_id
            && (!personal
                || (self.grant.user == grant.user
                    && self.grant.scope.profile.is_some() == grant.scope.profile.is_some()))
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
                connection.callback = None;
            }
            connection.grant = grant;
            connection.status = Status::Live;
            // A blocked connection can be repaired by connecting again.
            connection.blocked = false;
        } else {
            self.connections.push(Connection {
                id: ConnectionId::generate(),
                app_instance_id: AppInstanceId::generate(),
                client_id: client_id.clone(),
                access_token: AccessToken::generate(),
                grant,
                connected_at: now,
                status: Status::Live,
                blocked: false,
                callback: None,
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

    /// The connection of a token, whether it is still live or not.
    pub(crate) fn connection_of_token(&self, token: &str) -> Option<&Connection> {
        self.connections.iter().rev().find(|connection| connection.access_token.matches(token))
    }

    pub(crate) fn connection(&self, id: &ConnectionId) -> Option<&Connection> {
        self.connections.iter().find(|connection| connection.id == *id)
    }

    pub(crate) fn connection_mut(&mut self, id: &ConnectionId) -> Option<&mut Connection> {
        self.connections.iter_mut().find(|connection| connection.id == *id)
    }

    pub(crate) fn revoke(&mut self, client_id: &ClientId, token: &str) -> Revocation {
        let mut live = self.connections.iter_mut().filter(|connection| connection.is_live());
        match live.find(|connection| connection.access_token.matches(token)) {
            None => Revocation::Unknown,
            Some(connection) if connection.client_id != *client_id => Revocation::Foreign,
            Some(connection) => {
                let id = connection.id.clone();
                self.end_connection(&id);
                Revocation::Revoked(id)
            }
        }
    }

    /// Takes the token's access away, with its callback and the events that were still to be acknowledged.
    pub(crate) fn end_connection(&mut self, id: &ConnectionId) {
        if let Some(connection) = self.connection_mut(id) {
            connection.status = Status::Revoked;
            connection.callback = None;
        }
        self.events.retain(|event| event.connection_id != *id);
    }
}
