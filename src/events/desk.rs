//! What the database does for each event, done for all together that come at the same time: whose an address is, and
//! keeping what came. Nobody waits for others to come. What fails together is tried one by one, so that nobody fails
//! for another.

use std::{
    collections::HashMap,
    slice,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};

use super::{
    service::{Kept, NewEvent, PATIENCE, Recipient},
    store::{self, Status},
};
use crate::{
    app::App,
    database::{
        KeptConnection, is_passing,
        loader::{Loader, Lookup},
    },
    gathering::{Gathering, Limits, Worker},
};

/// Two that write at the same time write less each, and together take longer: what comes while one writes is written
/// next.
const LIMITS: Limits = Limits { workers: 1, things: 64, size: 512 * 1024, patience: Duration::from_secs(5) };

/// Where events are looked up and kept.
#[derive(Debug)]
pub struct Desk {
    addresses: Loader<Addresses>,
    events: Gathering<NewEvent, Outcome>,
}

impl Default for Desk {
    fn default() -> Self {
        Self { addresses: Loader::default(), events: Gathering::new(LIMITS) }
    }
}

/// `None` where nobody has the address.
type Outcome = Result<Option<Kept>, Arc<sqlx::Error>>;

/// Whose addresses these are, by the keys in them.
#[derive(Debug)]
struct Addresses;

/// Whose an address is.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) recipient: Recipient,
    /// How long the database took to tell.
    pub(super) took: Duration,
}

impl Lookup for Addresses {
    type Key = String;
    type Found = Found;

    const PATIENCE: Duration = PATIENCE;

    fn connections(app: &App) -> &PgPool {
        app.urgent_db.hurried()
    }

    async fn find_all(
        db: &mut PgConnection,
        keys: &[String],
        _: DateTime<Utc>,
    ) -> sqlx::Result<HashMap<String, Found>> {
        let started = Instant::now();
        let recipients = store::recipients(db, keys).await?;
        let took = started.elapsed();
        Ok(recipients.into_iter().map(|(key, recipient)| (key, Found { recipient, took })).collect())
    }
}

/// Whose the address with this key is, if it is anybody's.
pub(super) async fn look_up(app: &App, key: String) -> Result<Option<Found>> {
    app.event_desk.addresses.find(app, key).await
}

/// Keeps an event that needs nothing more; `None` where nobody has its address.
pub(super) async fn keep(app: &App, event: NewEvent) -> Result<Option<Kept>> {
    let size = event.body.len();
    let kept = app.event_desk.events.done(event, size, |worker| keep_all(app.clone(), worker));
    Ok(kept.await.context("too many wait for the database")??)
}

async fn keep_all(app: App, mut worker: Worker<NewEvent, Outcome>) {
    let mut connection = KeptConnection::of(app.urgent_db.hurried());
    while let Some(taken) = worker.take() {
        let events = &taken.things;
        let patience = events.iter().map(|event| event.patience).min().unwrap_or_default();
        let kept = async |db: &mut PgConnection| keep_together(db, events).await;
        let outcomes = match connection.in_time(patience, kept).await {
            Ok(outcomes) => outcomes,
            Err(error) => vec![Err(Arc::new(error)); events.len()],
        };
        taken.answer(outcomes);
    }
}

/// Keeps them all, or else each that can be kept.
async fn keep_together(db: &mut PgConnection, events: &[NewEvent]) -> sqlx::Result<Vec<Outcome>> {
    match store::keep(db, events, Status::Kept).await {
        Ok(kept) => return Ok(events.iter().map(|event| Ok(kept.of(event))).collect()),
        Err(error) if events.len() == 1 || is_passing(&error) => return Err(error),
        Err(error) => {
            tracing::warn!(%error, count = events.len(), "events cannot be kept together: they are kept one by one");
        }
    }
    let mut outcomes = Vec::with_capacity(events.len());
    for event in events {
        let kept = store::keep(db, slice::from_ref(event), Status::Kept).await;
        outcomes.push(kept.map(|kept| kept.of(event)).map_err(Arc::new));
    }
    Ok(outcomes)
}
