//! The encryption keys of this installation: the first is the current one, the others only open what they sealed.

use std::fmt;

use base64::{Engine, prelude::BASE64_STANDARD};

/// At least one key; names are unique.
#[derive(Clone)]
pub struct Keyring {
    keys: Vec<(String, [u8; 32])>,
}

/// What is wrong with a list of keys. Never shows the key itself.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyringError {
    /// No key at all.
    #[error("holds no key")]
    Empty,
    /// Not `name:key`.
    #[error("line {0} is not of the form `name:key`")]
    Form(usize),
    /// A name is for people to read: letters, digits, `-`, `_`, `.`.
    #[error("line {0}: a key's name has 1 to 40 letters, digits, '-', '_' or '.'")]
    Name(usize),
    /// Not 32 bytes in base64.
    #[error("line {0}: a key is 32 random bytes in base64")]
    Key(usize),
    /// Two keys of one name.
    #[error("line {0}: this name was used before")]
    Duplicate(usize),
}

impl Keyring {
    /// Reads one `name:base64` a line (or separated by commas); empty lines and lines that start with `#` are skipped.
    ///
    /// # Errors
    /// On the first line that is not a key.
    pub fn parse(text: &str) -> Result<Self, KeyringError> {
        let mut keys: Vec<(String, [u8; 32])> = Vec::new();
        for (index, line) in text.split(['\n', ',']).map(str::trim).enumerate() {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let number = index + 1;
            let (name, key) = line.split_once(':').ok_or(KeyringError::Form(number))?;
            let name_is_valid =
                (1..=40).contains(&name.len()) && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
            if !name_is_valid {
                return Err(KeyringError::Name(number));
            }
            if keys.iter().any(|(known, _)| known == name) {
                return Err(KeyringError::Duplicate(number));
            }
            let key = BASE64_STANDARD.decode(key).ok().and_then(|key| <[u8; 32]>::try_from(key).ok());
            keys.push((name.to_owned(), key.ok_or(KeyringError::Key(number))?));
        }
        if keys.is_empty() { Err(KeyringError::Empty) } else { Ok(Self { keys }) }
    }

    /// Whether there is a key of this name.
    #[must_use]
    pub fn has(&self, id: &str) -> bool {
        self.get(id).is_some()
    }

    pub(super) fn current(&self) -> (&str, &[u8; 32]) {
        let (name, key) = &self.keys[0];
        (name, key)
    }

    pub(super) fn get(&self, id: &str) -> Option<&[u8; 32]> {
        self.keys.iter().find(|(name, _)| name == id).map(|(_, key)| key)
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.keys.iter().map(|(name, _)| name)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    #[test]
    fn every_way_to_write_keys_wrongly_is_named_with_its_line() {
        let cases = [
            (String::new(), KeyringError::Empty),
            ("# only a comment".to_owned(), KeyringError::Empty),
            (KEY.replace(':', ""), KeyringError::Form(1)),
            (format!("\nbad name:{KEY}"), KeyringError::Name(2)),
            ("one:c2hvcnQ=".to_owned(), KeyringError::Key(1)),
            (format!("one:{KEY},one:{KEY}"), KeyringError::Duplicate(2)),
        ];
        for (text, error) in cases {
            assert_eq!(Keyring::parse(&text).err(), Some(error), "{text}");
        }
    }

    #[test]
    fn debug_shows_the_names_and_no_key() {
        let shown = format!("{:?}", Keyring::parse(&format!("one:{KEY}")).unwrap());
        assert_eq!(shown, "[\"one\"]");
    }

    #[test]
    fn fuzz_keyrings() {
        crate::fuzz::text("keyrings", |text| match Keyring::parse(text) {
            // The names of keys are no secrets.
            Ok(keyring) if keyring.keys.iter().any(|(name, _)| name.contains(crate::fuzz::SECRET)) => {}
            Ok(keyring) => {
                let (name, _) = keyring.current();
                assert!(keyring.has(name) && keyring.get(name).is_some() && text.contains(name));
                crate::fuzz::assert_kept_secret(&keyring);
            }
            Err(error) => crate::fuzz::assert_kept_secret(&error.to_string()),
        });
    }
}
