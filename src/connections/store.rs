//! The connections, in the database. Everything a page shows is read through its organisation; only the question
//! whether a location or a token is in use is asked across all of them.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    By, Gone, Granted, Health,
    link::{columns, name_and_id},
    service::{Connection, Occupant, Occupied, Place, TokenUse},
};
use crate::{
    authorisations::Proven,
    crypto::{Sealed, sealed_rows},
    hubrise::AppInstanceId,
    ids::{ConnectionId, OrganisationId, PointOfSaleId},
    points_of_sale::service::PointOfSale,
    secrets::{Digest, random_secret},
};

macro_rules! select {
    ($organisation:literal, $filter:literal $(, $value:expr)* $(,)?) => {
        sqlx::query_as!(
            Connection,
            r#"select c.id, c.organisation_id as organisation, c.point_of_sale_id as point_of_sale, p.name as point_of_sale_name,
                c.account_id, c.account_name, c.location_id, c.location_name,
                c.catalog_id, c.catalog_name, c.customer_list_id, c.customer_list_name,
                u.email as "connected_by?", c.connected_by_link is not null as "connected_by_link!", c.connected_at,
                c.verified_at, c.failed_since, c.failure, c.unreachable_since, c.unexpected_since,
                c.no_orders_since, c.events_wait, c.checked_at, c.catalog_gone_since, c.customer_list_gone_since
            from connection c
            join point_of_sale p on p.id = c.point_of_sale_id
            left join app_user u on u.id = c.connected_by
            where c.organisation_id "# + $organisation + " " + $filter,
            $($value),*
        )
    };
}

/// Each organisation's, by the points of sale's names. One alone is found sooner where the plan knows that it is one;
/// of several, a subquery keeps the plan from being made anew for each number of them.
pub(super) async fn list(
    db: &mut PgConnection,
    organisations: &[OrganisationId],
) -> sqlx::Result<HashMap<OrganisationId, Vec<Connection>>> {
    let rows = if let [one] = organisations {
        select!("= $1", "order by lower(p.name)", one.uuid()).fetch_all(db).await?
    } else {
        let all = select!("= any ((select $1::uuid[])::uuid[])", "order by lower(p.name)", &uuids(organisations));
        all.fetch_all(db).await?
    };
    let mut found = HashMap::<_, Vec<_>>::new();
    for connection in rows {
        found.entry(connection.organisation).or_default().push(connection);
    }
    Ok(found)
}

fn uuids(organisations: &[OrganisationId]) -> Vec<Uuid> {
    organisations.iter().map(|organisation| organisation.uuid()).collect()
}

struct PlaceRow {
    organisation: OrganisationId,
    id: PointOfSaleId,
    name: String,
    connection: Option<ConnectionId>,
    account_id: Option<String>,
    account_name: Option<String>,
    location_id: Option<String>,
    location_name: Option<String>,
    verified_at: Option<DateTime<Utc>>,
    failed_since: Option<DateTime<Utc>>,
    failure: Option<String>,
    unreachable_since: Option<DateTime<Utc>>,
    unexpected_since: Option<DateTime<Utc>>,
    no_orders_since: Option<DateTime<Utc>>,
    events_wait: bool,
    catalog_gone_since: Option<DateTime<Utc>>,
    customer_list_gone_since: Option<DateTime<Utc>>,
}

macro_rules! select_places {
    ($organisation:literal, $value:expr) => {
        sqlx::query_as!(
            PlaceRow,
            r#"select p.organisation_id as organisation, p.id, p.name, c.id as "connection?: ConnectionId",
                c.account_id as "account_id?", c.account_name, c.location_id as "location_id?", c.location_name,
                c.verified_at as "verified_at?", c.failed_since, c.failure, c.unreachable_since, c.unexpected_since,
                c.no_orders_since, coalesce(c.events_wait, false) as "events_wait!", c.catalog_gone_since,
                c.customer_list_gone_since
            from point_of_sale p
            left join connection c on c.point_of_sale_id = p.id and c.organisation_id = p.organisation_id
            where p.organisation_id "#
                + $organisation
                + " order by lower(p.name)",
            $value
        )
    };
}

