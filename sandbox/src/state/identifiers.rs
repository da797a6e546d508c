//! HubRise's ids, one type each, so that a catalog's id is never taken for a customer list's.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::secrets::random_base36;

macro_rules! identifiers {
    ($($(#[$about:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub(crate) struct $name(String);

        impl $name {
            pub(crate) fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<String> for $name {
            fn from(id: String) -> Self {
                Self(id)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    )+};
}

identifiers! {
    AccountId,
    /// Account id, a hyphen, and an index from 0.
    LocationId,
    CatalogId,
    CustomerListId,
    ClientId,
    /// The sandbox's own name for a connection, for the back office's forms. HubRise documents no such id.
    ConnectionId,
}

impl LocationId {
    /// Whether this id is spelled as one of the account's locations.
    pub(crate) fn belongs_to(&self, account: &AccountId) -> bool {
        self.0
            .strip_prefix(account.as_str())
            .and_then(|rest| rest.strip_prefix('-'))
            .is_some_and(|index| index.parse::<u32>().is_ok())
    }
}

impl ConnectionId {
    pub(crate) fn generate() -> Self {
        Self(random_base36(8))
    }
}
