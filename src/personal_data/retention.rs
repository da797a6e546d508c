//! For how long what names people is kept, where nothing else says it, and the daily job that holds it to that. The
//! limits of what serves a moment (sessions, trips to HubRise, mails, events) are with the features that own it.

use anyhow::Result;
use chrono::{Days, Months, TimeDelta};
use graphile_worker::{IntoTaskHandlerResult, TaskHandler, WorkerContext};
use serde::{Deserialize, Serialize};

use super::store::deletion as store;
use crate::{alarms, app::App, connection_links, disconnections::farewell, history, jobs, team};

/// Who did what, receipts, and who was removed: for as long as somebody may ask. The database's own guard of the
/// history has the same limit.
const KEEP_RECORDS_FOR: Months = Months::new(36);
/// Invitations and links for owners, after their week.
const KEEP_LINKS_FOR: TimeDelta = TimeDelta::days(365);
/// Alarms, after their end.
const KEEP_ALARMS_FOR: TimeDelta = TimeDelta::days(90);
/// Revocations that nothing tells of, after their end.
const KEEP_REVOCATIONS_FOR: TimeDelta = TimeDelta::days(30);
/// That an organisation was deleted.
pub(super) const KEEP_DELETIONS_FOR: Days = Days::new(365);

/// Deletes what is older than its limit. Safe to run twice.
#[derive(Debug, Serialize, Deserialize)]
pub struct PurgePersonalData {}

impl TaskHandler for PurgePersonalData {
    const IDENTIFIER: &'static str = "purge_personal_data";

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        let app = context.get_ext::<App>().ok_or("the worker has no app")?;
        jobs::logged(Self::IDENTIFIER, &context, purge(app)).await
    }
}

async fn purge(app: &App) -> Result<()> {
    let now = app.clock.now();
    let mut db = app.db.acquire().await?;
    // A calendar's years, as the database counts them, and a day for clocks that differ.
    let records = now - KEEP_RECORDS_FOR - TimeDelta::days(1);
    store::purge(&mut db, now - KEEP_DELETIONS_FOR).await?;
    farewell::purge(&mut db, records, now - KEEP_REVOCATIONS_FOR).await?;
    team::service::purge(&mut db, records, now - KEEP_LINKS_FOR).await?;
    connection_links::service::purge(&mut db, now - KEEP_LINKS_FOR).await?;
    alarms::service::purge(&mut db, now - KEEP_ALARMS_FOR, now).await?;
    // Last: the database refuses it to a process whose clock is ahead by more.
    history::service::purge(&mut db, records).await
}
