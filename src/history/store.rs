//! The history, in the database. Read through its organisation.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{ActorKind, Entry, Filter, Recorded};
use crate::ids::{ConnectionId, HistoryEntryId, OrganisationId};

/// The names of people and keys are looked up here, and kept as they are now.
pub(super) async fn insert(db: &mut PgConnection, entry: &Entry<'_>, now: DateTime<Utc>) -> sqlx::Result<()> {
    let (subject, subject_name) = entry.subject.unzip();
    let inserted = sqlx::query!(
        "insert into history_entry (id, organisation_id, at, actor, actor_id, actor_name, action, subject_id,
            subject_name, connection_id, change_before, change_after, reason)
         values ($1, $2, $3, $4, $5,
            coalesce((select email from app_user where id = $5), (select name from api_key where id = $5)),
            $6, $7, coalesce($8, (select email from app_user where id = $7)), $9, $10, $11, $12)",
        HistoryEntryId::new().uuid(),
        entry.organisation.uuid(),
        now,
        entry.actor.kind().word(),
        entry.actor.id(),
        entry.action.word(),
        subject,
        subject_name.flatten(),
        entry.connection.map(ConnectionId::uuid),
        entry.before,
        entry.after,
        entry.reason,
    );
    inserted.execute(db).await?;
    Ok(())
}

struct Row {
    id: HistoryEntryId,
    at: DateTime<Utc>,
    actor: String,
    actor_name: Option<String>,
    action: String,
    subject_id: Option<Uuid>,
    subject_name: Option<String>,
    connection_id: Option<ConnectionId>,
    change_before: Option<Value>,
    change_after: Option<Value>,
    reason: Option<String>,
}

impl From<Row> for Recorded {
    fn from(row: Row) -> Self {
        let fields = |side: Option<Value>| match side {
            Some(Value::Object(fields)) => fields,
            _ => serde_json::Map::new(),
        };
        let mut after = fields(row.change_after);
        let receipt = after.remove("receipt").and_then(|receipt| receipt.as_str()?.parse().ok());
        Self {
            id: row.id,
            at: row.at,
            // The column's check knows no seventh.
            actor: ActorKind::parse(&row.actor).unwrap_or(ActorKind::System),
            actor_name: row.actor_name,
            action: row.action,
            subject_id: row.subject_id,
            subject_name: row.subject_name,
            connection: row.connection_id,
            before: fields(row.change_before),
            after,
            receipt,
            reason: row.reason,
        }
    }
}

macro_rules! select {
    ($cursor:literal, $order:literal, $organisation:expr, $from:expr, $filter:expr, $limit:expr) => {
        sqlx::query_as!(
            Row,
            r#"select id, at, actor, actor_name, action, subject_id, subject_name,
                connection_id as "connection_id: ConnectionId", change_before, change_after, reason
            from history_entry
            where organisation_id = $1
                and ($3::text[] is null or action = any($3))
                and ($4::text is null or actor = $4)
                and ($5::timestamptz is null or at >= $5)
                and ($6::timestamptz is null or at < $6)
                and ($7::text is null or strpos(lower(subject_name), $7) > 0
                    or strpos(lower(actor_name), $7) > 0) "#
                + $cursor
                + " order by id "
                + $order
                + " limit $8",
            $organisation.uuid(),
            $from,
            $filter.actions() as Option<Vec<String>>,
            $filter.who.map(ActorKind::word),
            $filter.from.map(|day| day.begins_at),
            $filter.to.map(|day| day.ends_at),
            $filter.text.as_deref().map(str::to_lowercase),
            $limit,
        )
    };
}

/// Those about a connection, across all organisations; the newest first.
pub(super) async fn of_connection(
    db: &mut PgConnection,
    id: ConnectionId,
    before: DateTime<Utc>,
    limit: i64,
) -> sqlx::Result<Vec<Recorded>> {
    let found = sqlx::query_as!(
        Row,
        r#"select id, at, actor, actor_name, action, subject_id, subject_name,
            connection_id as "connection_id: ConnectionId", change_before, change_after, reason
         from history_entry where connection_id = $1 and at < $2 order by id desc limit $3"#,
        id.uuid(),
        before,
        limit,
    );
    Ok(found.fetch_all(db).await?.into_iter().map(Recorded::from).collect())
}

/// Those before `before`, or the newest; the newest first.
pub(super) async fn older(
    db: &mut PgConnection,
    organisation: OrganisationId,
    filter: &Filter,
    before: Option<HistoryEntryId>,
    limit: i64,
) -> sqlx::Result<Vec<Recorded>> {
    let before = before.map_or(Uuid::max(), HistoryEntryId::uuid);
    let found = select!("and id < $2", "desc", organisation, before, filter, limit);
    Ok(found.fetch_all(db).await?.into_iter().map(Recorded::from).collect())
}

/// Those after `after`; the oldest first.
pub(super) async fn newer(
    db: &mut PgConnection,
    organisation: OrganisationId,
    filter: &Filter,
    after: HistoryEntryId,
    limit: i64,
) -> sqlx::Result<Vec<Recorded>> {
    let found = select!("and id > $2", "asc", organisation, after.uuid(), filter, limit);
    Ok(found.fetch_all(db).await?.into_iter().map(Recorded::from).collect())
}

/// Deletes what happened before then.
pub(super) async fn purge(db: &mut PgConnection, before: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!("delete from history_entry where at < $1", before).execute(db).await?;
    Ok(())
}
