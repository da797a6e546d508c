//! The links, in the database. All are read through their organisation, but for one that somebody has the secret of.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::service::ConnectionLink;
use crate::{
    connections::Target,
    crypto::{Sealed, sealed_rows},
    ids::{ConnectionLinkId, OrganisationId, PointOfSaleId, UserId},
    secrets::Digest,
    single_use::{Cancelled, OPEN_AT_MOST},
};

pub(super) struct NewRow<'a> {
    pub(super) organisation: OrganisationId,
    pub(super) target: &'a Target,
    pub(super) account_name: &'a str,
    pub(super) location_name: &'a str,
    pub(super) digest: &'a Digest,
    pub(super) secret: &'a Sealed,
    pub(super) by: UserId,
    pub(super) now: DateTime<Utc>,
    pub(super) expires_at: DateTime<Utc>,
}

/// `false` if the organisation has as many open ones as it may.
pub(super) async fn insert(db: &mut PgConnection, id: ConnectionLinkId, new: NewRow<'_>) -> sqlx::Result<bool> {
    let (point_of_sale, new_name) = match new.target {
        Target::Existing(id) => (Some(id.uuid()), None),
        // Under the name that the owner is expected to choose, unless another was wished.
        Target::New(name) => (None, Some(name.as_deref().unwrap_or(new.location_name))),
    };
    let inserted = sqlx::query!(
        "insert into connection_link (id, organisation_id, point_of_sale_id, new_point_of_sale_name, account_name,
            location_name, secret_digest, secret_key_id, secret_ciphertext, created_by, created_at, expires_at)
         select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12
         where (select count(*) from connection_link where organisation_id = $2 and used_at is null and cancelled_at is null
            and expires_at > $11) < $13",
        id.uuid(),
        new.organisation.uuid(),
        point_of_sale,
        new_name,
        new.account_name,
        new.location_name,
        new.digest.as_bytes(),
        new.secret.key_id,
        new.secret.ciphertext,
        new.by.uuid(),
        new.now,
        new.expires_at,
        OPEN_AT_MOST,
    );
    Ok(inserted.execute(db).await?.rows_affected() == 1)
}

struct Row {
    id: ConnectionLinkId,
    organisation_id: OrganisationId,
    organisation_name: String,
    point_of_sale_id: Option<PointOfSaleId>,
    new_point_of_sale_name: Option<String>,
    point_of_sale_name: Option<String>,
    is_free: bool,
    account_name: String,
    location_name: String,
    created_by: Option<String>,
    maker: Option<UserId>,
    is_by_support: bool,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    used_at: Option<DateTime<Utc>>,
    used_location_id: Option<String>,
    used_location_name: Option<String>,
    cancelled_at: Option<DateTime<Utc>>,
}

impl From<Row> for ConnectionLink {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            organisation: row.organisation_id,
            organisation_name: row.organisation_name,
            target: row.point_of_sale_id.map_or(Target::New(row.new_point_of_sale_name.clone()), Target::Existing),
            // One that was deleted is called by what was expected for it.
            point_of_sale_name: row
                .point_of_sale_name
                .or(row.new_point_of_sale_name)
                .unwrap_or_else(|| row.location_name.clone()),
            is_free: row.is_free,
            account_name: row.account_name,
            location_name: row.location_name,
            created_by: row.created_by,
            maker: row.maker,
            is_by_support: row.is_by_support,
            created_at: row.created_at,
            expires_at: row.expires_at,
            used_at: row.used_at,
            used_for: row.used_location_id.map(|id| (id, row.used_location_name)),
            cancelled_at: row.cancelled_at,
        }
    }
}

macro_rules! select {
    ($filter:literal, $($value:expr),* $(,)?) => {
        sqlx::query_as!(
            Row,
            r#"select l.id, l.organisation_id, o.name as organisation_name,
                l.point_of_sale_id as "point_of_sale_id: PointOfSaleId", l.new_point_of_sale_name,
                p.name as "point_of_sale_name?",
                (l.point_of_sale_id is null or (p.id is not null
                    and not exists (select from connection c where c.point_of_sale_id = p.id))) as "is_free!",
                l.account_name, l.location_name, u.email as "created_by?",
                l.created_by as "maker: UserId", coalesce(u.is_support, false) as "is_by_support!",
                l.created_at, l.expires_at, l.used_at, l.used_location_id, l.used_location_name, l.cancelled_at
            from connection_link l
            join organisation o on o.id = l.organisation_id
            left join point_of_sale p on p.organisation_id = l.organisation_id and p.id = l.point_of_sale_id
            left join app_user u on u.id = l.created_by "# + $filter,
            $($value),*
        )
    };
}

/// The newest first.
pub(super) async fn list(db: &mut PgConnection, organisation: OrganisationId) -> sqlx::Result<Vec<ConnectionLink>> {
    let found = select!(
        "where l.organisation_id = $1
            order by (l.used_at is null and l.cancelled_at is null) desc, l.created_at desc limit 50",
        organisation.uuid()
    );
    Ok(found.fetch_all(db).await?.into_iter().map(ConnectionLink::from).collect())
}

