//! The API's keys: shown once, when they are made; kept as a digest; of no use any more once they expire or are
//! revoked.

use anyhow::{Context, Result, bail};
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};

use super::store;
use crate::{
    app::App,
    database,
    history::{self, Action, Actor},
    ids::{ApiKeyId, OrganisationId},
    secrets::{Digest, random_secret},
};

/// Tells a key of ours apart from other secrets, to people and to secret scanners.
const PREFIX: &str = "tnc_";

/// A key, without itself.
#[derive(Clone, Debug)]
pub struct Key {
    /// Its id.
    pub id: ApiKeyId,
    /// The organisation that it acts for.
    pub organisation: OrganisationId,
    /// That one's name.
    pub organisation_name: String,
    /// What it is for.
    pub name: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it ends; never, without.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
}

impl Key {
    /// Whether its time is over.
    #[must_use]
    pub fn has_expired(&self, now: DateTime<Utc>) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }
}

/// Makes a key that acts for one organisation until it is revoked, or for so long at most. This is the only time that
/// it can be read.
///
/// # Errors
/// When the name is not one, or the database refuses.
pub async fn add_key(
    app: &App,
    organisation: OrganisationId,
    name: &str,
    lifetime: Option<TimeDelta>,
) -> Result<SecretString> {
    let name = name.trim();
    if !(1..=120).contains(&name.chars().count()) {
        bail!("a key's name has 1 to 120 characters");
    }
    let key = SecretString::from(format!("{PREFIX}{}", random_secret().expose_secret()));
    let (id, digest, now) = (ApiKeyId::new(), Digest::of(key.expose_secret()), app.clock.now());
    let new = store::NewKey { organisation, name, digest: &digest, now, expires_at: lifetime.map(|time| now + time) };
    let mut transaction = database::begin(&app.db).await?;
    store::insert_key(&mut transaction, id, new).await?;
    let added = history::Entry::new(organisation, Actor::System, Action::ApiKeyAdded).on(id, name);
    history::record(&mut transaction, added, now).await?;
    transaction.commit().await?;
    Ok(key)
}

/// The keys that act for an organisation, or for any of them, by their age; those that were revoked or have expired,
/// too.
///
/// # Errors
/// When the database does not answer.
pub async fn list(app: &App, organisation: Option<OrganisationId>) -> Result<Vec<Key>> {
    store::keys(&mut *app.db.acquire().await?, organisation).await.context("cannot list the keys of the API")
}

/// Has a key of the organisation be of no use any more, from the next call on. `false` if there is none that was not
/// revoked before.
///
/// # Errors
/// When the database does not answer.
pub async fn revoke(app: &App, organisation: OrganisationId, id: ApiKeyId, by: Actor) -> Result<bool> {
    let now = app.clock.now();
    let mut transaction = database::begin(&app.db).await?;
    let Some(name) = store::revoke(&mut transaction, organisation, id, now).await? else { return Ok(false) };
    let revoked = history::Entry::new(organisation, by, Action::ApiKeyRevoked).on(id, &name);
    history::record(&mut transaction, revoked, now).await?;
    transaction.commit().await?;
    tracing::info!(key = %id, "a key of the API was revoked");
    Ok(true)
}
