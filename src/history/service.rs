//! Writing the history, and reading it page by page.

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{Entry, Filter, Recorded, store};
use crate::ids::{ConnectionId, HistoryEntryId, OrganisationId};

/// Writes an entry down, within the caller's transaction: what is rolled back did not happen.
///
/// # Errors
/// When the database does not answer.
pub async fn record(transaction: &mut PgConnection, entry: Entry<'_>, now: DateTime<Utc>) -> Result<()> {
    store::insert(transaction, &entry, now).await.context("cannot write to the history")
}

/// What was written down about a connection before this time, be it there or gone: at most `limit` of it, the newest
/// first. For TicknCook's support, who look across all organisations.
///
/// # Errors
/// When the database does not answer.
pub async fn of_connection(
    db: &mut PgConnection,
    id: ConnectionId,
    before: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Recorded>> {
    Ok(store::of_connection(db, id, before, limit).await?)
}

/// Forgets what happened before then. The database lets go of nothing that is younger than three years.
///
/// # Errors
/// When it is younger, or the database does not answer.
pub async fn purge(db: &mut PgConnection, before: DateTime<Utc>) -> Result<()> {
    Ok(store::purge(db, before).await?)
}

/// Where a page of the history begins or ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// With the newest entry.
    Newest,
    /// With the one before this.
    Before(HistoryEntryId),
    /// With the one after this.
    After(HistoryEntryId),
}

/// A part of the history, the newest entry first.
#[derive(Clone, Debug)]
pub struct Page {
    /// Its entries.
    pub entries: Vec<Recorded>,
    /// Whether there are newer ones.
    pub has_newer: bool,
    /// Whether there are older ones.
    pub has_older: bool,
}

/// At most `limit` of the organisation's entries. Going towards the newest never ends on a page that is half empty.
///
/// # Errors
/// When the database does not answer.
pub async fn read(
    db: &mut PgConnection,
    organisation: OrganisationId,
    filter: &Filter,
    place: Place,
    limit: u16,
) -> Result<Page> {
    let (size, one_more) = (usize::from(limit), i64::from(limit) + 1);
    if let Place::After(after) = place {
        let mut entries = store::newer(db, organisation, filter, after, one_more).await?;
        if entries.len() > size {
            entries.truncate(size);
            entries.reverse();
            return Ok(Page { entries, has_newer: true, has_older: true });
        }
    }
    let before = match place {
        Place::Before(before) => Some(before),
        Place::Newest | Place::After(_) => None,
    };
    let mut entries = store::older(db, organisation, filter, before, one_more).await?;
    let has_older = entries.len() > size;
    entries.truncate(size);
    Ok(Page { entries, has_newer: before.is_some(), has_older })
}
