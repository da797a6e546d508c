//! The PostgreSQL behind everything: somebody else's, or the bridge's own (`embedded`), its pool and its migrations.

mod begin;
pub mod embedded;
pub mod loader;
mod reserved;

use std::{
    convert::Infallible,
    error::Error,
    io,
    num::NonZero,
    sync::{Arc, LazyLock},
    time::Duration,
};

use anyhow::{Context, Result};
use secrecy::ExposeSecret;
use sqlx::{
    AssertSqlSafe, Connection, PgConnection, PgPool, Postgres,
    error::DatabaseError,
    migrate::Migrator,
    pool::PoolConnection,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::time::{Instant, timeout_at};

use crate::{config::DatabaseConfig, polling::poll_every};
use embedded::EmbeddedPostgres;

pub use begin::{begin, begin_snapshot};
pub use reserved::{Reserved, Turn};

/// How long a connection may take to come about, and a request to get one.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);

/// From when on a connection has rested. A server takes longer than this to start anew.
const RESTED: Duration = Duration::from_millis(50);

/// How long a server of our own may not stay up, as while its disk is full, before the process ends with it: whoever
/// supervises the process starts it anew.
const PATIENCE: Duration = Duration::from_mins(10);

/// How long a migration waits for a lock: all who use the table then wait behind it.
const LOCK_LIMIT: Duration = Duration::from_secs(1);

/// How long those who have waited behind a migration then have to themselves.
const MIGRATION_PAUSE: Duration = Duration::from_secs(5);

/// For how long a migration that others are in the way of is tried again, as while a backup is made.
const MIGRATION_LIMIT: Duration = Duration::from_hours(1);

/// The bridge's own migrations; those of the job queue come with its library (see [`crate::jobs::migrate`]). What a later
/// version has added is left as it is: whoever goes back finds a schema that suits this one, too.
pub static MIGRATIONS: LazyLock<Migrator> = LazyLock::new(|| {
    let mut migrations = sqlx::migrate!();
    migrations.set_ignore_missing(true);
    migrations
});

/// A pool, and the server under it where it is ours.
#[derive(Debug)]
pub struct Database {
    /// Connections to it.
    pub pool: PgPool,
    embedded: Option<EmbeddedPostgres>,
}

impl Database {
    /// Opens the configured database for the service; starts the embedded one if none is configured.
    ///
    /// # Errors
    /// When the server cannot be started or reached.
    pub async fn open(config: &DatabaseConfig) -> Result<Self> {
        match config {
            DatabaseConfig::External(url) => Self::connect(url.expose_secret().parse()?).await,
            DatabaseConfig::Embedded(directory) => {
                let embedded = EmbeddedPostgres::start(directory).await?;
                let pool = Self::connect(embedded.connect_options()).await?.pool;
                Ok(Self { pool, embedded: Some(embedded) })
            }
        }
    }

    /// Opens the configured database for one command, beside a service that may be running: an embedded server that
    /// runs already is used and left running.
    ///
    /// # Errors
    /// When the server cannot be started or reached.
    pub async fn open_for_command(config: &DatabaseConfig) -> Result<Self> {
        if let DatabaseConfig::Embedded(directory) = config
            && let Some(options) = embedded::running(directory).await?
        {
            return Self::connect(options).await;
        }
        Self::open(config).await
    }

    async fn connect(options: PgConnectOptions) -> Result<Self> {
        let options = options.application_name("tickncook-hubrise");
        // One connection by itself first: a pool would only say that it waited in vain.
        let first = tokio::time::timeout(CONNECT_LIMIT, PgConnection::connect_with(&options)).await;
        first.context("the database does not answer")?.context("cannot connect to the database")?.close().await?;
        let pool = pool_options().max_connections(connections()).connect_with(options).await;
        let pool = pool.context("cannot connect to the database")?;
        Ok(Self { pool, embedded: None })
    }

    /// Whether the bridge runs this server itself, and therefore also keeps its schema up to date.
    #[must_use]
    pub fn is_embedded(&self) -> bool {
        self.embedded.is_some()
    }

    /// Keeps a server of our own running; somebody else's is theirs to keep.
    ///
    /// # Errors
    /// When ours does not stay up.
    pub async fn watch(&mut self) -> Result<Infallible> {
        match &mut self.embedded {
            Some(embedded) => {
                embedded.watch(PATIENCE).await.context("the embedded PostgreSQL does not stay up: the bridge gives up")
            }
            None => std::future::pending().await,
        }
    }

    /// Closes the connections, and stops the server if it is ours.
    ///
    /// # Errors
    /// When the embedded server does not stop.
    pub async fn close(self) -> Result<()> {
        closed(self.pool.close()).await;
        match self.embedded {
            Some(embedded) => embedded.stop().await,
            None => Ok(()),
        }
    }
}

/// Waits until connections are closed, but not long for who still uses one.
pub async fn closed(closing: impl Future<Output = ()>) {
    if tokio::time::timeout(CONNECT_LIMIT, closing).await.is_err() {
        tracing::warn!("a connection was still in use when the database was closed");
    }
}

/// How many connections there are for all but what is urgent and what pages look up. They are used in turn, and each is
/// a process of PostgreSQL's with a memory of its own: with more than a few for each core, none finds there what it
/// needs. Nobody holds one while they wait for HubRise, or for another.
fn connections() -> u32 {
    let cores = std::thread::available_parallelism().map_or(2, NonZero::get);
    u32::try_from(4 * cores).unwrap_or(u32::MAX).clamp(8, 20)
}

/// How connections are kept for the next who needs one. One that has rested is looked at before it is used again: the
/// server may have gone in the meantime. Under load none rests, and none is asked.
#[must_use]
pub fn pool_options() -> PgPoolOptions {
    let options = PgPoolOptions::new().acquire_timeout(CONNECT_LIMIT).test_before_acquire(false);
    options.before_acquire(|connection, kept| {
        Box::pin(async move { Ok(kept.idle_for < RESTED || connection.ping().await.is_ok()) })
    })
}

/// The same, for connections with settings of their own.
fn options_with(settings: String) -> PgPoolOptions {
    pool_options().after_connect(move |connection, _| {
        let settings = settings.clone();
        Box::pin(async move {
            sqlx::raw_sql(AssertSqlSafe(settings)).execute(connection).await?;
            Ok(())
        })
    })
}

/// On these the database gives up a statement that takes longer.
fn hurry(limit: Duration) -> String {
    format!("set statement_timeout = {}", limit.as_millis())
}

/// A connection that a worker keeps from one statement to the next, as long as all goes well: one that goes back to the
/// pool in between is not there again at once, and another would be used that has less of what is needed near.
#[derive(Debug)]
pub struct KeptConnection {
    pool: PgPool,
    connection: Option<PoolConnection<Postgres>>,
}

impl KeptConnection {
    /// One of this pool's, once it is needed.
    #[must_use]
    pub fn of(pool: &PgPool) -> Self {
        Self { pool: pool.clone(), connection: None }
    }

    /// Works with it, for so long at most. One on which the database has fallen silent is not used again.
    ///
    /// # Errors
    /// When the work fails, or takes longer.
    pub async fn in_time<O>(
        &mut self,
        limit: Duration,
        work: impl AsyncFnOnce(&mut PgConnection) -> sqlx::Result<O>,
    ) -> sqlx::Result<O> {
        let deadline = Instant::now() + limit;
        let mut db = match self.connection.take() {
            Some(db) => db,
            None => timeout_at(deadline, self.pool.acquire()).await.map_err(|_| too_long())??,
        };
        let Ok(outcome) = timeout_at(deadline, work(&mut db)).await else {
            db.close_on_drop();
            return Err(too_long());
        };
        let outcome = outcome?;
        self.connection = Some(db);
        Ok(outcome)
    }
}

/// Somebody has waited for long enough.
fn too_long() -> sqlx::Error {
    io::Error::new(io::ErrorKind::TimedOut, "it takes too long").into()
}

/// What the database said, where it said it to one or to several who asked together.
#[must_use]
pub fn of_database<'a>(cause: &'a (dyn Error + 'static)) -> Option<&'a sqlx::Error> {
    cause.downcast_ref().or_else(|| cause.downcast_ref::<Arc<sqlx::Error>>().map(Arc::as_ref))
}

/// What the database itself refused, if that is why something failed.
#[must_use]
pub fn database_error(error: &anyhow::Error) -> Option<&dyn DatabaseError> {
    error.chain().find_map(|cause| of_database(cause)?.as_database_error())
}

/// Whether the database is away, or does not answer in time, rather than the question wrong.
#[must_use]
pub fn is_passing(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_) => true,
        // Classes 53 and 57: out of resources, and shut down, starting up or cut short.
        sqlx::Error::Database(error) => {
            error.code().is_some_and(|code| code.starts_with("53") || code.starts_with("57"))
        }
        _ => false,
    }
}

