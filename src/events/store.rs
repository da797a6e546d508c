//! What HubRise sent, and the callbacks that make it send, in the database.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use sqlx::PgConnection;

use super::{
    callback::Registration,
    service::{NewEvent, Recipient},
};
use crate::{
    alarms::Kind,
    ids::{ConnectionId, EventId},
    secrets::Digest,
};

/// Across all organisations: whose addresses these keys stand in.
pub(super) async fn recipients(db: &mut PgConnection, keys: &[String]) -> sqlx::Result<HashMap<String, Recipient>> {
    let found = sqlx::query!(
        r#"select callback_key as "key!", id, organisation_id, location_id, app_instance_id,
            exists (select from alarm where kind = $2 and ended_at is null) as "is_alarmed!"
         from connection where callback_key = any($1)"#,
        keys,
        Kind::BadSignature.word(),
    );
    let found = found.fetch_all(db).await?.into_iter().map(|row| {
        let recipient = Recipient {
            connection: row.id.into(),
            organisation: row.organisation_id.into(),
            location_id: row.location_id,
            app_instance_id: row.app_instance_id,
            is_alarmed: row.is_alarmed,
        };
        (row.key, recipient)
    });
    Ok(found.collect())
}

/// How an event is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    /// As it came.
    Kept,
    /// Until the job has applied it.
    Pending,
}

impl Status {
    const fn word(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Pending => "pending",
        }
    }
}

/// Keeps events, or counts them once more. Those that are the first of their id.
pub(super) async fn keep(
    db: &mut PgConnection,
    events: &[&NewEvent],
    status: Status,
) -> sqlx::Result<HashSet<EventId>> {
    // In the same order by all: two that keep the same events wait for each other, and not both.
    let mut sorted = events.to_vec();
    sorted.sort_by_key(|event| event.identity());
    let copies: Vec<_> = sorted.chunk_by(|one, other| one.identity() == other.identity()).collect();
    let firsts = || copies.iter().filter_map(|copies| copies.first());
    let ids: Vec<_> = firsts().map(|event| event.id.uuid()).collect();
    let organisations: Vec<_> = firsts().map(|event| event.organisation.uuid()).collect();
    let connections: Vec<_> = firsts().map(|event| event.connection.uuid()).collect();
    let event_ids: Vec<_> = firsts().map(|event| event.told.id.as_str()).collect();
    let resource_types: Vec<_> = firsts().map(|event| event.told.resource_type.as_deref()).collect();
    let event_types: Vec<_> = firsts().map(|event| event.told.event_type.as_deref()).collect();
    let bodies: Vec<_> = firsts().map(|event| event.body.as_slice()).collect();
    let received: Vec<_> = firsts().map(|event| event.received_at).collect();
    let times: Vec<_> = copies.iter().map(|copies| i32::try_from(copies.len()).unwrap_or(i32::MAX)).collect();
    let kept = sqlx::query_scalar!(
        "insert into hubrise_event as known (id, organisation_id, connection_id, event_id, resource_type, event_type,
            body, received_at, times, status)
         select *, $10 from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::bytea[],
            $8::timestamptz[], $9::integer[])
         on conflict on constraint hubrise_event_once do update set times = known.times + excluded.times
         returning id",
        &ids,
        &organisations,
        &connections,
        &event_ids as &[&str],
        &resource_types as &[Option<&str>],
        &event_types as &[Option<&str>],
        &bodies as &[&[u8]],
        &received,
        &times,
        status.word(),
    );
    let kept = kept.fetch_all(db).await?;
    Ok(kept.into_iter().map(EventId::from).filter(|id| ids.contains(&id.uuid())).collect())
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
