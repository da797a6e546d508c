//! The API's keys, in the database.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;

use super::keys::Key;
use crate::{
    ids::{ApiKeyId, OrganisationId},
    secrets::Digest,
};

pub(super) struct NewKey<'a> {
    pub(super) organisation: OrganisationId,
    pub(super) name: &'a str,
    pub(super) digest: &'a Digest,
    pub(super) now: DateTime<Utc>,
    pub(super) expires_at: Option<DateTime<Utc>>,
}

pub(super) async fn insert_key(db: &mut PgConnection, id: ApiKeyId, new: NewKey<'_>) -> sqlx::Result<()> {
    let inserted = sqlx::query!(
        "insert into api_key (id, organisation_id, name, key_digest, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6)",
        id.uuid(),
        new.organisation.uuid(),
        new.name,
        new.digest.as_bytes(),
        new.now,
        new.expires_at,
    );
    inserted.execute(db).await?;
    Ok(())
}

pub(super) struct Used {
    pub(super) id: ApiKeyId,
    pub(super) organisation_id: OrganisationId,
    last_used_at: Option<DateTime<Utc>>,
}

/// Finds a key that is of use by its digest, and notes its use to the minute.
pub(super) async fn use_key(db: &mut PgConnection, digest: &Digest, now: DateTime<Utc>) -> sqlx::Result<Option<Used>> {
    let found = sqlx::query_as!(
        Used,
        "select id, organisation_id, last_used_at from api_key
         where key_digest = $1 and revoked_at is null and (expires_at is null or expires_at > $2)",
        digest.as_bytes(),
        now,
    );
    let Some(key) = found.fetch_optional(&mut *db).await? else { return Ok(None) };
    let before = now - TimeDelta::minutes(1);
    if key.last_used_at.is_none_or(|used| used < before) {
        // Of many calls at once, one notes it, and the others do not wait for it.
        let used = sqlx::query!(
            "update api_key set last_used_at = $2 where id = (
                select id from api_key where id = $1 and (last_used_at is null or last_used_at < $3)
                for no key update skip locked)",
            key.id.uuid(),
            now,
            before,
        );
        used.execute(db).await?;
    }
    Ok(Some(key))
}

pub(super) async fn keys(db: &mut PgConnection, organisation: Option<OrganisationId>) -> sqlx::Result<Vec<Key>> {
    let found = sqlx::query_as!(
        Key,
        "select k.id, k.organisation_id as organisation, o.name as organisation_name, k.name, k.created_at,
            k.last_used_at, k.expires_at, k.revoked_at
         from api_key k join organisation o on o.id = k.organisation_id
         where $1::uuid is null or k.organisation_id = $1
         order by o.name, o.id, k.created_at, k.id",
        organisation.map(OrganisationId::uuid),
    );
    found.fetch_all(db).await
}

/// The name of the one that is revoked by this.
pub(super) async fn revoke(
    db: &mut PgConnection,
    organisation: OrganisationId,
    id: ApiKeyId,
    now: DateTime<Utc>,
) -> sqlx::Result<Option<String>> {
    let revoked = sqlx::query_scalar!(
        "update api_key set revoked_at = $3 where organisation_id = $1 and id = $2 and revoked_at is null returning name",
        organisation.uuid(),
        id.uuid(),
        now,
    );
    revoked.fetch_optional(db).await
}
