//! Receipts, in the database. Read through their organisation.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Callback, OpenReceipt, Receipt, Requester, Revocation, service::Asked};
use crate::{
    connections::{Connection, Link, name_and_id},
    ids::{ConnectionId, DisconnectionId, OrganisationId, PointOfSaleId, RevocationId},
    points_of_sale::service::PointOfSale,
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

macro_rules! select_receipts {
    ($filter:literal $(, $value:expr)* $(,)?) => {
        sqlx::query_as!(
            Row,
            r#"select d.id, d.point_of_sale_id, d.point_of_sale_name, d.point_of_sale_deleted,
                d.connection_id, d.account_id, d.account_name, d.location_id, d.location_name, d.catalog_id,
                d.catalog_name, d.customer_list_id, d.customer_list_name, d.disconnected_at,
                coalesce(u.email, k.name) as requested_by, d.requested_by_support, d.reason,
                r.status as "revocation_status?", r.finished_at as revocation_finished_at,
                r.callback as "callback?", r.callback_ended_at
             from disconnection d
             left join revocation r on r.id = d.revocation_id
             left join app_user u on u.id = d.requested_by
             left join api_key k on k.id = d.requested_by_api_key
             where "# + $filter,
            $($value),*
        )
    };
}

/// A receipt as it is kept.
struct Row {
    id: Uuid,
    point_of_sale_id: Uuid,
    point_of_sale_name: String,
    point_of_sale_deleted: bool,
    connection_id: Option<Uuid>,
    account_id: Option<String>,
    account_name: Option<String>,
    location_id: Option<String>,
    location_name: Option<String>,
    catalog_id: Option<String>,
    catalog_name: Option<String>,
    customer_list_id: Option<String>,
    customer_list_name: Option<String>,
    disconnected_at: DateTime<Utc>,
    requested_by: Option<String>,
    requested_by_support: bool,
    reason: Option<String>,
    revocation_status: Option<String>,
    revocation_finished_at: Option<DateTime<Utc>>,
    callback: Option<String>,
    callback_ended_at: Option<DateTime<Utc>>,
}

impl From<Row> for Receipt {
    fn from(row: Row) -> Self {
        let revocation = Revocation::of_columns(row.revocation_status.as_deref(), row.revocation_finished_at);
        let callback = match (row.callback.as_deref(), row.callback_ended_at) {
            (Some("removed"), Some(at)) => Callback::Removed(at),
            (Some("ended"), Some(at)) => Callback::Ended(at),
            (Some("wanted"), _) if matches!(revocation, Revocation::Superseded(_)) => Callback::Kept,
            (Some("wanted"), _) => Callback::Pending,
            _ => Callback::NotNeeded,
        };
        Self {
            id: row.id.into(),
            point_of_sale_id: row.point_of_sale_id.into(),
            point_of_sale_name: row.point_of_sale_name,
            point_of_sale_deleted: row.point_of_sale_deleted,
            connection_id: row.connection_id.map(ConnectionId::from),
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
            callback,
            revocation,
        }
    }
}

pub(super) async fn receipt(
    db: &mut PgConnection,
    organisation: OrganisationId,
    id: DisconnectionId,
) -> sqlx::Result<Option<Receipt>> {
    let found = select_receipts!("d.id = $1 and d.organisation_id = $2", id.uuid(), organisation.uuid(),);
    Ok(found.fetch_optional(db).await?.map(Receipt::from))
}

/// The newest first, from after this one on.
pub(super) async fn receipts(
    db: &mut PgConnection,
    organisation: OrganisationId,
    after: Option<DisconnectionId>,
    limit: i64,
) -> sqlx::Result<Vec<Receipt>> {
    let found = select_receipts!(
        "d.organisation_id = $1 and ($2::uuid is null or d.id < $2) order by d.id desc limit $3",
        organisation.uuid(),
        after.map(DisconnectionId::uuid),
        limit,
    );
    Ok(found.fetch_all(db).await?.into_iter().map(Receipt::from).collect())
}

/// Those whose revocation HubRise has not confirmed, the newest first.
pub(super) async fn open_receipts(
    db: &mut PgConnection,
    organisation: OrganisationId,
) -> sqlx::Result<Vec<OpenReceipt>> {
    let found = sqlx::query!(
        "select d.id, d.point_of_sale_id, d.point_of_sale_name, d.location_id, d.location_name
         from disconnection d join revocation r on r.id = d.revocation_id
         where d.organisation_id = $1 and r.status in ('pending', 'in_flight') order by d.disconnected_at desc, d.id desc",
        organisation.uuid(),
    );
    let receipts = found.fetch_all(db).await?.into_iter().map(|row| OpenReceipt {
        id: row.id.into(),
        point_of_sale_id: row.point_of_sale_id.into(),
        point_of_sale_name: row.point_of_sale_name,
        location: name_and_id(row.location_id.as_deref(), row.location_name.as_deref()),
    });
    Ok(receipts.collect())
}

/// The revocations of its receipts that HubRise has not confirmed.
pub(super) async fn unfinished(db: &mut PgConnection, organisation: OrganisationId) -> sqlx::Result<Vec<RevocationId>> {
    let found = sqlx::query_scalar!(
        "select r.id from disconnection d join revocation r on r.id = d.revocation_id
         where d.organisation_id = $1 and r.status in ('pending', 'in_flight')",
        organisation.uuid(),
    );
    Ok(found.fetch_all(db).await?.into_iter().map(RevocationId::from).collect())
}

/// Deletes old receipts, but for those whose revocation HubRise has not confirmed.
pub(super) async fn purge(db: &mut PgConnection, before: DateTime<Utc>) -> sqlx::Result<()> {
    let purged = sqlx::query!(
        "delete from disconnection d where disconnected_at < $1 and not exists (select from revocation r
            where r.id = d.revocation_id and r.status in ('pending', 'in_flight'))",
        before,
    );
    purged.execute(db).await?;
    Ok(())
}
