//! What happened to a connection or in a restaurant, each kind the newest first and no more than `limit` of it.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::ids::{ConnectionId, OrganisationId, PointOfSaleId};

/// A trip to HubRise.
#[derive(Clone, Debug)]
pub(in super::super) struct Attempt {
    pub(in super::super) id: Uuid,
    pub(in super::super) purpose: String,
    pub(in super::super) status: String,
    pub(in super::super) failure: Option<String>,
    /// The point of sale in the way, where it is this organisation's and still there.
    pub(in super::super) obstacle: Option<String>,
    pub(in super::super) person: Option<String>,
    pub(in super::super) connection: Option<ConnectionId>,
    pub(in super::super) organisation: Option<OrganisationId>,
    pub(in super::super) created_at: DateTime<Utc>,
    pub(in super::super) expires_at: DateTime<Utc>,
    pub(in super::super) finished_at: Option<DateTime<Utc>>,
}

macro_rules! attempts {
    ($filter:literal $(, $value:expr)* $(,)?) => {
        sqlx::query_as!(
            Attempt,
            r#"select a.id, a.purpose, a.status, a.failure, p.name as "obstacle?", u.email as "person?",
                a.connection_id as "connection: ConnectionId", a.organisation_id as "organisation: OrganisationId",
                a.created_at, a.expires_at, a.finished_at
             from authorisation_attempt a
             left join point_of_sale p on p.id = a.obstacle_point_of_sale_id and p.organisation_id = a.organisation_id
             left join app_user u on u.id = a.user_id "#
                + $filter,
            $($value),*
        )
    };
}

/// Those that made or repaired a connection, or were to, and those for its point of sale.
pub(in super::super) async fn attempts(
    db: &mut PgConnection,
    organisation: OrganisationId,
    connection: ConnectionId,
    point_of_sale: PointOfSaleId,
    before: DateTime<Utc>,
    limit: i64,
) -> sqlx::Result<Vec<Attempt>> {
    let found = attempts!(
        "where a.id in (
            select id from authorisation_attempt where organisation_id = $1
                and (connection_id = $2 or reconnects = $2 or point_of_sale_id = $3)
            union select id from authorisation_attempt where connection_id = $2
            union select t.id from authorisation_attempt t
                join pending_connection w on w.id = t.pending_connection_id
                where w.connection_id = $2 and t.organisation_id = $1)
            and a.created_at < $4 order by a.created_at desc limit $5",
        organisation.uuid(),
        connection.uuid(),
        point_of_sale.uuid(),
        before,
        limit,
    );
    found.fetch_all(db).await
}

/// An organisation's.
pub(in super::super) async fn attempts_of_organisation(
    db: &mut PgConnection,
    organisation: OrganisationId,
    limit: i64,
) -> sqlx::Result<Vec<Attempt>> {
    attempts!("where a.organisation_id = $1 order by a.created_at desc limit $2", organisation.uuid(), limit)
        .fetch_all(db)
        .await
}

/// By its id.
pub(in super::super) async fn attempt(db: &mut PgConnection, id: Uuid) -> sqlx::Result<Option<Attempt>> {
    attempts!("where a.id = $1", id).fetch_optional(db).await
}

/// A grant that waited for a person's word.
#[derive(Clone, Debug)]
pub(in super::super) struct Grant {
    pub(in super::super) status: String,
    pub(in super::super) failure: Option<String>,
    pub(in super::super) location_id: String,
    pub(in super::super) location_name: Option<String>,
    pub(in super::super) organisation: Option<OrganisationId>,
    pub(in super::super) created_at: DateTime<Utc>,
    pub(in super::super) finished_at: Option<DateTime<Utc>>,
}

macro_rules! grants {
    ($filter:literal $(, $value:expr)* $(,)?) => {
        sqlx::query_as!(
            Grant,
            r#"select status, failure, location_id, location_name, organisation_id as "organisation: OrganisationId",
                created_at, finished_at
             from pending_connection "#
                + $filter,
            $($value),*
        )
    };
}

/// Those that became a connection, or were to repair it.
pub(in super::super) async fn grants(
    db: &mut PgConnection,
    connection: ConnectionId,
    before: DateTime<Utc>,
    limit: i64,
) -> sqlx::Result<Vec<Grant>> {
    let found = grants!(
        "where (connection_id = $1 or reconnects = $1) and created_at < $2 order by created_at desc limit $3",
        connection.uuid(),
        before,
        limit,
    );
    found.fetch_all(db).await
}

/// By its id.
pub(in super::super) async fn grant(db: &mut PgConnection, id: Uuid) -> sqlx::Result<Option<Grant>> {
    grants!("where id = $1", id).fetch_optional(db).await
}

/// Something that HubRise sent; never its body.
#[derive(Clone, Debug)]
pub(in super::super) struct Event {
    pub(in super::super) event_id: String,
    pub(in super::super) resource_type: Option<String>,
    pub(in super::super) event_type: Option<String>,
    pub(in super::super) status: String,
    pub(in super::super) times: i32,
    pub(in super::super) received_at: DateTime<Utc>,
    pub(in super::super) finished_at: Option<DateTime<Utc>>,
}

pub(in super::super) async fn events(
    db: &mut PgConnection,
    connection: ConnectionId,
    before: DateTime<Utc>,
    limit: i64,
) -> sqlx::Result<Vec<Event>> {
    let found = sqlx::query_as!(
        Event,
        "select event_id, resource_type, event_type, status, times, received_at, finished_at from hubrise_event
         where connection_id = $1 and received_at < $2 order by received_at desc limit $3",
        connection.uuid(),
        before,
        limit,
    );
    found.fetch_all(db).await
}

/// A receipt of an organisation's.
#[derive(Clone, Debug)]
pub(in super::super) struct Receipt {
    pub(in super::super) id: Uuid,
    pub(in super::super) connection: Option<ConnectionId>,
    pub(in super::super) point_of_sale_name: String,
    pub(in super::super) disconnected_at: DateTime<Utc>,
}

pub(in super::super) async fn receipts(
    db: &mut PgConnection,
    organisation: OrganisationId,
    limit: i64,
) -> sqlx::Result<Vec<Receipt>> {
    let found = sqlx::query_as!(
        Receipt,
        r#"select id, connection_id as "connection: ConnectionId", point_of_sale_name, disconnected_at
         from disconnection where organisation_id = $1 order by disconnected_at desc limit $2"#,
        organisation.uuid(),
        limit,
    );
    found.fetch_all(db).await
}