/// Whether something was to be added to an organisation, or by somebody, that was deleted at that moment: what the
/// request is about does not exist any more.
#[must_use]
pub fn owner_is_gone(error: &anyhow::Error) -> bool {
    database_error(error).filter(|error| error.is_foreign_key_violation()).is_some_and(|error| {
        let constraint = error.constraint().unwrap_or_default();
        ["_organisation_id_fkey", "_user_id_fkey"].iter().any(|owner| constraint.ends_with(owner))
    })
}

/// Whether two transactions waited for each other, and this one was chosen to give way: it can be tried again.
#[must_use]
pub fn is_deadlock(error: &anyhow::Error) -> bool {
    has_code(error, "40P01")
}

/// Does a piece of work, and once more where it had to give way to another.
///
/// # Errors
/// The work's own.
pub async fn without_deadlock<T, F: Future<Output = Result<T>>>(work: impl Fn() -> F) -> Result<T> {
    match work().await {
        Err(error) if is_deadlock(&error) => work().await,
        outcome => outcome,
    }
}

/// Brings the schema up to date; safe beside other processes that do the same, and while the previous version serves:
/// where somebody is in the way, it steps back, lets those pass who wait behind it, and tries again.
///
/// # Errors
/// When a migration fails, or one that was applied has been changed.
pub async fn migrate(pool: &PgPool) -> Result<()> {
    let options = options_with(format!("set lock_timeout = {}", LOCK_LIMIT.as_millis())).max_connections(1);
    let patient = options.connect_with(PgConnectOptions::clone(&pool.connect_options())).await?;
    let migrated = poll_every(MIGRATION_PAUSE, MIGRATION_LIMIT, || async {
        match MIGRATIONS.run(&patient).await.context("cannot migrate the database") {
            Err(error) if is_locked(&error) => {
                tracing::warn!(
                    "a migration waits for whoever uses a table, as a backup does, or for another process that migrates"
                );
                Ok(None)
            }
            migrated => migrated.map(Some),
        }
    });
    let migrated = migrated.await;
    patient.close().await;
    migrated?.context("a migration waits for others for too long")?;
    crate::jobs::migrate(pool).await
}

