//! Encryption of tokens at rest: XChaCha20-Poly1305 under a named key, bound to the row that holds the result.
//! There is no plaintext mode: without a key there is no [`Keyring`], and without a keyring no start.

pub mod key_file;
mod keyring;
mod rows;

pub use keyring::{Keyring, KeyringError, is_name, new_line};
pub(crate) use rows::sealed_rows;
pub use rows::{KeyUse, SealedRow, SealedRows, Stretch};

use chacha20poly1305::{
    XChaCha20Poly1305, XNonce,
    aead::{Aead, Generate, KeyInit, Payload},
};
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

/// The row that a ciphertext belongs to. Moved to another row, it does not open.
#[derive(Clone, Copy, Debug)]
pub struct Binding {
    /// The table's name.
    pub table: &'static str,
    /// The row's id.
    pub row: Uuid,
}

/// A secret under lock.
#[derive(Clone, Debug)]
pub struct Sealed {
    /// Which key of the keyring opens it.
    pub key_id: String,
    /// A nonce of 24 bytes, then the ciphertext with its tag.
    pub ciphertext: Vec<u8>,
}

impl Sealed {
    /// From the two columns that keep one, where there is one.
    #[must_use]
    pub fn of_columns(key_id: Option<String>, ciphertext: Option<Vec<u8>>) -> Option<Self> {
        Some(Self { key_id: key_id?, ciphertext: ciphertext? })
    }
}

/// Why a ciphertext could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The key is no longer configured.
    #[error("the keyring has no key {0:?}")]
    UnknownKey(String),
    /// Wrong key, wrong row, or changed bytes.
    #[error("a ciphertext under key {0:?} does not open: it was changed, or belongs to another row")]
    Rejected(String),
}

impl Keyring {
    /// Encrypts under the current key.
    ///
    /// # Errors
    /// Only when the cipher refuses the length, which no token reaches.
    pub fn seal(&self, secret: &SecretString, binding: Binding) -> Result<Sealed, chacha20poly1305::Error> {
        let (key_id, key) = self.current();
        let nonce = XNonce::generate();
        let payload = Payload { msg: secret.expose_secret().as_bytes(), aad: &additional_data(&key_id, binding) };
        let mut ciphertext = nonce.to_vec();
        ciphertext.extend(XChaCha20Poly1305::new(&key.into()).encrypt(&nonce, payload)?);
        Ok(Sealed { key_id, ciphertext })
    }

    /// Decrypts what [`Keyring::seal`] made for the same row.
    ///
    /// # Errors
    /// When the key is gone, or the ciphertext was not made for this row under that key.
    pub fn open(&self, sealed: &Sealed, binding: Binding) -> Result<SecretString, OpenError> {
        let key = self.get(&sealed.key_id).ok_or_else(|| OpenError::UnknownKey(sealed.key_id.clone()))?;
        let rejected = || OpenError::Rejected(sealed.key_id.clone());
        let (nonce, message) = sealed.ciphertext.split_at_checked(24).ok_or_else(rejected)?;
        let nonce: &XNonce = nonce.try_into().map_err(|_| rejected())?;
        let payload = Payload { msg: message, aad: &additional_data(&sealed.key_id, binding) };
        let secret = XChaCha20Poly1305::new(&key.into()).decrypt(nonce, payload).map_err(|_| rejected())?;
        String::from_utf8(secret).map(SecretString::from).map_err(|_| rejected())
    }
}

fn additional_data(key_id: &str, binding: Binding) -> Vec<u8> {
    format!("{key_id}\0{}\0{}", binding.table, binding.row).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::new_id;

    fn keyring(keys: &str) -> Keyring {
        Keyring::parse(keys).unwrap()
    }

    const ONE: &str = "one:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    const TWO: &str = "two:Hx4dHBsaGRgXFhUUExIREA8ODQwLCgkIBwYFBAMCAQA=";

    fn sealed() -> (Sealed, Binding) {
        let binding = Binding { table: "connection", row: new_id() };
        (keyring(ONE).seal(&SecretString::from("a-token"), binding).unwrap(), binding)
    }

    #[test]
    fn a_sealed_token_opens_for_its_row_and_does_not_contain_the_token() {
        let (sealed, binding) = sealed();
        assert_eq!(keyring(ONE).open(&sealed, binding).unwrap().expose_secret(), "a-token");
        assert!(!sealed.ciphertext.windows(7).any(|window| window == b"a-token"));
    }

    #[test]
    fn an_older_key_still_opens_after_a_new_one_became_current() {
        let (sealed, binding) = sealed();
        let rotated = keyring(&format!("{TWO}\n{ONE}"));
        assert_eq!(rotated.open(&sealed, binding).unwrap().expose_secret(), "a-token");
        assert_eq!(rotated.seal(&SecretString::from("x"), binding).unwrap().key_id, "two");
    }

    #[test]
    fn a_ciphertext_moved_to_another_row_or_table_does_not_open() {
        let (sealed, binding) = sealed();
        let other_row = Binding { row: new_id(), ..binding };
        let other_table = Binding { table: "revocation", ..binding };
        for moved in [other_row, other_table] {
            assert!(matches!(keyring(ONE).open(&sealed, moved), Err(OpenError::Rejected(_))));
        }
    }

    #[test]
    fn a_changed_or_shortened_ciphertext_does_not_open() {
        let (mut changed, binding) = sealed();
        let mut short = changed.clone();
        short.ciphertext.truncate(20);
        changed.ciphertext[30] ^= 1;
        for bad in [changed, short] {
            assert!(matches!(keyring(ONE).open(&bad, binding), Err(OpenError::Rejected(_))));
        }
    }

    #[test]
    fn a_ciphertext_under_an_unknown_key_names_the_key() {
        let (sealed, binding) = sealed();
        assert!(matches!(keyring(TWO).open(&sealed, binding), Err(OpenError::UnknownKey(id)) if id == "one"));
    }
}
