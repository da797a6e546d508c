//! The regular look for attempts whose process died.

use anyhow::{Context, Result, bail};
use chrono::TimeDelta;
use graphile_worker::{IntoTaskHandlerResult, TaskHandler, WorkerContext};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

use super::{
    Failure,
    attempts::{self, LOST_AFTER},
    completion::follow,
    exchange::{binding, code_binding, hold},
    unaccounted,
};
use crate::{
    app::App,
    connections::{Granted, lock_token},
    database, disconnections,
    hubrise::{AccessToken, AuthorisationCode, CallError},
    ids::AttemptId,
    jobs,
};

/// How long the outcome of an attempt can be looked at.
const KEEP_FOR: TimeDelta = TimeDelta::days(30);

/// Ends attempts that nobody works on any more, and gives back the tokens that they hold, or that HubRise still has for
/// them. Safe to run twice.
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
    let abandoned = attempts::take_up_abandoned(&mut *app.db.acquire().await?, now - LOST_AFTER, now).await?;
    let mut failed = 0;
    for id in abandoned {
        match recover(app, id).await {
            Ok(true) => tracing::warn!(attempt = %id, "an abandoned attempt was ended"),
            Ok(false) => tracing::warn!(attempt = %id, "an abandoned attempt waits for HubRise"),
            // The others must not wait for this one.
            Err(error) => {
                failed += 1;
                tracing::error!(attempt = %id, error = format!("{error:#}"), "cannot end an abandoned attempt");
            }
        }
    }
    attempts::purge(&mut *app.db.acquire().await?, now - KEEP_FOR).await?;
    if failed > 0 {
        bail!("{failed} abandoned attempts could not be ended");
    }
    Ok(())
}

/// Ends an attempt whose process died. `false` if HubRise must be asked once more.
async fn recover(app: &App, id: AttemptId) -> Result<bool> {
    let mut db = app.db.acquire().await?;
    // Whoever has succeeded since then was given the same token for the same location; the old code is let expire.
    let was_taken_up = attempts::has_succeeded_since(&mut db, id, app.clock.now()).await?;
    let code = attempts::kept_code(&mut db, id).await?.filter(|_| !was_taken_up);
    drop(db);
    if let Some(code) = code {
        let code = app.config.keyring.open(&code, code_binding(id))?;
        let code = AuthorisationCode::parse(code.expose_secret()).context("a kept code is not one")?;
        if !exchange_again(app, id, &code).await? {
            return Ok(false);
        }
    }
    end(app, id, was_taken_up).await?;
    Ok(true)
}

/// The process may have died before HubRise got the code: then the token comes now, and is kept to be given back.
/// `false` if HubRise did not say.
async fn exchange_again(app: &App, id: AttemptId, code: &AuthorisationCode) -> Result<bool> {
    let attempt = attempts::find(&mut *app.db.acquire().await?, id).await?.context("an attempt vanished")?;
    let asked_at = app.clock.now();
    match app.hubrise.exchange(code, &attempt.purpose.door().redirect_uri(app)).await {
        Ok(answer) => {
            hold(app, id, &answer.token).await?;
            if let Ok(grant) = &answer.grant {
                follow(app, Granted::of(&answer.token, grant, asked_at)).await?;
            }
            Ok(true)
        }
        Err(error) => {
            tracing::warn!(attempt = %id, %error, "the code of an abandoned attempt brings no token");
            Ok(!error.is_passing() && error != CallError::ClientRejected)
        }
    }
}

/// Gives back what the attempt holds. Where it holds nothing, HubRise may have given a token that nobody kept.
async fn end(app: &App, id: AttemptId, was_taken_up: bool) -> Result<()> {
    let mut transaction = database::begin(&app.db).await?;
    let grant = attempts::lock_grant(&mut transaction, id).await?;
    let attempt = attempts::find(&mut transaction, id).await?.context("an attempt vanished")?;
    if attempts::fail(&mut transaction, id, Failure::Interrupted, None, app.clock.now()).await? {
        match grant {
            Some(sealed) => {
                let token = AccessToken::unseal(&app.config.keyring, &sealed, binding(id))?;
                lock_token(&mut transaction, &token.digest()).await?;
                disconnections::service::give_back_unless_used(app, &mut transaction, &token).await?;
            }
            None if was_taken_up => {}
            None => unaccounted::raise(app, &mut transaction, &attempt).await?,
        }
    }
    Ok(transaction.commit().await?)
}
