//! Passwords, hashed with argon2id. Hashing runs off the request threads, a few at a time.

use std::sync::LazyLock;

use anyhow::{Result, anyhow};
use argon2::{Argon2, PasswordHash, PasswordHasher, PasswordVerifier};
use secrecy::{ExposeSecret, SecretString};

use crate::{app::App, secrets::random_secret};

/// The longest password that is tried, in bytes.
const LENGTH_LIMIT: usize = 1024;

/// What an unknown person's password is compared with, so that the answer takes as long as for a known one.
static NOBODY: LazyLock<Option<String>> = LazyLock::new(|| hash_now(random_secret().expose_secret()).ok());

fn hash_now(password: &str) -> Result<String> {
    let hash = Argon2::default().hash_password(password.as_bytes());
    Ok(hash.map_err(|error| anyhow!("cannot hash a password: {error}"))?.to_string())
}

/// Hashes a password for keeping.
///
/// # Errors
/// When it is too long, or the hashing fails.
pub(super) async fn hash(app: &App, password: SecretString) -> Result<String> {
    if password.expose_secret().len() > LENGTH_LIMIT {
        return Err(anyhow!("the password is longer than {LENGTH_LIMIT} bytes"));
    }
    let _permit = app.hashing.acquire().await?;
    tokio::task::spawn_blocking(move || hash_now(password.expose_secret())).await?
}

/// Whether this is the password behind the hash; without a hash it never is, and takes as long to tell.
///
/// # Errors
/// When the stored hash is not one.
pub(super) async fn matches(app: &App, password: SecretString, hash: Option<String>) -> Result<bool> {
    let _permit = app.hashing.acquire().await?;
    tokio::task::spawn_blocking(move || {
        let is_known = hash.is_some();
        let hash = hash.or_else(|| NOBODY.clone()).ok_or_else(|| anyhow!("passwords cannot be hashed"))?;
        let hash = PasswordHash::new(&hash).map_err(|error| anyhow!("a stored password hash is damaged: {error}"))?;
        let password = password.expose_secret().as_bytes();
        let verified = Argon2::default().verify_password(password, &hash).is_ok();
        Ok(verified && is_known && password.len() <= LENGTH_LIMIT)
    })
    .await?
}

/// Prepares what unknown people are compared with, so that the first of them does not wait longer.
pub fn prepare() {
    LazyLock::force(&NOBODY);
}
