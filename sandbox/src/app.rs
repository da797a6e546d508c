//! What every request handler shares.

use anyhow::Result;
use std::sync::Arc;

use crate::api::Limits;
use crate::clock::Clock;
use crate::control::Faults;
use crate::deliveries::{Deliveries, EventFaults};
use crate::injector::Jobs;
use crate::options::Options;
use crate::state::{Client, ListingForm, Sessions, Store};
use crate::traffic::Traffic;

/// The state that axum hands to handlers.
pub(crate) type Shared = Arc<App>;

#[derive(Debug)]
pub(crate) struct App {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) sessions: Sessions,
    pub(crate) faults: Faults,
    pub(crate) event_faults: EventFaults,
    pub(crate) deliveries: Deliveries,
    /// Orders that are still to come from the injector.
    pub(crate) injections: Jobs,
    pub(crate) limits: Limits,
    pub(crate) traffic: Traffic,
    pub(crate) control: bool,
    /// Part of the cookies' names: browsers share cookies between the ports of a host.
    pub(crate) port: u16,
    /// Those that the sandbox was started with.
    pub(crate) clients: Vec<Client>,
}

impl App {
    pub(crate) fn new(options: &Options, port: u16) -> Result<Self> {
        let mut first = Client::new(&options.client_id, &options.client_secret, &options.client_name);
        if options.listing != ListingForm::default() {
            first = first.listed(&options.listing)?;
        }
        let clients: Vec<Client> = std::iter::once(first).chain(options.other_clients.iter().cloned()).collect();
        Ok(Self {
            store: Store::open(options.seed.as_deref(), options.state.as_deref(), &clients)?,
            clock: Clock::default(),
            sessions: Sessions::default(),
            faults: Faults::default(),
            event_faults: EventFaults::default(),
            deliveries: Deliveries::new()?,
            injections: Jobs::default(),
            limits: Limits::default(),
            traffic: Traffic::default(),
            control: options.control,
            port,
            clients,
        })
    }

    /// Back to the seed and the time of the machine: no connection, code, session, fault or logged call, and every
    /// switch at its default.
    pub(crate) fn reset(&self) {
        self.injections.stop_all();
        self.store.reset();
        self.sessions.sign_everyone_out();
        self.faults.clear();
        self.event_faults.clear();
        self.limits.clear();
        self.traffic.clear();
        self.clock.reset();
    }
}
