//! The page that asks before a restaurant is deleted, and the one that tells afterwards.

use askama::Template;

use super::{record::Record, retention::KEEP_DELETIONS_FOR, store::deletion};
use crate::web::Frame;

/// How much is about to be deleted.
pub(super) struct Counts {
    pub connections: u64,
    pub points_of_sale: u64,
    pub leaving: u64,
    pub staying: u64,
    pub receipts: u64,
    pub entries: u64,
    pub events: u64,
}

impl From<deletion::Counts> for Counts {
    fn from(found: deletion::Counts) -> Self {
        let count = |found: i64| u64::try_from(found).unwrap_or_default();
        Self {
            connections: count(found.connections),
            points_of_sale: count(found.points_of_sale),
            leaving: count(found.leaving),
            staying: count(found.staying),
            receipts: count(found.receipts),
            entries: count(found.entries),
            events: count(found.events),
        }
    }
}

/// `/settings/organisation/delete`
#[derive(Template)]
#[template(path = "personal_data/delete.html")]
pub(super) struct DeletePage {
    pub frame: Frame,
    pub organisation: String,
    pub name: String,
    pub counts: Counts,
    pub email: String,
    pub has_password: bool,
    /// What was typed, to be corrected.
    pub typed: String,
    pub error: Option<String>,
}

/// `/deletions/{secret}`
#[derive(Template)]
#[template(path = "personal_data/deletion.html")]
pub(super) struct DeletionPage {
    pub frame: Frame,
    pub record: Record,
    /// How many are, or are to be, revoked.
    pub accesses: u64,
    pub confirmed: String,
    pub waiting: u64,
    pub kept: u64,
    /// Until when this page is there.
    pub until: chrono::DateTime<chrono::Utc>,
}

impl DeletionPage {
    pub(super) fn of(frame: Frame, record: Record) -> Self {
        let (waiting, kept) = (record.waiting(), record.kept());
        let accesses = record.revocations.len() as u64 - kept;
        let confirmed = (accesses - waiting).to_string();
        let until = record.deleted_at + KEEP_DELETIONS_FOR;
        Self { frame, record, accesses, confirmed, waiting, kept, until }
    }
}
