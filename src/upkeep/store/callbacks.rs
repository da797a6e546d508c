//! The callbacks of connections, in the database: that they were looked after, that one is missing, and that one is to
//! be compared.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{super::desk::LookedAfter, Known};
use crate::{connections::Cause, ids::ConnectionId, secrets::Digest};

impl Known {
    /// Since when, and why, no orders come although the token works.
    pub(in crate::upkeep) fn why_no_orders(&self) -> Option<(DateTime<Utc>, Cause)> {
        let missing = self.callback_missing_since.map(|since| (since, Cause::NoOrders));
        missing.or_else(|| Some((self.events_waiting_since?, Cause::EventsWaiting)))
    }

    /// The same, as it was told.
    pub(in crate::upkeep) fn told_no_orders(&self) -> Option<(DateTime<Utc>, Cause)> {
        Some((self.no_orders_since?, Cause::of_no_orders(self.events_wait)))
    }
}

/// Records that callbacks were looked after, and when each connection is due again, unless its end was announced
/// meanwhile. Those that HubRise has lead to `host`. Where a token belongs to another connection by now, or was granted
/// anew, HubRise may have somebody else's callback: it is compared at once.
pub(in crate::upkeep) async fn looked_after(
    db: &mut PgConnection,
    now: DateTime<Utc>,
    host: Option<&str>,
    all: &[LookedAfter],
) -> sqlx::Result<()> {
    let ids: Vec<_> = all.iter().map(|one| one.connection.uuid()).collect();
    let tokens: Vec<_> = all.iter().map(|one| one.token.as_bytes().to_vec()).collect();
    let registered: Vec<_> = all.iter().map(|one| one.registered_at).collect();
    let next: Vec<_> = all.iter().map(|one| one.next_check_at).collect();
    let granted: Vec<_> = all.iter().map(|one| one.granted_at).collect();
    let waiting: Vec<_> = all.iter().map(|one| one.waiting_since).collect();
    let looked_after = sqlx::query!(
        "with l as (
            select * from unnest($2::uuid[], $3::bytea[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[],
                    $7::timestamptz[])
                as l (id, token, registered, next, granted, waiting)
         ), held as (
            select c.id, c.id = l.id and coalesce(c.granted_at, c.connected_at) = l.granted as is_it, l.registered, l.next, l.waiting
            from l join connection c on c.token_digest = l.token
            order by c.id for no key update of c
         ), told as (
            select id, bool_and(is_it) as is_it, max(registered) as registered, max(next) as next, min(waiting) as waiting
            from held group by id)
         update connection c set
            callback_registered_at = case when is_it then h.registered else c.callback_registered_at end,
            callback_host = case when is_it and h.registered is not null then $8::text else c.callback_host end,
            callback_checked_at = case when is_it then $1::timestamptz end,
            callback_missing_since = case when is_it and h.registered is null then least(coalesce(c.callback_missing_since, $1), $1)
                else c.callback_missing_since end,
            events_waiting_since = case when is_it then h.waiting else c.events_waiting_since end,
            next_check_at = case when not is_it then least(c.next_check_at, $1)
                when c.notice_at is null then h.next else c.next_check_at end
         from told h where c.id = h.id",
        now,
        &ids,
        &tokens,
        &registered as &[Option<DateTime<Utc>>],
        &next,
        &granted,
        &waiting as &[Option<DateTime<Utc>>],
        host,
    );
    looked_after.execute(db).await?;
    Ok(())
}

/// Its callback could not be looked after, and is again `soon`, or with the next check where it was only to be compared
/// with what HubRise has. Only one that HubRise does not have is missing. Where the token serves another connection
/// since, HubRise may still do what it did not answer for: it is compared soon.
pub(in crate::upkeep) async fn missed(
    db: &mut PgConnection,
    id: ConnectionId,
    token: &Digest,
    now: DateTime<Utc>,
    (soon, next): (DateTime<Utc>, DateTime<Utc>),
) -> sqlx::Result<()> {
    let missed = sqlx::query!(
        "update connection set
            next_check_at = case when id = $1 and callback_registered_at is not null and callback_checked_at is not null
                and notice_at is null and failed_since is null then $5 else least(next_check_at, $3) end,
            callback_checked_at = case when id = $1 then callback_checked_at end,
            callback_missing_since = case when id = $1 and callback_registered_at is null
                then least(coalesce(callback_missing_since, $2), $2) else callback_missing_since end
         where token_digest = $4",
        id.uuid(),
        now,
        soon,
        token.as_bytes(),
        next,
    );
    missed.execute(db).await?;
    Ok(())
}

/// There is a callback again, and nothing waits.
pub(in crate::upkeep) async fn found(db: &mut PgConnection, id: ConnectionId) -> sqlx::Result<()> {
    let found = sqlx::query!(
        "update connection set callback_missing_since = null, no_orders_since = null, events_wait = false where id = $1",
        id.uuid(),
    );
    found.execute(db).await?;
    Ok(())
}

/// Whether HubRise has handed an event to us since then.
pub(in crate::upkeep) async fn has_come_since(
    db: &mut PgConnection,
    id: ConnectionId,
    since: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let come = sqlx::query_scalar!(
        r#"select exists (select from hubrise_event where connection_id = $1 and received_at > $2) as "come!""#,
        id.uuid(),
        since,
    );
    come.fetch_one(db).await
}

/// It is told that no orders come, and whether that is because events wait.
pub(in crate::upkeep) async fn no_orders(
    db: &mut PgConnection,
    id: ConnectionId,
    since: DateTime<Utc>,
    events_wait: bool,
) -> sqlx::Result<()> {
    let told = sqlx::query!(
        "update connection set no_orders_since = $2, events_wait = $3,
            callback_missing_since = case when not $3 then callback_missing_since end
         where id = $1",
        id.uuid(),
        since,
        events_wait,
    );
    told.execute(db).await?;
    Ok(())
}

/// HubRise has granted a token anew that serves a connection: it may have ended it before, and the callback with it.
/// Who writes to the connection right now is not waited for, and gives it a token that HubRise has just answered for.
pub(in crate::upkeep) async fn granted_anew(
    db: &mut PgConnection,
    token: &Digest,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let hastened = sqlx::query!(
        "update connection set callback_checked_at = null, next_check_at = least(next_check_at, $2)
         where id in (select id from connection where token_digest = $1 for no key update skip locked)",
        token.as_bytes(),
        now,
    );
    hastened.execute(db).await?;
    Ok(())
}
