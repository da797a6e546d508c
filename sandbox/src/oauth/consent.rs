//! The consent pages: which location (or account), what the client will be able to do, and the drop-downs where a
//! location leaves a choice. They only show; deciding is `decision`'s.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::choices::{Choices, Pick};
use super::request::AuthorizeRequest;
use crate::app::{App, Shared};
use crate::state::{Account, Level, Location, LocationId, Permission, Resource, User, World};
use crate::web::{Frame, Problem, Visitor, Words};

pub(super) const NOT_YOURS: Problem = Problem { status: StatusCode::NOT_FOUND, explanation: |words| words.not_yours };

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
        Some(consent_page(&request, world, user, visitor_words(&visitor)))
    });
    match page {
        None => visitor.to_sign_in().into_response(),
        Some((candidates, permissions)) => ConsentPage {
            frame: Frame::new(visitor),
            action: request.first_page(),
            level: request.scope.level,
            client: request.client_name,
            candidates,
            permissions,
        }
        .into_response(),
    }
}

fn visitor_words(visitor: &Visitor) -> &'static Words {
    Words::of(visitor.language)
}

fn consent_page(
    request: &AuthorizeRequest,
    world: &World,
    user: &User,
    words: &Words,
) -> (Vec<Candidate>, Vec<PermissionRow>) {
    let accounts = world.directory.accounts_of(user);
    if request.scope.level == Level::Account {
        let candidates = accounts.map(|account| Candidate {
            id: account.id.to_string(),
            label: format!("{} ({})", account.name, account.id),
            open: false,
        });
        let rows = request.scope.permissions.iter();
        let rows = rows.map(|permission| PermissionRow { label: label(*permission, words), details: Vec::new() });
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
    let rows = request.scope.permissions.iter().map(|permission| PermissionRow {
        label: label(*permission, words),
        details: places
            .iter()
            .filter_map(|(_, location, choices)| {
                let text = detail(permission.resource, choices, words)?;
                Some(Detail { of: format!("{} ({})", location.name, location.id), text })
            })
            .collect(),
    });
    (candidates.collect(), rows.collect())
}

/// Always with the id: two accounts may well have a location of the same name.
fn location_label(account: &Account, location: &Location) -> String {
    format!("{} {} ({})", account.name, location.name, location.id)
}

fn label(permission: Permission, words: &Words) -> &'static str {
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

fn detail(resource: Resource, choices: &Choices, words: &Words) -> Option<String> {
    match resource {
        Resource::Catalog => describe(&choices.catalog, words.choose_catalog_next, words),
        Resource::CustomerList => describe(&choices.customer_list, words.choose_list_next, words),
        _ => None,
    }
}

fn describe<Id: AsRef<str>>(pick: &Pick<Id>, later: &str, words: &Words) -> Option<String> {
    match pick {
        Pick::NotAsked => None,
        Pick::Nothing => Some(words.none.to_owned()),
        Pick::Only(item) => Some(item.label()),
        Pick::Among(_) => Some(later.to_owned()),
    }
}

/// A permission on the page with the drop-downs.
struct SettledRow {
    label: &'static str,
    /// Name of the drop-down's field.
    field: &'static str,
    /// What is granted without asking; empty for a permission that is about nothing in particular.
    text: String,
    options: Vec<(String, String)>,
}

#[derive(Template, WebTemplate)]
#[template(path = "oauth/drop_downs.html")]
struct DropDownsPage {
    frame: Frame,
    client: String,
    action: String,
    first_page: String,
    location: String,
    permissions: Vec<SettledRow>,
    incomplete: bool,
}

pub(super) async fn show_drop_downs(
    State(app): State<Shared>,
    Path(location_id): Path<String>,
    request: AuthorizeRequest,
    visitor: Visitor,
) -> Response {
    if visitor.email.is_none() {
        return visitor.to_sign_in().into_response();
    }
    if request.scope.level == Level::Account {
        return Redirect::to(&request.first_page()).into_response();
    }
    drop_downs_page(&app, &request, &location_id.into(), visitor, false)
}

/// The page with the drop-downs; `incomplete` when it comes back because one was not chosen from.
pub(super) fn drop_downs_page(
    app: &App,
    request: &AuthorizeRequest,
    location_id: &LocationId,
    visitor: Visitor,
    incomplete: bool,
) -> Response {
    let words = visitor_words(&visitor);
    let found = app.store.read(|world| {
        let user = world.directory.user(visitor.email.as_deref()?)?;
        let (account, location) = world.directory.location_of(user, location_id)?;
        let choices = Choices::at(account, location, &request.scope);
        let rows = request.scope.permissions.iter().map(|permission| settled_row(*permission, &choices, words));
        Some((location_label(account, location), rows.collect()))
    });
    let Some((location, permissions)) = found else {
        return NOT_YOURS.page(visitor, location_id.as_str());
    };
    let page = DropDownsPage {
        frame: Frame::new(visitor),
        client: request.client_name.clone(),
        action: request.drop_downs_page(location_id.as_str()),
        first_page: request.first_page(),
        location,
        permissions,
        incomplete,
    };
    let status = if incomplete { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    (status, page).into_response()
}

fn settled_row(permission: Permission, choices: &Choices, words: &Words) -> SettledRow {
    let label = label(permission, words);
    let row =
        |field, text: Option<String>, options| SettledRow { label, field, text: text.unwrap_or_default(), options };
    match permission.resource {
        Resource::Catalog => row("catalog_id", describe(&choices.catalog, "", words), options(&choices.catalog)),
        Resource::CustomerList => {
            row("customer_list_id", describe(&choices.customer_list, "", words), options(&choices.customer_list))
        }
        _ => row("", None, Vec::new()),
    }
}

fn options<Id: AsRef<str>>(pick: &Pick<Id>) -> Vec<(String, String)> {
    match pick {
        Pick::Among(items) => items.iter().map(|item| (item.id.as_ref().to_owned(), item.label())).collect(),
        _ => Vec::new(),
    }
}
