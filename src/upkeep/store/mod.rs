//! How connections are, in the database. Checked across all organisations; who is told is read through the
//! organisation.

pub(super) mod callbacks;
pub(super) mod names;

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretString;
use sqlx::PgConnection;

use super::{
    desk::Answer,
    schedule::{LATEST, NOTICE_DISTANCE, REFUTED_FOR, REFUTED_NOTICE_DISTANCE, SOON},
};
use crate::{
    clock::CLOCKS_APART,
    connections::Cause,
    crypto::Sealed,
    events::callback::Registration,
    hubrise::AppInstanceId,
    ids::{ConnectionId, OrganisationId, PointOfSaleId},
};

/// What is checked.
#[derive(Clone, Debug)]
pub(super) struct Subject {
    pub(super) id: ConnectionId,
    pub(super) token: Sealed,
    pub(super) account_id: String,
    pub(super) location_id: String,
    pub(super) catalog_id: Option<String>,
    pub(super) customer_list_id: Option<String>,
    /// When HubRise answered for the token, if that was the last that it was asked, and no disconnection was announced.
    pub(super) proved_at: Option<DateTime<Utc>>,
    pub(super) names_checked_at: Option<DateTime<Utc>>,
    pub(super) callback: Registration,
    /// When HubRise granted what it has.
    pub(super) granted_at: DateTime<Utc>,
    /// Whether its disconnection was announced.
    pub(super) was_announced: bool,
    /// Since when no orders come, once that was told.
    pub(super) no_orders_since: Option<DateTime<Utc>>,
}

/// The same, as the database has it.
struct Row {
    id: ConnectionId,
    token_key_id: String,
    token_ciphertext: Vec<u8>,
    account_id: String,
    location_id: String,
    catalog_id: Option<String>,
    customer_list_id: Option<String>,
    proved_at: Option<DateTime<Utc>>,
    names_checked_at: Option<DateTime<Utc>>,
    callback_key: Option<String>,
    callback_host: Option<String>,
    callback_replaced_at: Option<DateTime<Utc>>,
    callback_registered_at: Option<DateTime<Utc>>,
    callback_checked_at: Option<DateTime<Utc>>,
    callback_missing_since: Option<DateTime<Utc>>,
    events_waiting_since: Option<DateTime<Utc>>,
    granted_at: DateTime<Utc>,
    was_announced: bool,
    no_orders_since: Option<DateTime<Utc>>,
}

impl From<Row> for Subject {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            token: Sealed { key_id: row.token_key_id, ciphertext: row.token_ciphertext },
            account_id: row.account_id,
            location_id: row.location_id,
            catalog_id: row.catalog_id,
            customer_list_id: row.customer_list_id,
            proved_at: row.proved_at,
            names_checked_at: row.names_checked_at,
            callback: Registration {
                key: row.callback_key.map(SecretString::from),
                host: row.callback_host,
                replaced_at: row.callback_replaced_at,
                registered_at: row.callback_registered_at,
                checked_at: row.callback_checked_at,
                missing_since: row.callback_missing_since,
                waiting_since: row.events_waiting_since,
            },
            granted_at: row.granted_at,
            was_announced: row.was_announced,
            no_orders_since: row.no_orders_since,
        }
    }
}

macro_rules! subjects {
    ($before:literal, $after:literal, $($value:expr),* $(,)?) => {
        sqlx::query_as!(
            Row,
            $before + r#" id, token_key_id, token_ciphertext, account_id, location_id, catalog_id, customer_list_id,
                case when failed_since is null and notice_at is null and checked_at = verified_at then verified_at end as proved_at,
                names_checked_at, callback_key, callback_host, callback_replaced_at, callback_registered_at,
                case when failed_since is null and notice_at is null then callback_checked_at end as callback_checked_at,
                callback_missing_since, events_waiting_since, coalesce(granted_at, connected_at) as "granted_at!",
                notice_at is not null as "was_announced!", no_orders_since "# + $after,
            $($value),*
        )
    };
}

