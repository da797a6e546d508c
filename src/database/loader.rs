//! What is looked up at the same time is looked up together: one statement for many costs little more than one for one.
//! Nobody waits for others to come. Everybody gets what belongs to their own key, found by the key and not by its
//! place; and what cannot be looked up together is looked up one by one, so that nobody fails for another.

use std::{collections::HashMap, hash::Hash, sync::Arc, time::Duration};

use anyhow::Result;
use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool, postgres::PgConnectOptions};

use super::{KeptConnection, hurry, is_passing, options_with, too_long};
use crate::{
    app::App,
    gathering::{Gathering, Limits, Worker},
};

/// One statement at a time: what comes meanwhile is the next.
const LIMITS: Limits = Limits { workers: 1, things: 64, size: usize::MAX, patience: Duration::from_secs(5) };

/// How long the database may take for a statement of these connections. One that nobody waits for is over at the
/// database, too, and holds none of the few.
const HURRY: Duration = Duration::from_millis(3500);

/// Each of the few statements is made so that one plan suits it, and planning them takes longer than all else: PostgreSQL
/// must not weigh each time whether to make another.
const PLANS: &str = "set plan_cache_mode = force_generic_plan";

/// How many connections there are to look things up with. With two, one does what comes first for a page and the other
/// what comes second, as long as readers come one after the other.
const CONNECTIONS: u32 = 2;

/// Connections for it, to the database that this pool connects to. They come about when they are needed.
#[must_use]
pub fn pool(others: &PgPool) -> PgPool {
    let options = PgConnectOptions::clone(&others.connect_options());
    options_with(format!("{}; {PLANS}", hurry(HURRY))).max_connections(CONNECTIONS).connect_lazy_with(options)
}

/// What can be looked up for many at once.
pub trait Lookup: 'static {
    /// What it is looked up by.
    type Key: Clone + Eq + Hash + Send + Sync + 'static;
    /// What is found.
    type Found: Clone + Send + 'static;

    /// How long a connection may take for all of them: a little longer than the database itself gives it.
    const PATIENCE: Duration = Duration::from_secs(4);

    /// The connections that it is looked up with.
    #[must_use]
    fn connections(app: &App) -> &PgPool {
        &app.loaders.db
    }

    /// What is found for each of these, as of `now`; nothing for one that is not there.
    fn find_all(
        db: &mut PgConnection,
        keys: &[Self::Key],
        now: DateTime<Utc>,
    ) -> impl Future<Output = sqlx::Result<HashMap<Self::Key, Self::Found>>> + Send;
}

type Outcome<L> = Result<Option<<L as Lookup>::Found>, Arc<sqlx::Error>>;

/// Where one kind of thing is looked up.
#[derive(Debug)]
pub struct Loader<L: Lookup>(Gathering<L::Key, Outcome<L>>);

impl<L: Lookup> Default for Loader<L> {
    fn default() -> Self {
        Self(Gathering::new(LIMITS))
    }
}

impl<L: Lookup> Loader<L> {
    /// What there is now, if there is anything.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn find(&self, app: &App, key: L::Key) -> Result<Option<L::Found>> {
        match self.0.done(key, 0, |worker| work::<L>(app.clone(), worker)).await {
            Some(outcome) => Ok(outcome?),
            None => Err(too_long().into()),
        }
    }
}

async fn work<L: Lookup>(app: App, mut worker: Worker<L::Key, Outcome<L>>) {
    let mut kept = KeptConnection::of(L::connections(&app));
    while let Some(taken) = worker.take() {
        let (keys, now) = (&taken.things, app.clock.now());
        let found = async |db: &mut PgConnection| find_all::<L>(db, keys, now).await;
        let outcomes = match kept.in_time(L::PATIENCE, found).await {
            Ok(outcomes) => outcomes,
            Err(error) => vec![Err(Arc::new(error)); keys.len()],
        };
        taken.answer(outcomes);
    }
}

/// All together, or else each that can be found.
async fn find_all<L: Lookup>(
    db: &mut PgConnection,
    keys: &[L::Key],
    now: DateTime<Utc>,
) -> sqlx::Result<Vec<Outcome<L>>> {
    match L::find_all(db, keys, now).await {
        Ok(found) => return Ok(keys.iter().map(|key| Ok(found.get(key).cloned())).collect()),
        Err(error) if keys.len() == 1 || is_passing(&error) => return Err(error),
        Err(error) => {
            tracing::error!(%error, count = keys.len(), "what was looked up together is looked up one by one");
        }
    }
    let mut outcomes = Vec::with_capacity(keys.len());
    for key in keys {
        let found = L::find_all(db, std::slice::from_ref(key), now).await;
        outcomes.push(found.map(|mut found| found.remove(key)).map_err(Arc::new));
    }
    Ok(outcomes)
}
