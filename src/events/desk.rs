//! What the database does for each event, done for all together that come at the same time: whose an address is, and keeping
//! what came. Nobody waits for others to come. What fails together is tried one by one, so that nobody fails for another.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, anyhow};
use sqlx::{PgConnection, Postgres, pool::PoolConnection};

use super::{
    service::{Kept, NewEvent, PATIENCE, Recipient},
    store::{self, Status},
};
use crate::{
    app::App,
    gathering::{Gathering, Limits, Worker},
};

const ADDRESSES: Limits = Limits { workers: 2, things: 256, size: usize::MAX, patience: Duration::from_secs(5) };
/// Each worker, here and above, has one of the hurried connections. Two that write at the same time write less each, and
/// together take longer: what comes while one writes is written next.
const EVENTS: Limits = Limits { workers: 1, things: 64, size: 512 * 1024, patience: Duration::from_secs(5) };

/// One failure for all that failed together.
type Shared<T> = Result<T, Arc<anyhow::Error>>;

/// Where events are looked up and kept.
#[derive(Clone, Debug)]
pub struct Desk {
    addresses: Gathering<String, Shared<Found>>,
    events: Gathering<NewEvent, Shared<Option<Kept>>>,
}

impl Default for Desk {
    fn default() -> Self {
        Self { addresses: Gathering::new(ADDRESSES), events: Gathering::new(EVENTS) }
    }
}

/// What is known of an address.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// Whose it is, if it is anybody's.
    pub(super) recipient: Option<Recipient>,
    /// How long the database took to tell.
    pub(super) took: Duration,
}

/// For whom the address with this key is.
pub(super) async fn look_up(app: &App, key: String) -> Shared<Found> {
    let found = app.event_desk.addresses.done(key, 0, |worker| look_up_all(app.clone(), worker));
    found.await.unwrap_or_else(|| Err(Arc::new(too_many())))
}

/// Keeps an event that needs nothing more; `None` where nobody has its address.
pub(super) async fn keep(app: &App, event: NewEvent) -> Shared<Option<Kept>> {
    let size = event.body.len();
    let kept = app.event_desk.events.done(event, size, |worker| keep_all(app.clone(), worker));
    kept.await.unwrap_or_else(|| Err(Arc::new(too_many())))
}

fn too_many() -> anyhow::Error {
    anyhow!("too many wait for the database")
}

async fn look_up_all(app: App, mut worker: Worker<String, Shared<Found>>) {
    let mut place = Place::default();
    while let Some(taken) = worker.take() {
        let started = Instant::now();
        let recipients = place.within(PATIENCE, &app, async |db| store::recipients(db, &taken.things).await).await;
        let took = started.elapsed();
        let outcome = recipients.map_err(Arc::new);
        let outcomes = taken.things.iter().map(|key| match &outcome {
            Ok(recipients) => Ok(Found { recipient: recipients.get(key).cloned(), took }),
            Err(error) => Err(Arc::clone(error)),
        });
        let outcomes: Vec<_> = outcomes.collect();
        taken.answer(outcomes);
    }
}

async fn keep_all(app: App, mut worker: Worker<NewEvent, Shared<Option<Kept>>>) {
    let mut place = Place::default();
    while let Some(taken) = worker.take() {
        let patience = taken.things.iter().map(|event| event.patience).min().unwrap_or_default();
        let events: Vec<_> = taken.things.iter().collect();
        let kept = place.within(patience, &app, async |db| keep_together(db, &events).await).await;
        let outcomes = match kept {
            Ok(outcomes) => outcomes,
            Err(error) => vec![Err(Arc::new(error)); events.len()],
        };
        taken.answer(outcomes);
    }
}

/// Keeps them all, or else each that can be kept.
async fn keep_together(db: &mut PgConnection, events: &[&NewEvent]) -> sqlx::Result<Vec<Shared<Option<Kept>>>> {
    match store::keep(db, events, Status::Kept).await {
        Ok(kept) => return Ok(events.iter().map(|event| Ok(kept.of(event))).collect()),
        Err(error) if events.len() == 1 || error.as_database_error().is_none() => return Err(error),
        Err(error) => {
            tracing::warn!(%error, count = events.len(), "events cannot be kept together: they are kept one by one");
        }
    }
    let mut outcomes = Vec::with_capacity(events.len());
    for event in events {
        let kept = store::keep(db, &[event], Status::Kept).await;
        outcomes.push(kept.map(|kept| kept.of(event)).map_err(|error| Arc::new(error.into())));
    }
    Ok(outcomes)
}

/// A worker's connection, for as long as nothing fails on it.
#[derive(Default)]
struct Place(Option<PoolConnection<Postgres>>);

impl Place {
    /// Works with the connection for so long at most. One that something failed on, or was cut short, is not used again.
    async fn within<O>(
        &mut self,
        limit: Duration,
        app: &App,
        work: impl AsyncFnOnce(&mut PgConnection) -> sqlx::Result<O>,
    ) -> Result<O> {
        let mut place = self.0.take();
        let work = async {
            let db = match &mut place {
                Some(db) => db,
                none => none.insert(app.urgent_db.hurried().acquire().await?),
            };
            work(db).await
        };
        let outcome = tokio::time::timeout(limit, work).await.context("the database takes too long")??;
        self.0 = place;
        Ok(outcome)
    }
}
