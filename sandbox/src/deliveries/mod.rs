//! Sends events to callbacks and notices to apps: what to send and when is known by `state`. Never holds the store's
//! lock while it sends, and sends to one connection in order, to several at a time.

mod background;
mod exchange;
mod faults;
mod lane;
mod request;

pub(crate) use background::Sender;
pub(crate) use faults::{EventFault, EventFaults, Kind as EventFaultKind};

use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, Result};
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::redirect::Policy;
use tokio::sync::{Mutex, Notify, Semaphore};

use crate::app::App;
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
    places: Semaphore,
    /// Asks the sender to look whether something is due.
    wanted: Notify,
    /// The sender has looked; what is due by now is on its way.
    looked: Notify,
    advancing: Mutex<()>,
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
            .user_agent(concat!("hubrise-sandbox/", env!("CARGO_PKG_VERSION")));
        Ok(Self {
            http: http.build().context("preparing to call callbacks")?,
            places: Semaphore::new(MOST_AT_ONCE),
            wanted: Notify::default(),
            looked: Notify::default(),
            advancing: Mutex::default(),
            made: AtomicU64::default(),
        })
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

/// Has all that is due now sent, waits for the answers, and says how many deliveries were made. The sending itself is
/// the background's, so that a caller who goes away interrupts nothing.
pub(crate) async fn run_due(app: &App) -> u64 {
    let before = app.deliveries.made();
    for _ in 0..MOST_ROUNDS {
        let by = app.clock.now();
        if app.store.read(|world| world.connections_due(by).is_empty()) {
            break;
        }
        app.deliveries.wanted.notify_one();
        loop {
            let looked = app.deliveries.looked.notified();
            if app.store.read(|world| world.connections_due(by).is_empty()) {
                break;
            }
            looked.await;
        }
    }
    app.deliveries.made() - before
}

/// Moves the clock forward by up to [`LONGEST_ADVANCE`], stopping at each moment at which something is due, until it
/// was sent and answered.
pub(crate) async fn advance(app: &App, by: TimeDelta) -> Advanced {
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
    // With nothing due at the end, the sender still waits as long as it had to before the move.
    app.deliveries.wanted.notify_one();
    Advanced { now: app.clock.now(), deliveries: app.deliveries.made() - before }
}
