//! Receipts and revocations, in the database. A receipt is read through its organisation.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{Receipt, Requester, Revocation, service::Asked};
use crate::{
    connections::{Connection, Link, name_and_id},
    crypto::Sealed,
    ids::{ConnectionId, DisconnectionId, OrganisationId, PointOfSaleId, RevocationId},
    points_of_sale::service::PointOfSale,
    secrets::Digest,
};

/// What a receipt is written from.
pub(super) struct NewReceipt<'a> {
    pub(super) organisation: OrganisationId,
    pub(super) point_of_sale: &'a PointOfSale,
    pub(super) point_of_sale_deleted: bool,
    pub(super) connection: Option<&'a Connection>,
    pub(super) revocation: Option<RevocationId>,
    pub(super) asked: Asked<'a>,
    pub(super) now: DateTime<Utc>,
}

pub(super) async fn insert_receipt(
    db: &mut PgConnection,
    id: DisconnectionId,
    new: NewReceipt<'_>,
) -> sqlx::Result<()> {
    let connection = new.connection;
    let (user, api_key) = match new.asked.requester {
        Requester::User(id) | Requester::Support(id) => (Some(id.uuid()), None),
        Requester::ApiKey(id) => (None, Some(id.uuid())),
    };
    let inserted = sqlx::query!(
        "insert into disconnection (id, organisation_id, point_of_sale_id, point_of_sale_name, point_of_sale_deleted,
            account_id, account_name, location_id, location_name, catalog_id, catalog_name, customer_list_id,
            customer_list_name, connected_at, revocation_id, requested_by, requested_by_api_key, disconnected_at,
            connection_id, requested_by_support, reason)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)",
        id.uuid(),
        new.organisation.uuid(),
        new.point_of_sale.id.uuid(),
        new.point_of_sale.name,
        new.point_of_sale_deleted,
        connection.map(|connection| connection.account_id.as_str()),
        connection.and_then(|connection| connection.account_name.as_deref()),
        connection.map(|connection| connection.location_id.as_str()),
        connection.and_then(|connection| connection.location_name.as_deref()),
        connection.and_then(|connection| connection.catalog_id.as_deref()),
        connection.and_then(|connection| connection.catalog_name.as_deref()),
        connection.and_then(|connection| connection.customer_list_id.as_deref()),
        connection.and_then(|connection| connection.customer_list_name.as_deref()),
        connection.map(|connection| connection.connected_at),
        new.revocation.map(RevocationId::uuid),
        user,
        api_key,
        new.now,
        connection.map(|connection| connection.id.uuid()),
        matches!(new.asked.requester, Requester::Support(_)),
        new.asked.reason,
    );
    inserted.execute(db).await?;
    Ok(())
}

/// The receipt of a connection that was cut.
pub(super) async fn receipt_of_connection(
    db: &mut PgConnection,
    organisation: OrganisationId,
    id: ConnectionId,
) -> sqlx::Result<Option<DisconnectionId>> {
    let found = sqlx::query_scalar!(
        "select id from disconnection where organisation_id = $1 and connection_id = $2",
        organisation.uuid(),
        id.uuid(),
    );
    Ok(found.fetch_optional(db).await?.map(DisconnectionId::from))
}

/// The receipt of a point of sale that was deleted.
pub(super) async fn receipt_of_point_of_sale(
    db: &mut PgConnection,
    organisation: OrganisationId,
    id: PointOfSaleId,
) -> sqlx::Result<Option<DisconnectionId>> {
    let found = sqlx::query_scalar!(
        "select id from disconnection where organisation_id = $1 and point_of_sale_id = $2 and point_of_sale_deleted",
        organisation.uuid(),
        id.uuid(),
    );
    Ok(found.fetch_optional(db).await?.map(DisconnectionId::from))
}

/// Without an organisation, of any: for support.
pub(super) async fn receipt(
    db: &mut PgConnection,
    organisation: Option<OrganisationId>,
    id: DisconnectionId,
) -> sqlx::Result<Option<Receipt>> {
    let found = sqlx::query!(
        r#"select d.id, d.point_of_sale_id, d.point_of_sale_name, d.point_of_sale_deleted, d.account_id,
            d.account_name, d.location_id, d.location_name, d.catalog_id, d.catalog_name, d.customer_list_id,
            d.customer_list_name, d.disconnected_at, coalesce(u.email, k.name) as requested_by,
            d.requested_by_support, d.reason, d.organisation_id,
            r.status as "revocation_status?", r.finished_at as revocation_finished_at
         from disconnection d
         left join revocation r on r.id = d.revocation_id
         left join app_user u on u.id = d.requested_by
         left join api_key k on k.id = d.requested_by_api_key
         where ($1::uuid is null or d.organisation_id = $1) and d.id = $2"#,
        organisation.map(OrganisationId::uuid),
        id.uuid(),
    );
    Ok(found.fetch_optional(db).await?.map(|row| Receipt {
        id: row.id.into(),
        organisation: row.organisation_id.into(),
        point_of_sale_id: row.point_of_sale_id.into(),
        point_of_sale_name: row.point_of_sale_name,
        point_of_sale_deleted: row.point_of_sale_deleted,
        link: row.location_id.as_deref().map(|location_id| Link {
            account: name_and_id(row.account_id.as_deref(), row.account_name.as_deref()),
            location: name_and_id(Some(location_id), row.location_name.as_deref()),
            catalog: name_and_id(row.catalog_id.as_deref(), row.catalog_name.as_deref()),
            customer_list: name_and_id(row.customer_list_id.as_deref(), row.customer_list_name.as_deref()),
        }),
        disconnected_at: row.disconnected_at,
        requested_by: row.requested_by,
        by_support: row.requested_by_support,
        reason: row.reason,
        revocation: match (row.revocation_status.as_deref(), row.revocation_finished_at) {
            (None, _) => Revocation::NotNeeded,
            (Some("confirmed"), Some(at)) => Revocation::Confirmed(at),
            (Some("superseded"), Some(at)) => Revocation::Superseded(at),
            (Some(_), _) => Revocation::Pending,
        },
    }))
}

