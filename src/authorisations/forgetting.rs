//! Attempts of those who are being deleted: nothing comes of them any more, and what they hold is given back.

use anyhow::{Context, Result};
use sqlx::PgConnection;

use super::{attempts, exchange::binding};
use crate::{
    app::App,
    connections::try_lock_token,
    crypto::Sealed,
    disconnections,
    hubrise::AccessToken,
    ids::{AttemptId, OrganisationId, RevocationId, UserId},
};

/// Deletes every attempt of an organisation, within the caller's transaction, which has locked the organisation. Which
/// tokens are given back; `None` if somebody is at work with one of them right now: the caller rolls back, and tries again.
///
/// # Errors
/// When the database does not answer, or a grant does not open.
pub async fn forget_organisation(
    app: &App,
    transaction: &mut PgConnection,
    organisation: OrganisationId,
) -> Result<Option<Vec<RevocationId>>> {
    let held = attempts::delete_of_organisation(transaction, organisation).await?;
    give_back(app, transaction, held).await
}

/// The same for people, whose accounts the caller has locked.
///
/// # Errors
/// As for [`forget_organisation`].
pub async fn forget_people(
    app: &App,
    transaction: &mut PgConnection,
    users: &[UserId],
) -> Result<Option<Vec<RevocationId>>> {
    let held = attempts::delete_of_people(transaction, users).await?;
    give_back(app, transaction, held).await
}

async fn give_back(
    app: &App,
    transaction: &mut PgConnection,
    held: Vec<(AttemptId, Sealed)>,
) -> Result<Option<Vec<RevocationId>>> {
    let mut revocations = Vec::new();
    for (id, sealed) in held {
        let token = app.config.keyring.open(&sealed, binding(id))?;
        let token = AccessToken::new(token).context("a held token is not one")?;
        // Whoever has it may be waiting for what the caller has locked.
        if !try_lock_token(transaction, &token.digest()).await? {
            return Ok(None);
        }
        revocations.extend(disconnections::service::give_back_unless_used(app, transaction, &token).await?);
    }
    Ok(Some(revocations))
}
