//! How a sandbox is to be started.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use crate::state::{Client, ListingForm};

/// How a sandbox is to be started. The default suits a test: a random port of this machine, the demo data, everything
/// in memory, the control interface on, and a client of its own making.
#[derive(Clone)]
pub struct Options {
    /// Address to listen on.
    pub host: IpAddr,
    /// Port to listen on; 0 takes one that is free.
    pub port: u16,
    /// OAuth client id; empty has one made up.
    pub client_id: String,
    /// OAuth client secret; empty has one made up.
    pub client_secret: String,
    /// The client's name, as users see it.
    pub client_name: String,
    /// What the client is listed with in the back office; the default leaves it a plain client.
    pub listing: ListingForm,
    /// Clients beside that one.
    pub other_clients: Vec<Client>,
    /// File that keeps connections and settings between two runs.
    pub state: Option<PathBuf>,
    /// Users, accounts and locations to start with, instead of the demo's.
    pub seed: Option<PathBuf>,
    /// Serve the control interface, without a password. Refused unless `host` is a loopback address.
    pub control: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            host: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 0,
            client_id: String::new(),
            client_secret: String::new(),
            client_name: "TicknCook".to_owned(),
            listing: ListingForm::default(),
            other_clients: Vec::new(),
            state: None,
            seed: None,
            control: true,
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port, client_id, client_secret: _, client_name, listing, other_clients, state, seed, control } =
            self;
        formatter
            .debug_struct("Options")
            .field("host", host)
            .field("port", port)
            .field("client_id", client_id)
            .field("client_name", client_name)
            .field("listing", listing)
            .field("other_clients", other_clients)
            .field("state", state)
            .field("seed", seed)
            .field("control", control)
            .finish_non_exhaustive()
    }
}
