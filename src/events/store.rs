//! What HubRise sent, and the callbacks that make it send, in the database.

use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use sqlx::PgConnection;

use super::{callback::Registration, service::Recipient, told::Told};
use crate::{
    ids::{ConnectionId, EventId},
    secrets::Digest,
};

/// Across all organisations: whose address this key stands in.
pub(super) async fn recipient(db: &mut PgConnection, key: &str) -> sqlx::Result<Option<Recipient>> {
    let found = sqlx::query_as!(
        Recipient,
        "select id as connection, organisation_id as organisation, location_id, app_instance_id
         from connection where callback_key = $1",
        key,
    );
    found.fetch_optional(db).await
}

/// How an event is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    /// As it came.
    Kept,
    /// Until the job has applied it.
    Pending,
}

/// Keeps an event, or counts it once more. Whether it is the first of its id.
pub(super) async fn keep(
    db: &mut PgConnection,
    recipient: &Recipient,
    told: &Told,
    body: &[u8],
    status: Status,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let id = EventId::new();
    let status = match status {
        Status::Kept => "kept",
        Status::Pending => "pending",
    };
    let kept = sqlx::query_scalar!(
        "insert into hubrise_event as known (id, organisation_id, connection_id, event_id, resource_type, event_type,
            body, status, received_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         on conflict on constraint hubrise_event_once do update set times = known.times + 1
         returning id",
        id.uuid(),
        recipient.organisation.uuid(),
        recipient.connection.uuid(),
        told.id,
        told.resource_type,
        told.event_type,
        body,
        status,
        now,
    );
    Ok(EventId::from(kept.fetch_one(db).await?) == id)
}

/// What waits to be applied.
pub(super) async fn pending(db: &mut PgConnection, connection: ConnectionId) -> sqlx::Result<Vec<EventId>> {
    let pending = sqlx::query_scalar!(
        r#"select id as "id: EventId" from hubrise_event where connection_id = $1 and status = 'pending'"#,
        connection.uuid(),
    );
    pending.fetch_all(db).await
}

pub(super) async fn set_applied(db: &mut PgConnection, events: &[EventId], now: DateTime<Utc>) -> sqlx::Result<()> {
    let ids: Vec<_> = events.iter().map(|id| id.uuid()).collect();
    let applied = sqlx::query!(
        "update hubrise_event set status = 'applied', finished_at = $2 where id = any($1) and status = 'pending'",
        &ids,
        now,
    );
    applied.execute(db).await?;
    Ok(())
}

/// Forgets what came before then.
pub(super) async fn purge(db: &mut PgConnection, before: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!("delete from hubrise_event where received_at < $1", before).execute(db).await?;
    Ok(())
}

/// How a connection's callback stands. A connection without a key gets this one.
pub(super) async fn registration(
    db: &mut PgConnection,
    id: ConnectionId,
    new_key: &SecretString,
) -> sqlx::Result<Option<Registration>> {
    let found = sqlx::query_as!(
        Registration,
        r#"update connection set callback_key = coalesce(callback_key, $2) where id = $1
         returning callback_key as "key!", callback_registered_at as registered_at, callback_checked_at as checked_at"#,
        id.uuid(),
        new_key.expose_secret(),
    );
    found.fetch_optional(db).await
}

/// HubRise has the callback that we want, for this token; one that was `registered` only now says so.
pub(super) async fn set_checked(
    db: &mut PgConnection,
    id: ConnectionId,
    token: &Digest,
    registered_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let checked = sqlx::query!(
        "update connection set callback_registered_at = $3, callback_checked_at = $4
         where id = $1 and token_digest = $2",
        id.uuid(),
        token.as_bytes(),
        registered_at,
        now,
    );
    checked.execute(db).await?;
    Ok(())
}