/// Whether this is why the database refused, by PostgreSQL's own code.
fn has_code(error: &anyhow::Error, code: &str) -> bool {
    database_error(error).is_some_and(|error| error.code().as_deref() == Some(code))
}

/// Whether a lock was not to be had in time.
fn is_locked(error: &anyhow::Error) -> bool {
    has_code(error, "55P03")
}

/// Stops who would work with a database that lacks migrations of this version.
///
/// # Errors
/// When it does, or cannot be asked.
pub async fn refuse_outdated(pool: &PgPool) -> Result<()> {
    anyhow::ensure!(
        pending_migrations(pool).await? == 0,
        "the database lacks migrations: run `tickncook-hubrise migrate`, or `serve --migrate`",
    );
    Ok(())
}

/// How many of this version's migrations the database still lacks.
///
/// # Errors
/// When the database cannot be asked.
pub async fn pending_migrations(pool: &PgPool) -> sqlx::Result<usize> {
    // Unchecked: the migrations' own table is not there before the first of them.
    let applied: Option<bool> =
        sqlx::query_scalar("select to_regclass('_sqlx_migrations') is not null").fetch_one(pool).await?;
    if applied != Some(true) {
        return Ok(MIGRATIONS.iter().count());
    }
    let done: Vec<i64> =
        sqlx::query_scalar("select version from _sqlx_migrations where success").fetch_all(pool).await?;
    Ok(MIGRATIONS.iter().filter(|migration| !done.contains(&migration.version)).count())
}
