//! A few connections for what must be answered however busy the others are: HubRise's events and the question whether the
//! service is ready.

use std::{
    ops::{Deref, DerefMut},
    sync::Arc,
};

use sqlx::{PgConnection, PgPool, Postgres, pool::PoolConnection, postgres::PgConnectOptions};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::pool_options;

/// How many there are, beside the others.
const RESERVED: u32 = 8;

/// The connections. They come about when they are needed.
#[derive(Clone, Debug)]
pub struct Reserved {
    pool: PgPool,
    /// A place for each, so that nobody waits here while there is a connection elsewhere.
    places: Arc<Semaphore>,
    others: PgPool,
}

/// One of them, or one of the others; for as long as it is held.
#[derive(Debug)]
pub struct Urgent {
    connection: PoolConnection<Postgres>,
    _place: Option<OwnedSemaphorePermit>,
}

impl Reserved {
    /// To the database that this pool connects to.
    #[must_use]
    pub fn beside(others: &PgPool) -> Self {
        let options = PgConnectOptions::clone(&others.connect_options());
        let pool = pool_options().max_connections(RESERVED).connect_lazy_with(options);
        Self { pool, places: Arc::new(Semaphore::new(RESERVED as usize)), others: others.clone() }
    }

    /// A connection: a reserved one, or any that nobody uses where those are in use.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn acquire(&self) -> sqlx::Result<Urgent> {
        let place = match Arc::clone(&self.places).try_acquire_owned() {
            Ok(place) => place,
            Err(_) if self.others_are_free() => {
                return Ok(Urgent { connection: self.others.acquire().await?, _place: None });
            }
            Err(_) => Arc::clone(&self.places).acquire_owned().await.map_err(|_| sqlx::Error::PoolClosed)?,
        };
        Ok(Urgent { connection: self.pool.acquire().await?, _place: Some(place) })
    }

    fn others_are_free(&self) -> bool {
        self.others.num_idle() > 0 || self.others.size() < self.others.options().get_max_connections()
    }

    /// The reserved ones alone.
    #[must_use]
    pub const fn pool(&self) -> &PgPool {
        &self.pool
    }
}

impl Deref for Urgent {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.connection
    }
}

impl DerefMut for Urgent {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.connection
    }
}
