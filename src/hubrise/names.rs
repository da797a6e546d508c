//! HubRise's ids and names. Both come from outside: an id is checked once, a name is freed of control characters.

use std::fmt;

use serde::{Deserialize, Deserializer, de::Error};

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, sqlx::Type)]
        #[sqlx(transparent)]
        pub struct $name(String);

        impl $name {
            /// 1 to 64 letters, digits, `-` or `_`: more than HubRise documents, less than could do harm.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                let valid = (1..=64).contains(&text.len())
                    && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
                valid.then(|| Self(text.to_owned()))
            }

            /// As HubRise writes it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::parse(&text).ok_or_else(|| D::Error::custom("not an id of HubRise"))
            }
        }
    )*};
}

id! {
    /// The business that owns locations, catalogs and customer lists: `3r4s3`.
    AccountId,
    /// What TicknCook calls a point of sale on its side: `3r4s3-1`.
    LocationId,
    /// A catalog: `psmlf`.
    CatalogId,
    /// A customer list: `xab66`.
    CustomerListId,
    /// One install of an app at one location. Whoever knows it has proved nothing: it can be guessed.
    AppInstanceId,
    /// A user of HubRise.
    HubRiseUserId,
}

/// A HubRise thing with its name, where HubRise told it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named<Id> {
    /// Its id.
    pub id: Id,
    /// Its name; older token answers lack it.
    pub name: Option<String>,
}

/// The longest name that is kept, in characters.
const NAME_LIMIT: usize = 200;

/// Neither a control character nor one that is not seen and turns the text around it.
fn is_shown(character: char) -> bool {
    !character.is_control()
        && !matches!(character, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// A name as HubRise sent it, without control characters; blank is none.
pub(super) fn clean_name(name: Option<&str>) -> Option<String> {
    let name: String = name?.chars().filter(|character| is_shown(*character)).take(NAME_LIMIT).collect();
    let name = name.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documented_ids_pass_and_anything_that_could_change_a_path_does_not() {
        for id in ["3r4s3", "3r4s3-1", "psmlf"] {
            assert!(LocationId::parse(id).is_some(), "{id}");
        }
        for id in ["", "../x", "a b", "a/b", "a?b", "é", &"x".repeat(65)] {
            assert!(LocationId::parse(id).is_none(), "{id}");
        }
    }

    #[test]
    fn a_name_loses_control_characters_and_a_blank_one_is_none() {
        assert_eq!(clean_name(Some(" Bella\r\n Pizza\u{7} ")).as_deref(), Some("Bella Pizza"));
        assert_eq!(clean_name(Some("Bella\u{202e} azziP\u{200b}")).as_deref(), Some("Bella azziP"));
        assert_eq!(clean_name(Some(" \n \u{feff}")), None);
        assert_eq!(clean_name(None), None);
    }
}
