//! The members, in the database, read through their organisation.

pub(super) mod invitations;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{belonging::Belonging, service::Member};
use crate::{
    hubrise::AppInstanceId,
    ids::{OrganisationId, UserId},
    organisations::Role,
};

/// Managers first, then by address.
pub(super) async fn members(db: &mut PgConnection, organisation: OrganisationId) -> sqlx::Result<Vec<Member>> {
    let rows = sqlx::query!(
        r#"select m.user_id, u.email, coalesce(u.name, i.name) as name, m.role, m.created_at,
            m.source = 'hubrise' as "by_hubrise!", m.expires_at, u.password_hash is not null as "has_password!",
            i.hubrise_user_id is not null as "has_identity!",
            greatest(m.verified_at, case when m.source = 'organisation' then u.password_verified_at end,
                case when m.source = 'organisation' then i.proved_at end) as verified_at
         from membership m
         join app_user u on u.id = m.user_id
         left join hubrise_identity i on i.user_id = u.id
         where m.organisation_id = $1
         order by m.role, u.email"#,
        organisation.uuid(),
    );
    let rows = rows.fetch_all(db).await?;
    Ok(rows
        .into_iter()
        .map(|row| Member {
            user: row.user_id.into(),
            email: row.email,
            name: row.name,
            // The column's check knows no third; whoever is not a manager may look only.
            role: Role::parse(&row.role).unwrap_or(Role::Staff),
            since: row.created_at,
            by_hubrise: row.by_hubrise,
            expires_at: row.expires_at,
            has_password: row.has_password,
            has_identity: row.has_identity,
            verified_at: row.verified_at,
        })
        .collect())
}

/// What somebody belongs to, in the order of the names.
pub(super) async fn belongings(db: &mut PgConnection, user: UserId) -> sqlx::Result<Vec<Belonging>> {
    let rows = sqlx::query!(
        r#"select o.id, o.name, m.role, m.created_at,
            array(select u.email from membership others join app_user u on u.id = others.user_id
                where others.organisation_id = o.id and others.user_id <> $1 order by others.role, u.email) as "others!"
         from membership m join organisation o on o.id = m.organisation_id
         where m.user_id = $1
         order by lower(o.name), o.id"#,
        user.uuid(),
    );
    let rows = rows.fetch_all(db).await?;
    Ok(rows
        .into_iter()
        .map(|row| Belonging {
            organisation: row.id.into(),
            name: row.name,
            role: Role::parse(&row.role).unwrap_or(Role::Staff),
            since: row.created_at,
            others: row.others,
        })
        .collect())
}

pub(super) async fn delete(db: &mut PgConnection, organisation: OrganisationId, user: UserId) -> sqlx::Result<()> {
    let deleted = sqlx::query!(
        "delete from membership where organisation_id = $1 and user_id = $2",
        organisation.uuid(),
        user.uuid(),
    );
    deleted.execute(db).await?;
    Ok(())
}

/// From now on only a new invitation lets this person in, whatever account they come with.
pub(super) async fn bar(
    db: &mut PgConnection,
    organisation: OrganisationId,
    user: UserId,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let barred = sqlx::query!(
        "insert into removed_member (organisation_id, user_id, hubrise_user_id, email_digest, removed_at)
         values ($1, $2, (select hubrise_user_id from hubrise_identity where user_id = $2),
             (select sha256(convert_to(email, 'UTF8')) from app_user where id = $2), $3)
         on conflict (user_id, organisation_id) do update set removed_at = $3, email_digest = excluded.email_digest,
             hubrise_user_id = coalesce(excluded.hubrise_user_id, removed_member.hubrise_user_id)",
        organisation.uuid(),
        user.uuid(),
        now,
    );
    barred.execute(db).await?;
    Ok(())
}

pub(super) async fn unbar(db: &mut PgConnection, organisation: OrganisationId, user: UserId) -> sqlx::Result<()> {
    let unbarred = sqlx::query!(
        "delete from removed_member where organisation_id = $1 and (user_id = $2
            or hubrise_user_id = (select hubrise_user_id from hubrise_identity where user_id = $2)
            or email_digest = (select sha256(convert_to(email, 'UTF8')) from app_user where id = $2))",
        organisation.uuid(),
        user.uuid(),
    );
    unbarred.execute(db).await?;
    Ok(())
}

/// When this person was removed: by this account, as the same user of HubRise, or under the same address.
pub(super) async fn barred_at(
    db: &mut PgConnection,
    organisation: OrganisationId,
    user: UserId,
) -> sqlx::Result<Option<DateTime<Utc>>> {
    let found = sqlx::query_scalar!(
        "select max(removed_at) from removed_member where organisation_id = $1 and (user_id = $2
            or hubrise_user_id = (select hubrise_user_id from hubrise_identity where user_id = $2)
            or email_digest = (select sha256(convert_to(email, 'UTF8')) from app_user where id = $2))",
        organisation.uuid(),
        user.uuid(),
    );
    found.fetch_one(db).await
}

