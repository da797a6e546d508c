//! Connections that something is wrong with, over everybody, some at a time: what has been wrong longest comes last.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::search::Row;
use crate::ids::{ConnectionId, DisconnectionId, OrganisationId, RevocationId};

/// Where the next page begins: after this time, and among the same time's, after this id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Place {
    pub(in super::super) at: DateTime<Utc>,
    pub(in super::super) id: Uuid,
}

/// How many there are, up to a hundred of each.
pub(in super::super) struct Counts {
    pub(in super::super) failing: i64,
    pub(in super::super) no_orders: i64,
    pub(in super::super) unreachable: i64,
    pub(in super::super) overdue: i64,
    pub(in super::super) alarms: i64,
}

pub(in super::super) async fn counts(db: &mut PgConnection, overdue: DateTime<Utc>) -> sqlx::Result<Counts> {
    let counted = sqlx::query_as!(
        Counts,
        r#"select
            (select count(*) from (select from connection where failed_since is not null limit 100) c) as "failing!",
            (select count(*) from (select from connection
                where failed_since is null and no_orders_since is not null limit 100) c) as "no_orders!",
            (select count(*) from (select from connection where failed_since is null and no_orders_since is null
                and unreachable_since is not null limit 100) c) as "unreachable!",
            (select count(*) from (select from revocation
                where status in ('pending', 'in_flight') and requested_at <= $1 limit 100) r) as "overdue!",
            (select count(*) from (select from alarm where ended_at is null limit 100) a) as "alarms!""#,
        overdue,
    );
    counted.fetch_one(db).await
}

macro_rules! connections {
    ($since:literal, $filter:literal, $db:expr, $after:expr, $limit:expr) => {
        sqlx::query_as!(
            Row,
            r#"select o.id as organisation, o.name as organisation_name, p.name, c.id as "connection?: ConnectionId",
                c.account_id as "account_id?", c.account_name, c.location_id as "location_id?", c.location_name,
                c.verified_at as "verified_at?", c.failed_since, c.failure, c.unreachable_since, c.unexpected_since,
                c.no_orders_since, c.events_wait
             from connection c join organisation o on o.id = c.organisation_id
             join point_of_sale p on p.id = c.point_of_sale_id where "#
                + $filter
                + " and ($1::timestamptz is null or (c."
                + $since
                + ", c.id) < ($1, $2::uuid)) order by c."
                + $since
                + " desc, c.id desc limit $3",
            $after.map(|place| place.at),
            $after.map(|place| place.id),
            $limit,
        )
        .fetch_all($db)
        .await
    };
}

/// Those that HubRise refuses.
pub(in super::super) async fn failing(
    db: &mut PgConnection,
    after: Option<Place>,
    limit: i64,
) -> sqlx::Result<Vec<Row>> {
    connections!("failed_since", "c.failed_since is not null", db, after, limit)
}

/// Those that HubRise does not refuse, and to which it sends nothing.
pub(in super::super) async fn no_orders(
    db: &mut PgConnection,
    after: Option<Place>,
    limit: i64,
) -> sqlx::Result<Vec<Row>> {
    connections!("no_orders_since", "c.failed_since is null and c.no_orders_since is not null", db, after, limit)
}

/// Those for which HubRise does not answer, and of which nothing graver is known.
pub(in super::super) async fn unreachable(
    db: &mut PgConnection,
    after: Option<Place>,
    limit: i64,
) -> sqlx::Result<Vec<Row>> {
    connections!(
        "unreachable_since",
        "c.failed_since is null and c.no_orders_since is null and c.unreachable_since is not null",
        db,
        after,
        limit
    )
}

/// A revocation that HubRise does not confirm.
pub(in super::super) struct Overdue {
    pub(in super::super) revocation: RevocationId,
    pub(in super::super) requested_at: DateTime<Utc>,
    pub(in super::super) tries: i32,
    /// The receipt; a grant that nobody confirmed has none.
    pub(in super::super) receipt: Option<DisconnectionId>,
    pub(in super::super) connection: Option<ConnectionId>,
    pub(in super::super) organisation: Option<OrganisationId>,
    pub(in super::super) organisation_name: Option<String>,
    pub(in super::super) point_of_sale_name: Option<String>,
    pub(in super::super) location_id: Option<String>,
    pub(in super::super) location_name: Option<String>,
}

/// Those asked for before `overdue`.
pub(in super::super) async fn overdue(
    db: &mut PgConnection,
    overdue: DateTime<Utc>,
    after: Option<Place>,
    limit: i64,
) -> sqlx::Result<Vec<Overdue>> {
    let found = sqlx::query_as!(
        Overdue,
        r#"select r.id as revocation, r.requested_at, r.tries, d.id as "receipt?: DisconnectionId",
            d.connection_id as "connection: ConnectionId", o.id as "organisation?: OrganisationId",
            o.name as "organisation_name?", d.point_of_sale_name as "point_of_sale_name?", d.location_id, d.location_name
         from revocation r left join disconnection d on d.revocation_id = r.id
         left join organisation o on o.id = d.organisation_id
         where r.status in ('pending', 'in_flight') and r.requested_at <= $1
            and ($2::timestamptz is null or (r.requested_at, r.id) < ($2, $3::uuid))
         order by r.requested_at desc, r.id desc limit $4"#,
        overdue,
        after.map(|place| place.at),
        after.map(|place| place.id),
        limit,
    );
    found.fetch_all(db).await
}
