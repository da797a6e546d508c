//! Invitations, in the database. All are read through their organisation, but for one that somebody has the secret of.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::super::invitations::Invitation;
use crate::{
    crypto::{Sealed, sealed_rows},
    ids::{InvitationId, OrganisationId, UserId},
    organisations::Role,
    secrets::Digest,
    single_use::{Cancelled, OPEN_AT_MOST},
};

pub(in crate::team) struct NewInvitation<'a> {
    pub(in crate::team) organisation: OrganisationId,
    pub(in crate::team) role: Role,
    pub(in crate::team) note: Option<&'a str>,
    pub(in crate::team) digest: &'a Digest,
    pub(in crate::team) secret: &'a Sealed,
    pub(in crate::team) by: UserId,
    pub(in crate::team) now: DateTime<Utc>,
    pub(in crate::team) expires_at: DateTime<Utc>,
}

/// `false` if the organisation has as many open ones as it may.
pub(in crate::team) async fn insert(
    db: &mut PgConnection,
    id: InvitationId,
    new: NewInvitation<'_>,
) -> sqlx::Result<bool> {
    let inserted = sqlx::query!(
        "insert into invitation (id, organisation_id, role, note, secret_digest, secret_key_id, secret_ciphertext,
            created_by, created_at, expires_at)
         select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10
         where (select count(*) from invitation where organisation_id = $2 and used_at is null and cancelled_at is null
            and expires_at > $9) < $11",
        id.uuid(),
        new.organisation.uuid(),
        new.role.word(),
        new.note,
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
    id: InvitationId,
    organisation_id: OrganisationId,
    organisation_name: String,
    role: String,
    note: Option<String>,
    created_by: Option<String>,
    maker: Option<UserId>,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    used_at: Option<DateTime<Utc>>,
    used_by: Option<String>,
    cancelled_at: Option<DateTime<Utc>>,
}

impl From<Row> for Invitation {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            organisation: row.organisation_id,
            organisation_name: row.organisation_name,
            role: Role::parse(&row.role).unwrap_or(Role::Staff),
            note: row.note,
            created_by: row.created_by,
            maker: row.maker,
            created_at: row.created_at,
            expires_at: row.expires_at,
            used_at: row.used_at,
            used_by: row.used_by,
            cancelled_at: row.cancelled_at,
        }
    }
}

macro_rules! select {
    ($filter:literal, $($value:expr),* $(,)?) => {
        sqlx::query_as!(
            Row,
            r#"select i.id, i.organisation_id, o.name as organisation_name, i.role, i.note,
                maker.email as "created_by?", i.created_by as "maker: UserId", i.created_at, i.expires_at, i.used_at, guest.email as "used_by?",
                i.cancelled_at
            from invitation i
            join organisation o on o.id = i.organisation_id
            left join app_user maker on maker.id = i.created_by
            left join app_user guest on guest.id = i.used_by "# + $filter,
            $($value),*
        )
    };
}

/// The newest first.
pub(in crate::team) async fn list(
    db: &mut PgConnection,
    organisation: OrganisationId,
) -> sqlx::Result<Vec<Invitation>> {
    let found = select!(
        "where i.organisation_id = $1
                order by (i.used_at is null and i.cancelled_at is null) desc, i.created_at desc limit 50",
        organisation.uuid()
    );
    Ok(found.fetch_all(db).await?.into_iter().map(Invitation::from).collect())
}

pub(in crate::team) async fn find(
    db: &mut PgConnection,
    organisation: OrganisationId,
    id: InvitationId,
) -> sqlx::Result<Option<Invitation>> {
    let found = select!("where i.organisation_id = $1 and i.id = $2", organisation.uuid(), id.uuid());
    Ok(found.fetch_optional(db).await?.map(Invitation::from))
}

