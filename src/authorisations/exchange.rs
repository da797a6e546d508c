//! From a claimed attempt and its code to a token that is not lost any more: exchange, and hold. Between any two steps
//! the process may die, and what is held is then found again.

use std::time::Duration;

use anyhow::{Result, bail};

use super::{
    Failure, Obstacle,
    attempt::Attempt,
    attempts::{self, Code, Held},
    unaccounted,
};
use crate::{
    alarms,
    app::App,
    connections::lock_token,
    crypto::{Binding, SealedRows as _},
    database, disconnections,
    hubrise::{AccessToken, AuthorisationCode, CallError, TokenAnswer},
    ids::AttemptId,
    polling::poll,
};

/// Turns the code into a token, and keeps the token with the attempt.
pub(super) async fn exchange(
    app: &App,
    attempt: &Attempt,
    code: &AuthorisationCode,
) -> Result<Result<TokenAnswer, Failure>> {
    match app.hubrise.exchange(code, &attempt.purpose.door().redirect_uri(app)).await {
        Ok(answer) => {
            let held = hold_or_retry(app, attempt.id, &answer.token).await?;
            if held.client_was_refused {
                alarms::client_is_refused(app, false).await?;
            }
            Ok(Ok(answer))
        }
        Err(error) => {
            let failure = exchange_failure(attempt.id, &error);
            if failure == Failure::ClientRejected {
                alarms::client_is_refused(app, true).await?;
            }
            let mut transaction = database::begin(&app.db).await?;
            let ended = attempts::fail(&mut transaction, attempt.id, failure, None, app.clock.now()).await?;
            match (ended, may_have_granted(&error)) {
                (true, true) => unaccounted::raise(app, &mut transaction, attempt).await?,
                (false, false) => unaccounted::end_for_deleted(app, &mut transaction, attempt.id).await?,
                (true, false) | (false, true) => {}
            }
            transaction.commit().await?;
            Ok(Err(failure))
        }
    }
}

/// Whether HubRise may have given a token that did not arrive here.
const fn may_have_granted(error: &CallError) -> bool {
    matches!(error, CallError::Unanswered(_) | CallError::Unintelligible(_))
}

pub(super) fn exchange_failure(attempt: AttemptId, error: &CallError) -> Failure {
    match error {
        CallError::CodeRejected => Failure::CodeRejected,
        CallError::ClientRejected => Failure::ClientRejected,
        CallError::NotAsked(_) | CallError::Unavailable(_) | CallError::Unanswered(_) | CallError::RateLimited(_) => {
            tracing::warn!(%attempt, %error, "HubRise does not answer at the exchange");
            Failure::ExchangeUnavailable
        }
        CallError::AccessLost(_) | CallError::Refused(_) | CallError::Unintelligible(_) => {
            tracing::error!(%attempt, %error, "an exchange was answered in an unknown way");
            Failure::Unintelligible
        }
    }
}

/// How long a token is kept in memory while the database is away. Shorter than attempts are given up after.
const HOLD_LIMIT: Duration = Duration::from_mins(1);

/// Keeps the token with the attempt, also when the database is away for a moment: what HubRise gave must not be lost.
async fn hold_or_retry(app: &App, id: AttemptId, token: &AccessToken) -> Result<Held> {
    let held = poll(HOLD_LIMIT, || async move {
        match hold(app, id, token).await {
            Ok(held) => Ok(Some(held)),
            Err(error) if error.is::<sqlx::Error>() => {
                tracing::error!(attempt = %id, error = format!("{error:#}"), "a token waits for the database");
                Ok(None)
            }
            Err(error) => Err(error),
        }
    });
    match held.await? {
        Some(Some(held)) => Ok(held),
        Some(None) => bail!("the attempt was ended by somebody else"),
        None => bail!("the database did not come back in time: a token at HubRise is not known here"),
    }
}

/// From here on, neither a crash nor a revocation that comes late can lose the token. `None` if the attempt has
/// ended meanwhile: then the token is given back.
pub(super) async fn hold(app: &App, id: AttemptId, token: &AccessToken) -> Result<Option<Held>> {
    let sealed = app.config.keyring.seal(token.secret(), binding(id))?;
    let held = attempts::hold_grant(&mut *app.db.acquire().await?, id, &sealed, &token.digest()).await?;
    if held.is_none() {
        let mut transaction = database::begin(&app.db).await?;
        lock_token(&mut transaction, &token.digest()).await?;
        disconnections::service::give_back_unless_used(app, &mut transaction, token).await?;
        unaccounted::end_for_deleted(app, &mut transaction, id).await?;
        transaction.commit().await?;
    }
    Ok(held)
}

pub(super) fn binding(id: AttemptId) -> Binding {
    attempts::SealedGrants::binding(id.uuid())
}

/// A code in the form in which it is kept.
pub(super) fn keep(app: &App, id: AttemptId, code: &AuthorisationCode) -> Result<Code> {
    let sealed = app.config.keyring.seal(code.secret(), code_binding(id))?;
    Ok(Code { digest: code.digest(), sealed })
}

pub(super) fn code_binding(id: AttemptId) -> Binding {
    attempts::SealedCodes::binding(id.uuid())
}

/// Ends the attempt, and gives its token back.
pub(super) async fn let_go(app: &App, id: AttemptId, token: &AccessToken, obstacle: Obstacle) -> Result<()> {
    let mut transaction = database::begin(&app.db).await?;
    lock_token(&mut transaction, &token.digest()).await?;
    let now = app.clock.now();
    let ended = attempts::fail(&mut transaction, id, obstacle.failure, obstacle.point_of_sale, now).await?;
    let revocation =
        if ended { disconnections::service::give_back_unless_used(app, &mut transaction, token).await? } else { None };
    transaction.commit().await?;
    if let Some(revocation) = revocation {
        disconnections::service::revoke_now(app, revocation);
    }
    Ok(())
}
