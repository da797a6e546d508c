//! The regular look for attempts whose process died.

use anyhow::{Context, Result};
use chrono::TimeDelta;
use graphile_worker::{IntoTaskHandlerResult, TaskHandler, WorkerContext};
use serde::{Deserialize, Serialize};

use super::{
    Failure,
    attempts::{self, Abandoned},
    completion::binding,
};
use crate::{app::App, crypto::Sealed, disconnections, hubrise::AccessToken, jobs};

/// Longer than any attempt takes.
const GIVE_UP_AFTER: TimeDelta = TimeDelta::minutes(2);
/// How long the outcome of an attempt can be looked at.
const KEEP_FOR: TimeDelta = TimeDelta::days(30);

/// Ends attempts that nobody works on any more, and gives back the tokens they hold. Safe to run twice.
#[derive(Debug, Serialize, Deserialize)]
pub struct SweepAttempts {}

impl TaskHandler for SweepAttempts {
    const IDENTIFIER: &'static str = "sweep_attempts";

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        let app = context.get_ext::<App>().ok_or("the worker has no app")?;
        jobs::logged(Self::IDENTIFIER, sweep(app)).await
    }
}

async fn sweep(app: &App) -> Result<()> {
    let now = app.clock.now();
    let mut db = app.db.acquire().await?;
    for attempt in attempts::abandoned(&mut db, now - GIVE_UP_AFTER).await? {
        let id = attempt.id;
        match end(app, attempt).await {
            Ok(()) => tracing::warn!(attempt = %id, "an abandoned attempt was ended"),
            // The others must not wait for this one.
            Err(error) => {
                tracing::error!(attempt = %id, error = format!("{error:#}"), "cannot end an abandoned attempt");
            }
        }
    }
    attempts::purge(&mut db, now - KEEP_FOR).await?;
    Ok(())
}

async fn end(app: &App, attempt: Abandoned) -> Result<()> {
    let mut transaction = app.db.begin().await?;
    let ended = attempts::fail(&mut transaction, attempt.id, Failure::Interrupted, None, app.clock.now()).await?;
    if ended && let (Some(key_id), Some(ciphertext)) = (attempt.grant_key_id, attempt.grant_ciphertext) {
        let token = app.config.keyring.open(&Sealed { key_id, ciphertext }, binding(attempt.id))?;
        let token = AccessToken::new(token).context("a held token is not one")?;
        disconnections::service::give_back(app, &mut transaction, &token).await?;
    }
    Ok(transaction.commit().await?)
}
