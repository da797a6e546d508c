//! What is left to choose at a location: nothing, where it has at most one catalog and one customer list, or where the
//! scope does not ask for them.

use crate::state::{Account, Catalog, CatalogId, CustomerList, CustomerListId, Location, Named, Resource, Scope};

/// The catalogs or the customer lists that a grant may pick from.
#[derive(Debug)]
pub(super) enum Pick<Id> {
    /// The scope does not name them.
    NotAsked,
    /// The location has none: nothing is granted.
    Nothing,
    Only(Named<Id>),
    /// Two at least.
    Among(Vec<Named<Id>>),
}

/// There is a choice, and none of it was picked.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NotPicked;

#[derive(Debug)]
pub(super) struct Choices {
    pub(super) catalog: Pick<CatalogId>,
    pub(super) customer_list: Pick<CustomerListId>,
}

impl Choices {
    pub(super) fn at(account: &Account, location: &Location, scope: &Scope) -> Self {
        let catalogs: Vec<Catalog> = account.catalogs_at(location).cloned().collect();
        let customer_lists: Vec<CustomerList> = account.customer_lists_at(location).cloned().collect();
        Self {
            catalog: Pick::from(scope.names(Resource::Catalog), catalogs),
            customer_list: Pick::from(scope.names(Resource::CustomerList), customer_lists),
        }
    }

    /// Whether the drop-downs have to be shown before anything can be granted.
    pub(super) fn are_open(&self) -> bool {
        self.catalog.is_open() || self.customer_list.is_open()
    }
}

impl<Id: Clone + AsRef<str>> Pick<Id> {
    fn from(asked: bool, mut items: Vec<Named<Id>>) -> Self {
        if !asked {
            return Self::NotAsked;
        }
        match items.len() {
            0 => Self::Nothing,
            1 => Self::Only(items.remove(0)),
            _ => Self::Among(items),
        }
    }

    pub(super) fn is_open(&self) -> bool {
        matches!(self, Self::Among(_))
    }

    /// What is granted, given what the drop-down says.
    pub(super) fn settle(&self, picked: Option<&str>) -> Result<Option<Id>, NotPicked> {
        match self {
            Self::NotAsked | Self::Nothing => Ok(None),
            Self::Only(item) => Ok(Some(item.id.clone())),
            Self::Among(items) => {
                let item = items.iter().find(|item| Some(item.id.as_ref()) == picked).ok_or(NotPicked)?;
                Ok(Some(item.id.clone()))
            }
        }
    }
}