/// Each organisation's points of sale with what they are linked to, by their names.
pub(super) async fn places(
    db: &mut PgConnection,
    organisations: &[OrganisationId],
) -> sqlx::Result<HashMap<OrganisationId, Vec<Place>>> {
    let rows = if let [one] = organisations {
        select_places!("= $1", one.uuid()).fetch_all(db).await?
    } else {
        select_places!("= any ((select $1::uuid[])::uuid[])", &uuids(organisations)).fetch_all(db).await?
    };
    let mut found = HashMap::<_, Vec<_>>::new();
    for row in rows {
        let occupied = row.connection.zip(row.verified_at).map(|(connection, verified_at)| Occupied {
            connection,
            account: name_and_id(row.account_id.as_deref(), row.account_name.as_deref()),
            location: name_and_id(row.location_id.as_deref(), row.location_name.as_deref()),
            health: Health::of_columns(
                verified_at,
                row.failed_since,
                row.failure.as_deref(),
                row.unreachable_since,
                row.unexpected_since,
                row.no_orders_since,
                row.events_wait,
            ),
            gone: Gone { catalog: row.catalog_gone_since, customer_list: row.customer_list_gone_since },
        });
        let point_of_sale = PointOfSale { id: row.id, name: row.name };
        found.entry(row.organisation).or_default().push(Place { point_of_sale, occupied });
    }
    Ok(found)
}

pub(super) async fn find(
    db: &mut PgConnection,
    organisation: OrganisationId,
    id: ConnectionId,
) -> sqlx::Result<Option<Connection>> {
    select!("= $1", "and c.id = $2", organisation.uuid(), id.uuid()).fetch_optional(db).await
}

pub(super) async fn of_point_of_sale(
    db: &mut PgConnection,
    organisation: OrganisationId,
    id: PointOfSaleId,
) -> sqlx::Result<Option<Connection>> {
    select!("= $1", "and c.point_of_sale_id = $2", organisation.uuid(), id.uuid()).fetch_optional(db).await
}

macro_rules! select_occupant {
    ($filter:literal, $value:expr) => {
        sqlx::query_as!(
            Occupant,
            r#"select id, organisation_id as organisation, point_of_sale_id as point_of_sale, location_id,
                coalesce(granted_at, connected_at) as "granted_at!", token_digest,
                app_instance_id as "app_instance: AppInstanceId"
            from connection where "#
                + $filter,
            $value
        )
    };
}

/// Across all organisations: a location is connected once. Kept as it is until the transaction ends.
pub(super) async fn occupant(db: &mut PgConnection, location_id: &str) -> sqlx::Result<Option<Occupant>> {
    select_occupant!("location_id = $1 for update", location_id).fetch_optional(db).await
}

/// The same, only to look at.
pub(super) async fn of_location(db: &mut PgConnection, location_id: &str) -> sqlx::Result<Option<Occupant>> {
    select_occupant!("location_id = $1", location_id).fetch_optional(db).await
}

/// Across all organisations, only to look at. The newest, should HubRise have named two of them alike.
pub(super) async fn of_app_instance(db: &mut PgConnection, id: &AppInstanceId) -> sqlx::Result<Option<Occupant>> {
    select_occupant!("app_instance_id = $1 order by connected_at desc limit 1", id.as_str()).fetch_optional(db).await
}

pub(super) async fn owner(db: &mut PgConnection, id: ConnectionId) -> sqlx::Result<Option<OrganisationId>> {
    let found = sqlx::query_scalar!("select organisation_id from connection where id = $1", id.uuid());
    Ok(found.fetch_optional(db).await?.map(OrganisationId::from))
}

/// The token of a connection, in its lock.
pub(super) async fn token(db: &mut PgConnection, id: ConnectionId) -> sqlx::Result<Option<Sealed>> {
    let found = sqlx::query_as!(
        Sealed,
        "select token_key_id as key_id, token_ciphertext as ciphertext from connection where id = $1",
        id.uuid(),
    );
    found.fetch_optional(db).await
}

