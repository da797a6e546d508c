//! The durable job queue (`graphile_worker`). Features define their jobs and enqueue them inside their own transaction;
//! this module knows the queue and no feature. A job carries ids only: the queue logs what it carries.

use std::{
    fmt,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use chrono::{DateTime, TimeDelta, Utc};
use graphile_worker::{
    IntoTaskHandlerResult, JobKeyMode, JobSpecBuilder, TaskHandler, WorkerContext, WorkerOptions, WorkerUtils,
    worker_utils::types::CleanupTask,
};
use serde::{Deserialize, Serialize};
use sqlx::{PgConnection, PgPool};

use crate::{app::App, secrets::redacted};

const SCHEMA: &str = "graphile_worker";

/// A way to enqueue.
#[derive(Clone)]
pub struct Jobs {
    utils: WorkerUtils,
}

impl fmt::Debug for Jobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Jobs")
    }
}

/// Whose turn it is where many wait: all share the worker's few places.
#[derive(Clone, Copy, Debug)]
pub enum Urgency {
    /// Access to give back, or to give.
    Access,
    /// What people are told.
    Mails,
    /// What can wait.
    Names,
}

impl Urgency {
    /// The lowest comes first.
    const fn priority(self) -> i16 {
        match self {
            Self::Access => 0,
            Self::Mails => 5,
            Self::Names => 10,
        }
    }
}

impl Jobs {
    /// Enqueues into this database.
    #[must_use]
    pub fn new(pool: PgPool) -> Self {
        Self { utils: WorkerUtils::new(pool, SCHEMA) }
    }

    /// Enqueues a job that runs at `at` and is then tried, ever more slowly (at last every 6 hours), until it
    /// succeeds. Rolled back, the transaction leaves no job. One job a key: a second one moves the first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn enqueue_until_done<T: TaskHandler>(
        &self,
        transaction: &mut PgConnection,
        key: String,
        (job, urgency): (T, Urgency),
        at: DateTime<Utc>,
    ) -> Result<()> {
        self.enqueue(transaction, key, JobKeyMode::Replace, (job, urgency), at).await
    }

    async fn enqueue<T: TaskHandler>(
        &self,
        transaction: &mut PgConnection,
        key: String,
        mode: JobKeyMode,
        (job, urgency): (T, Urgency),
        at: DateTime<Utc>,
    ) -> Result<()> {
        let spec = JobSpecBuilder::new().job_key(key).job_key_mode(mode).run_at(at).priority(urgency.priority());
        let spec = spec.max_attempts(i16::MAX).build();
        self.utils.clone().with_executor(transaction).add_job(job, spec).await.context("cannot enqueue a job")?;
        Ok(())
    }

    /// The same, but a second one leaves the time of the first as it is, unless that was tried and failed: what comes
    /// close together is done together, and does not put itself off for ever.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn enqueue_gathered<T: TaskHandler>(
        &self,
        transaction: &mut PgConnection,
        key: String,
        (job, urgency): (T, Urgency),
        at: DateTime<Utc>,
    ) -> Result<()> {
        self.enqueue(transaction, key, JobKeyMode::PreserveRunAt, (job, urgency), at).await
    }

    async fn purge(&self) -> Result<()> {
        let purged = self.utils.cleanup(&[CleanupTask::DeletePermanentlyFailedJobs]).await;
        purged.context("cannot delete the jobs that will not run again")
    }

    /// Takes back a job that has nothing left to do; one that runs right now finishes by itself.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn remove(&self, key: &str) -> Result<()> {
        self.utils.remove_job(key).await.context("cannot remove a job")
    }

    /// The same within the caller's transaction.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn remove_within(&self, transaction: &mut PgConnection, key: &str) -> Result<()> {
        self.utils.clone().with_executor(transaction).remove_job(key).await.context("cannot remove a job")
    }
}

/// A job that has not ended well yet.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Waiting {
    /// What it was enqueued under.
    pub key: String,
    /// How often it was tried.
    pub attempts: i16,
    /// Why the last try failed, without secrets and addresses.
    pub last_error: Option<String>,
    /// When it is tried next.
    pub run_at: DateTime<Utc>,
    /// Whether it runs right now.
    pub is_running: bool,
}

/// The jobs under these keys, the next one first. The queue's schema is its library's: it is not there when ours is
/// checked.
///
/// # Errors
/// When the database does not answer.
pub async fn waiting(db: &mut PgConnection, keys: &[String]) -> Result<Vec<Waiting>> {
    let found = sqlx::query_as::<_, Waiting>(
        "select key, attempts, last_error, run_at, locked_at is not null as is_running
         from graphile_worker._private_jobs where key = any($1) order by run_at, id",
    );
    let mut waiting = found.bind(keys).fetch_all(db).await.context("cannot look at the queue")?;
    for job in &mut waiting {
        job.last_error = job.last_error.as_deref().map(|error| redacted(unwrapped(error)));
    }
    Ok(waiting)
}

