//! The points of sale, in the database. Every one is read through its organisation.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::service::PointOfSale;
use crate::ids::{OrganisationId, PointOfSaleId};

/// In the order of their names.
pub(super) async fn list(db: &mut PgConnection, organisation: OrganisationId) -> sqlx::Result<Vec<PointOfSale>> {
    let listed = sqlx::query_as!(
        PointOfSale,
        "select id, name from point_of_sale where organisation_id = $1 order by lower(name)",
        organisation.uuid(),
    );
    listed.fetch_all(db).await
}

pub(super) async fn find(
    db: &mut PgConnection,
    organisation: OrganisationId,
    id: PointOfSaleId,
) -> sqlx::Result<Option<PointOfSale>> {
    let found = sqlx::query_as!(
        PointOfSale,
        "select id, name from point_of_sale where organisation_id = $1 and id = $2",
        organisation.uuid(),
        id.uuid(),
    );
    found.fetch_optional(db).await
}

/// Keeps it from being changed or deleted by others until the transaction ends.
pub(super) async fn lock(
    db: &mut PgConnection,
    organisation: OrganisationId,
    id: PointOfSaleId,
) -> sqlx::Result<Option<PointOfSale>> {
    let found = sqlx::query_as!(
        PointOfSale,
        "select id, name from point_of_sale where organisation_id = $1 and id = $2 for update",
        organisation.uuid(),
        id.uuid(),
    );
    found.fetch_optional(db).await
}

/// The same for all of them; always in the same order, so that no two wait for each other.
pub(super) async fn lock_all(db: &mut PgConnection, organisation: OrganisationId) -> sqlx::Result<Vec<PointOfSaleId>> {
    let locked = sqlx::query_scalar!(
        "select id from point_of_sale where organisation_id = $1 order by id for update",
        organisation.uuid(),
    );
    Ok(locked.fetch_all(db).await?.into_iter().map(PointOfSaleId::from).collect())
}

/// `None` if the organisation has one of this name.
pub(super) async fn insert(
    db: &mut PgConnection,
    organisation: OrganisationId,
    name: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<Option<PointOfSaleId>> {
    let inserted = sqlx::query_scalar!(
        "insert into point_of_sale (id, organisation_id, name, created_at) values ($1, $2, $3, $4)
         on conflict (organisation_id, lower(name)) do nothing returning id",
        PointOfSaleId::new().uuid(),
        organisation.uuid(),
        name,
        now,
    );
    Ok(inserted.fetch_optional(db).await?.map(PointOfSaleId::from))
}

pub(super) async fn name_is_taken(
    db: &mut PgConnection,
    organisation: OrganisationId,
    name: &str,
) -> sqlx::Result<bool> {
    let taken = sqlx::query_scalar!(
        r#"select exists (select from point_of_sale where organisation_id = $1 and lower(name) = lower($2)) as "taken!""#,
        organisation.uuid(),
        name,
    );
    taken.fetch_one(db).await
}

pub(super) async fn delete(db: &mut PgConnection, organisation: OrganisationId, id: PointOfSaleId) -> sqlx::Result<()> {
    sqlx::query!("delete from point_of_sale where organisation_id = $1 and id = $2", organisation.uuid(), id.uuid())
        .execute(db)
        .await?;
    Ok(())
}
