//! The API's keys: shown once, when they are made; kept as a digest.

use anyhow::{Result, bail};
use secrecy::{ExposeSecret, SecretString};

use super::store;
use crate::{
    app::App,
    history::{self, Action, Actor},
    ids::{ApiKeyId, OrganisationId},
    secrets::{Digest, random_secret},
};

/// Tells a key of ours apart from other secrets, to people and to secret scanners.
const PREFIX: &str = "tnc_";

/// Makes a key that acts for one organisation. This is the only time that it can be read.
///
/// # Errors
/// When the name is not one, or the database refuses.
pub async fn add_key(app: &App, organisation: OrganisationId, name: &str) -> Result<SecretString> {
    let name = name.trim();
    if !(1..=120).contains(&name.chars().count()) {
        bail!("a key's name has 1 to 120 characters");
    }
    let key = SecretString::from(format!("{PREFIX}{}", random_secret().expose_secret()));
    let (id, digest, now) = (ApiKeyId::new(), Digest::of(key.expose_secret()), app.clock.now());
    let mut transaction = app.db.begin().await?;
    store::insert_key(&mut transaction, id, organisation, name, &digest, now).await?;
    let added = history::Entry::new(organisation, Actor::System, Action::ApiKeyAdded).on(id, name);
    history::record(&mut transaction, added, now).await?;
    transaction.commit().await?;
    Ok(key)
}
