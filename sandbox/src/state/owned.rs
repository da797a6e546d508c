//! What has a name and belongs to a location or to the whole account: catalogs and customer lists. Names are unique
//! among a location's own, and an account's is unique among all that its locations have.

use super::directory::{Account, Location, Named};
use super::fields::FieldError;
use super::identifiers::{CatalogId, CustomerListId, LocationId};

/// The id of such a thing says where it is kept.
pub(crate) trait Owned: Clone + PartialEq + AsRef<str> {
    fn of_account(account: &Account) -> &Vec<Named<Self>>;
    fn of_account_mut(account: &mut Account) -> &mut Vec<Named<Self>>;
    fn of_location(location: &Location) -> &Vec<Named<Self>>;
    fn of_location_mut(location: &mut Location) -> &mut Vec<Named<Self>>;
}

macro_rules! owned {
    ($($id:ident in $place:ident),+) => {$(
        impl Owned for $id {
            fn of_account(account: &Account) -> &Vec<Named<Self>> {
                &account.$place
            }

            fn of_account_mut(account: &mut Account) -> &mut Vec<Named<Self>> {
                &mut account.$place
            }

            fn of_location(location: &Location) -> &Vec<Named<Self>> {
                &location.$place
            }

            fn of_location_mut(location: &mut Location) -> &mut Vec<Named<Self>> {
                &mut location.$place
            }
        }
    )+};
}

owned!(CatalogId in catalogs, CustomerListId in customer_lists);

impl Account {
    /// The thing, with the location that owns it.
    pub(crate) fn owned<Id: Owned>(&self, id: &Id) -> Option<(Option<&Location>, &Named<Id>)> {
        let own = Id::of_account(self).iter().map(|item| (None, item));
        let located = self.locations.iter();
        let located = located.flat_map(|place| Id::of_location(place).iter().map(move |item| (Some(place), item)));
        own.chain(located).find(|(_, item)| item.id == *id)
    }

    /// What a location can use, its own first; without a location, what is the account's.
    pub(crate) fn owned_at<'a, Id: Owned + 'a>(
        &'a self,
        location: Option<&'a Location>,
    ) -> impl Iterator<Item = &'a Named<Id>> {
        location.into_iter().flat_map(Id::of_location).chain(Id::of_account(self))
    }

    /// Whether a name can be given at a place to a new thing, or to the one with the id.
    pub(super) fn check_name<Id: Owned>(
        &self,
        location: Option<&LocationId>,
        id: Option<&Id>,
        name: &str,
    ) -> Result<(), FieldError> {
        if name.trim().is_empty() {
            return Err(FieldError::new("name", "can't be blank"));
        }
        let near = self.locations.iter().filter(|place| location.is_none_or(|location| place.id == *location));
        let mut others = Id::of_account(self).iter().chain(near.flat_map(Id::of_location));
        if others.any(|other| Some(&other.id) != id && other.name == name) {
            return Err(FieldError::new("name", "is already taken"));
        }
        Ok(())
    }

    /// Adds to a location of the account, or to the account.
    pub(super) fn add_owned<Id: Owned>(&mut self, location: Option<&LocationId>, item: Named<Id>) {
        let kept = match location.and_then(|id| self.locations.iter_mut().find(|place| place.id == *id)) {
            Some(place) => Id::of_location_mut(place),
            None => Id::of_account_mut(self),
        };
        kept.push(item);
    }

    pub(super) fn rename_owned<Id: Owned>(&mut self, id: &Id, name: &str) {
        self.change_owned(|shelf: &mut Vec<Named<Id>>| {
            for item in shelf.iter_mut().filter(|item| item.id == *id) {
                name.clone_into(&mut item.name);
            }
        });
    }

    pub(super) fn remove_owned<Id: Owned>(&mut self, id: &Id) {
        self.change_owned(|shelf: &mut Vec<Named<Id>>| shelf.retain(|item| item.id != *id));
    }

    fn change_owned<Id: Owned>(&mut self, change: impl Fn(&mut Vec<Named<Id>>)) {
        change(Id::of_account_mut(self));
        self.locations.iter_mut().for_each(|location| change(Id::of_location_mut(location)));
    }
}
