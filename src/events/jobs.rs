//! The job that applies events, and the hourly deletion of old ones.

use anyhow::{Context, Result};
use chrono::{Days, TimeDelta};
use graphile_worker::{IntoTaskHandlerResult, TaskHandler, WorkerContext};
use serde::{Deserialize, Serialize};

use super::store;
use crate::{
    alarms::{self, Kind},
    app::App,
    hubrise,
    ids::ConnectionId,
    jobs, upkeep,
};

/// How long calls to HubRise can be looked at.
const KEEP_CALLS_FOR: TimeDelta = TimeDelta::days(7);
/// HubRise has tried an event for the last time an hour after the first.
const RETRIES_END_AFTER: TimeDelta = TimeDelta::days(1);

/// What holds of a connection is found again by its next checks, within about an hour each.
const CHECKED_AGAIN_AFTER: TimeDelta = TimeDelta::hours(3);

/// Asks HubRise for the names of a connection that something was renamed at, whatever the events say: they may come
/// late, twice, or in another order. Safe to run twice.
#[derive(Debug, Serialize, Deserialize)]
pub struct ApplyEvents {
    /// Which one.
    pub connection: ConnectionId,
}

impl ApplyEvents {
    /// Under which the queue knows it.
    #[must_use]
    pub fn key(&self) -> String {
        format!("events-{}", self.connection)
    }
}

impl TaskHandler for ApplyEvents {
    const IDENTIFIER: &'static str = "apply_events";

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        let app = context.get_ext::<App>().ok_or("the worker has no app")?;
        jobs::logged(Self::IDENTIFIER, &context, apply(app, self.connection)).await
    }
}

async fn apply(app: &App, connection: ConnectionId) -> Result<()> {
    // What comes from here on has a job of its own.
    let pending = store::pending(&mut *app.db.acquire().await?, connection).await?;
    if pending.is_empty() {
        return Ok(());
    }
    upkeep::service::refresh_names(app, connection).await.context("the names cannot be asked for")?;
    Ok(store::set_applied(&mut *app.db.acquire().await?, &pending, app.clock.now()).await?)
}

/// Forgets what HubRise sent, and what was asked of it, long ago. Safe to run twice.
#[derive(Debug, Serialize, Deserialize)]
pub struct PurgeEvents {}

impl TaskHandler for PurgeEvents {
    const IDENTIFIER: &'static str = "purge_events";

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        let app = context.get_ext::<App>().ok_or("the worker has no app")?;
        jobs::logged(Self::IDENTIFIER, &context, purge(app)).await
    }
}

async fn purge(app: &App) -> Result<()> {
    let now = app.clock.now();
    let mut db = app.db.acquire().await?;
    let before = now.checked_sub_days(Days::new(app.config.event_retention_days));
    store::purge(&mut db, before.context("the retention is longer than time itself")?).await?;
    alarms::end_quiet(&mut db, Kind::OversizedEvent, now - RETRIES_END_AFTER, now).await?;
    alarms::end_quiet(&mut db, Kind::UnknownRefusal, now - CHECKED_AGAIN_AFTER, now).await?;
    Ok(hubrise::purge_calls(&mut db, now - KEEP_CALLS_FOR).await?)
}