/// What a job itself said, out of the quotes in which the library keeps it.
fn unwrapped(error: &str) -> &str {
    let inside = error.strip_prefix("TaskError(").and_then(|rest| rest.strip_suffix(')'));
    inside.map_or(error, |inside| inside.trim_matches(['"', '\\']))
}

/// Has a waiting job run now, as if it had never been tried, within the caller's transaction. `false` if there is none
/// under this key, or it runs already.
///
/// # Errors
/// When the database does not answer.
pub async fn run_now(transaction: &mut PgConnection, key: &str) -> Result<bool> {
    let hurried = sqlx::query(
        "update graphile_worker._private_jobs set run_at = now(), attempts = 0, updated_at = now()
         where key = $1 and locked_at is null",
    );
    let hurried = hurried.bind(key).execute(transaction).await.context("cannot have a job run now")?;
    Ok(hurried.rows_affected() == 1)
}

/// Has failed jobs of this urgency run now that wait for their next try, those that have waited longest first, and at
/// most so many. One that fails again waits as long as it would have.
///
/// # Errors
/// When the database does not answer.
pub async fn hasten_failed(db: &mut PgConnection, urgency: Urgency, limit: i64) -> Result<u64> {
    let hastened = sqlx::query(
        "update graphile_worker._private_jobs set run_at = now(), updated_at = now() where id in (
            select id from graphile_worker._private_jobs
            where priority = $1 and attempts between 1 and max_attempts - 1 and run_at > now() and locked_at is null
            order by updated_at limit $2 for update skip locked)",
    );
    let hastened = hastened.bind(urgency.priority()).bind(limit).execute(db).await;
    Ok(hastened.context("cannot have failed jobs run now")?.rows_affected())
}

/// When the last job of this urgency was enqueued that failed, and has been tried for longer than this.
///
/// # Errors
/// When the database does not answer.
pub async fn last_failing_for(
    db: &mut PgConnection,
    urgency: Urgency,
    longer_than: TimeDelta,
) -> Result<Option<DateTime<Utc>>> {
    let found = sqlx::query_scalar(
        "select max(created_at) from graphile_worker._private_jobs
         where priority = $1 and attempts > 0 and created_at < now() - $2::interval",
    );
    let found = found.bind(urgency.priority()).bind(longer_than).fetch_one(db).await;
    found.context("cannot look for failed jobs")
}

/// Deletes what is left of jobs that will not run again: one that was replaced or taken back while it ran, and whose
/// process died under it, stays behind. Safe to run twice.
#[derive(Debug, Serialize, Deserialize)]
pub struct PurgeJobs {}

impl TaskHandler for PurgeJobs {
    const IDENTIFIER: &'static str = "purge_jobs";

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        let app = context.get_ext::<App>().ok_or("the worker has no app")?;
        logged(Self::IDENTIFIER, &context, app.jobs.purge()).await
    }
}

/// A worker's settings, without its jobs: a worker that died is noticed within a minute and its jobs run again, so
/// every job must bear to run twice. Without the library's local queue, which in this version (0.14.1) asks the
/// database without a pause.
#[must_use]
pub fn worker_options(pool: PgPool) -> WorkerOptions {
    WorkerOptions::default()
        .pg_pool(pool)
        .schema(SCHEMA)
        .concurrency(4)
        .poll_interval(Duration::from_secs(2))
        .heartbeat_interval(Duration::from_secs(5))
        .sweep_interval(Duration::from_secs(15))
        .sweep_threshold(Duration::from_secs(30))
        .recovery_delay(Duration::from_secs(1))
        .listen_os_shutdown_signals(false)
}

/// Does a job's work and logs it with one line: `job`, `job_id`, the `key` that says what it is about, `milliseconds`,
/// and the `error` after which it is tried again.
///
/// # Errors
/// The work's own, as text for the queue.
pub async fn logged<E: fmt::Display>(
    job: &str,
    context: &WorkerContext,
    work: impl Future<Output = Result<(), E>>,
) -> Result<(), String> {
    let (job_id, key) = (*context.job().id(), context.job().key().as_deref());
    let started = Instant::now();
    let outcome = work.await.map_err(|error| format!("{error:#}"));
    let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let (ended, job_name) = (if outcome.is_ok() { "done" } else { "failed" }, job.to_owned());
    metrics::counter!("tickncook_jobs_total", "job" => job_name, "outcome" => ended).increment(1);
    match &outcome {
        Ok(()) => tracing::info!(job, job_id, key, milliseconds, "job"),
        Err(error) => tracing::warn!(job, job_id, key, milliseconds, error, "job; it is tried again later"),
    }
    outcome
}

/// Brings the queue's own schema up to date.
///
/// # Errors
/// When the database refuses.
pub async fn migrate(pool: &PgPool) -> Result<()> {
    WorkerUtils::new(pool.clone(), SCHEMA).migrate().await.context("cannot migrate the job queue")
}
