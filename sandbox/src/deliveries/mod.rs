//! Sends events to callbacks and notices to apps: what to send and when is known by `state`. Never holds the store's
//! lock while it sends, and sends to one connection in order, to several at a time.

mod background;
mod exchange;
mod faults;
mod lane;
mod request;

pub(crate) use background::Sender;
pub(crate) use faults::{EventFault, EventFaults, Kind as EventFaultKind};

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::redirect::Policy;
use tokio::sync::{Mutex as Turns, Semaphore};
use tokio::task::JoinSet;

use crate::app::{App, Shared};
use crate::state::ConnectionId;

/// How many receivers may be slow without any other having to wait.
const MOST_AT_ONCE: usize = 64;
/// Apps that answer events by causing events could go on for ever.
const MOST_ROUNDS: usize = 100;
/// How far one move of the clock may go.
pub(crate) const LONGEST_ADVANCE: TimeDelta = TimeDelta::days(31);

/// What sending needs beside the world.
#[derive(Debug)]
pub(crate) struct Deliveries {
    http: reqwest::Client,
    /// Whoever sends to a connection holds its lane.
    lanes: Mutex<HashMap<ConnectionId, Arc<Turns<()>>>>,
    places: Semaphore,
    advancing: Turns<()>,
    made: AtomicU64,
}

/// Where a move of the clock led to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Advanced {
    pub(crate) now: DateTime<Utc>,
    /// Attempts, whether they were acknowledged or not, notices included.
    pub(crate) deliveries: u64,
}

impl Deliveries {
    #[expect(clippy::disallowed_methods, reason = "the bridge's client is not the sandbox's business")]
    pub(crate) fn new() -> Result<Self> {
        // Redirects acknowledge. Kept connections would fail at random when a receiver closes them.
        let http = reqwest::Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .pool_max_idle_per_host(0)
            .connect_timeout(Duration::from_secs(20))
            .user_agent(concat!("hubrise-sandbox/", env!("CARGO_PKG_VERSION")));
        Ok(Self {
            http: http.build().context("preparing to call callbacks")?,
            lanes: Mutex::default(),
            places: Semaphore::new(MOST_AT_ONCE),
            advancing: Turns::default(),
            made: AtomicU64::default(),
        })
    }

    fn lane(&self, connection: &ConnectionId) -> Arc<Turns<()>> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner).entry(connection.clone()).or_default().clone()
    }

    fn made(&self) -> u64 {
        self.made.load(Ordering::SeqCst)
    }
}

/// Has the apps of connections told that these are disconnected, soon and in the background. Those of plain clients,
/// and of apps without a Disconnect URL, are passed over. To be called once the tokens are of no use any more.
pub(crate) fn notify_disconnected(app: &App, connections: &[ConnectionId]) {
    app.store.change(|world| world.queue_notices(connections));
}

/// Sends all that is due now, waits for the answers, and says how many deliveries were made.
pub(crate) async fn run_due(app: &Shared) -> u64 {
    let before = app.deliveries.made();
    for _ in 0..MOST_ROUNDS {
        let by = app.clock.now();
        let due = app.store.read(|world| world.connections_due(by));
        if due.is_empty() {
            break;
        }
        let mut lanes = JoinSet::new();
        for connection in due {
            lanes.spawn(lane::send_all(app.clone(), connection, by));
        }
        while let Some(ended) = lanes.join_next().await {
            if let Err(error) = ended {
                tracing::error!(%error, "sending ended early");
            }
        }
    }
    app.deliveries.made() - before
}

/// Moves the clock forward by up to [`LONGEST_ADVANCE`], stopping at each moment at which something is due, until it
/// was sent and answered.
pub(crate) async fn advance(app: &Shared, by: TimeDelta) -> Advanced {
    let _turn = app.deliveries.advancing.lock().await;
    let before = app.deliveries.made();
    let mut moment = app.clock.now();
    let target = moment + by.clamp(TimeDelta::zero(), LONGEST_ADVANCE);
    run_due(app).await;
    while let Some(next) = app.store.read(|world| world.next_due(moment)).filter(|next| *next <= target) {
        moment = next;
        app.clock.advance_to(moment);
        run_due(app).await;
    }
    app.clock.advance_to(target);
    run_due(app).await;
    Advanced { now: app.clock.now(), deliveries: app.deliveries.made() - before }
}
