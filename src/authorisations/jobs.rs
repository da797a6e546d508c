//! The regular look for attempts whose process died.

use anyhow::{Context, Result, bail};
use chrono::TimeDelta;
use graphile_worker::{IntoTaskHandlerResult, TaskHandler, WorkerContext};
use serde::{Deserialize, Serialize};

use super::{
    Failure,
    attempts::{self, LOST_AFTER},
    exchange::binding,
};
use crate::{app::App, connections::lock_token, disconnections, hubrise::AccessToken, ids::AttemptId, jobs};

/// How long the outcome of an attempt can be looked at.
const KEEP_FOR: TimeDelta = TimeDelta::days(30);

/// Ends attempts that nobody works on any more, and gives back the tokens they hold. Safe to run twice.
#[derive(Debug, Serialize, Deserialize)]
pub struct SweepAttempts {}

impl TaskHandler for SweepAttempts {
    const IDENTIFIER: &'static str = "sweep_attempts";

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        let app = context.get_ext::<App>().ok_or("the worker has no app")?;
        jobs::logged(Self::IDENTIFIER, &context, sweep(app)).await
    }
}

async fn sweep(app: &App) -> Result<()> {
    let now = app.clock.now();
    let mut db = app.db.acquire().await?;
    let mut failed = 0;
    for id in attempts::abandoned(&mut db, now - LOST_AFTER).await? {
        match end(app, id).await {
            Ok(()) => tracing::warn!(attempt = %id, "an abandoned attempt was ended"),
            // The others must not wait for this one.
            Err(error) => {
                failed += 1;
                tracing::error!(attempt = %id, error = format!("{error:#}"), "cannot end an abandoned attempt");
            }
        }
    }
    attempts::purge(&mut db, now - KEEP_FOR).await?;
    if failed > 0 {
        bail!("{failed} abandoned attempts could not be ended");
    }
    Ok(())
}

async fn end(app: &App, id: AttemptId) -> Result<()> {
    let mut transaction = app.db.begin().await?;
    let grant = attempts::lock_grant(&mut transaction, id).await?;
    let ended = attempts::fail(&mut transaction, id, Failure::Interrupted, None, app.clock.now()).await?;
    if ended && let Some(sealed) = grant {
        let token = app.config.keyring.open(&sealed, binding(id))?;
        let token = AccessToken::new(token).context("a held token is not one")?;
        lock_token(&mut transaction, &token.digest()).await?;
        disconnections::service::give_back_unless_used(app, &mut transaction, &token).await?;
    }
    Ok(transaction.commit().await?)
}
