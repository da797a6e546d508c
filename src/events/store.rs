//! What HubRise sent, and the callbacks that make it send, in the database.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use sqlx::PgConnection;

use super::service::{Kept, NewEvent, Recipient};
use crate::{
    alarms::Kind,
    ids::{ConnectionId, EventId, OrganisationId, PointOfSaleId},
};

/// Across all organisations: whose addresses these keys stand in.
pub(super) async fn recipients(db: &mut PgConnection, keys: &[String]) -> sqlx::Result<HashMap<String, Recipient>> {
    let found = sqlx::query!(
        r#"select callback_key as "key!", id, organisation_id, location_id, app_instance_id
         from connection where callback_key = any($1)"#,
        keys,
    );
    let found = found.fetch_all(db).await?.into_iter().map(|row| {
        let recipient = Recipient {
            connection: row.id.into(),
            organisation: row.organisation_id.into(),
            location_id: row.location_id,
            app_instance_id: row.app_instance_id,
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

/// Which events could be kept.
pub(super) struct AllKept {
    new: HashSet<EventId>,
    keys: HashSet<String>,
    is_alarmed: bool,
}

impl AllKept {
    /// Whether it is the first of its id.
    pub(super) fn is_new(&self, event: &NewEvent) -> bool {
        self.new.contains(&event.id)
    }

    /// `None` where nobody has its address.
    pub(super) fn of(&self, event: &NewEvent) -> Option<Kept> {
        self.keys.contains(&event.key).then_some(Kept { is_alarmed: self.is_alarmed })
    }
}

/// An event that is known now.
struct KeptRow {
    id: EventId,
    key: String,
    is_alarmed: bool,
}

// A connection is looked up for each event by itself: without that, the plan for a few events reads all connections, as
// long as these are few hundred.
macro_rules! insert {
    ($told:literal, $($value:expr),* $(,)?) => {
        sqlx::query_as!(
            KeptRow,
            r#"insert into hubrise_event as known (id, organisation_id, connection_id, event_id, resource_type, event_type,
                body, received_at, times, status)
             select told.id, c.organisation_id, c.id, event_id, resource_type, event_type, body, received_at, times, $9
             from "#
                + $told
                + r#" as told (id, key, event_id, resource_type, event_type, body, received_at, times)
             cross join lateral (select id, organisation_id from connection where callback_key = told.key limit 1) c
             order by told.key, event_id
             on conflict on constraint hubrise_event_once do update set times = known.times + excluded.times
             returning id, (select callback_key from connection where id = known.connection_id) as "key!",
                exists (select from alarm where kind = $10 and ended_at is null) as "is_alarmed!""#,
            $($value),*
        )
    };
}

/// Keeps events for whom their addresses are, or counts them once more. One alone is kept sooner where the plan knows
/// that it is one.
pub(super) async fn keep(db: &mut PgConnection, events: &[NewEvent], status: Status) -> sqlx::Result<AllKept> {
    let rows =
        if let [event] = events { keep_one(db, event, status).await? } else { keep_all(db, events, status).await? };
    let ids: HashSet<_> = events.iter().map(|event| event.id).collect();
    let is_alarmed = rows.first().is_some_and(|row| row.is_alarmed);
    let new = rows.iter().map(|row| row.id).filter(|id| ids.contains(id)).collect();
    Ok(AllKept { new, keys: rows.into_iter().map(|row| row.key).collect(), is_alarmed })
}

async fn keep_one(db: &mut PgConnection, event: &NewEvent, status: Status) -> sqlx::Result<Vec<KeptRow>> {
    let inserted = insert!(
        "(values ($1::uuid, $2::text, $3::text, $4::text, $5::text, $6::bytea, $7::timestamptz, $8::integer))",
        event.id.uuid(),
        event.key,
        event.told.id,
        event.told.resource_type,
        event.told.event_type,
        event.body,
        event.received_at,
        1,
        status.word(),
        Kind::BadSignature.word(),
    );
    inserted.fetch_all(db).await
}

async fn keep_all(db: &mut PgConnection, events: &[NewEvent], status: Status) -> sqlx::Result<Vec<KeptRow>> {
    // In the same order by all: two that keep the same events wait for each other, and not both.
    let mut sorted: Vec<_> = events.iter().collect();
    sorted.sort_by_key(|event| event.identity());
    let copies: Vec<_> = sorted.chunk_by(|one, other| one.identity() == other.identity()).collect();
    let firsts = || copies.iter().filter_map(|copies| copies.first());
    let ids: Vec<_> = firsts().map(|event| event.id.uuid()).collect();
    let keys: Vec<_> = firsts().map(|event| event.key.as_str()).collect();
    let event_ids: Vec<_> = firsts().map(|event| event.told.id.as_str()).collect();
    let resource_types: Vec<_> = firsts().map(|event| event.told.resource_type.as_deref()).collect();
    let event_types: Vec<_> = firsts().map(|event| event.told.event_type.as_deref()).collect();
    let bodies: Vec<_> = firsts().map(|event| event.body.as_slice()).collect();
    let received: Vec<_> = firsts().map(|event| event.received_at).collect();
    let times: Vec<_> = copies.iter().map(|copies| i32::try_from(copies.len()).unwrap_or(i32::MAX)).collect();
    let inserted = insert!(
        "unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bytea[], $7::timestamptz[],
            $8::integer[])",
        &ids,
        &keys as &[&str],
        &event_ids as &[&str],
        &resource_types as &[Option<&str>],
        &event_types as &[Option<&str>],
        &bodies as &[&[u8]],
        &received,
        &times,
        status.word(),
        Kind::BadSignature.word(),
    );
    inserted.fetch_all(db).await
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

/// What stands in the address of a connection's callback. A connection without a key gets this one.
pub(super) async fn callback_key(
    db: &mut PgConnection,
    id: ConnectionId,
    new_key: &SecretString,
) -> sqlx::Result<Option<SecretString>> {
    let found = sqlx::query_scalar!(
        r#"update connection set callback_key = coalesce(callback_key, $2) where id = $1
         returning callback_key as "key!""#,
        id.uuid(),
        new_key.expose_secret(),
    );
    Ok(found.fetch_optional(db).await?.map(SecretString::from))
}

/// Whose callback was found to lead elsewhere.
pub(super) struct Replaced {
    pub(super) organisation: OrganisationId,
    pub(super) point_of_sale: PointOfSaleId,
    pub(super) point_of_sale_name: String,
    /// Whether it is not told already.
    pub(super) is_news: bool,
}

/// The callback that was registered then leads elsewhere at HubRise; `None` if somebody else has found that already.
pub(super) async fn callback_is_replaced(
    db: &mut PgConnection,
    id: ConnectionId,
    registered_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> sqlx::Result<Option<Replaced>> {
    let replaced = sqlx::query_as!(
        Replaced,
        r#"update connection c set callback_registered_at = null, callback_checked_at = null,
            callback_replaced_at = coalesce(c.callback_replaced_at, $3)
         from connection before join point_of_sale p on p.id = before.point_of_sale_id
         where c.id = $1 and before.id = $1 and c.callback_registered_at = $2
         returning c.organisation_id as organisation, c.point_of_sale_id as point_of_sale,
            p.name as point_of_sale_name, before.callback_replaced_at is null as "is_news!""#,
        id.uuid(),
        registered_at,
        now,
    );
    replaced.fetch_optional(db).await
}

/// The callback is found to be ours again.
pub(super) async fn callback_is_ours_again(db: &mut PgConnection, id: ConnectionId) -> sqlx::Result<()> {
    let ours = sqlx::query!("update connection set callback_replaced_at = null where id = $1", id.uuid());
    ours.execute(db).await?;
    Ok(())
}

/// HubRise has another callback than the one that was registered then, or none.
pub(super) async fn callback_is_gone(
    db: &mut PgConnection,
    id: ConnectionId,
    registered_at: DateTime<Utc>,
) -> sqlx::Result<()> {
    let gone = sqlx::query!(
        "update connection set callback_registered_at = null, callback_checked_at = null
         where id = $1 and callback_registered_at = $2",
        id.uuid(),
        registered_at,
    );
    gone.execute(db).await?;
    Ok(())
}
