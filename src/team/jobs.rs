//! The hourly clearing away of access that is over.

use chrono::TimeDelta;
use graphile_worker::{IntoTaskHandlerResult, TaskHandler, WorkerContext};
use serde::{Deserialize, Serialize};

use super::store;
use crate::{app::App, jobs};

/// How long somebody is still listed whose role at HubRise was not proved again.
const KEEP_LAPSED_FOR: TimeDelta = TimeDelta::days(30);

/// Wipes the secrets of invitations that have expired, and forgets access that was not proved again for long. Safe to
/// run twice.
#[derive(Debug, Serialize, Deserialize)]
pub struct PurgeAccess {}

impl TaskHandler for PurgeAccess {
    const IDENTIFIER: &'static str = "purge_access";

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        let app = context.get_ext::<App>().ok_or("the worker has no app")?;
        jobs::logged(Self::IDENTIFIER, &context, purge(app)).await
    }
}

async fn purge(app: &App) -> sqlx::Result<()> {
    let now = app.clock.now();
    let mut db = app.db.acquire().await?;
    store::invitations::wipe_expired(&mut db, now).await?;
    store::purge_lapsed(&mut db, now - KEEP_LAPSED_FOR).await
}
