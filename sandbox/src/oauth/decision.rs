//! What the user decided: refuse, go on to the drop-downs, or grant. A location that leaves a choice is never granted
//! before its drop-downs were seen, whatever the button of the first page was called.

use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::choices::Choices;
use super::drop_downs::{NOT_YOURS, drop_downs_page};
use super::request::AuthorizeRequest;
use crate::app::{App, Shared};
use crate::state::{AccountId, Grant, Level, LocationId};
use crate::web::{Problem, Visitor};

const UNCLEAR: Problem = Problem { status: StatusCode::BAD_REQUEST, explanation: |words| words.bad_decision };

/// The fields of either page's form.
#[derive(Debug, Deserialize)]
pub(super) struct ConsentForm {
    decision: Option<String>,
    location_id: Option<String>,
    account_id: Option<String>,
    #[serde(flatten)]
    picked: Picked,
}

/// What the drop-downs say.
#[derive(Debug, Deserialize)]
struct Picked {
    catalog_id: Option<String>,
    customer_list_id: Option<String>,
}

/// The first page's form.
pub(super) async fn decide(
    State(app): State<Shared>,
    request: AuthorizeRequest,
    visitor: Visitor,
    Form(form): Form<ConsentForm>,
) -> Response {
    let email = match verdict(&request, &visitor, form.decision.as_deref()) {
        Verdict::Allowed { email } => email,
        Verdict::Elsewhere(address) => return Redirect::to(&address).into_response(),
        Verdict::Unclear => return UNCLEAR.page(visitor, ""),
    };
    match request.scope.level() {
        Some(Level::Account) => {
            let account_id = AccountId::from(form.account_id.unwrap_or_default());
            grant_account(&app, &request, visitor, email, account_id)
        }
        Some(Level::Location) | None => {
            let location_id = LocationId::from(form.location_id.unwrap_or_default());
            grant_location(&app, &request, visitor, email, location_id, None)
        }
    }
}

/// The form with the drop-downs.
pub(super) async fn decide_with_drop_downs(
    State(app): State<Shared>,
    Path(location_id): Path<String>,
    request: AuthorizeRequest,
    visitor: Visitor,
    Form(form): Form<ConsentForm>,
) -> Response {
    let email = match verdict(&request, &visitor, form.decision.as_deref()) {
        Verdict::Allowed { email } => email,
        Verdict::Elsewhere(address) => return Redirect::to(&address).into_response(),
        Verdict::Unclear => return UNCLEAR.page(visitor, ""),
    };
    if request.scope.level() == Some(Level::Account) {
        return Redirect::to(&request.first_page()).into_response();
    }
    grant_location(&app, &request, visitor, email, location_id.into(), Some(&form.picked))
}

enum Verdict {
    Allowed {
        email: String,
    },
    Elsewhere(String),
    /// The form was sent without any of its buttons.
    Unclear,
}

fn verdict(request: &AuthorizeRequest, visitor: &Visitor, decision: Option<&str>) -> Verdict {
    match (decision, &visitor.email) {
        (Some("deny"), _) => Verdict::Elsewhere(request.denied()),
        (Some("allow"), Some(email)) => Verdict::Allowed { email: email.clone() },
        // The session ended while the page was open: sign in, and decide again.
        (Some("allow"), None) => Verdict::Elsewhere(request.first_page()),
        _ => Verdict::Unclear,
    }
}

/// Grants a location, or shows its drop-downs if they leave a choice that was not made. `picked` is `None` before they
/// were seen.
fn grant_location(
    app: &App,
    request: &AuthorizeRequest,
    visitor: Visitor,
    user: String,
    location_id: LocationId,
    picked: Option<&Picked>,
) -> Response {
    let found = app.store.read(|world| {
        let user = world.directory.user(&user)?;
        let (account, location) = world.directory.location_of(user, &location_id)?;
        Some((account.id.clone(), Choices::at(account, location, &request.scope)))
    });
    let Some((account_id, choices)) = found else {
        return NOT_YOURS.page(visitor, location_id.as_str());
    };
    let catalog_id = choices.catalog.settle(picked.and_then(|picked| picked.catalog_id.as_deref()));
    let customer_list_id = choices.customer_list.settle(picked.and_then(|picked| picked.customer_list_id.as_deref()));
    let (Ok(catalog_id), Ok(customer_list_id)) = (catalog_id, customer_list_id) else {
        return match picked {
            None => Redirect::to(&request.drop_downs_page(location_id.as_str())).into_response(),
            Some(_) => drop_downs_page(app, request, &location_id, visitor, true),
        };
    };
    let (location_id, scope) = (Some(location_id), request.scope.clone());
    grant(
        app,
        request,
        Grant { user, account_id: Some(account_id), location_id, catalog_id, customer_list_id, scope, device_id: None },
    )
}

fn grant_account(
    app: &App,
    request: &AuthorizeRequest,
    visitor: Visitor,
    user: String,
    account_id: AccountId,
) -> Response {
    let theirs = app.store.read(|world| {
        let user = world.directory.user(&user);
        user.is_some_and(|user| user.has_access_to(&account_id))
    });
    if !theirs {
        return NOT_YOURS.page(visitor, account_id.as_str());
    }
    let scope = request.scope.clone();
    let whole_account = Grant {
        user,
        account_id: Some(account_id),
        location_id: None,
        catalog_id: None,
        customer_list_id: None,
        scope,
        device_id: None,
    };
    grant(app, request, whole_account)
}

fn grant(app: &App, request: &AuthorizeRequest, grant: Grant) -> Response {
    let client_id = request.client_id.clone();
    let code = app.store.change(|world| world.records.issue_code(client_id, grant, app.clock.now()));
    Redirect::to(&request.granted(&code)).into_response()
}