/// Across all organisations: whether a token serves somebody.
pub(super) async fn token_use(
    db: &mut PgConnection,
    token: &Digest,
    since: Option<DateTime<Utc>>,
) -> sqlx::Result<TokenUse> {
    let row = sqlx::query!(
        r#"select exists (select from connection where token_digest = $1) as "live!",
            exists (select from authorisation_attempt where grant_digest = $1)
            or exists (select from pending_connection
                where token_digest = $1 and status = 'held' and ($2::timestamptz is null or created_at >= $2))
            as "granted!""#,
        token.as_bytes(),
        since,
    );
    let row = row.fetch_one(db).await?;
    Ok(match (row.live, row.granted) {
        (true, _) => TokenUse::Live,
        (false, true) => TokenUse::BeingConnected,
        (false, false) => TokenUse::Unused,
    })
}

/// Waits for whoever holds the same lock, until the end of their transaction.
pub(super) async fn lock_token(db: &mut PgConnection, token: &Digest) -> sqlx::Result<()> {
    sqlx::query!("select pg_advisory_xact_lock($1)", token.lock_key()).fetch_one(db).await?;
    Ok(())
}

/// The same for somebody who must not wait.
pub(super) async fn try_lock_token(db: &mut PgConnection, token: &Digest) -> sqlx::Result<bool> {
    let locked = sqlx::query_scalar!(r#"select pg_try_advisory_xact_lock($1) as "locked!""#, token.lock_key());
    locked.fetch_one(db).await
}

/// All of an organisation's, kept as they are until the transaction ends.
pub(super) async fn lock_all(db: &mut PgConnection, organisation: OrganisationId) -> sqlx::Result<Vec<ConnectionId>> {
    let locked = sqlx::query_scalar!(
        "select id from connection where organisation_id = $1 order by id for update",
        organisation.uuid(),
    );
    Ok(locked.fetch_all(db).await?.into_iter().map(ConnectionId::from).collect())
}

/// Whose a new connection is, and who made it.
pub(super) struct Owner {
    pub(super) organisation: OrganisationId,
    pub(super) point_of_sale: PointOfSaleId,
    pub(super) by: By,
}

/// A new one. Where the same location of the same organisation was cut, and HubRise may still send to its address, it
/// has that.
pub(super) async fn insert(
    db: &mut PgConnection,
    id: ConnectionId,
    owner: &Owner,
    proven: &Proven,
    token: &Sealed,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let (token_digest, callback_key) = (proven.token.digest(), random_secret());
    let (catalog_id, catalog_name) = columns(proven.catalog.as_ref());
    let (customer_list_id, customer_list_name) = columns(proven.customer_list.as_ref());
    let (connected_by, connected_by_link) = author(owner.by);
    let inserted = sqlx::query!(
        "insert into connection (id, organisation_id, point_of_sale_id, account_id, account_name, location_id,
            location_name, catalog_id, catalog_name, customer_list_id, customer_list_name, app_instance_id,
            token_key_id, token_ciphertext, token_digest, connected_at, verified_at, checked_at, next_check_at,
            callback_key, connected_by, connected_by_link, granted_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $16, $16, $16,
            coalesce((select r.callback_key from revocation r join disconnection d on d.revocation_id = r.id
                where r.token_digest = $15 and r.status in ('pending', 'in_flight') and d.organisation_id = $2
                order by r.requested_at desc limit 1), $17), $18, $19, $20)",
        id.uuid(),
        owner.organisation.uuid(),
        owner.point_of_sale.uuid(),
        proven.account.id.as_str(),
        proven.account.name,
        proven.location.id.as_str(),
        proven.location.name,
        catalog_id,
        catalog_name,
        customer_list_id,
        customer_list_name,
        proven.app_instance.as_ref().map(AppInstanceId::as_str),
        token.key_id,
        token.ciphertext,
        token_digest.as_bytes(),
        now,
        callback_key.expose_secret(),
        connected_by,
        connected_by_link,
        proven.granted_at,
    );
    inserted.execute(db).await?;
    Ok(())
}