pub(super) async fn subject(db: &mut PgConnection, id: ConnectionId) -> sqlx::Result<Option<Subject>> {
    let found = subjects!("select", "from connection where id = $1", id.uuid());
    Ok(found.fetch_optional(db).await?.map(Subject::from))
}

/// Longer than this no connection waits for its next check: HubRise's limits begin anew each day. What says so was kept
/// while the clock was ahead.
const NEVER_LATER_THAN: TimeDelta = TimeDelta::hours(25);

/// Takes connections that are due, so that no other process takes them for a while; and those that no check has put off
/// for so long unless the clock was ahead.
pub(super) async fn claim(
    db: &mut PgConnection,
    now: DateTime<Utc>,
    lease: TimeDelta,
    limit: i64,
) -> sqlx::Result<Vec<Subject>> {
    let claimed = subjects!(
        "update connection set next_check_at = $2 where id in (
            select id from (
                select id from (select id from connection where next_check_at <= $1 order by next_check_at limit $3
                    for update skip locked) due
                union all
                select id from (select id from connection
                    where next_check_at > $5 and (next_check_at > $4 or checked_at > $6)
                    order by next_check_at limit $3 for update skip locked) stranded) both_kinds
            limit $3)
         returning",
        "",
        now,
        now + lease,
        limit,
        now + NEVER_LATER_THAN,
        now + LATEST,
        now + CLOCKS_APART,
    );
    Ok(claimed.fetch_all(db).await?.into_iter().map(Subject::from).collect())
}

/// Of those that somebody looks at: which were not asked about since `before`, or while the clock was ahead. They count
/// as asked about now.
pub(super) async fn claim_viewed(
    db: &mut PgConnection,
    viewed: &[ConnectionId],
    now: DateTime<Utc>,
    before: DateTime<Utc>,
) -> sqlx::Result<Vec<ConnectionId>> {
    let ids: Vec<_> = viewed.iter().map(|id| id.uuid()).collect();
    let claimed = sqlx::query_scalar!(
        "update connection set checked_at = $2 where id in (
            select id from connection where id = any($1)
                and (checked_at is null or checked_at <= $3 or checked_at > $4)
            order by id for update skip locked)
         returning id",
        &ids,
        now,
        before,
        now + CLOCKS_APART,
    );
    Ok(claimed.fetch_all(db).await?.into_iter().map(ConnectionId::from).collect())
}

/// How a connection is known to be, kept as it is until the transaction ends.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) organisation: OrganisationId,
    pub(super) organisation_name: String,
    pub(super) point_of_sale: PointOfSaleId,
    pub(super) point_of_sale_name: String,
    pub(super) account_id: String,
    pub(super) account_name: Option<String>,
    pub(super) location_id: String,
    pub(super) location_name: Option<String>,
    pub(super) catalog_id: Option<String>,
    pub(super) catalog_name: Option<String>,
    pub(super) customer_list_id: Option<String>,
    pub(super) customer_list_name: Option<String>,
    pub(super) token_digest: Vec<u8>,
    pub(super) verified_at: DateTime<Utc>,
    pub(super) checked_at: Option<DateTime<Utc>>,
    pub(super) failed_since: Option<DateTime<Utc>>,
    pub(super) failure: Option<String>,
    pub(super) unreachable_since: Option<DateTime<Utc>>,
    pub(super) notice_at: Option<DateTime<Utc>>,
    pub(super) told_at: Option<DateTime<Utc>>,
    pub(super) notice_refuted_at: Option<DateTime<Utc>>,
    /// Since when HubRise has had no callback, where it was found to have none.
    pub(super) callback_missing_since: Option<DateTime<Utc>>,
    /// Since when HubRise has answered, and neither yes nor no.
    pub(super) unexpected_since: Option<DateTime<Utc>>,
    /// Since when HubRise has had events that it could not hand to us, if it has for long.
    pub(super) events_waiting_since: Option<DateTime<Utc>>,
    /// Since when the one or the other is so, once it was told.
    pub(super) no_orders_since: Option<DateTime<Utc>>,
    /// Whether it was told of events that wait.
    pub(super) events_wait: bool,
    pub(super) catalog_gone_since: Option<DateTime<Utc>>,
    pub(super) customer_list_gone_since: Option<DateTime<Utc>>,
}

