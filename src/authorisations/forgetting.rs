//! Attempts of those who are being deleted: nothing comes of them any more, and what they hold is given back.

use anyhow::Result;
use sqlx::PgConnection;

use super::{
    attempts::{self, Deleted},
    exchange::binding,
    unaccounted,
};
use crate::{
    alarms,
    app::App,
    connections::try_lock_token,
    disconnections,
    hubrise::AccessToken,
    ids::{OrganisationId, RevocationId, UserId},
};

/// Deletes every attempt of an organisation, within the caller's transaction, which has locked the organisation. Which
/// tokens are given back; `None` if somebody is at work with one of them right now: the caller rolls back, and tries
/// again.
///
/// # Errors
/// When the database does not answer, or a grant does not open.
pub async fn forget_organisation(
    app: &App,
    transaction: &mut PgConnection,
    organisation: OrganisationId,
) -> Result<Option<Vec<RevocationId>>> {
    // What HubRise may have given is there whether or not the organisation is.
    alarms::detach(transaction, alarms::Kind::GrantUnaccounted, organisation).await?;
    let deleted = attempts::delete_of_organisation(transaction, organisation).await?;
    give_back(app, transaction, deleted).await
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
    let deleted = attempts::delete_of_people(transaction, users).await?;
    give_back(app, transaction, deleted).await
}

async fn give_back(
    app: &App,
    transaction: &mut PgConnection,
    deleted: Vec<Deleted>,
) -> Result<Option<Vec<RevocationId>>> {
    let mut revocations = Vec::new();
    for attempt in deleted {
        let id = attempt.id;
        if attempt.was_claimed() {
            unaccounted::raise_for_deleted(app, transaction, id).await?;
        }
        let Some(sealed) = attempt.grant() else { continue };
        let token = AccessToken::unseal(&app.config.keyring, &sealed, binding(id))?;
        // Whoever has it may be waiting for what the caller has locked.
        if !try_lock_token(transaction, &token.digest()).await? {
            return Ok(None);
        }
        revocations.extend(disconnections::service::give_back_unless_used(app, transaction, &token).await?);
    }
    Ok(Some(revocations))
}
