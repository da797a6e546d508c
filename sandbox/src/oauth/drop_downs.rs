//! The page with the drop-downs of a location that leaves a choice of catalogs or customer lists.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::choices::{Choices, Pick};
use super::request::AuthorizeRequest;
use super::standing::Standing;
use super::wording::{describe, location_label, permission_label, profile_label};
use super::words::ConsentWords;
use crate::app::{App, Shared};
use crate::state::{Level, LocationId, Permission, Resource};
use crate::web::{Frame, Problem, Visitor, Words};

pub(super) const NOT_YOURS: Problem = Problem { status: StatusCode::NOT_FOUND, explanation: |words| words.not_yours };

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
    if request.scope.level() != Some(Level::Location) {
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
    let words = Words::of(visitor.language);
    let found = app.store.read(|world| {
        let user = world.directory.user(visitor.email.as_deref()?)?;
        let (account, location) = world.directory.location_of(user, location_id)?;
        if !request.is_about_account(account) || !request.is_about_location(location_id) {
            return None;
        }
        let choices = Choices::at(account, location, &request.scope);
        let rows = request.scope.permissions().iter().map(|permission| settled_row(*permission, &choices, words));
        let profile = profile_label(&request.scope, ConsentWords::of(visitor.language));
        let profile = profile.map(|label| SettledRow { label, field: "", text: String::new(), options: Vec::new() });
        let standing = Standing::of(world, user, account);
        Some((standing, location_label(account, location), rows.chain(profile).collect()))
    });
    let Some((standing, location, permissions)) = found else {
        return NOT_YOURS.page(visitor, location_id.as_str());
    };
    if let Some(problem) = standing.problem() {
        return problem.page(visitor, location_id.as_str());
    }
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
    let label = permission_label(permission, words);
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
