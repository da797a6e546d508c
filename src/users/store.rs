//! The people, in the database.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::EmailAddress;
use crate::ids::UserId;

pub(super) struct Credentials {
    pub(super) id: UserId,
    pub(super) password_hash: String,
}

pub(super) async fn credentials(db: &mut PgConnection, email: &EmailAddress) -> sqlx::Result<Option<Credentials>> {
    sqlx::query_as!(Credentials, "select id, password_hash from app_user where email = $1", email.as_str())
        .fetch_optional(db)
        .await
}

/// `None` if the address is taken.
pub(super) async fn insert(
    db: &mut PgConnection,
    email: &EmailAddress,
    password_hash: &str,
    is_support: bool,
    now: DateTime<Utc>,
) -> sqlx::Result<Option<UserId>> {
    let inserted = sqlx::query_scalar!(
        "insert into app_user (id, email, password_hash, is_support, created_at) values ($1, $2, $3, $4, $5)
         on conflict (email) do nothing returning id",
        UserId::new().uuid(),
        email.as_str(),
        password_hash,
        is_support,
        now,
    );
    Ok(inserted.fetch_optional(db).await?.map(UserId::from))
}
