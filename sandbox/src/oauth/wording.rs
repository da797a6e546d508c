//! How the consent pages put things: locations, permissions, and what a permission comes to.

use super::choices::Pick;
use super::words::ConsentWords;
use crate::state::{Account, Location, Permission, Profile, Resource, Scope};
use crate::web::Words;

/// Always with the id: two accounts may well have a location of the same name.
pub(super) fn location_label(account: &Account, location: &Location) -> String {
    format!("{} {} ({})", account.name, location.name, location.id)
}

pub(super) fn permission_label(permission: Permission, words: &Words) -> &'static str {
    let permissions = &words.permissions;
    let pair = match permission.resource {
        Resource::Orders => permissions.orders,
        Resource::CustomerList => permissions.customer_list,
        Resource::Catalog => permissions.catalog,
        Resource::Inventory => permissions.inventory,
        Resource::AllCatalogs => permissions.all_catalogs,
        Resource::AllCustomerLists => permissions.all_customer_lists,
    };
    if permission.write { pair.write } else { pair.read }
}

/// What the scope says of the user's own profile.
pub(super) fn profile_label(scope: &Scope, words: &ConsentWords) -> Option<&'static str> {
    Some(match scope.profile? {
        Profile::WithoutEmail => words.profile,
        Profile::WithEmail => words.profile_with_email,
    })
}

/// What a permission on a catalog or list comes to; `later` stands for a choice that is yet to be made.
pub(super) fn describe<Id: AsRef<str>>(pick: &Pick<Id>, later: &str, words: &Words) -> Option<String> {
    match pick {
        Pick::NotAsked => None,
        Pick::Nothing => Some(words.none.to_owned()),
        Pick::Only(item) => Some(item.label()),
        Pick::Among(_) => Some(later.to_owned()),
    }
}
