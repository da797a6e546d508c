//! The organisations and their members, in the database.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::Role;
use crate::ids::{OrganisationId, UserId};

#[derive(Clone, Debug)]
pub(super) struct User {
    pub(super) email: String,
    pub(super) is_support: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Membership {
    pub(super) organisation: OrganisationId,
    pub(super) organisation_name: String,
    pub(super) role: Role,
}

pub(super) async fn user(db: &mut PgConnection, id: UserId) -> sqlx::Result<Option<User>> {
    sqlx::query_as!(User, "select email, is_support from app_user where id = $1", id.uuid()).fetch_optional(db).await
}

/// In the order of their names.
pub(super) async fn memberships(db: &mut PgConnection, user: UserId) -> sqlx::Result<Vec<Membership>> {
    let rows = sqlx::query!(
        "select o.id, o.name, m.role from membership m join organisation o on o.id = m.organisation_id
         where m.user_id = $1 order by lower(o.name), o.id",
        user.uuid(),
    );
    let rows = rows.fetch_all(db).await?;
    Ok(rows
        .into_iter()
        .map(|row| Membership {
            organisation: row.id.into(),
            organisation_name: row.name,
            // The column's check knows no third; whoever is not a manager may look only.
            role: Role::parse(&row.role).unwrap_or(Role::Staff),
        })
        .collect())
}

pub(super) async fn insert(
    db: &mut PgConnection,
    id: OrganisationId,
    name: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!("insert into organisation (id, name, created_at) values ($1, $2, $3)", id.uuid(), name, now)
        .execute(db)
        .await?;
    Ok(())
}

pub(super) async fn insert_member(
    db: &mut PgConnection,
    organisation: OrganisationId,
    user: UserId,
    role: Role,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let inserted = sqlx::query!(
        "insert into membership (organisation_id, user_id, role, created_at) values ($1, $2, $3, $4)",
        organisation.uuid(),
        user.uuid(),
        role.word(),
        now,
    );
    inserted.execute(db).await?;
    Ok(())
}

/// By id, or by name where only one has it.
pub(super) async fn find(db: &mut PgConnection, id_or_name: &str) -> sqlx::Result<Vec<OrganisationId>> {
    let found =
        sqlx::query_scalar!("select id from organisation where id::text = $1 or lower(name) = lower($1)", id_or_name,);
    Ok(found.fetch_all(db).await?.into_iter().map(OrganisationId::from).collect())
}
