//! Writing the history.

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{Entry, store};

/// Writes an entry down, within the caller's transaction: what is rolled back did not happen.
///
/// # Errors
/// When the database does not answer.
pub async fn record(transaction: &mut PgConnection, entry: Entry<'_>, now: DateTime<Utc>) -> Result<()> {
    store::insert(transaction, &entry, now).await.context("cannot write to the history")
}
