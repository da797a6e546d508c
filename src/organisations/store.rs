//! The organisations and their members, in the database.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::Role;
use crate::{
    hubrise::AppInstanceId,
    ids::{OrganisationId, UserId},
};

#[derive(Clone, Debug)]
pub(super) struct User {
    pub(super) email: String,
    pub(super) is_support: bool,
    pub(super) has_identity: bool,
    pub(super) language: Option<String>,
    /// Those of the profile at HubRise.
    pub(super) locales: Vec<String>,
}

#[derive(Clone, Debug)]
pub(super) struct Membership {
    pub(super) organisation: OrganisationId,
    pub(super) organisation_name: String,
    pub(super) role: Role,
    /// The install at HubRise where it must be proved again, if its time is over.
    pub(super) lapsed: Option<AppInstanceId>,
    /// How many of its connections fail, and the point of sale of the one that has failed longest.
    pub(super) failing: i64,
    pub(super) failing_longest: Option<String>,
}

pub(super) async fn user(db: &mut PgConnection, id: UserId) -> sqlx::Result<Option<User>> {
    let found = sqlx::query_as!(
        User,
        r#"select u.email, u.is_support, u.language,
            i.hubrise_user_id is not null as "has_identity!", coalesce(i.locales, '{}') as "locales!"
         from app_user u left join hubrise_identity i on i.user_id = u.id where u.id = $1"#,
        id.uuid(),
    );
    found.fetch_optional(db).await
}

/// In the order of their names.
pub(super) async fn memberships(
    db: &mut PgConnection,
    user: UserId,
    now: DateTime<Utc>,
) -> sqlx::Result<Vec<Membership>> {
    let rows = sqlx::query!(
        r#"select o.id, o.name, m.role,
            case when m.expires_at <= $2 then m.app_instance_id end as "lapsed: AppInstanceId",
            (select count(*) from connection c where c.organisation_id = o.id and c.failed_since is not null)
                as "failing!",
            (select p.name from connection c join point_of_sale p on p.id = c.point_of_sale_id
                where c.organisation_id = o.id and c.failed_since is not null order by c.failed_since limit 1)
                as failing_longest
         from membership m join organisation o on o.id = m.organisation_id
         where m.user_id = $1 order by lower(o.name), o.id"#,
        user.uuid(),
        now,
    );
    let rows = rows.fetch_all(db).await?;
    Ok(rows
        .into_iter()
        .map(|row| Membership {
            organisation: row.id.into(),
            organisation_name: row.name,
            // The column's check knows no third; whoever is not a manager may look only.
            role: Role::parse(&row.role).unwrap_or(Role::Staff),
            lapsed: row.lapsed,
            failing: row.failing,
            failing_longest: row.failing_longest,
        })
        .collect())
}

/// Whether somebody manages an organisation; until the transaction ends, nobody else asks the same of them.
pub(super) async fn lock_whether_managing(db: &mut PgConnection, user: UserId) -> sqlx::Result<bool> {
    sqlx::query!("select id from app_user where id = $1 for update", user.uuid()).fetch_optional(&mut *db).await?;
    let manages = sqlx::query_scalar!(
        r#"select exists (select from membership where user_id = $1 and role = 'manager') as "manages!""#,
        user.uuid(),
    );
    manages.fetch_one(db).await
}

/// What the settings show of an organisation.
#[derive(Clone, Debug)]
pub struct Organisation {
    /// Its name.
    pub name: String,
    /// When its free trial ends, if it has one.
    pub trial_ends_at: Option<DateTime<Utc>>,
}

pub(super) async fn find_by_id(db: &mut PgConnection, id: OrganisationId) -> sqlx::Result<Option<Organisation>> {
    sqlx::query_as!(Organisation, "select name, trial_ends_at from organisation where id = $1", id.uuid())
        .fetch_optional(db)
        .await
}

pub(super) async fn insert(
    db: &mut PgConnection,
    id: OrganisationId,
    name: &str,
    trial_ends_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let inserted = sqlx::query!(
        "insert into organisation (id, name, trial_ends_at, created_at) values ($1, $2, $3, $4)",
        id.uuid(),
        name,
        trial_ends_at,
        now,
    );
    inserted.execute(db).await?;
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

/// Whether it is there; it stays until the transaction ends.
pub(super) async fn hold(db: &mut PgConnection, id: OrganisationId) -> sqlx::Result<bool> {
    let held = sqlx::query_scalar!("select id from organisation where id = $1 for key share", id.uuid());
    Ok(held.fetch_optional(db).await?.is_some())
}

/// Its name; nobody else refers to it anew until the transaction ends.
pub(super) async fn lock(db: &mut PgConnection, id: OrganisationId) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar!("select name from organisation where id = $1 for update", id.uuid()).fetch_optional(db).await
}

/// Whose memberships they were.
pub(super) async fn delete_members(db: &mut PgConnection, id: OrganisationId) -> sqlx::Result<Vec<UserId>> {
    let deleted = sqlx::query_scalar!("delete from membership where organisation_id = $1 returning user_id", id.uuid());
    Ok(deleted.fetch_all(db).await?.into_iter().map(UserId::from).collect())
}

/// With everything that refers to it.
pub(super) async fn delete(db: &mut PgConnection, id: OrganisationId) -> sqlx::Result<()> {
    sqlx::query!("delete from organisation where id = $1", id.uuid()).execute(db).await?;
    Ok(())
}

/// By id, or by name where only one has it.
pub(super) async fn find(db: &mut PgConnection, id_or_name: &str) -> sqlx::Result<Vec<OrganisationId>> {
    let found =
        sqlx::query_scalar!("select id from organisation where id::text = $1 or lower(name) = lower($1)", id_or_name,);
    Ok(found.fetch_all(db).await?.into_iter().map(OrganisationId::from).collect())
}
