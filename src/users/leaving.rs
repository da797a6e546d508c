//! Accounts of people who belong to no organisation: after a month they are deleted, with their HubRise identity and
//! what their sessions hold. TicknCook's support belongs to none, and stays.

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;

use super::store;
use crate::{
    app::App,
    authorisations, database,
    ids::{RevocationId, UserId},
};

/// How long an account is kept without an organisation.
pub const ALONE_FOR: TimeDelta = TimeDelta::days(30);

/// What was done about some accounts.
#[derive(Clone, Debug, Default)]
pub struct Departed {
    /// Those that were deleted.
    pub accounts: Vec<UserId>,
    /// The tokens that they held on a trip to HubRise, and that are given back.
    pub revocations: Vec<RevocationId>,
}

/// When the account of somebody who belongs to no organisation is deleted, unless they are let in somewhere before.
///
/// # Errors
/// When the database does not answer.
pub async fn deleted_at(app: &App, user: UserId) -> Result<DateTime<Utc>> {
    let since = store::alone_since(&mut *app.db.acquire().await?, user).await?;
    Ok(since.unwrap_or_else(|| app.clock.now()) + ALONE_FOR)
}

/// Deletes those of these accounts that belong to no organisation, within the caller's transaction. `None` if somebody
/// is at work with one of them right now: the caller rolls back, and tries again.
///
/// # Errors
/// When the database does not answer.
pub async fn delete_alone(app: &App, transaction: &mut PgConnection, users: &[UserId]) -> Result<Option<Departed>> {
    store::lock(transaction, users).await?;
    // Only now: nobody is let in anywhere any more while they are locked.
    let accounts = store::alone_among(transaction, users).await?;
    let Some(revocations) = authorisations::forget_people(app, transaction, &accounts).await? else { return Ok(None) };
    store::forget_sign_ins(transaction, &accounts, app.clock.now()).await?;
    store::delete(transaction, &accounts).await?;
    Ok(Some(Departed { accounts, revocations }))
}

/// Notes since when people belong to no organisation, and deletes those who have for a month.
pub(super) async fn purge_alone(app: &App) -> Result<()> {
    let now = app.clock.now();
    store::note_alone(&mut *app.db.acquire().await?, now).await?;
    let alone = store::alone_before(&mut *app.db.acquire().await?, now - ALONE_FOR).await?;
    for user in alone {
        let mut transaction = database::begin(&app.db).await?;
        if let Some(departed) = delete_alone(app, &mut transaction, &[user]).await? {
            transaction.commit().await?;
            tracing::info!(accounts = departed.accounts.len(), "an account without an organisation was deleted");
        }
    }
    Ok(())
}
