//! Passwords, hashed with argon2id. Hashing runs off the request threads, a few at a time.

use std::ops::RangeInclusive;

use anyhow::{Result, anyhow};
use argon2::{Argon2, PasswordHash, PasswordHasher, PasswordVerifier};
use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use secrecy::{ExposeSecret, SecretString};

use crate::{app::App, secrets::random_bytes};

/// The length of a new password, in characters.
pub(super) const LENGTH: RangeInclusive<usize> = 10..=200;

/// Whether a new password can be this.
pub(super) fn has_length(password: &SecretString) -> bool {
    LENGTH.contains(&password.expose_secret().chars().count())
}

/// The longest password that is tried, in bytes.
const LENGTH_LIMIT: usize = 1024;

fn hash_now(password: &str) -> Result<String> {
    let hash = Argon2::default().hash_password(password.as_bytes());
    Ok(hash.map_err(|error| anyhow!("cannot hash a password: {error}"))?.to_string())
}

/// What an unknown person's password is compared with, so that the answer takes as long as for a known one: like a
/// hash, but of no password.
fn nobody() -> String {
    let argon2 = Argon2::default();
    let params = argon2.params();
    let (memory, times, lanes) = (params.m_cost(), params.t_cost(), params.p_cost());
    let (salt, hash) = (STANDARD_NO_PAD.encode(random_bytes::<16>()), STANDARD_NO_PAD.encode(random_bytes::<32>()));
    format!("$argon2id$v=19$m={memory},t={times},p={lanes}${salt}${hash}")
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
        let hash = hash.unwrap_or_else(nobody);
        let hash = PasswordHash::new(&hash).map_err(|error| anyhow!("a stored password hash is damaged: {error}"))?;
        let password = password.expose_secret().as_bytes();
        let verified = Argon2::default().verify_password(password, &hash).is_ok();
        Ok(verified && is_known && password.len() <= LENGTH_LIMIT)
    })
    .await?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_unknown_person_is_compared_with_takes_the_same_work_as_a_hash() {
        let work = |hash: &str| {
            PasswordHash::new(hash).unwrap();
            (hash.rsplit('$').skip(2).map(str::to_owned).collect::<Vec<_>>(), hash.len())
        };
        assert_eq!(work(&nobody()), work(&hash_now("a long enough password").unwrap()));
    }
}
