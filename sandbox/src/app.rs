//! What every request handler shares.

use std::sync::Arc;

use anyhow::Result;

use crate::control::{Faults, Journal};
use crate::options::{Client, Options};
use crate::state::{ClientId, Sessions, Store};

/// The state that axum hands to handlers.
pub(crate) type Shared = Arc<App>;

#[derive(Debug)]
pub(crate) struct App {
    pub(crate) store: Store,
    pub(crate) sessions: Sessions,
    pub(crate) clients: Vec<Client>,
    pub(crate) faults: Faults,
    pub(crate) journal: Journal,
    pub(crate) control: bool,
    /// Part of the cookies' names: browsers share cookies between the ports of a host.
    pub(crate) port: u16,
}

impl App {
    pub(crate) fn new(options: &Options, port: u16) -> Result<Self> {
        let first = Client::new(&options.client_id, &options.client_secret, &options.client_name);
        let clients = std::iter::once(first).chain(options.other_clients.iter().cloned()).collect();
        Ok(Self {
            store: Store::open(options.seed.as_deref(), options.state.as_deref())?,
            sessions: Sessions::default(),
            clients,
            faults: Faults::default(),
            journal: Journal::default(),
            control: options.control,
            port,
        })
    }

    pub(crate) fn client(&self, id: &str) -> Option<&Client> {
        self.clients.iter().find(|client| client.id.as_str() == id)
    }

    /// The client's name as users see it; its id, for one that an earlier run knew.
    pub(crate) fn client_name<'a>(&'a self, id: &'a ClientId) -> &'a str {
        self.client(id.as_str()).map_or(id.as_str(), |client| client.name.as_str())
    }
}
