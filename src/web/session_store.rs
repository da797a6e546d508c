//! Browser sessions in PostgreSQL. A session is found by the digest of its cookie: whoever reads the table cannot
//! sign in with what it holds.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::PgPool;
use time::OffsetDateTime;
use tower_sessions::{
    session::{Id, Record},
    session_store::{Error, Result, SessionStore},
};

use crate::{clock::Clock, secrets::Digest};

/// How long a browser is known where nobody is signed in. Longer than anything waits for it.
const ANONYMOUS_LIFETIME: Duration = Duration::from_hours(24);

/// The store.
#[derive(Clone, Debug)]
pub struct PgSessionStore {
    pool: PgPool,
    clock: Clock,
    lifetime: Duration,
}

/// The digest under which a session is stored.
#[must_use]
pub fn session_digest(id: Id) -> Digest {
    Digest::of(id.0.to_be_bytes())
}

impl PgSessionStore {
    /// Keeps sessions in this database, each for `lifetime` after it was last saved.
    #[must_use]
    pub const fn new(pool: PgPool, clock: Clock, lifetime: Duration) -> Self {
        Self { pool, clock, lifetime }
    }

    /// Counted on our own clock; the record's date is only for the cookie. Where nobody is signed in, there is nothing
    /// that outlives a day.
    fn expiry(&self, record: &Record) -> DateTime<Utc> {
        let is_signed_in = record.data.contains_key("signed_in");
        self.clock.now() + if is_signed_in { self.lifetime } else { self.lifetime.min(ANONYMOUS_LIFETIME) }
    }

    /// Deletes what has expired.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn purge_expired(&self) -> sqlx::Result<()> {
        let purged = sqlx::query!("delete from browser_session where expires_at <= $1", self.clock.now());
        purged.execute(&self.pool).await?;
        Ok(())
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
fn backend(error: sqlx::Error) -> Error {
    Error::Backend(error.to_string())
}

fn encode(record: &Record) -> Result<serde_json::Value> {
    serde_json::to_value(&record.data).map_err(|error| Error::Encode(error.to_string()))
}

#[async_trait]
impl SessionStore for PgSessionStore {
    /// Never writes over a session that exists: the id changes until it is new.
    async fn create(&self, record: &mut Record) -> Result<()> {
        loop {
            let digest = session_digest(record.id);
            let created = sqlx::query!(
                "insert into browser_session (id_digest, data, expires_at) values ($1, $2, $3)
                 on conflict (id_digest) do nothing",
                digest.as_bytes(),
                encode(record)?,
                self.expiry(record),
            );
            if created.execute(&self.pool).await.map_err(backend)?.rows_affected() == 1 {
                return Ok(());
            }
            record.id = Id::default();
        }
    }

    /// Saves a session that exists. One that was ended meanwhile, by a sign-out in another tab, stays ended.
    async fn save(&self, record: &Record) -> Result<()> {
        let digest = session_digest(record.id);
        let saved = sqlx::query!(
            "update browser_session set data = $2, expires_at = $3 where id_digest = $1",
            digest.as_bytes(),
            encode(record)?,
            self.expiry(record),
        );
        saved.execute(&self.pool).await.map_err(backend)?;
        Ok(())
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let digest = session_digest(*id);
        let found = sqlx::query!(
            "select data, expires_at from browser_session where id_digest = $1 and expires_at > $2",
            digest.as_bytes(),
            self.clock.now(),
        );
        let Some(row) = found.fetch_optional(&self.pool).await.map_err(backend)? else { return Ok(None) };
        let data = serde_json::from_value(row.data).map_err(|error| Error::Decode(error.to_string()))?;
        let expiry_date = OffsetDateTime::from_unix_timestamp(row.expires_at.timestamp())
            .map_err(|error| Error::Decode(error.to_string()))?;
        Ok(Some(Record { id: *id, data, expiry_date }))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        let digest = session_digest(*id);
        let deleted = sqlx::query!("delete from browser_session where id_digest = $1", digest.as_bytes(),);
        deleted.execute(&self.pool).await.map_err(backend)?;
        Ok(())
    }
}
