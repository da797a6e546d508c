//! Taking one token back at HubRise, once. Safe to repeat, and safe beside somebody who connects the same location:
//! HubRise gives the same token for it, and that one must live.

use std::time::Duration;

use anyhow::{Context, Result};

use super::{service::binding, store};
use crate::{
    app::App,
    connections::{TokenUse, lock_token, token_use},
    hubrise::{AccessLoss, AccessToken, CallError},
    ids::RevocationId,
};

/// Longer than the calls to HubRise may take together: after it, whoever made them is gone.
pub(super) const LEASE: Duration = Duration::from_secs(40);
/// When the job first looks; the request that asked tries before.
pub(super) const FIRST_RETRY: Duration = Duration::from_secs(30);

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
    let Some(token) = take_off(app, id).await? else { return Ok(()) };
    let outcome = confirm_at_hubrise(app, &token).await;
    let mut db = app.db.acquire().await?;
    match outcome {
        Ok(()) => {
            store::confirm(&mut db, id, app.clock.now()).await?;
            tracing::info!(revocation = %id, "HubRise confirmed a revocation");
            Ok(())
        }
        Err(error) => {
            if error == CallError::ClientRejected {
                tracing::error!(
                    revocation = %id,
                    "HubRise refuses our client id or secret: tokens cannot be revoked until the operator corrects them"
                );
            }
            // What HubRise may still do keeps the revocation in flight, until its lease is over.
            if !matches!(error, CallError::Unanswered(_)) {
                store::postpone(&mut db, id).await?;
            }
            Err(error.into())
        }
    }
}

/// Decides under the token's lock whether HubRise is to be asked; the token, if so.
async fn take_off(app: &App, id: RevocationId) -> Result<Option<AccessToken>, NotYet> {
    let mut transaction = app.db.begin().await?;
    let Some(open) = store::open_revocation(&mut transaction, id).await? else { return Ok(None) };
    let token = app.config.keyring.open(&open.token, binding(id)).context("cannot open a token to revoke")?;
    let token = AccessToken::new(token).context("a stored token is not one")?;
    lock_token(&mut transaction, &token.digest()).await?;
    // A grant that waited for a person's word before this was asked for is what the asking was about, too.
    match token_use(&mut transaction, &token.digest(), Some(open.requested_at)).await? {
        TokenUse::Live => {
            store::supersede(&mut transaction, &token.digest(), app.clock.now()).await?;
            transaction.commit().await?;
            tracing::info!(revocation = %id, "superseded: a connection uses the same token");
            return Ok(None);
        }
        TokenUse::BeingConnected => return Err(NotYet::BeingConnected),
        TokenUse::Unused => {}
    }
    let now = app.clock.now();
    if !store::take_off(&mut transaction, id, now, now - LEASE).await? {
        // Somebody else asks right now, or has just come to an end.
        let ended = store::open_revocation(&mut transaction, id).await?.is_none();
        return if ended { Ok(None) } else { Err(NotYet::InFlight) };
    }
    transaction.commit().await?;
    Ok(Some(token))
}

/// HubRise does not say what it answers when a token was revoked before, as after an answer that got lost. The token
/// itself tells: one that is refused as revoked is gone.
async fn confirm_at_hubrise(app: &App, token: &AccessToken) -> Result<(), CallError> {
    let refusal = match app.hubrise.revoke(token).await {
        Err(refusal @ (CallError::Refused(_) | CallError::ClientRejected)) => refusal,
        outcome => return outcome,
    };
    match app.hubrise.location(token).await {
        Err(error) if error.loss() == Some(AccessLoss::Revoked) => Ok(()),
        _ => Err(refusal),
    }
}
