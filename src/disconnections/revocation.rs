//! Taking one token back at HubRise, once: its callback is removed first, while the token still works. Safe to repeat,
//! and safe beside somebody who connects the same location: HubRise gives the same token for it, and that one must
//! live, with its callback.

use std::time::Duration;

use anyhow::Result;
use sqlx::PgConnection;

use super::{
    revocations::{self, Taken},
    service::binding,
    trail,
};
use crate::{
    alarms,
    app::App,
    connections::{TokenUse, lock_token, token_use},
    database,
    history::Action,
    hubrise::{self, AccessLoss, AccessToken, CallError},
    ids::RevocationId,
    upkeep,
};

/// After it, whoever asked HubRise asks no more: somebody else may, or may connect the same location.
pub(super) const LEASE: Duration = Duration::from_mins(1);
/// How long the calls to HubRise may take together.
const CALLS_LIMIT: Duration = Duration::from_secs(45);
/// When the job first looks; the request that asked tries before.
pub(super) const FIRST_RETRY: Duration = Duration::from_secs(30);

/// From this try on, access does not stay open for the sake of a callback that cannot be removed.
const LAST_TRY_FOR_THE_CALLBACK: i32 = 3;

/// Why a token is not taken back yet.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotYet {
    #[error("somebody is connecting the same location")]
    BeingConnected,
    #[error("another process is asking HubRise right now")]
    InFlight,
    #[error(transparent)]
    HubRise(#[from] CallError),
    #[error(transparent)]
    Internal(#[from] anyhow::Error),
}

impl From<sqlx::Error> for NotYet {
    fn from(error: sqlx::Error) -> Self {
        Self::Internal(error.into())
    }
}

/// Brings a revocation to its end: confirmed by HubRise, or superseded. One that has ended stays as it is.
pub(super) async fn revoke(app: &App, id: RevocationId) -> Result<(), NotYet> {
    let Some((token, left)) = take_off(app, id).await? else { return Ok(()) };
    let asked = tokio::time::timeout(CALLS_LIMIT, ask_hubrise(app, id, &token, &left)).await;
    let Asked { callback_may_follow, outcome } = asked
        .unwrap_or_else(|_| Ok(Asked { callback_may_follow: true, outcome: Err(CallError::Unanswered("time-out")) }))?;
    let Err(error) = outcome else { return Ok(finish(app, id, &token).await?) };
    // A call that was not answered may still take effect: until the lease is over, nobody else may begin.
    if !callback_may_follow && !matches!(error, CallError::Unanswered(_)) {
        revocations::postpone(&mut *app.db.acquire().await?, id).await?;
    }
    trail::raise_overdue(app, Some(id)).await?;
    Err(error.into())
}

/// What HubRise made of it.
struct Asked {
    /// Whether it may still remove the callback, though it did not say so.
    callback_may_follow: bool,
    outcome: Result<(), CallError>,
}

async fn ask_hubrise(app: &App, id: RevocationId, token: &AccessToken, left: &Taken) -> Result<Asked, NotYet> {
    let callback = if left.callback_wanted { remove_callback(app, id, token).await? } else { None };
    let callback_may_follow = matches!(callback, Some(CallError::Unanswered(_)));
    let outcome = match callback {
        Some(error) if error.is_passing() && left.tries < LAST_TRY_FOR_THE_CALLBACK => Err(error),
        _ => confirm_at_hubrise(app, token).await?,
    };
    Ok(Asked { callback_may_follow, outcome })
}

/// Decides under the token's lock whether HubRise is to be asked; the token and what is left to do, if so.
async fn take_off(app: &App, id: RevocationId) -> Result<Option<(AccessToken, Taken)>, NotYet> {
    let mut transaction = database::begin(&app.db).await?;
    let Some(open) = revocations::open(&mut transaction, id).await? else { return Ok(None) };
    let token = AccessToken::unseal(&app.config.keyring, &open.token, binding(id))?;
    lock_token(&mut transaction, &token.digest()).await?;
    // A grant that waited for a person's word before this was asked for is what the asking was about, too.
    match token_use(&mut transaction, &token.digest(), Some(open.requested_at)).await? {
        TokenUse::Live => {
            supersede(app, &mut transaction, &token).await?;
            transaction.commit().await?;
            return Ok(None);
        }
        TokenUse::BeingConnected => return Err(NotYet::BeingConnected),
        TokenUse::Unused => {}
    }
    let now = app.clock.now();
    let Some(left) = revocations::take_off(&mut transaction, id, now, now - LEASE).await? else {
        // Somebody else asks right now, or has just come to an end.
        let ended = revocations::open(&mut transaction, id).await?.is_none();
        return if ended { Ok(None) } else { Err(NotYet::InFlight) };
    };
    transaction.commit().await?;
    Ok(Some((token, left)))
}

/// A connection has this token: whoever still wanted to take it back must not. Within the caller's transaction; what
/// was superseded by it.
pub(super) async fn supersede(
    app: &App,
    transaction: &mut PgConnection,
    token: &AccessToken,
) -> Result<Vec<RevocationId>> {
    let now = app.clock.now();
    let superseded = revocations::supersede(transaction, &token.digest(), now).await?;
    for id in &superseded {
        trail::ended(transaction, *id, Action::TokenKept, now).await?;
        tracing::info!(revocation = %id, "superseded: a connection uses the same token");
    }
    Ok(superseded)
}

/// Has HubRise send no more events. What HubRise refuses for good, or goes on not to do, ends with the access; why,
/// then.
async fn remove_callback(app: &App, id: RevocationId, token: &AccessToken) -> Result<Option<CallError>, NotYet> {
    match app.hubrise.delete_callback(token).await {
        Ok(()) => {
            revocations::callback_removed(&mut *app.db.acquire().await?, id, app.clock.now()).await?;
            Ok(None)
        }
        Err(error) => {
            tracing::warn!(revocation = %id, %error, "HubRise has not removed a callback");
            Ok(Some(error))
        }
    }
}

async fn finish(app: &App, id: RevocationId, token: &AccessToken) -> Result<()> {
    let now = app.clock.now();
    let mut transaction = database::begin(&app.db).await?;
    lock_token(&mut transaction, &token.digest()).await?;
    if revocations::confirm(&mut transaction, id, now).await? {
        trail::ended(&mut transaction, id, Action::Revoked, now).await?;
        if let Some(token) = revocations::forgettable(&mut transaction, id).await? {
            hubrise::forget(&mut transaction, &token).await?;
        }
        tracing::info!(revocation = %id, "HubRise confirmed a revocation");
    } else {
        // Whoever did not wait for this call, as by a clock that is ahead, has connected with the token since: HubRise
        // may have ended that with it.
        upkeep::service::granted_anew(app, &mut transaction, token).await?;
        tracing::warn!(revocation = %id, "HubRise confirmed a revocation that had ended: whoever has the token is checked");
    }
    Ok(transaction.commit().await?)
}

/// Takes the token back. HubRise does not say what it answers when a token was revoked before, as after an answer that
/// got lost. The token itself tells: one that is refused as revoked is gone.
async fn confirm_at_hubrise(app: &App, token: &AccessToken) -> Result<Result<(), CallError>> {
    let outcome = app.hubrise.revoke(token).await;
    let is_refused = outcome == Err(CallError::ClientRejected);
    if !is_refused && !matches!(&outcome, Err(error) if error.is_passing()) {
        alarms::client_is_refused(app, false).await?;
    }
    let refusal = match outcome {
        Err(refusal @ (CallError::Refused(_) | CallError::ClientRejected)) => refusal,
        outcome => return Ok(outcome),
    };
    if let Err(error) = app.hubrise.location(token).await
        && error.loss() == Some(AccessLoss::Revoked)
    {
        // Whom HubRise meant by its refusal, the token or us, is not known then.
        return Ok(Ok(()));
    }
    if is_refused {
        alarms::client_is_refused(app, true).await?;
    }
    Ok(Err(refusal))
}
