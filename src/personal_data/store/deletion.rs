//! What a deletion must know before it begins, and what is left of it.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    ids::{OrganisationId, RevocationId},
    secrets::Digest,
};

/// Every token that an organisation holds, be it for a connection, or for what may become one.
pub(in super::super) async fn tokens(db: &mut PgConnection, organisation: OrganisationId) -> sqlx::Result<Vec<Digest>> {
    let found = sqlx::query_scalar!(
        r#"select token_digest as "digest!" from connection where organisation_id = $1
         union select token_digest from pending_connection where organisation_id = $1 and status = 'held'
         union select grant_digest from authorisation_attempt where organisation_id = $1 and status = 'granted'"#,
        organisation.uuid(),
    );
    Ok(found.fetch_all(db).await?.iter().filter_map(|digest| Digest::stored(digest)).collect())
}

/// The tokens of which calls are noted: those of its connections and of its receipts. One that serves somebody else by
/// now is theirs.
pub(in super::super) async fn noted_tokens(
    db: &mut PgConnection,
    organisation: OrganisationId,
) -> sqlx::Result<Vec<Digest>> {
    let found = sqlx::query_scalar!(
        r#"select r.token_digest as "digest!" from disconnection d join revocation r on r.id = d.revocation_id
            where d.organisation_id = $1
                and not exists (select from connection c where c.token_digest = r.token_digest)
         union select token_digest from connection where organisation_id = $1"#,
        organisation.uuid(),
    );
    Ok(found.fetch_all(db).await?.iter().filter_map(|digest| Digest::stored(digest)).collect())
}

/// How much there is, for whoever is about to delete it.
#[derive(Clone, Debug)]
pub(in super::super) struct Counts {
    pub(in super::super) connections: i64,
    pub(in super::super) points_of_sale: i64,
    /// People who belong nowhere else.
    pub(in super::super) leaving: i64,
    /// People who belong elsewhere too, or are of TicknCook's support.
    pub(in super::super) staying: i64,
    pub(in super::super) receipts: i64,
    pub(in super::super) entries: i64,
    pub(in super::super) events: i64,
}

pub(in super::super) async fn counts(db: &mut PgConnection, organisation: OrganisationId) -> sqlx::Result<Counts> {
    let found = sqlx::query_as!(
        Counts,
        r#"with people as (
            select u.is_support or exists (select from membership o
                where o.user_id = u.id and o.organisation_id <> $1) as stays
            from membership m join app_user u on u.id = m.user_id where m.organisation_id = $1)
         select (select count(*) from connection where organisation_id = $1) as "connections!",
            (select count(*) from point_of_sale where organisation_id = $1) as "points_of_sale!",
            (select count(*) from people where not stays) as "leaving!",
            (select count(*) from people where stays) as "staying!",
            (select count(*) from disconnection where organisation_id = $1) as "receipts!",
            (select count(*) from history_entry where organisation_id = $1) as "entries!",
            (select count(*) from hubrise_event where organisation_id = $1) as "events!""#,
        organisation.uuid(),
    );
    found.fetch_one(db).await
}

/// What is left of an organisation.
pub(in super::super) struct NewRecord<'a> {
    pub(in super::super) organisation: OrganisationId,
    pub(in super::super) way: &'a str,
    pub(in super::super) connections: i32,
    pub(in super::super) revocations: &'a [RevocationId],
    pub(in super::super) secret: &'a Digest,
    pub(in super::super) now: DateTime<Utc>,
}

pub(in super::super) async fn insert(db: &mut PgConnection, new: NewRecord<'_>) -> sqlx::Result<()> {
    let revocations: Vec<_> = new.revocations.iter().map(|id| id.uuid()).collect();
    let inserted = sqlx::query!(
        "insert into organisation_deletion (id, deleted_at, way, connections, revocations, secret_digest)
         values ($1, $2, $3, $4, $5, $6)",
        new.organisation.uuid(),
        new.now,
        new.way,
        new.connections,
        &revocations,
        new.secret.as_bytes(),
    );
    inserted.execute(db).await?;
    Ok(())
}

/// A deletion that was done.
#[derive(Clone, Debug)]
pub(in super::super) struct Record {
    pub(in super::super) id: Uuid,
    pub(in super::super) deleted_at: DateTime<Utc>,
    pub(in super::super) connections: i32,
    pub(in super::super) revocations: Vec<Uuid>,
}

/// By the secret in the address of its page.
pub(in super::super) async fn by_secret(db: &mut PgConnection, secret: &Digest) -> sqlx::Result<Option<Record>> {
    let found = sqlx::query_as!(
        Record,
        "select id, deleted_at, connections, revocations from organisation_deletion where secret_digest = $1",
        secret.as_bytes(),
    );
    found.fetch_optional(db).await
}

/// When an organisation was deleted.
pub(in super::super) async fn deleted_at(
    db: &mut PgConnection,
    organisation: OrganisationId,
) -> sqlx::Result<Option<DateTime<Utc>>> {
    let found = sqlx::query_scalar!("select deleted_at from organisation_deletion where id = $1", organisation.uuid());
    found.fetch_optional(db).await
}

/// Forgets the deletions from before then whose revocations have all ended.
pub(in super::super) async fn purge(db: &mut PgConnection, before: DateTime<Utc>) -> sqlx::Result<()> {
    let purged = sqlx::query!(
        "delete from organisation_deletion o where deleted_at < $1 and not exists (select from revocation r
            where r.id = any(o.revocations) and r.status in ('pending', 'in_flight'))",
        before,
    );
    purged.execute(db).await?;
    Ok(())
}
