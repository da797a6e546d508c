//! Revocations, in the database: across all organisations, because a token is HubRise's and not an organisation's.

use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use sqlx::PgConnection;

use super::Revocation;
use crate::{
    clock::CLOCKS_APART,
    crypto::{Sealed, sealed_rows},
    ids::{ConnectionId, DisconnectionId, OrganisationId, PointOfSaleId, RevocationId},
    secrets::Digest,
};

/// What a revocation is written from.
pub(super) struct NewRevocation<'a> {
    pub(super) token: &'a Sealed,
    pub(super) digest: &'a Digest,
    /// What stands in the address of the callback that HubRise may have, and that is to be removed before the token is
    /// taken back.
    pub(super) callback_key: Option<&'a SecretString>,
    pub(super) now: DateTime<Utc>,
}

pub(super) async fn insert(db: &mut PgConnection, id: RevocationId, new: NewRevocation<'_>) -> sqlx::Result<()> {
    let inserted = sqlx::query!(
        "insert into revocation (id, token_key_id, token_ciphertext, token_digest, requested_at, callback,
            callback_key)
         values ($1, $2, $3, $4, $5, $6, $7)",
        id.uuid(),
        new.token.key_id,
        new.token.ciphertext,
        new.digest.as_bytes(),
        new.now,
        if new.callback_key.is_some() { "wanted" } else { "none" },
        new.callback_key.map(ExposeSecret::expose_secret),
    );
    inserted.execute(db).await?;
    Ok(())
}

/// A revocation that HubRise has not confirmed.
pub(super) struct Open {
    pub(super) token: Sealed,
    pub(super) requested_at: DateTime<Utc>,
}

pub(super) async fn open(db: &mut PgConnection, id: RevocationId) -> sqlx::Result<Option<Open>> {
    let found = sqlx::query!(
        r#"select token_key_id as "key_id!", token_ciphertext as "ciphertext!", requested_at
         from revocation where id = $1 and status in ('pending', 'in_flight')"#,
        id.uuid(),
    );
    Ok(found.fetch_optional(db).await?.map(|row| Open {
        token: Sealed { key_id: row.key_id, ciphertext: row.ciphertext },
        requested_at: row.requested_at,
    }))
}

/// What is left to do for a revocation that was taken off.
pub(super) struct Taken {
    /// How often it was taken off, this time included.
    pub(super) tries: i32,
    /// Whether its callback is still to be removed.
    pub(super) callback_wanted: bool,
}

/// Pending, or in flight since before `stale` → in flight. Since a time that is still to come: that was kept while the
/// clock was ahead.
pub(super) async fn take_off(
    db: &mut PgConnection,
    id: RevocationId,
    now: DateTime<Utc>,
    stale: DateTime<Utc>,
) -> sqlx::Result<Option<Taken>> {
    let taken = sqlx::query_as!(
        Taken,
        r#"update revocation set status = 'in_flight', in_flight_since = $2, tries = tries + 1
         where id = $1 and (status = 'pending' or (status = 'in_flight' and (in_flight_since <= $3 or in_flight_since > $4)))
         returning tries, callback = 'wanted' as "callback_wanted!""#,
        id.uuid(),
        now,
        stale,
        now + CLOCKS_APART,
    );
    taken.fetch_optional(db).await
}

/// HubRise has removed the callback.
pub(super) async fn callback_removed(db: &mut PgConnection, id: RevocationId, now: DateTime<Utc>) -> sqlx::Result<()> {
    let removed = sqlx::query!(
        "update revocation set callback = 'removed', callback_ended_at = $2
         where id = $1 and status = 'in_flight' and callback = 'wanted'",
        id.uuid(),
        now,
    );
    removed.execute(db).await?;
    Ok(())
}

/// In flight → confirmed; the token is wiped, and a callback that could not be removed has ended with the access.
/// `false` if it had ended already.
pub(super) async fn confirm(db: &mut PgConnection, id: RevocationId, now: DateTime<Utc>) -> sqlx::Result<bool> {
    let confirmed = sqlx::query!(
        "update revocation set status = 'confirmed', finished_at = $2, in_flight_since = null, token_key_id = null,
            token_ciphertext = null, callback_key = null,
            callback_ended_at = case callback when 'wanted' then $2 else callback_ended_at end,
            callback = case callback when 'wanted' then 'ended' else callback end
         where id = $1 and status = 'in_flight'",
        id.uuid(),
        now,
    );
    Ok(confirmed.execute(db).await?.rows_affected() == 1)
}

/// In flight → pending, for another try.
pub(super) async fn postpone(db: &mut PgConnection, id: RevocationId) -> sqlx::Result<()> {
    let postponed = sqlx::query!(
        "update revocation set status = 'pending', in_flight_since = null where id = $1 and status = 'in_flight'",
        id.uuid(),
    );
    postponed.execute(db).await?;
    Ok(())
}

