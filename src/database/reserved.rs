//! A few connections for what must be answered however busy the others are: HubRise's events, the question whether the
//! service is ready, and its figures.

use std::{sync::Arc, time::Duration};

use sqlx::{PgPool, Postgres, Transaction, pool::PoolConnection, postgres::PgConnectOptions};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{hurry, options_with, pool_options};

/// How many there are, beside the others.
const RESERVED: u32 = 4;
/// How many more on which nothing takes long.
const HURRIED: u32 = 3;
/// How long a statement takes there at most.
const HURRY: Duration = Duration::from_millis(750);
/// How long somebody waits for their turn, while the database is busy with the others'.
const PATIENCE: Duration = Duration::from_secs(5);

/// The connections. They come about when they are needed.
#[derive(Clone, Debug)]
pub struct Reserved {
    pool: PgPool,
    hurried: PgPool,
    turns: Arc<Semaphore>,
}

/// A turn at the database, for as long as it is held.
#[derive(Debug)]
pub struct Turn {
    pool: PgPool,
    _permit: OwnedSemaphorePermit,
}

impl Reserved {
    /// To the database that this pool connects to.
    #[must_use]
    pub fn beside(others: &PgPool) -> Self {
        let options = PgConnectOptions::clone(&others.connect_options());
        let pool = pool_options().max_connections(RESERVED).connect_lazy_with(options.clone());
        let hurried = options_with(hurry(HURRY)).max_connections(HURRIED).connect_lazy_with(options);
        Self { pool, hurried, turns: Arc::new(Semaphore::new(RESERVED as usize)) }
    }

    /// A turn: whoever has it finds a connection. Of many who come at once, each is only as slow as the database then
    /// is; none where it takes too long.
    pub async fn turn(&self) -> Option<Turn> {
        let permit = tokio::time::timeout(PATIENCE, Arc::clone(&self.turns).acquire_owned()).await.ok()?.ok()?;
        Some(Turn { pool: self.pool.clone(), _permit: permit })
    }

    /// The connections, without a turn.
    #[must_use]
    pub const fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Connections on which the database gives up a statement that takes too long: whoever asked has given it up by
    /// then, and has been told that nothing was done.
    #[must_use]
    pub const fn hurried(&self) -> &PgPool {
        &self.hurried
    }

    /// Closes them all.
    pub async fn close(&self) {
        self.hurried.close().await;
        self.pool.close().await;
    }
}

impl Turn {
    /// A connection.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn connect(&self) -> sqlx::Result<PoolConnection<Postgres>> {
        self.pool.acquire().await
    }

    /// A transaction.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn begin(&self) -> sqlx::Result<Transaction<'static, Postgres>> {
        super::begin(&self.pool).await
    }
}