/// Access by a role at HubRise: `true` if it is new, rather than proved again. Access that somebody of the organisation
/// gave stays as it is.
pub(super) async fn admit(
    db: &mut PgConnection,
    organisation: OrganisationId,
    user: UserId,
    app_instance: &AppInstanceId,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let admitted = sqlx::query_scalar!(
        r#"insert into membership as known (organisation_id, user_id, role, created_at, source, verified_at, expires_at,
            app_instance_id)
         values ($1, $2, 'staff', $3, 'hubrise', $3, $4, $5)
         on conflict (user_id, organisation_id) do update set verified_at = $3, expires_at = $4, app_instance_id = $5
         where known.source = 'hubrise'
         returning (xmax = 0) as "is_new!""#,
        organisation.uuid(),
        user.uuid(),
        now,
        expires_at,
        app_instance.as_str(),
    );
    Ok(admitted.fetch_optional(db).await?.unwrap_or(false))
}

/// Who was let in by one install proves themselves at another from now on.
pub(super) async fn follow_install(
    db: &mut PgConnection,
    organisation: OrganisationId,
    former: &AppInstanceId,
    install: &AppInstanceId,
) -> sqlx::Result<()> {
    let following = sqlx::query!(
        "update membership set app_instance_id = $3 where organisation_id = $1 and app_instance_id = $2",
        organisation.uuid(),
        former.as_str(),
        install.as_str(),
    );
    following.execute(db).await?;
    Ok(())
}

/// Roles at installs that no connection has are to be proved at this one.
pub(super) async fn install_is_new(
    db: &mut PgConnection,
    organisation: OrganisationId,
    install: &AppInstanceId,
) -> sqlx::Result<()> {
    let moved = sqlx::query!(
        "update membership m set app_instance_id = $2
         where m.organisation_id = $1 and m.source = 'hubrise'
            and not exists (select from connection c where c.app_instance_id = m.app_instance_id)",
        organisation.uuid(),
        install.as_str(),
    );
    moved.execute(db).await?;
    Ok(())
}

/// Roles at an install that is gone are proved again at another of the organisation's. Where there is none, they last
/// as long as they would have: there is nowhere to send them.
pub(super) async fn install_is_gone(
    db: &mut PgConnection,
    organisation: OrganisationId,
    install: &AppInstanceId,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let lapsed = sqlx::query!(
        "update membership m set expires_at = least(m.expires_at, $3), app_instance_id = other.app_instance_id
         from (select app_instance_id from connection where organisation_id = $1 and app_instance_id is not null
            order by connected_at limit 1) other
         where m.organisation_id = $1 and m.app_instance_id = $2 and m.source = 'hubrise'",
        organisation.uuid(),
        install.as_str(),
        now,
    );
    lapsed.execute(db).await?;
    Ok(())
}

/// Access that somebody of the organisation gives; a manager stays one.
pub(super) async fn give(
    db: &mut PgConnection,
    organisation: OrganisationId,
    user: UserId,
    role: Role,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let given = sqlx::query!(
        "insert into membership as known (organisation_id, user_id, role, created_at) values ($1, $2, $3, $4)
         on conflict (user_id, organisation_id) do update set source = 'organisation', verified_at = null,
             expires_at = null, app_instance_id = null,
             role = case when known.role = 'manager' then known.role else $3 end",
        organisation.uuid(),
        user.uuid(),
        role.word(),
        now,
    );
    given.execute(db).await?;
    Ok(())
}

/// Ends all access by roles at HubRise until it is proved again. Whether there was any.
pub(super) async fn lapse(
    db: &mut PgConnection,
    organisation: OrganisationId,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let lapsed = sqlx::query!(
        "update membership set expires_at = $2 where organisation_id = $1 and source = 'hubrise' and expires_at > $2",
        organisation.uuid(),
        now,
    );
    Ok(lapsed.execute(db).await?.rows_affected() > 0)
}

/// How somebody belongs to an organisation now: their role, and whether it must be proved at HubRise.
pub(super) async fn standing(
    db: &mut PgConnection,
    organisation: OrganisationId,
    user: UserId,
) -> sqlx::Result<Option<(Role, bool)>> {
    let found = sqlx::query!(
        r#"select role, source = 'hubrise' as "by_hubrise!" from membership where organisation_id = $1 and user_id = $2"#,
        organisation.uuid(),
        user.uuid(),
    );
    let row = found.fetch_optional(db).await?;
    Ok(row.map(|row| (Role::parse(&row.role).unwrap_or(Role::Staff), row.by_hubrise)))
}

/// Forgets who was removed before `removed`, and the invitations that were of no use from `expired` on.
pub(super) async fn purge(db: &mut PgConnection, removed: DateTime<Utc>, expired: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!("delete from removed_member where removed_at < $1", removed).execute(&mut *db).await?;
    sqlx::query!("delete from invitation where expires_at < $1", expired).execute(db).await?;
    Ok(())
}

/// Deletes access by roles at HubRise that ended before `before`.
pub(super) async fn purge_lapsed(db: &mut PgConnection, before: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!("delete from membership where source = 'hubrise' and expires_at < $1", before).execute(db).await?;
    Ok(())
}

/// Every role at HubRise is to be proved again. How many.
pub(super) async fn lapse_all(db: &mut PgConnection, now: DateTime<Utc>) -> sqlx::Result<u64> {
    let lapsed =
        sqlx::query!("update membership set expires_at = $1 where source = 'hubrise' and expires_at > $1", now);
    Ok(lapsed.execute(db).await?.rows_affected())
}