/// Every open revocation of this token → superseded; their copies of the token are wiped. A callback that was still to
/// be removed stays wanted, and nobody removes it: it is the live connection's now.
pub(super) async fn supersede(
    db: &mut PgConnection,
    token: &Digest,
    now: DateTime<Utc>,
) -> sqlx::Result<Vec<RevocationId>> {
    let superseded = sqlx::query_scalar!(
        "update revocation set status = 'superseded', finished_at = $2, in_flight_since = null, token_key_id = null,
            token_ciphertext = null, callback_key = null
         where token_digest = $1 and status in ('pending', 'in_flight') returning id",
        token.as_bytes(),
        now,
    );
    Ok(superseded.fetch_all(db).await?.into_iter().map(RevocationId::from).collect())
}

/// What parted, as its receipt says it. A token that never served a connection has none.
pub(super) struct Parted {
    pub(super) receipt: DisconnectionId,
    pub(super) organisation: OrganisationId,
    pub(super) connection: ConnectionId,
    pub(super) point_of_sale: PointOfSaleId,
    pub(super) point_of_sale_name: String,
}

pub(super) async fn parted(db: &mut PgConnection, id: RevocationId) -> sqlx::Result<Option<Parted>> {
    let found = sqlx::query_as!(
        Parted,
        r#"select id as receipt, organisation_id as organisation, connection_id as "connection!",
            point_of_sale_id as point_of_sale, point_of_sale_name
         from disconnection where revocation_id = $1"#,
        id.uuid(),
    );
    found.fetch_optional(db).await
}

/// A revocation that takes too long.
pub(super) struct Overdue {
    pub(super) id: RevocationId,
    pub(super) tries: i32,
    pub(super) organisation: Option<OrganisationId>,
    pub(super) connection: Option<ConnectionId>,
}

/// Those that were asked for before `since` and are open, or only this one of them. They stay open until the
/// transaction ends.
pub(super) async fn overdue(
    db: &mut PgConnection,
    only: Option<RevocationId>,
    since: DateTime<Utc>,
) -> sqlx::Result<Vec<Overdue>> {
    let found = sqlx::query_as!(
        Overdue,
        r#"select r.id, r.tries, d.organisation_id as "organisation: OrganisationId",
            d.connection_id as "connection: ConnectionId"
         from revocation r left join disconnection d on d.revocation_id = r.id
         where r.status in ('pending', 'in_flight') and r.requested_at <= $1 and ($2::uuid is null or r.id = $2)
         order by r.id for share of r"#,
        since,
        only.map(RevocationId::uuid),
    );
    found.fetch_all(db).await
}

/// Whether HubRise is being asked right now to end this token, or has ended it since `ended_since`, where one is given.
pub(super) async fn is_under_way(
    db: &mut PgConnection,
    token: &Digest,
    (stale, now): (DateTime<Utc>, DateTime<Utc>),
    ended_since: Option<DateTime<Utc>>,
) -> sqlx::Result<bool> {
    let found = sqlx::query_scalar!(
        r#"select exists (select from revocation where token_digest = $1
            and ((status = 'in_flight' and in_flight_since > $2 and in_flight_since <= $4) or (status = 'confirmed' and finished_at >= $3)))
            as "found!""#,
        token.as_bytes(),
        stale,
        ended_since,
        now + CLOCKS_APART,
    );
    found.fetch_one(db).await
}

sealed_rows! {
    /// The tokens that HubRise has not taken back yet.
    SealedTokens, "revocation", "token_key_id", "token_ciphertext"
}

/// How far these are, as receipts say it.
pub(super) async fn progress(db: &mut PgConnection, ids: &[RevocationId]) -> sqlx::Result<Vec<Revocation>> {
    let ids: Vec<_> = ids.iter().map(|id| id.uuid()).collect();
    let found = sqlx::query!("select status, finished_at from revocation where id = any($1) order by id", &ids);
    let found = found.fetch_all(db).await?.into_iter();
    Ok(found.map(|row| Revocation::of_columns(Some(&row.status), row.finished_at)).collect())
}

/// The token of one that has ended, if neither a connection nor a receipt is about the same: what was noted of the
/// calls with it serves nobody any more.
pub(super) async fn forgettable(db: &mut PgConnection, id: RevocationId) -> sqlx::Result<Option<Digest>> {
    let found = sqlx::query_scalar!(
        "select token_digest from revocation r where id = $1
            and not exists (select from connection c where c.token_digest = r.token_digest)
            and not exists (select from revocation o join disconnection d on d.revocation_id = o.id
                where o.token_digest = r.token_digest)",
        id.uuid(),
    );
    Ok(found.fetch_optional(db).await?.as_deref().and_then(Digest::stored))
}

/// Deletes those that ended before then, and that no receipt and no page about a deletion tells of.
pub(super) async fn purge(db: &mut PgConnection, before: DateTime<Utc>) -> sqlx::Result<()> {
    // The previous version of the program ends them and leaves it.
    let left = sqlx::query!(
        "update revocation set callback_key = null where finished_at is not null and callback_key is not null",
    );
    left.execute(&mut *db).await?;
    let purged = sqlx::query!(
        "delete from revocation r where finished_at < $1
            and not exists (select from disconnection d where d.revocation_id = r.id)
            and not exists (select from organisation_deletion o where o.revocations @> array[r.id])",
        before,
    );
    purged.execute(db).await?;
    Ok(())
}
