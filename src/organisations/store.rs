//! The organisations and their members, in the database.

use std::{collections::HashMap, mem};

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, types::Json};

use super::Role;
use crate::{
    hubrise::AppInstanceId,
    ids::{BrowserId, OrganisationId, PointOfSaleId, UserId},
    secrets::Digest,
    users::SignedIn,
};

/// Somebody who is signed in, with all that the frame of a page tells.
#[derive(Clone, Debug)]
pub struct Found {
    /// What the session says of them, and of the browser; `None` where it was not asked.
    pub(super) signed_in: Option<SignedIn>,
    pub(super) browser: Option<BrowserId>,
    pub(super) user: User,
    /// In the order of their names.
    pub(super) memberships: Vec<Membership>,
    /// Whether a grant waits for the word of the session's browser.
    pub(super) grants_wait: bool,
}

#[derive(Clone, Debug)]
pub(super) struct User {
    pub(super) id: UserId,
    pub(super) email: String,
    pub(super) is_support: bool,
    /// Which epoch a session of theirs must have.
    pub(super) epoch: i32,
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
    /// Whose connections fail, the one that has failed longest first; then those whose orders are only late.
    pub(super) failing: Vec<PointOfSaleId>,
    /// Whether the orders of all of these are only late.
    pub(super) are_late: bool,
    /// Whether HubRise has not confirmed the end of one of its former connections.
    pub(super) is_revoking: bool,
}

/// One for each membership, or one without any.
struct Row {
    /// Of the session, where that was asked.
    session: Option<Vec<u8>>,
    user_id: UserId,
    email: String,
    is_support: bool,
    epoch: i32,
    language: Option<String>,
    identity: Option<String>,
    locales: Vec<String>,
    signed_in: Option<Json<SignedIn>>,
    browser: Option<BrowserId>,
    grants_wait: bool,
    organisation: Option<OrganisationId>,
    organisation_name: Option<String>,
    role: Option<String>,
    lapsed: Option<AppInstanceId>,
    failing: Option<Vec<PointOfSaleId>>,
    are_late: Option<bool>,
    is_revoking: bool,
}

macro_rules! select {
    ($session:literal, $from:literal, $filter:literal, $who:expr, $now:expr) => {
        sqlx::query_as!(
            Row,
            r#"select u.id as user_id, u.email, u.is_support, u.sign_in_epoch as epoch, u.language,
                i.hubrise_user_id as "identity?", coalesce(i.locales, '{}') as "locales!",
                o.id as "organisation?: OrganisationId", o.name as "organisation_name?", m.role as "role?",
                case when m.expires_at <= $2 then m.app_instance_id end as "lapsed: AppInstanceId",
                c.failing as "failing?: Vec<PointOfSaleId>", c.are_late as "are_late?",
                exists (select from disconnection d join revocation r on r.id = d.revocation_id
                    where d.organisation_id = o.id and r.status in ('pending', 'in_flight')) as "is_revoking!", "#
                + $session
                + " from "
                + $from
                + " left join hubrise_identity i on i.user_id = u.id
                left join membership m on m.user_id = u.id
                left join organisation o on o.id = m.organisation_id
                left join lateral (
                    select array_agg(point_of_sale_id order by is_late, since) as failing, bool_and(is_late) as are_late
                    from (select point_of_sale_id, coalesce(failed_since, no_orders_since) as since,
                            failed_since is null and events_wait as is_late
                        from connection
                        where organisation_id = o.id and (failed_since is not null or no_orders_since is not null)) f
                ) c on true
                where "
                + $filter
                + " order by lower(o.name), o.id",
            $who,
            $now,
        )
    };
}

macro_rules! select_sessions {
    ($filter:literal, $value:expr, $now:expr) => {
        select!(
            r#"s.id_digest as "session?", s.data -> 'signed_in' as "signed_in: Json<SignedIn>",
            (s.data ->> 'browser')::uuid as "browser: BrowserId",
            exists (select from pending_connection g where g.browser_id = (s.data ->> 'browser')::uuid
                and g.status = 'held' and g.expires_at > $2) as "grants_wait!""#,
            "browser_session s join app_user u on u.id = s.user_id",
            $filter,
            $value,
            $now
        )
    };
}