/// By its secret, which the reader has.
pub(in crate::team) async fn by_secret(db: &mut PgConnection, secret: &Digest) -> sqlx::Result<Option<Invitation>> {
    let found = select!("where i.secret_digest = $1", secret.as_bytes());
    Ok(found.fetch_optional(db).await?.map(Invitation::from))
}

/// Of a browser that has opened it by its secret.
pub(in crate::team) async fn opened(db: &mut PgConnection, id: InvitationId) -> sqlx::Result<Option<Invitation>> {
    Ok(select!("where i.id = $1", id.uuid()).fetch_optional(db).await?.map(Invitation::from))
}

pub(in crate::team) async fn sealed_secret(db: &mut PgConnection, id: InvitationId) -> sqlx::Result<Option<Sealed>> {
    let found = sqlx::query!("select secret_key_id, secret_ciphertext from invitation where id = $1", id.uuid());
    let row = found.fetch_optional(db).await?;
    Ok(row.and_then(|row| Sealed::of_columns(row.secret_key_id, row.secret_ciphertext)))
}

/// Open → used; its secret is wiped. Of several guests at once, one gets `true`.
pub(in crate::team) async fn use_up(
    db: &mut PgConnection,
    id: InvitationId,
    user: UserId,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let updated = sqlx::query!(
        "update invitation set used_at = $2, used_by = $3, secret_key_id = null, secret_ciphertext = null
         where id = $1 and used_at is null and cancelled_at is null and expires_at > $2",
        id.uuid(),
        now,
        user.uuid(),
    );
    Ok(updated.execute(db).await?.rows_affected() == 1)
}

/// Open → cancelled; their secrets are wiped. Which they were.
pub(in crate::team) async fn cancel(
    db: &mut PgConnection,
    organisation: OrganisationId,
    which: Cancelled<InvitationId>,
    now: DateTime<Utc>,
) -> sqlx::Result<Vec<InvitationId>> {
    let (id, maker) = which.columns();
    let cancelled = sqlx::query_scalar!(
        "update invitation set cancelled_at = $4, secret_key_id = null, secret_ciphertext = null
         where organisation_id = $1 and (id = $2 or created_by = $3) and used_at is null and cancelled_at is null
         returning id",
        organisation.uuid(),
        id.map(InvitationId::uuid),
        maker.map(UserId::uuid),
        now,
    );
    Ok(cancelled.fetch_all(db).await?.into_iter().map(InvitationId::from).collect())
}

/// The organisations with open ones that somebody made.
pub(in crate::team) async fn where_open_of(db: &mut PgConnection, maker: UserId) -> sqlx::Result<Vec<OrganisationId>> {
    let found = sqlx::query_scalar!(
        "select distinct organisation_id from invitation
         where created_by = $1 and used_at is null and cancelled_at is null",
        maker.uuid(),
    );
    Ok(found.fetch_all(db).await?.into_iter().map(OrganisationId::from).collect())
}

/// Open → cancelled, whoever made them; their secrets are wiped. How many.
pub(in crate::team) async fn cancel_all(db: &mut PgConnection, now: DateTime<Utc>) -> sqlx::Result<u64> {
    let cancelled = sqlx::query!(
        "update invitation set cancelled_at = $1, secret_key_id = null, secret_ciphertext = null
         where used_at is null and cancelled_at is null",
        now,
    );
    Ok(cancelled.execute(db).await?.rows_affected())
}

sealed_rows! {
    /// The secrets of invitations that can be shown again.
    SealedInvitations, "invitation", "secret_key_id", "secret_ciphertext"
}

/// Wipes the secrets of invitations that have expired.
pub(in crate::team) async fn wipe_expired(db: &mut PgConnection, now: DateTime<Utc>) -> sqlx::Result<()> {
    let wiped = sqlx::query!(
        "update invitation set secret_key_id = null, secret_ciphertext = null
         where secret_ciphertext is not null and expires_at <= $1",
        now,
    );
    wiped.execute(db).await?;
    Ok(())
}
