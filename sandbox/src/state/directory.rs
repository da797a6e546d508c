//! Who exists at this HubRise and what they own: users, accounts, locations, catalogs and customer lists. It begins as
//! the seed says, and changes as users and clients change it.

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset, Offset, SubsecRound, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::clients::Client;
use super::connections::Grant;
use super::identifiers::{AccountId, CatalogId, ClientId, CustomerListId, LocationId};
use super::users::{Role, User};

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Directory {
    pub(crate) users: Vec<User>,
    pub(crate) accounts: Vec<Account>,
    /// What is in a catalog, where there is anything: its `data`, as the API has it.
    #[serde(default)]
    pub(crate) catalog_contents: BTreeMap<CatalogId, Map<String, Value>>,
    #[serde(default)]
    pub(crate) clients: Vec<Client>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
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

#[derive(Debug, Clone, Serialize, Deserialize)]
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
    /// Minutes.
    pub(crate) preparation_time: u32,
    #[serde(default)]
    pub(crate) opening_hours: Option<Value>,
    /// As a client set it; `None` takes orders normally.
    #[serde(default)]
    pub(crate) order_acceptance: Option<Map<String, Value>>,
    #[serde(default)]
    pub(crate) custom_fields: Map<String, Value>,
    #[serde(default)]
    pub(crate) catalogs: Vec<Catalog>,
    #[serde(default)]
    pub(crate) customer_lists: Vec<CustomerList>,
}

/// Something with a name that an account or one of its locations owns.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Named<Id> {
    pub(crate) id: Id,
    pub(crate) name: String,
    /// When the sandbox's world began, for what was there from the beginning.
    #[serde(default = "beginning")]
    pub(crate) created_at: DateTime<Utc>,
}

pub(crate) type Catalog = Named<CatalogId>;
pub(crate) type CustomerList = Named<CustomerListId>;

fn beginning() -> DateTime<Utc> {
    DateTime::from_timestamp_nanos(1_735_729_200_000_000_000)
}

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

    pub(crate) fn account_mut(&mut self, id: &AccountId) -> Option<&mut Account> {
        self.accounts.iter_mut().find(|account| account.id == *id)
    }

    /// The location with its account, whoever they belong to.
    pub(crate) fn location(&self, id: &LocationId) -> Option<(&Account, &Location)> {
        self.accounts.iter().find_map(|account| Some((account, account.location(id)?)))
    }

    pub(crate) fn location_mut(&mut self, id: &LocationId) -> Option<&mut Location> {
        self.accounts.iter_mut().flat_map(|account| &mut account.locations).find(|location| location.id == *id)
    }

    pub(crate) fn accounts_of(&self, user: &User) -> impl Iterator<Item = &Account> {
        self.accounts.iter().filter(|account| user.has_access_to(&account.id))
    }

    /// The location with its account, if one of the user's.
    pub(crate) fn location_of(&self, user: &User, id: &LocationId) -> Option<(&Account, &Location)> {
        self.accounts_of(user).find_map(|account| Some((account, account.location(id)?)))
    }

    pub(crate) fn client(&self, id: &str) -> Option<&Client> {
        self.clients.iter().find(|client| client.id.as_str() == id)
    }

    /// The client's name as users see it; its id, for one that is no more.
    pub(crate) fn client_name<'a>(&'a self, id: &'a ClientId) -> &'a str {
        self.client(id.as_str()).map_or(id.as_str(), |client| client.name.as_str())
    }

    /// The user's role at the account, if any.
    pub(crate) fn role(&self, email: &str, account: &AccountId) -> Option<Role> {
        self.user(email)?.role_at(account)
    }

    /// Every user's e-mail address and password, to be shown: they are made up.
    pub(crate) fn sign_ins(&self) -> Vec<(String, String)> {
        self.users.iter().map(|user| (user.email.clone(), user.password.as_written().to_owned())).collect()
    }

    /// Whether the account and location that a grant is about still exist.
    pub(crate) fn knows(&self, grant: &Grant) -> bool {
        let Some(account) = &grant.account_id else {
            return self.user(&grant.user).is_some();
        };
        self.account(account)
            .is_some_and(|account| grant.location_id.as_ref().is_none_or(|id| account.location(id).is_some()))
    }

    /// A moment in the time of a location, or of an account's first location.
    pub(crate) fn time_at(
        &self,
        account: &AccountId,
        location: Option<&LocationId>,
        moment: DateTime<Utc>,
    ) -> DateTime<FixedOffset> {
        let account = self.account(account);
        let location = location.and_then(|id| account?.location(id)).or_else(|| account?.locations.first());
        let timezone = location.map_or(Tz::UTC, |location| location.timezone);
        let local = moment.trunc_subsecs(0).with_timezone(&timezone);
        local.with_timezone(&local.offset().fix())
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

impl Location {
    /// On one line; empty for a location that was created without one.
    pub(crate) fn address_line(&self) -> String {
        let town = format!("{} {}", self.postal_code, self.city);
        let parts = [self.address.trim(), town.trim()];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
    }

    /// As HubRise shows it, `Name - id`.
    pub(crate) fn label(&self) -> String {
        format!("{} - {}", self.name, self.id)
    }
}