pub(super) async fn find(
    db: &mut PgConnection,
    organisation: OrganisationId,
    id: ConnectionLinkId,
) -> sqlx::Result<Option<ConnectionLink>> {
    let found = select!("where l.organisation_id = $1 and l.id = $2", organisation.uuid(), id.uuid());
    Ok(found.fetch_optional(db).await?.map(ConnectionLink::from))
}

/// By its secret, which the reader has.
pub(super) async fn by_secret(db: &mut PgConnection, secret: &Digest) -> sqlx::Result<Option<ConnectionLink>> {
    let found = select!("where l.secret_digest = $1", secret.as_bytes());
    Ok(found.fetch_optional(db).await?.map(ConnectionLink::from))
}

/// Of a browser that has followed it.
pub(super) async fn followed(db: &mut PgConnection, id: ConnectionLinkId) -> sqlx::Result<Option<ConnectionLink>> {
    Ok(select!("where l.id = $1", id.uuid()).fetch_optional(db).await?.map(ConnectionLink::from))
}

pub(super) async fn sealed_secret(db: &mut PgConnection, id: ConnectionLinkId) -> sqlx::Result<Option<Sealed>> {
    let found = sqlx::query!("select secret_key_id, secret_ciphertext from connection_link where id = $1", id.uuid());
    let row = found.fetch_optional(db).await?;
    Ok(row.and_then(|row| Sealed::of_columns(row.secret_key_id, row.secret_ciphertext)))
}

/// Open → used; its secret is wiped. Of several owners at once, one gets `true`.
pub(super) async fn consume(
    db: &mut PgConnection,
    id: ConnectionLinkId,
    location_id: &str,
    location_name: Option<&str>,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let used = sqlx::query!(
        "update connection_link set used_at = $2, used_location_id = $3, used_location_name = $4, secret_key_id = null,
            secret_ciphertext = null
         where id = $1 and used_at is null and cancelled_at is null and expires_at > $2",
        id.uuid(),
        now,
        location_id,
        location_name,
    );
    Ok(used.execute(db).await?.rows_affected() == 1)
}

/// Open → cancelled; their secrets are wiped. Which they were.
pub(super) async fn cancel(
    db: &mut PgConnection,
    organisation: OrganisationId,
    which: Cancelled<ConnectionLinkId>,
    now: DateTime<Utc>,
) -> sqlx::Result<Vec<ConnectionLinkId>> {
    let (id, maker) = which.columns();
    let cancelled = sqlx::query_scalar!(
        "update connection_link set cancelled_at = $4, secret_key_id = null, secret_ciphertext = null
         where organisation_id = $1 and (id = $2 or created_by = $3) and used_at is null and cancelled_at is null
         returning id",
        organisation.uuid(),
        id.map(ConnectionLinkId::uuid),
        maker.map(UserId::uuid),
        now,
    );
    Ok(cancelled.fetch_all(db).await?.into_iter().map(ConnectionLinkId::from).collect())
}

/// The organisations with open ones that somebody made.
pub(super) async fn where_open_of(db: &mut PgConnection, maker: UserId) -> sqlx::Result<Vec<OrganisationId>> {
    let found = sqlx::query_scalar!(
        "select distinct organisation_id from connection_link
         where created_by = $1 and used_at is null and cancelled_at is null",
        maker.uuid(),
    );
    Ok(found.fetch_all(db).await?.into_iter().map(OrganisationId::from).collect())
}

/// Wipes the secrets of links that have expired.
pub(super) async fn wipe_expired(db: &mut PgConnection, now: DateTime<Utc>) -> sqlx::Result<()> {
    let wiped = sqlx::query!(
        "update connection_link set secret_key_id = null, secret_ciphertext = null
         where secret_ciphertext is not null and expires_at <= $1",
        now,
    );
    wiped.execute(db).await?;
    Ok(())
}

sealed_rows! {
    /// The secrets of links that can be shown again.
    SealedLinks, "connection_link", "secret_key_id", "secret_ciphertext"
}

/// Open → cancelled, whoever made them; their secrets are wiped. How many.
pub(super) async fn cancel_all(db: &mut PgConnection, now: DateTime<Utc>) -> sqlx::Result<u64> {
    let cancelled = sqlx::query!(
        "update connection_link set cancelled_at = $1, secret_key_id = null, secret_ciphertext = null
         where used_at is null and cancelled_at is null",
        now,
    );
    Ok(cancelled.execute(db).await?.rows_affected())
}

/// Deletes old links, but for those that say of a connection who made it, and those that something waits for.
pub(super) async fn purge(db: &mut PgConnection, before: DateTime<Utc>) -> sqlx::Result<()> {
    let purged = sqlx::query!(
        "delete from connection_link l where expires_at < $1
            and not exists (select from connection c where c.connected_by_link = l.id)
            and not exists (select from authorisation_attempt a where a.connection_link_id = l.id)
            and not exists (select from pending_connection p where p.connection_link_id = l.id)",
        before,
    );
    purged.execute(db).await?;
    Ok(())
}
