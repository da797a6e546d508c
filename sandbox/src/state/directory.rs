//! Who exists at this HubRise and what they own: users, accounts, locations, catalogs and customer lists.

use chrono_tz::Tz;
use serde::Deserialize;

use super::connections::Grant;
use super::identifiers::{AccountId, CatalogId, CustomerListId, LocationId};
use super::secrets::Password;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Directory {
    pub(crate) users: Vec<User>,
    pub(crate) accounts: Vec<Account>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct User {
    pub(crate) email: String,
    pub(crate) password: Password,
    pub(crate) name: String,
    pub(crate) accounts: Vec<AccountId>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Account {
    pub(crate) id: AccountId,
    pub(crate) name: String,
    pub(crate) currency: String,
    pub(crate) locations: Vec<Location>,
    #[serde(default)]
    pub(crate) catalogs: Vec<Catalog>,
    #[serde(default)]
    pub(crate) customer_lists: Vec<CustomerList>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Location {
    pub(crate) id: LocationId,
    pub(crate) name: String,
    pub(crate) address: String,
    pub(crate) postal_code: String,
    pub(crate) city: String,
    pub(crate) country: String,
    pub(crate) timezone: Tz,
    pub(crate) cutoff_time: String,
    pub(crate) preparation_time: u32,
    #[serde(default)]
    pub(crate) catalogs: Vec<Catalog>,
    #[serde(default)]
    pub(crate) customer_lists: Vec<CustomerList>,
}

/// Something with a name that an account or one of its locations owns.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Named<Id> {
    pub(crate) id: Id,
    pub(crate) name: String,
}

pub(crate) type Catalog = Named<CatalogId>;
pub(crate) type CustomerList = Named<CustomerListId>;

impl<Id: AsRef<str>> Named<Id> {
    /// As HubRise shows it, `Name - id`: names are not unique.
    pub(crate) fn label(&self) -> String {
        format!("{} - {}", self.name, self.id.as_ref())
    }
}

impl Directory {
    pub(crate) fn user(&self, email: &str) -> Option<&User> {
        self.users.iter().find(|user| user.email.eq_ignore_ascii_case(email))
    }

    pub(crate) fn account(&self, id: &AccountId) -> Option<&Account> {
        self.accounts.iter().find(|account| account.id == *id)
    }

    pub(crate) fn accounts_of(&self, user: &User) -> impl Iterator<Item = &Account> {
        self.accounts.iter().filter(|account| user.accounts.contains(&account.id))
    }

    /// The location with its account, if one of the user's.
    pub(crate) fn location_of(&self, user: &User, id: &LocationId) -> Option<(&Account, &Location)> {
        self.accounts_of(user).find_map(|account| Some((account, account.location(id)?)))
    }

    /// Every user's e-mail address and password, to be shown: they are made up.
    pub(crate) fn sign_ins(&self) -> Vec<(String, String)> {
        self.users.iter().map(|user| (user.email.clone(), user.password.as_written().to_owned())).collect()
    }

    /// Whether the account and location that a grant is about still exist.
    pub(crate) fn knows(&self, grant: &Grant) -> bool {
        self.account(&grant.account_id)
            .is_some_and(|account| grant.location_id.as_ref().is_none_or(|id| account.location(id).is_some()))
    }
}

impl Account {
    pub(crate) fn location(&self, id: &LocationId) -> Option<&Location> {
        self.locations.iter().find(|location| location.id == *id)
    }

    /// The location's own catalogs, then the account's, which all its locations share.
    pub(crate) fn catalogs_at<'a>(&'a self, location: &'a Location) -> impl Iterator<Item = &'a Catalog> {
        location.catalogs.iter().chain(&self.catalogs)
    }

    /// The location's own customer lists, then the account's.
    pub(crate) fn customer_lists_at<'a>(&'a self, location: &'a Location) -> impl Iterator<Item = &'a CustomerList> {
        location.customer_lists.iter().chain(&self.customer_lists)
    }

    /// A catalog of the account or of any of its locations, with the location that owns it.
    pub(crate) fn catalog(&self, id: &CatalogId) -> Option<(Option<&Location>, &Catalog)> {
        self.find_owned(&self.catalogs, |location| &location.catalogs, id)
    }

    /// A customer list of the account or of any of its locations, with the location that owns it.
    pub(crate) fn customer_list(&self, id: &CustomerListId) -> Option<(Option<&Location>, &CustomerList)> {
        self.find_owned(&self.customer_lists, |location| &location.customer_lists, id)
    }

    fn find_owned<'a, Id: PartialEq>(
        &'a self,
        own: &'a [Named<Id>],
        of_location: impl Fn(&'a Location) -> &'a Vec<Named<Id>>,
        id: &Id,
    ) -> Option<(Option<&'a Location>, &'a Named<Id>)> {
        let own = own.iter().map(|item| (None, item));
        let located = self
            .locations
            .iter()
            .flat_map(|location| of_location(location).iter().map(move |item| (Some(location), item)));
        own.chain(located).find(|(_, item)| item.id == *id)
    }
}