/// Who is signed in with each of these sessions. All of it in one statement, because every page begins with it.
pub(super) async fn signed_in(
    db: &mut PgConnection,
    sessions: &[Digest],
    now: DateTime<Utc>,
) -> sqlx::Result<HashMap<Digest, Found>> {
    // One alone is found sooner where the plan knows that it is one; of several, a subquery keeps the plan from being
    // made anew for each number of them.
    let rows = if let [session] = sessions {
        let one = select_sessions!("s.id_digest = $1 and s.expires_at > $2", session.as_bytes(), now);
        one.fetch_all(db).await?
    } else {
        let any = select_sessions!(
            "s.id_digest = any ((select $1::bytea[])::bytea[]) and s.expires_at > $2",
            &sessions.iter().map(Digest::as_bytes).collect::<Vec<_>>() as &[&[u8]],
            now
        );
        any.fetch_all(db).await?
    };
    let mut found = HashMap::new();
    for mut row in rows {
        let Some(session) = row.session.take().as_deref().and_then(Digest::stored) else { continue };
        Found::add(found.entry(session).or_insert_with(|| Found::new(&mut row)), row);
    }
    Ok(found)
}

/// The same of somebody whose session is not in the database as it is now.
pub(super) async fn find_user(db: &mut PgConnection, user: UserId, now: DateTime<Utc>) -> sqlx::Result<Option<Found>> {
    let rows = select!(
        r#"null::bytea as session, null::jsonb as "signed_in: Json<SignedIn>", null::uuid as "browser: BrowserId",
        false as "grants_wait!""#,
        "app_user u",
        "u.id = $1",
        user.uuid(),
        now
    );
    let mut found = None;
    for mut row in rows.fetch_all(db).await? {
        Found::add(found.get_or_insert_with(|| Found::new(&mut row)), row);
    }
    Ok(found)
}

impl Found {
    fn new(row: &mut Row) -> Self {
        Self {
            signed_in: row.signed_in.take().map(|Json(signed_in)| signed_in),
            browser: row.browser,
            user: User {
                id: row.user_id,
                email: mem::take(&mut row.email),
                is_support: row.is_support,
                epoch: row.epoch,
                has_identity: row.identity.is_some(),
                language: row.language.take(),
                locales: mem::take(&mut row.locales),
            },
            memberships: Vec::new(),
            grants_wait: row.grants_wait,
        }
    }

    fn add(&mut self, row: Row) {
        let (Some(id), Some(name), Some(role)) = (row.organisation, row.organisation_name, row.role) else { return };
        self.memberships.push(Membership {
            organisation: id,
            organisation_name: name,
            // The column's check knows no third; whoever is not a manager may look only.
            role: Role::parse(&role).unwrap_or(Role::Staff),
            lapsed: row.lapsed,
            failing: row.failing.unwrap_or_default(),
            are_late: row.are_late.unwrap_or_default(),
            is_revoking: row.is_revoking,
        });
    }
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

pub(super) async fn is_managed_by(db: &mut PgConnection, id: OrganisationId, user: UserId) -> sqlx::Result<bool> {
    let found = sqlx::query_scalar!(
        r#"select exists (select from membership where organisation_id = $1 and user_id = $2 and role = 'manager')
            as "managed!""#,
        id.uuid(),
        user.uuid(),
    );
    found.fetch_one(db).await
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

/// Those with this id or name.
pub(super) async fn find(db: &mut PgConnection, id_or_name: &str) -> sqlx::Result<Vec<OrganisationId>> {
    let found =
        sqlx::query_scalar!("select id from organisation where id::text = $1 or lower(name) = lower($1)", id_or_name,);
    Ok(found.fetch_all(db).await?.into_iter().map(OrganisationId::from).collect())
}
