//! Letting go where no receipt is left: the organisation is deleted with it, and the revocation alone remains.

use std::time::Duration;

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use futures_util::{StreamExt as _, stream};
use sqlx::PgConnection;

use super::{
    Revocation, revocations,
    service::{revoke_now, take_back},
    store,
};
use crate::{
    app::App,
    connections,
    ids::{ConnectionId, OrganisationId, RevocationId},
};

/// Cuts a connection within the caller's transaction, which has locked it. Its point of sale and its organisation go
/// too.
///
/// # Errors
/// When the connection is gone, or the database does not answer.
pub async fn cut(
    app: &App,
    transaction: &mut PgConnection,
    organisation: OrganisationId,
    id: ConnectionId,
) -> Result<RevocationId> {
    let remains = connections::service::take_out(app, transaction, organisation, id).await?;
    let remains = remains.context("a connection vanished although it is locked")?;
    take_back(app, transaction, &remains.token, remains.callback_key.as_ref()).await
}

/// What of an organisation HubRise has not taken back yet.
///
/// # Errors
/// When the database does not answer.
pub async fn unfinished(db: &mut PgConnection, organisation: OrganisationId) -> Result<Vec<RevocationId>> {
    Ok(store::unfinished(db, organisation).await?)
}

/// How many tokens HubRise is asked to take back at once.
const AT_ONCE: usize = 8;
/// How long a person waits for all of them together before the page says that some are still to come.
const PATIENCE: Duration = Duration::from_secs(10);

/// Asks HubRise at once to take these back, for as long as a person waits; what takes longer goes on behind, and what
/// fails is the jobs'.
pub async fn revoke_all_now(app: &App, ids: Vec<RevocationId>) {
    let behind = app.clone();
    let calls = async move {
        let each = async |id| {
            if let Err(error) = revoke_now(&behind, id).await {
                tracing::error!(revocation = %id, %error, "a revocation broke off; it is tried again");
            }
        };
        stream::iter(ids).for_each_concurrent(AT_ONCE, each).await;
    };
    if tokio::time::timeout(PATIENCE, app.tasks.spawn(calls)).await.is_err() {
        tracing::info!("HubRise has not confirmed all revocations of a deletion yet");
    }
}

/// How far these are. One that is not known any more has ended long ago.
///
/// # Errors
/// When the database does not answer.
pub async fn progress(db: &mut PgConnection, ids: &[RevocationId]) -> Result<Vec<Revocation>> {
    Ok(revocations::progress(db, ids).await?)
}

/// Deletes the receipts from before `receipts`, and the revocations that ended before `ended` and that nothing tells
/// of.
///
/// # Errors
/// When the database does not answer.
pub async fn purge(db: &mut PgConnection, receipts: DateTime<Utc>, ended: DateTime<Utc>) -> Result<()> {
    store::purge(db, receipts).await?;
    Ok(revocations::purge(db, ended).await?)
}