pub(super) async fn insert_revocation(
    db: &mut PgConnection,
    id: RevocationId,
    token: &Sealed,
    digest: &Digest,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let inserted = sqlx::query!(
        "insert into revocation (id, token_key_id, token_ciphertext, token_digest, requested_at)
         values ($1, $2, $3, $4, $5)",
        id.uuid(),
        token.key_id,
        token.ciphertext,
        digest.as_bytes(),
        now,
    );
    inserted.execute(db).await?;
    Ok(())
}

/// A revocation that HubRise has not confirmed.
pub(super) struct OpenRevocation {
    pub(super) token: Sealed,
    pub(super) requested_at: DateTime<Utc>,
}

pub(super) async fn open_revocation(db: &mut PgConnection, id: RevocationId) -> sqlx::Result<Option<OpenRevocation>> {
    let found = sqlx::query!(
        r#"select token_key_id as "key_id!", token_ciphertext as "ciphertext!", requested_at
         from revocation where id = $1 and status in ('pending', 'in_flight')"#,
        id.uuid(),
    );
    Ok(found.fetch_optional(db).await?.map(|row| OpenRevocation {
        token: Sealed { key_id: row.key_id, ciphertext: row.ciphertext },
        requested_at: row.requested_at,
    }))
}

/// Pending, or in flight since before `stale` → in flight.
pub(super) async fn take_off(
    db: &mut PgConnection,
    id: RevocationId,
    now: DateTime<Utc>,
    stale: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let taken = sqlx::query!(
        "update revocation set status = 'in_flight', in_flight_since = $2, tries = tries + 1
         where id = $1 and (status = 'pending' or (status = 'in_flight' and in_flight_since <= $3))",
        id.uuid(),
        now,
        stale,
    );
    Ok(taken.execute(db).await?.rows_affected() == 1)
}

/// In flight → confirmed; the token is wiped.
pub(super) async fn confirm(db: &mut PgConnection, id: RevocationId, now: DateTime<Utc>) -> sqlx::Result<()> {
    let confirmed = sqlx::query!(
        "update revocation set status = 'confirmed', finished_at = $2, in_flight_since = null, token_key_id = null,
            token_ciphertext = null
         where id = $1 and status = 'in_flight'",
        id.uuid(),
        now,
    );
    confirmed.execute(db).await?;
    Ok(())
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

/// Every open revocation of this token → superseded; their copies of the token are wiped.
pub(super) async fn supersede(
    db: &mut PgConnection,
    token: &Digest,
    now: DateTime<Utc>,
) -> sqlx::Result<Vec<RevocationId>> {
    let superseded = sqlx::query_scalar!(
        "update revocation set status = 'superseded', finished_at = $2, in_flight_since = null, token_key_id = null,
            token_ciphertext = null
         where token_digest = $1 and status in ('pending', 'in_flight') returning id",
        token.as_bytes(),
        now,
    );
    Ok(superseded.fetch_all(db).await?.into_iter().map(RevocationId::from).collect())
}

/// Which keys the tokens to revoke are sealed under.
pub(super) async fn key_ids(db: &mut PgConnection) -> sqlx::Result<Vec<String>> {
    let found = sqlx::query_scalar!(
        r#"select distinct token_key_id as "key_id!" from revocation where token_key_id is not null"#,
    );
    found.fetch_all(db).await
}

/// Whether HubRise is being asked right now to take this token back.
pub(super) async fn is_in_flight(db: &mut PgConnection, token: &Digest, stale: DateTime<Utc>) -> sqlx::Result<bool> {
    let found = sqlx::query_scalar!(
        r#"select exists (select from revocation
            where token_digest = $1 and status = 'in_flight' and in_flight_since > $2) as "found!""#,
        token.as_bytes(),
        stale,
    );
    found.fetch_one(db).await
}
