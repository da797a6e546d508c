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

        impl From<&str> for $name {
            fn from(id: &str) -> Self {
                Self(id.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(id: String) -> Self {
                Self(id)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
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
    /// What HubRise calls a connection of a listed app.
    AppInstanceId,
    UserId,
    OrderId,
    /// Of an item, a discount, a charge or a payment of an order.
    ElementId,
    CustomerId,
    LoyaltyCardId,
    LoyaltyOperationId,
    ImageId,
    EventId,
}

impl LocationId {
    pub(crate) fn of(account: &AccountId, index: u32) -> Self {
        Self(format!("{account}-{index}"))
    }

    /// Whether this id is spelled as one of the account's locations.
    pub(crate) fn belongs_to(&self, account: &AccountId) -> bool {
        self.0
            .strip_prefix(account.as_str())
            .and_then(|rest| rest.strip_prefix('-'))
            .is_some_and(|index| index.parse::<u32>().is_ok())
    }

    /// The number at its end.
    pub(super) fn index(&self) -> Option<u32> {
        self.0.rsplit_once('-')?.1.parse().ok()
    }
}

macro_rules! generated {
    ($($name:ident: $length:literal characters),+ $(,)?) => {$(
        impl $name {
            pub(crate) fn generate() -> Self {
                Self(random_base36($length))
            }
        }
    )+};
}

// HubRise's have five characters. A sandbox makes its ids up without asking what there is already, hence more here.
generated! {
    AccountId: 7 characters,
    CatalogId: 7 characters,
    CustomerListId: 7 characters,
    ConnectionId: 8 characters,
    AppInstanceId: 7 characters,
    UserId: 7 characters,
    OrderId: 9 characters,
    ElementId: 9 characters,
    CustomerId: 8 characters,
    LoyaltyCardId: 8 characters,
    LoyaltyOperationId: 9 characters,
    ImageId: 8 characters,
    EventId: 9 characters,
}
