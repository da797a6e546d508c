//! The consent page: which location (or account), and what the client will be able to do there. It only shows;
//! deciding is `decision`'s.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use super::choices::Choices;
use super::request::AuthorizeRequest;
use super::wording::{describe, location_label, permission_label};
use crate::app::Shared;
use crate::state::{Account, Level, Location, Resource, User, World};
use crate::web::{Frame, Visitor, Words};

/// One option of the drop-down of locations or accounts.
struct Candidate {
    id: String,
    label: String,
    /// Whether drop-downs follow.
    open: bool,
}

/// A permission on the first page. `details` has what it comes to at each candidate, in the candidates' order.
struct PermissionRow {
    label: &'static str,
    details: Vec<Detail>,
}

struct Detail {
    /// The candidate, for browsers that cannot hide what belongs to the others.
    of: String,
    text: String,
    /// Whether it is yet to be chosen.
    later: bool,
}

#[derive(Template, WebTemplate)]
#[template(path = "oauth/consent.html")]
struct ConsentPage {
    frame: Frame,
    client: String,
    action: String,
    level: Level,
    candidates: Vec<Candidate>,
    permissions: Vec<PermissionRow>,
}

impl ConsentPage {
    fn any_open(&self) -> bool {
        self.candidates.iter().any(|candidate| candidate.open)
    }

    fn any_settled(&self) -> bool {
        self.candidates.iter().any(|candidate| !candidate.open)
    }
}

pub(super) async fn show_consent(State(app): State<Shared>, request: AuthorizeRequest, visitor: Visitor) -> Response {
    let page = app.store.read(|world| {
        let user = world.directory.user(visitor.email.as_deref()?)?;
        Some(consent_page(&request, world, user, Words::of(visitor.language)))
    });
    match page {
        None => visitor.to_sign_in().into_response(),
        Some((candidates, permissions)) => ConsentPage {
            frame: Frame::new(visitor),
            action: request.first_page(),
            level: request.scope.level().unwrap_or(Level::Location),
            client: request.client_name,
            candidates,
            permissions,
        }
        .into_response(),
    }
}

fn consent_page(
    request: &AuthorizeRequest,
    world: &World,
    user: &User,
    words: &Words,
) -> (Vec<Candidate>, Vec<PermissionRow>) {
    let accounts = world.directory.accounts_of(user);
    if request.scope.level() == Some(Level::Account) {
        let candidates = accounts.map(|account| Candidate {
            id: account.id.to_string(),
            label: format!("{} ({})", account.name, account.id),
            open: false,
        });
        let rows = request.scope.permissions().iter();
        let rows =
            rows.map(|permission| PermissionRow { label: permission_label(*permission, words), details: Vec::new() });
        return (candidates.collect(), rows.collect());
    }
    let places: Vec<(&Account, &Location, Choices)> = accounts
        .flat_map(|account| account.locations.iter().map(move |location| (account, location)))
        .map(|(account, location)| (account, location, Choices::at(account, location, &request.scope)))
        .collect();
    let candidates = places.iter().map(|(account, location, choices)| Candidate {
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
    (candidates.collect(), rows.collect())
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
