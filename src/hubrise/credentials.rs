//! What HubRise gives as proof: a code, and the token that it is exchanged for.

use std::fmt;

use anyhow::{Context as _, Result};
use http::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

use super::CallError;
use crate::{
    crypto::{Binding, Keyring, Sealed},
    secrets::Digest,
};

/// The key to one location of a restaurant. Prints nothing of itself.
#[derive(Clone)]
pub struct AccessToken(SecretString);

impl AccessToken {
    /// A token that can be sent in a header.
    #[must_use]
    pub fn new(token: SecretString) -> Option<Self> {
        let text = token.expose_secret();
        let valid = !text.is_empty() && text.len() <= 1024 && text.bytes().all(|byte| byte.is_ascii_graphic());
        valid.then_some(Self(token))
    }

    /// A token that is stored under lock.
    ///
    /// # Errors
    /// When it does not open, or is no token.
    pub fn unseal(keyring: &Keyring, sealed: &Sealed, binding: Binding) -> Result<Self> {
        let token = keyring.open(sealed, binding).context("cannot open a token")?;
        Self::new(token).context("a stored token is not one")
    }

    /// The token itself, for the cipher.
    #[must_use]
    pub const fn secret(&self) -> &SecretString {
        &self.0
    }

    /// What tells whether two grants share a token.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(self.0.expose_secret())
    }

    pub(super) fn header(&self) -> Result<HeaderValue, CallError> {
        let mut value = HeaderValue::from_str(self.0.expose_secret())
            .map_err(|_| CallError::Unintelligible("the token does not fit a header"))?;
        value.set_sensitive(true);
        Ok(value)
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken")
    }
}

/// The code that HubRise sends back with the browser: one use, 10 minutes.
#[derive(Clone, Debug)]
pub struct AuthorisationCode(SecretString);

impl AuthorisationCode {
    /// A code as it came in the query. HubRise documents 32 hex characters; anything short and printable may be tried.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let valid = (1..=256).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        valid.then(|| Self(text.into()))
    }

    /// The code itself, for the cipher.
    #[must_use]
    pub const fn secret(&self) -> &SecretString {
        &self.0
    }

    /// What tells whether a callback is the same one again.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(self.0.expose_secret())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fuzz_codes() {
        let another = AuthorisationCode::parse("another").unwrap();
        crate::fuzz::text("codes", |text| {
            if let Some(code) = AuthorisationCode::parse(text) {
                assert_eq!(code.0.expose_secret(), text);
                assert_eq!(format!("{code:?}"), format!("{another:?}"), "what is printed of a code depends on it");
            }
        });
    }
}
