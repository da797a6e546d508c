//! The encryption keys of this installation: the first is the current one, the others only open what they sealed. The
//! ring is shared by all of a process, and changes for all of it at once.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard},
};

use anyhow::{Context as _, Result};
use base64::{Engine, prelude::BASE64_STANDARD};
use secrecy::SecretString;

use crate::secrets::{Digest, random_bytes};

type Key = [u8; 32];

/// At least one key; names are unique. Clones are the same ring.
#[derive(Clone)]
pub struct Keyring {
    keys: Arc<RwLock<Vec<(String, Key)>>>,
    file: Option<Arc<Path>>,
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
        let mut keys: Vec<(String, Key)> = Vec::new();
        for (index, line) in text.split(['\n', ',']).map(str::trim).enumerate() {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let number = index + 1;
            let (name, key) = line.split_once(':').ok_or(KeyringError::Form(number))?;
            if !is_name(name) {
                return Err(KeyringError::Name(number));
            }
            if keys.iter().any(|(known, _)| known == name) {
                return Err(KeyringError::Duplicate(number));
            }
            let key = BASE64_STANDARD.decode(key).ok().and_then(|key| Key::try_from(key).ok());
            keys.push((name.to_owned(), key.ok_or(KeyringError::Key(number))?));
        }
        if keys.is_empty() {
            return Err(KeyringError::Empty);
        }
        Ok(Self { keys: Arc::new(RwLock::new(keys)), file: None })
    }

    /// The same, from a file that is looked at again while the process runs.
    #[must_use]
    pub fn kept_in(self, file: PathBuf) -> Self {
        Self { file: Some(file.into()), ..self }
    }

    /// The file that the keys are kept in, if it is one.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// The ring as the file holds it now; `None` where it is not kept in one.
    ///
    /// # Errors
    /// When the file cannot be read, or holds something else.
    pub fn kept(&self) -> Result<Option<Self>> {
        let Some(file) = &self.file else { return Ok(None) };
        let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        let kept = Self::parse(&text).with_context(|| format!("cannot use {}", file.display()))?;
        Ok(Some(Self { file: self.file.clone(), ..kept }))
    }

    /// Whether there is a key of this name.
    #[must_use]
    pub fn has(&self, id: &str) -> bool {
        self.find(id).is_some()
    }

    /// The keys' names, the current one first.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.read().iter().map(|(name, _)| name.clone()).collect()
    }

    /// Every name with what tells its key from another, of which nothing else can be learnt.
    #[must_use]
    pub fn check_values(&self) -> Vec<(String, Digest)> {
        let check = |key: &Key| Digest::of([b"tickncook-hubrise encryption key".as_slice(), key].concat());
        self.read().iter().map(|(name, key)| (name.clone(), check(key))).collect()
    }

    /// The name of the key that seals.
    #[must_use]
    pub fn current_name(&self) -> String {
        self.current().0
    }

    /// Goes on with the keys of another ring in place of its own.
    pub fn adopt(&self, other: &Self) {
        let keys = other.read().clone();
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
    }

    pub(super) fn current(&self) -> (String, Key) {
        self.read()[0].clone()
    }

    /// A key by its name. One that is not known is looked for in the file, in case that it was added just now; the key
    /// that seals stays what it is.
    pub(super) fn get(&self, id: &str) -> Option<Key> {
        self.find(id).or_else(|| {
            let key = Self::parse(&fs::read_to_string(self.file()?).ok()?).ok()?.find(id)?;
            let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
            if keys.iter().all(|(name, _)| name != id) {
                keys.push((id.to_owned(), key));
            }
            Some(key)
        })
    }

    fn find(&self, id: &str) -> Option<Key> {
        self.read().iter().find(|(name, _)| name == id).map(|(_, key)| *key)
    }

    fn read(&self) -> RwLockReadGuard<'_, Vec<(String, Key)>> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a key can be called this: 1 to 40 letters, digits, `-`, `_` or `.`.
#[must_use]
pub fn is_name(text: &str) -> bool {
    (1..=40).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
}

/// A new key, as a line for the list of keys.
#[must_use]
pub fn new_line(name: &str) -> SecretString {
    format!("{name}:{}", BASE64_STANDARD.encode(random_bytes::<32>())).into()
}

impl PartialEq for Keyring {
    /// The same keys in the same order.
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.keys, &other.keys) || *self.read() == *other.read()
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.names()).finish()
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
            Ok(keyring) if keyring.names().iter().any(|name| name.contains(crate::fuzz::SECRET)) => {}
            Ok(keyring) => {
                let name = keyring.current_name();
                assert!(keyring.has(&name) && keyring.get(&name).is_some() && text.contains(&name));
                crate::fuzz::assert_kept_secret(&keyring);
            }
            Err(error) => crate::fuzz::assert_kept_secret(&error.to_string()),
        });
    }

    #[test]
    fn a_key_that_was_added_to_the_file_just_now_opens_and_does_not_seal() {
        let file = std::env::temp_dir().join(format!("tickncook-ring-{}", crate::ids::new_id()));
        let ring = Keyring::parse(&format!("one:{KEY}")).unwrap().kept_in(file.clone());
        let newer = format!("two:{KEY}\none:{KEY}");
        fs::write(&file, &newer).unwrap();
        let found = (ring.get("two"), ring.get("three"));
        fs::remove_file(&file).unwrap();
        assert_eq!(found.0, Keyring::parse(&newer).unwrap().get("two"));
        assert_eq!(found.1, None);
        assert_eq!(ring.names(), ["one", "two"], "the one that seals stays what it is");
    }

    #[test]
    fn two_keys_of_one_name_are_told_apart_without_showing_them() {
        let other = KEY.replace('A', "B");
        let checks = [KEY, KEY, &other].map(|key| Keyring::parse(&format!("one:{key}")).unwrap().check_values());
        assert_eq!(checks[0], checks[1]);
        assert_ne!(checks[0], checks[2]);
        let key = BASE64_STANDARD.decode(KEY).unwrap();
        assert!(!checks[0][0].1.as_bytes().windows(8).any(|part| key.windows(8).any(|found| found == part)));
    }
}
