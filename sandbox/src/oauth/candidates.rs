//! The locations or accounts that a user may choose from on the consent page, and what each permission comes to there.

use super::choices::Choices;
use super::request::AuthorizeRequest;
use super::standing::Standing;
use super::wording::{describe, location_label, permission_label, profile_label};
use super::words::ConsentWords;
use crate::state::{Account, Level, Location, Resource, Role, User, World};
use crate::web::{Language, Words};

/// One option of the drop-down of locations or accounts.
pub(super) struct Candidate {
    pub(super) id: String,
    pub(super) label: String,
    /// Whether drop-downs follow.
    pub(super) open: bool,
}

/// A permission on the first page. `details` has what it comes to at each candidate, in the candidates' order.
pub(super) struct PermissionRow {
    pub(super) label: &'static str,
    pub(super) details: Vec<Detail>,
}

pub(super) struct Detail {
    /// The candidate, for browsers that cannot hide what belongs to the others.
    pub(super) of: String,
    pub(super) text: String,
    /// Whether it is yet to be chosen.
    pub(super) later: bool,
}

pub(super) struct Candidates {
    pub(super) options: Vec<Candidate>,
    pub(super) permissions: Vec<PermissionRow>,
    /// Why some of the user's accounts are not among them.
    pub(super) notices: Vec<String>,
    /// Whether the user may add a location to one of the accounts in question.
    pub(super) may_add_location: bool,
}

impl Candidates {
    pub(super) fn of(request: &AuthorizeRequest, world: &World, user: &User, language: Language) -> Self {
        let (words, consent_words) = (Words::of(language), ConsentWords::of(language));
        let asked: Vec<(&Account, Standing)> = world
            .directory
            .accounts_of(user)
            .filter(|account| request.scope.level().is_some() && request.is_about_account(account))
            .map(|account| (account, Standing::of(world, user, account)))
            .collect();
        let accounts =
            asked.iter().filter(|(_, standing)| *standing == Standing::MayGrant).map(|(account, _)| *account);
        let may_add_location = request.scope.level() == Some(Level::Location)
            && request.renewal.is_none()
            && accounts.clone().any(|account| user.role_at(&account.id).is_some_and(Role::administers));
        let (options, mut permissions) = if request.scope.level() == Some(Level::Location) {
            locations(request, accounts, words)
        } else {
            whole_accounts(request, accounts, words)
        };
        let profile = profile_label(&request.scope, consent_words);
        permissions.extend(profile.map(|label| PermissionRow { label, details: Vec::new() }));
        let notices = asked.iter().filter_map(|(account, standing)| standing.notice(account, consent_words)).collect();
        Self { options, permissions, notices, may_add_location }
    }
}

fn whole_accounts<'a>(
    request: &AuthorizeRequest,
    accounts: impl Iterator<Item = &'a Account>,
    words: &Words,
) -> (Vec<Candidate>, Vec<PermissionRow>) {
    let options = accounts.map(|account| Candidate {
        id: account.id.to_string(),
        label: format!("{} ({})", account.name, account.id),
        open: false,
    });
    let rows = request.scope.permissions().iter();
    let rows =
        rows.map(|permission| PermissionRow { label: permission_label(*permission, words), details: Vec::new() });
    (options.collect(), rows.collect())
}

fn locations<'a>(
    request: &AuthorizeRequest,
    accounts: impl Iterator<Item = &'a Account>,
    words: &Words,
) -> (Vec<Candidate>, Vec<PermissionRow>) {
    let places: Vec<(&Account, &Location, Choices)> = accounts
        .flat_map(|account| account.locations.iter().map(move |location| (account, location)))
        .filter(|(_, location)| request.is_about_location(&location.id))
        .map(|(account, location)| (account, location, Choices::at(account, location, &request.scope)))
        .collect();
    let options = places.iter().map(|(account, location, choices)| Candidate {
        id: location.id.to_string(),
        label: location_label(account, location),
        open: choices.are_open(),
    });
    let rows = request.scope.permissions().iter().map(|permission| PermissionRow {
        label: permission_label(*permission, words),
        details: places
            .iter()
            .filter_map(|(_, location, choices)| {
                let text = detail(permission.resource, choices, words)?;
                let later = is_open(permission.resource, choices);
                Some(Detail { of: format!("{} ({})", location.name, location.id), text, later })
            })
            .collect(),
    });
    (options.collect(), rows.collect())
}

fn detail(resource: Resource, choices: &Choices, words: &Words) -> Option<String> {
    match resource {
        Resource::Catalog => describe(&choices.catalog, words.choose_catalog_next, words),
        Resource::CustomerList => describe(&choices.customer_list, words.choose_list_next, words),
        _ => None,
    }
}

fn is_open(resource: Resource, choices: &Choices) -> bool {
    match resource {
        Resource::Catalog => choices.catalog.is_open(),
        Resource::CustomerList => choices.customer_list.is_open(),
        _ => false,
    }
}
