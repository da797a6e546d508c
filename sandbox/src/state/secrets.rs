//! Secrets and the randomness they are made of. Their `Debug` shows nothing, and they are compared in constant time.

use std::fmt;

use constant_time_eq::constant_time_eq;
use serde::{Deserialize, Serialize};

macro_rules! secrets {
    ($($(#[$about:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$about])*
        #[derive(Clone, Serialize, Deserialize)]
        #[serde(transparent)]
        pub(crate) struct $name(String);

        impl $name {
            pub(crate) fn matches(&self, candidate: &str) -> bool {
                constant_time_eq(self.0.as_bytes(), candidate.as_bytes())
            }
        }

        impl From<String> for $name {
            fn from(secret: String) -> Self {
                Self(secret)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    )+};
}

secrets! {
    AccessToken,
    /// 32 hexadecimal characters, used once.
    AuthorizationCode,
    ClientSecret,
    /// Of a made-up person, and therefore kept as written in the seed.
    Password,
    SessionToken,
}

impl Password {
    pub(super) fn as_written(&self) -> &str {
        &self.0
    }
}

macro_rules! generated {
    ($($name:ident: $bytes:literal bytes),+ $(,)?) => {$(
        impl $name {
            pub(crate) fn generate() -> Self {
                Self(random_hex::<$bytes>())
            }

            /// The secret itself, for the one who is meant to receive it.
            pub(crate) fn expose(&self) -> &str {
                &self.0
            }
        }
    )+};
}

generated! {
    AccessToken: 32 bytes,
    AuthorizationCode: 16 bytes,
    ClientSecret: 32 bytes,
    SessionToken: 32 bytes,
}

pub(crate) fn random_hex<const BYTES: usize>() -> String {
    hex(&random::<BYTES>())
}

/// In lowercase.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let nibbles = bytes.iter().flat_map(|byte| [byte >> 4, byte & 0x0f]);
    nibbles.map(|nibble| char::from(DIGITS[usize::from(nibble)])).collect()
}

pub(crate) fn random_digits(length: usize) -> String {
    random_from(b"0123456789", length)
}

pub(super) fn random_base36(length: usize) -> String {
    random_from(b"0123456789abcdefghijklmnopqrstuvwxyz", length)
}

fn random_from(alphabet: &[u8], length: usize) -> String {
    std::iter::repeat_with(|| char::from(alphabet[usize::from(random::<1>()[0]) % alphabet.len()]))
        .take(length)
        .collect()
}

fn random<const BYTES: usize>() -> [u8; BYTES] {
    let mut bytes = [0; BYTES];
    rand::fill(&mut bytes);
    bytes
}
