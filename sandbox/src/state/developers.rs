//! The clients that an account's developers make: new ones, new secrets, and the end of them.

use super::World;
use super::clients::Client;
use super::directory::Directory;
use super::identifiers::{AccountId, ClientId, ConnectionId};
use super::secrets::ClientSecret;

impl Directory {
    pub(crate) fn create_client(&mut self, owner: AccountId, name: &str) -> ClientId {
        let client = Client { owner: Some(owner), ..Client::new("", "", name) };
        let id = client.id.clone();
        self.clients.push(client);
        id
    }

    pub(crate) fn client_mut(&mut self, id: &ClientId) -> Option<&mut Client> {
        self.clients.iter_mut().find(|client| client.id == *id)
    }
}

impl Client {
    /// Brings in a new secret beside the present one. Does nothing while there are two: the older would be lost to
    /// whoever still uses it.
    pub(crate) fn renew_secret(&mut self) {
        if self.previous_secret.is_none() {
            self.previous_secret = Some(std::mem::replace(&mut self.secret, ClientSecret::generate()));
        }
    }

    pub(crate) fn retire_previous_secret(&mut self) {
        self.previous_secret = None;
    }
}

impl World {
    /// Takes the client away, and the access that it had.
    pub(crate) fn delete_client(&mut self, id: &ClientId) {
        let live = self.records.live_connections().filter(|connection| connection.client_id == *id);
        let live: Vec<ConnectionId> = live.map(|connection| connection.id.clone()).collect();
        for connection in &live {
            self.records.end_connection(connection);
        }
        self.directory.clients.retain(|client| client.id != *id);
    }
}