pub(super) async fn lock(db: &mut PgConnection, id: ConnectionId) -> sqlx::Result<Option<Known>> {
    let found = sqlx::query_as!(
        Known,
        "select c.organisation_id as organisation, o.name as organisation_name, c.point_of_sale_id as point_of_sale,
            p.name as point_of_sale_name, c.account_id, c.account_name, c.location_id, c.location_name, c.catalog_id, c.catalog_name,
            c.customer_list_id, c.customer_list_name, c.token_digest, c.verified_at, c.checked_at, c.failed_since,
            c.failure, c.unreachable_since, c.notice_at, c.told_at, c.notice_refuted_at,
            case when c.callback_registered_at is null then c.callback_missing_since end as callback_missing_since,
            case when c.unreachable_since is not null then c.unexpected_since end as unexpected_since,
            c.events_waiting_since, c.no_orders_since, c.events_wait, c.catalog_gone_since, c.customer_list_gone_since
         from connection c join point_of_sale p on p.id = c.point_of_sale_id join organisation o on o.id = c.organisation_id
         where c.id = $1 for update of c",
        id.uuid(),
    );
    found.fetch_optional(db).await
}

/// HubRise has answered for the token. An announcement that the answer does not refute stays; one that it does is
/// noted. With the access that was lost, HubRise may have dropped the callback, too: it is looked after anew.
pub(super) async fn verified(
    db: &mut PgConnection,
    id: ConnectionId,
    now: DateTime<Utc>,
    next: DateTime<Utc>,
    notice: Option<DateTime<Utc>>,
    refuted_at: Option<DateTime<Utc>>,
) -> sqlx::Result<()> {
    let verified = sqlx::query!(
        "update connection set verified_at = $2, checked_at = $2, failed_since = null,
            next_check_at = case when callback_checked_at is null then least($3, $6::timestamptz) else $3 end, failure = null, told_at = null, unreachable_since = null, notice_at = $4,
            notice_refuted_at = coalesce($5, notice_refuted_at),
            callback_checked_at = case when failed_since is null and notice_at is null then callback_checked_at end
         where id = $1",
        id.uuid(),
        now,
        next,
        notice,
        refuted_at,
        now + SOON,
    );
    verified.execute(db).await?;
    Ok(())
}

/// Of these answers: notes those that change nothing else, and returns whose they are. Connections that somebody writes
/// to right now are left out. Where somebody has asked meanwhile for a look at the callback, that is soon.
pub(super) async fn verified_as_before(
    db: &mut PgConnection,
    now: DateTime<Utc>,
    answers: &[Answer],
) -> sqlx::Result<HashSet<ConnectionId>> {
    let ids: Vec<_> = answers.iter().map(|answer| answer.connection.uuid()).collect();
    let tokens: Vec<_> = answers.iter().map(|answer| answer.token.as_bytes().to_vec()).collect();
    let next: Vec<_> = answers.iter().map(|answer| answer.next_check_at).collect();
    let accounts: Vec<_> = answers.iter().map(|answer| answer.account_name.clone()).collect();
    let locations: Vec<_> = answers.iter().map(|answer| answer.location_name.clone()).collect();
    let verified = sqlx::query_scalar!(
        "with unchanged as (
            select c.id, a.next
            from unnest($2::uuid[], $3::bytea[], $4::timestamptz[], $5::text[], $6::text[])
                as a (id, token, next, account, location)
            join connection c on c.id = a.id and c.token_digest = a.token
            where c.failed_since is null and c.notice_at is null
                and (a.account is null or a.account = c.account_name)
                and (a.location is null or a.location = c.location_name)
            order by c.id for no key update of c skip locked)
         update connection c set verified_at = $1, checked_at = $1, unreachable_since = null,
            next_check_at = case when c.callback_checked_at is null then least(u.next, $7::timestamptz) else u.next end
         from unchanged u where c.id = u.id returning c.id",
        now,
        &ids,
        &tokens,
        &next,
        &accounts as &[Option<String>],
        &locations as &[Option<String>],
        now + SOON,
    );
    Ok(verified.fetch_all(db).await?.into_iter().map(ConnectionId::from).collect())
}

