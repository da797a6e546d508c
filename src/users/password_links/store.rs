//! The links, in the database.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::super::EmailAddress;
use crate::{
    history::Actor,
    i18n::Language,
    ids::{PasswordLinkId, UserId},
    secrets::Digest,
};

pub(super) async fn insert(
    db: &mut PgConnection,
    id: PasswordLinkId,
    email: &EmailAddress,
    language: Language,
    expires_at: DateTime<Utc>,
) -> sqlx::Result<()> {
    let inserted = sqlx::query!(
        "insert into password_link (id, email, language, expires_at) values ($1, $2, $3, $4)",
        id.uuid(),
        email.as_str(),
        language.code(),
        expires_at,
    );
    inserted.execute(db).await?;
    Ok(())
}

/// A link that was asked for.
pub(super) struct Asked {
    pub(super) email: EmailAddress,
    pub(super) language: Language,
}

/// What is to be sent; `None` once that is over.
pub(super) async fn asked(
    db: &mut PgConnection,
    id: PasswordLinkId,
    now: DateTime<Utc>,
) -> sqlx::Result<Option<Asked>> {
    let found =
        sqlx::query!("select email, language from password_link where id = $1 and expires_at > $2", id.uuid(), now,);
    let row = found.fetch_optional(db).await?;
    Ok(row.and_then(|row| {
        Some(Asked { email: EmailAddress::parse(&row.email)?, language: Language::parse(&row.language)? })
    }))
}

/// The link is this person's, and has this secret alone from now on.
pub(super) async fn give_secret(
    db: &mut PgConnection,
    id: PasswordLinkId,
    user: UserId,
    secret: &Digest,
) -> sqlx::Result<()> {
    let given = sqlx::query!(
        "update password_link set user_id = $2, secret_digest = $3 where id = $1",
        id.uuid(),
        user.uuid(),
        secret.as_bytes(),
    );
    given.execute(db).await?;
    Ok(())
}

pub(super) async fn delete(db: &mut PgConnection, id: PasswordLinkId) -> sqlx::Result<()> {
    sqlx::query!("delete from password_link where id = $1", id.uuid()).execute(db).await?;
    Ok(())
}

/// How many there were.
pub(super) async fn delete_all(db: &mut PgConnection) -> sqlx::Result<u64> {
    Ok(sqlx::query!("delete from password_link").execute(db).await?.rows_affected())
}

pub(super) async fn by_secret(
    db: &mut PgConnection,
    secret: &Digest,
    now: DateTime<Utc>,
) -> sqlx::Result<Option<PasswordLinkId>> {
    let found = sqlx::query_scalar!(
        "select id from password_link where secret_digest = $1 and expires_at > $2",
        secret.as_bytes(),
        now,
    );
    Ok(found.fetch_optional(db).await?.map(PasswordLinkId::from))
}

/// Whose password a link chooses.
pub(super) struct Owner {
    pub(super) user: UserId,
    pub(super) email: String,
    /// Whether it was proved before that the address is theirs.
    pub(super) is_proved: bool,
    pub(super) is_support: bool,
}

impl Owner {
    /// As whom the history knows them.
    pub(super) const fn actor(&self) -> Actor {
        if self.is_support { Actor::Support(self.user) } else { Actor::Person(self.user) }
    }
}

pub(super) async fn owner(
    db: &mut PgConnection,
    id: PasswordLinkId,
    now: DateTime<Utc>,
) -> sqlx::Result<Option<Owner>> {
    let found = sqlx::query_as!(
        Owner,
        r#"select u.id as "user: UserId", u.email, u.email_proved_at is not null as "is_proved!", u.is_support
         from password_link l join app_user u on u.id = l.user_id where l.id = $1 and l.expires_at > $2"#,
        id.uuid(),
        now,
    );
    found.fetch_optional(db).await
}

/// Takes a link of this person, once, and with it all others of theirs.
pub(super) async fn use_up(
    db: &mut PgConnection,
    id: PasswordLinkId,
    owner: UserId,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let used = sqlx::query!(
        "delete from password_link where id = $1 and user_id = $2 and expires_at > $3",
        id.uuid(),
        owner.uuid(),
        now,
    );
    if used.execute(&mut *db).await?.rows_affected() != 1 {
        return Ok(false);
    }
    sqlx::query!("delete from password_link where user_id = $1", owner.uuid()).execute(db).await?;
    Ok(true)
}

/// Deletes those that are over.
pub(in crate::users) async fn purge(db: &mut PgConnection, now: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!("delete from password_link where expires_at <= $1", now).execute(db).await?;
    Ok(())
}
