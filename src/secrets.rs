//! Random secrets, and the digests under which they are stored and found again.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use rand::{TryRng, rngs::SysRng};
use secrecy::SecretString;
use sha2::{Digest as _, Sha256};

/// SHA-256 of a secret with at least 128 random bits: enough to find it again, useless to present it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of these bytes.
    #[must_use]
    pub fn of(secret: impl AsRef<[u8]>) -> Self {
        Self(Sha256::digest(secret.as_ref()).into())
    }

    /// A digest that was stored.
    #[must_use]
    pub fn stored(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The bytes, as they are stored.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The same in lowercase hex.
    #[must_use]
    pub fn hex(&self) -> String {
        self.0.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
    }

    /// A number for PostgreSQL's advisory locks, the same for the same secret.
    #[must_use]
    pub fn lock_key(&self) -> i64 {
        self.0.iter().take(8).fold(0, |key, byte| key << 8 | i64::from(*byte))
    }
}

/// A text as it may be shown: without e-mail addresses, and without long words, which may be secrets.
#[must_use]
pub fn redacted(text: &str) -> String {
    let mut out = String::new();
    let mut word = String::new();
    for character in text.chars().chain([' ']) {
        if character.is_ascii_alphanumeric() || "@._-+".contains(character) {
            word.push(character);
            continue;
        }
        out.push_str(if word.contains('@') {
            "[e-mail]"
        } else if word.len() >= 24 {
            "[…]"
        } else {
            &word
        });
        word.clear();
        out.push(if character.is_control() { ' ' } else { character });
    }
    out.truncate(out.trim_end().len());
    out
}

/// `N` bytes from the operating system.
///
/// # Panics
/// When the operating system has no random numbers to give: nothing safe can be done without them.
#[must_use]
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    #[expect(clippy::expect_used, reason = "nothing safe can be done without random numbers")]
    SysRng.try_fill_bytes(&mut bytes).expect("the operating system gives random numbers");
    bytes
}

/// A secret of 256 random bits, in 43 characters that are safe in a URL.
#[must_use]
pub fn random_secret() -> SecretString {
    BASE64_URL_SAFE_NO_PAD.encode(random_bytes::<32>()).into()
}

/// Whether a text is of the form of a [`random_secret`].
#[must_use]
pub fn is_like_random_secret(text: &str) -> bool {
    text.len() == 43 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}
