//! The history, in the database. Read through its organisation.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::Entry;
use crate::ids::{ConnectionId, HistoryEntryId};

/// The actor's name is looked up here, and kept as it is now.
pub(super) async fn insert(db: &mut PgConnection, entry: &Entry<'_>, now: DateTime<Utc>) -> sqlx::Result<()> {
    let (subject, subject_name) = entry.subject.unzip();
    let inserted = sqlx::query!(
        "insert into history_entry (id, organisation_id, at, actor, actor_id, actor_name, action, subject_id,
            subject_name, connection_id, change_before, change_after, reason)
         values ($1, $2, $3, $4, $5,
            coalesce((select email from app_user where id = $5), (select name from api_key where id = $5)),
            $6, $7, $8, $9, $10, $11, $12)",
        HistoryEntryId::new().uuid(),
        entry.organisation.uuid(),
        now,
        entry.actor.word(),
        entry.actor.id(),
        entry.action.word(),
        subject,
        subject_name,
        entry.connection.map(ConnectionId::uuid),
        entry.before,
        entry.after,
        entry.reason,
    );
    inserted.execute(db).await?;
    Ok(())
}