/// HubRise refuses the token. A time that is still to come was kept while the clock was ahead. Events that waited are
/// given up when the token works again.
pub(super) async fn failed(
    db: &mut PgConnection,
    id: ConnectionId,
    cause: Cause,
    now: DateTime<Utc>,
    next: DateTime<Utc>,
) -> sqlx::Result<()> {
    let failed = sqlx::query!(
        "update connection set failed_since = least(coalesce(failed_since, $3), $3), failure = $2, checked_at = $3,
            next_check_at = $4, unreachable_since = null, events_waiting_since = null,
            no_orders_since = case when not events_wait then no_orders_since end, events_wait = false
         where id = $1",
        id.uuid(),
        cause.word(),
        now,
        next,
    );
    failed.execute(db).await?;
    Ok(())
}

/// HubRise does not answer, or not as it documents.
pub(super) async fn unreachable(
    db: &mut PgConnection,
    id: ConnectionId,
    is_unexpected: bool,
    now: DateTime<Utc>,
    next: DateTime<Utc>,
) -> sqlx::Result<()> {
    let unreachable = sqlx::query!(
        "update connection set unreachable_since = least(coalesce(unreachable_since, $2), $2), checked_at = $2, next_check_at = $3,
            unexpected_since = case when $4 then
                least(case when unreachable_since is not null then unexpected_since end, $2) end
         where id = $1",
        id.uuid(),
        now,
        next,
        is_unexpected,
    );
    unreachable.execute(db).await?;
    Ok(())
}

/// The managers are told of the failure.
pub(super) async fn told(db: &mut PgConnection, id: ConnectionId, now: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!("update connection set told_at = $2 where id = $1", id.uuid(), now).execute(db).await?;
    Ok(())
}

/// A check is due by then.
pub(super) async fn hasten(db: &mut PgConnection, id: ConnectionId, by: DateTime<Utc>) -> sqlx::Result<()> {
    let hastened =
        sqlx::query!("update connection set next_check_at = least(next_check_at, $2) where id = $1", id.uuid(), by);
    hastened.execute(db).await?;
    Ok(())
}

/// HubRise announced a disconnection: a check is due, but not again at once after the last one. One that is still to
/// come was kept while the clock was ahead.
pub(super) async fn notice(
    db: &mut PgConnection,
    app_instance: &AppInstanceId,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let noticed = sqlx::query!(
        "update connection set notice_at = $2, next_check_at = least(next_check_at, greatest($2,
            case when checked_at <= $6 then checked_at end +
            case when notice_refuted_at between $5 and $2 then $4::interval else $3::interval end))
         where app_instance_id = $1",
        app_instance.as_str(),
        now,
        NOTICE_DISTANCE as _,
        REFUTED_NOTICE_DISTANCE as _,
        now - REFUTED_FOR,
        now + CLOCKS_APART,
    );
    noticed.execute(db).await?;
    Ok(())
}

/// Somebody who is told.
pub(super) struct Manager {
    pub(super) email: String,
    pub(super) language: Option<String>,
    /// Those of the profile at HubRise.
    pub(super) locales: Vec<String>,
}

pub(super) async fn managers(db: &mut PgConnection, organisation: OrganisationId) -> sqlx::Result<Vec<Manager>> {
    let found = sqlx::query_as!(
        Manager,
        r#"select u.email, u.language, coalesce(i.locales, '{}') as "locales!"
         from membership m join app_user u on u.id = m.user_id left join hubrise_identity i on i.user_id = u.id
         where m.organisation_id = $1 and m.role = 'manager' order by u.email"#,
        organisation.uuid(),
    );
    found.fetch_all(db).await
}

/// Every connection is due now, as if HubRise had never been asked. How many.
pub(super) async fn hasten_all(db: &mut PgConnection, now: DateTime<Utc>) -> sqlx::Result<u64> {
    let hastened = sqlx::query!(
        "update connection set next_check_at = $1, checked_at = null, names_checked_at = null, callback_checked_at = null",
        now,
    );
    Ok(hastened.execute(db).await?.rows_affected())
}
