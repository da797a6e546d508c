//! The regular look for grants whose hour is over.

use anyhow::{Result, bail};
use chrono::TimeDelta;
use graphile_worker::{IntoTaskHandlerResult, TaskHandler, WorkerContext};
use serde::{Deserialize, Serialize};

use super::{service, store};
use crate::{app::App, authorisations::Failure, jobs};

/// How long the outcome can be looked at.
const KEEP_FOR: TimeDelta = TimeDelta::days(30);

/// Wipes what nobody has confirmed, and gives it back at HubRise unless somebody uses the same token. Safe to run
/// twice.
#[derive(Debug, Serialize, Deserialize)]
pub struct ExpirePendingConnections {}

impl TaskHandler for ExpirePendingConnections {
    const IDENTIFIER: &'static str = "expire_pending_connections";

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        let app = context.get_ext::<App>().ok_or("the worker has no app")?;
        jobs::logged(Self::IDENTIFIER, &context, expire(app)).await
    }
}

async fn expire(app: &App) -> Result<()> {
    let now = app.clock.now();
    let expired = store::expired(&mut *app.db.acquire().await?, now).await?;
    let mut failed = 0;
    for id in expired {
        // The others must not wait for this one.
        if let Err(error) = service::end(app, id, Failure::NotConfirmed.into()).await {
            failed += 1;
            tracing::error!(pending = %id, error = format!("{error:#}"), "cannot let a grant go");
        }
    }
    store::purge(&mut *app.db.acquire().await?, now - KEEP_FOR).await?;
    if failed > 0 {
        bail!("{failed} grants could not be let go");
    }
    Ok(())
}
