//! What users open for themselves: an account with its first location when they sign up, more locations later.

use chrono::{DateTime, Utc};
use serde_json::Map;

use super::countries::Country;
use super::directory::{Account, Directory, Location, Named};
use super::identifiers::{AccountId, CatalogId, CustomerListId, LocationId, UserId};
use super::secrets::Password;
use super::users::{Membership, Role, User};

/// Somebody new, all of it checked.
pub(crate) struct NewUser {
    pub(crate) email: String,
    pub(crate) password: Password,
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    /// In order of preference, such as `fr-FR`.
    pub(crate) locales: Vec<String>,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct EmailTaken;

impl Directory {
    /// Adds a user with an account of their own, and, as HubRise does by default, one catalog and one customer list at
    /// account level, called after the account.
    pub(crate) fn sign_up(
        &mut self,
        user: NewUser,
        account_name: &str,
        location_name: &str,
        country: &Country,
        now: DateTime<Utc>,
    ) -> Result<(), EmailTaken> {
        if self.user(&user.email).is_some() {
            return Err(EmailTaken);
        }
        let id = AccountId::generate();
        let first = location(LocationId::of(&id, 0), location_name, country);
        self.accounts.push(Account {
            id: id.clone(),
            name: account_name.to_owned(),
            currency: country.currency.to_owned(),
            locations: vec![first],
            catalogs: vec![Named { id: CatalogId::generate(), name: account_name.to_owned(), created_at: now }],
            customer_lists: vec![Named {
                id: CustomerListId::generate(),
                name: account_name.to_owned(),
                created_at: now,
            }],
        });
        let NewUser { email, password, first_name, last_name, locales } = user;
        self.users.push(User {
            id: UserId::generate(),
            email,
            password,
            first_name,
            last_name,
            locales,
            timezone: country.timezone,
            memberships: vec![Membership { id, role: Role::FullAdministrator }],
        });
        Ok(())
    }
}

impl Account {
    /// Adds a location under the next free index.
    pub(crate) fn open_location(&mut self, name: &str, country: &Country) -> LocationId {
        let taken = self.locations.iter().filter_map(|location| location.id.index()).max();
        let id = LocationId::of(&self.id, taken.map_or(0, |index| index.saturating_add(1)));
        self.locations.push(location(id.clone(), name, country));
        id
    }
}

fn location(id: LocationId, name: &str, country: &Country) -> Location {
    Location {
        id,
        name: name.to_owned(),
        address: String::new(),
        postal_code: String::new(),
        city: String::new(),
        country: country.code.to_owned(),
        timezone: country.timezone,
        cutoff_time: "04:00".to_owned(),
        preparation_time: 15,
        opening_hours: None,
        order_acceptance: None,
        custom_fields: Map::new(),
        catalogs: Vec::new(),
        customer_lists: Vec::new(),
    }
}