/// What HubRise says now of a connection that was mended. An answer without the install's name leaves the one that is
/// known. Its callback may be gone, and is looked after with the next check.
pub(super) async fn update(
    db: &mut PgConnection,
    id: ConnectionId,
    proven: &Proven,
    token: &Sealed,
) -> sqlx::Result<()> {
    let token_digest = proven.token.digest();
    let (catalog_id, catalog_name) = columns(proven.catalog.as_ref());
    let (customer_list_id, customer_list_name) = columns(proven.customer_list.as_ref());
    let updated = sqlx::query!(
        "update connection set account_id = $2, account_name = $3, location_name = $4, catalog_id = $5,
            catalog_name = $6, customer_list_id = $7, customer_list_name = $8,
            app_instance_id = coalesce($9, app_instance_id), token_key_id = $10, token_ciphertext = $11,
            token_digest = $12, callback_registered_at = null, callback_checked_at = null, granted_at = $13,
            events_waiting_since = null, names_checked_at = null, catalog_gone_since = null, customer_list_gone_since = null
         where id = $1",
        id.uuid(),
        proven.account.id.as_str(),
        proven.account.name,
        proven.location.name,
        catalog_id,
        catalog_name,
        customer_list_id,
        customer_list_name,
        proven.app_instance.as_ref().map(AppInstanceId::as_str),
        token.key_id,
        token.ciphertext,
        token_digest.as_bytes(),
        proven.granted_at,
    );
    updated.execute(db).await?;
    Ok(())
}

/// What a connection's token may read at HubRise since it was granted again. An answer without names leaves those that
/// are known; whether what was gone is there again is asked with the next check.
pub(super) async fn set_granted(db: &mut PgConnection, id: ConnectionId, granted: Granted<'_>) -> sqlx::Result<()> {
    let (catalog_id, catalog_name) = columns(granted.catalog);
    let (customer_list_id, customer_list_name) = columns(granted.customer_list);
    let set = sqlx::query!(
        "update connection set catalog_id = $2, customer_list_id = $4, granted_at = $6,
            catalog_name = case when catalog_id = $2 then coalesce($3, catalog_name) else $3 end,
            customer_list_name = case when customer_list_id = $4 then coalesce($5, customer_list_name) else $5 end,
            catalog_gone_since = case when catalog_id = $2 then catalog_gone_since end,
            customer_list_gone_since = case when customer_list_id = $4 then customer_list_gone_since end,
            names_checked_at = case when catalog_id is not distinct from $2 and customer_list_id is not distinct from $4
                and catalog_gone_since is null and customer_list_gone_since is null then names_checked_at end
         where id = $1",
        id.uuid(),
        catalog_id,
        catalog_name,
        customer_list_id,
        customer_list_name,
        granted.at,
    );
    set.execute(db).await?;
    Ok(())
}

fn author(by: By) -> (Option<Uuid>, Option<Uuid>) {
    match by {
        By::User(user) => (Some(user.uuid()), None),
        By::Link(link) => (None, Some(link.uuid())),
    }
}

/// Who has repaired it, and when.
pub(super) async fn set_author(
    db: &mut PgConnection,
    id: ConnectionId,
    by: By,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let (user, link) = author(by);
    let updated = sqlx::query!(
        "update connection set connected_by = $2, connected_by_link = $3, connected_at = $4 where id = $1",
        id.uuid(),
        user,
        link,
        now,
    );
    updated.execute(db).await?;
    Ok(())
}

/// What is taken out of the table when a connection is cut.
pub(super) struct Taken {
    pub(super) key_id: String,
    pub(super) ciphertext: Vec<u8>,
    pub(super) token_digest: Vec<u8>,
    pub(super) callback_key: Option<String>,
    pub(super) app_instance: Option<AppInstanceId>,
}

pub(super) async fn delete(
    db: &mut PgConnection,
    organisation: OrganisationId,
    id: ConnectionId,
) -> sqlx::Result<Option<Taken>> {
    let deleted = sqlx::query_as!(
        Taken,
        r#"delete from connection where organisation_id = $1 and id = $2
         returning token_key_id as key_id, token_ciphertext as ciphertext, token_digest, callback_key,
            app_instance_id as "app_instance: AppInstanceId""#,
        organisation.uuid(),
        id.uuid(),
    );
    deleted.fetch_optional(db).await
}

sealed_rows! {
    /// The tokens of connections.
    SealedTokens, "connection", "token_key_id", "token_ciphertext"
}
