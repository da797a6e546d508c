//! The API's keys, in the database.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;

use crate::{
    ids::{ApiKeyId, OrganisationId},
    secrets::Digest,
};

pub(super) async fn insert_key(
    db: &mut PgConnection,
    id: ApiKeyId,
    organisation: OrganisationId,
    name: &str,
    digest: &Digest,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let inserted = sqlx::query!(
        "insert into api_key (id, organisation_id, name, key_digest, created_at) values ($1, $2, $3, $4, $5)",
        id.uuid(),
        organisation.uuid(),
        name,
        digest.as_bytes(),
        now,
    );
    inserted.execute(db).await?;
    Ok(())
}

pub(super) struct Key {
    pub(super) id: ApiKeyId,
    pub(super) organisation_id: OrganisationId,
}

/// Finds a key by its digest, and notes its use to the minute.
pub(super) async fn use_key(db: &mut PgConnection, digest: &Digest, now: DateTime<Utc>) -> sqlx::Result<Option<Key>> {
    let found =
        sqlx::query_as!(Key, "select id, organisation_id from api_key where key_digest = $1", digest.as_bytes(),);
    let found = found.fetch_optional(&mut *db).await?;
    if let Some(key) = &found {
        let used = sqlx::query!(
            "update api_key set last_used_at = $2 where id = $1 and (last_used_at is null or last_used_at < $3)",
            key.id.uuid(),
            now,
            now - TimeDelta::minutes(1),
        );
        used.execute(db).await?;
    }
    Ok(found)
}
