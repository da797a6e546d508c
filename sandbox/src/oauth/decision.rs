//! What the user decided: refuse, go on to the drop-downs, or grant. A location that leaves a choice is never granted
//! before its drop-downs were seen, whatever the button of the first page was called.

use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::choices::Choices;
use super::drop_downs::{NOT_YOURS, drop_downs_page};
use super::request::AuthorizeRequest;
use super::standing::Standing;
use crate::app::{App, Shared};
use crate::state::{Account, AccountId, ConnectionId, Grant, Level, LocationId, User, World};
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
    let (visitor, email) = match allowed(&request, visitor, form.decision.as_deref()) {
        Ok(allowed) => allowed,
        Err(answer) => return *answer,
    };
    match request.scope.level() {
        None => grant_profile(&app, &request, visitor, email),
        Some(Level::Account) => {
            let account_id = AccountId::from(form.account_id.unwrap_or_default());
            grant_account(&app, &request, visitor, email, account_id)
        }
        Some(Level::Location) => {
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
    let (visitor, email) = match allowed(&request, visitor, form.decision.as_deref()) {
        Ok(allowed) => allowed,
        Err(answer) => return *answer,
    };
    if request.scope.level() != Some(Level::Location) {
        return Redirect::to(&request.first_page()).into_response();
    }
    grant_location(&app, &request, visitor, email, location_id.into(), Some(&form.picked))
}

/// Who allowed it; the answer to whoever did not.
fn allowed(
    request: &AuthorizeRequest,
    visitor: Visitor,
    decision: Option<&str>,
) -> Result<(Visitor, String), Box<Response>> {
    match (decision, visitor.email.clone()) {
        (Some("deny"), _) => Err(Box::new(request.way_back.denied(&request.client_name, visitor))),
        (Some("allow"), Some(email)) => Ok((visitor, email)),
        // The session ended while the page was open: sign in, and decide again.
        (Some("allow"), None) => Err(Box::new(Redirect::to(&request.first_page()).into_response())),
        // The form was sent without any of its buttons.
        _ => Err(Box::new(UNCLEAR.page(visitor, ""))),
    }
}

/// An account of the user's that the request is about, and whether the user may grant anything there.
fn account_in_question<'a>(
    world: &'a World,
    request: &AuthorizeRequest,
    user: &User,
    wanted: impl Fn(&Account) -> bool,
) -> Option<(&'a Account, Standing)> {
    let account = world.directory.accounts_of(user).find(|account| wanted(account))?;
    let theirs = request.renewal.as_ref().is_none_or(|renewal| renewal.is_open_to(user));
    (theirs && request.is_about_account(account)).then(|| (account, Standing::of(world, user, account)))
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
        let (account, standing) =
            account_in_question(world, request, user, |account| account.location(&location_id).is_some())?;
        let location = account.location(&location_id).filter(|location| request.is_about_location(&location.id))?;
        Some((account.id.clone(), standing, Choices::at(account, location, &request.scope)))
    });
    let Some((account_id, standing, choices)) = found else {
        return NOT_YOURS.page(visitor, location_id.as_str());
    };
    if let Some(problem) = standing.problem() {
        return problem.page(visitor, location_id.as_str());
    }
    let catalog_id = choices.catalog.settle(picked.and_then(|picked| picked.catalog_id.as_deref()));
    let customer_list_id = choices.customer_list.settle(picked.and_then(|picked| picked.customer_list_id.as_deref()));
    let (Ok(catalog_id), Ok(customer_list_id)) = (catalog_id, customer_list_id) else {
        return match picked {
            None => Redirect::to(&request.drop_downs_page(location_id.as_str())).into_response(),
            Some(_) => drop_downs_page(app, request, &location_id, visitor, true),
        };
    };
    let place = Grant {
        account_id: Some(account_id),
        location_id: Some(location_id),
        catalog_id,
        customer_list_id,
        ..request.bare_grant(user)
    };
    request.grant(app, visitor, place)
}

fn grant_account(
    app: &App,
    request: &AuthorizeRequest,
    visitor: Visitor,
    user: String,
    account_id: AccountId,
) -> Response {
    let standing = app.store.read(|world| {
        let user = world.directory.user(&user)?;
        account_in_question(world, request, user, |account| account.id == account_id).map(|(_, standing)| standing)
    });
    match standing.map(Standing::problem) {
        None => NOT_YOURS.page(visitor, account_id.as_str()),
        Some(Some(problem)) => problem.page(visitor, account_id.as_str()),
        Some(None) => {
            let whole_account = Grant { account_id: Some(account_id), ..request.bare_grant(user) };
            request.grant(app, visitor, whole_account)
        }
    }
}

fn grant_profile(app: &App, request: &AuthorizeRequest, visitor: Visitor, user: String) -> Response {
    let theirs = app.store.read(|world| {
        let user = world.directory.user(&user);
        user.is_some_and(|user| request.renewal.as_ref().is_none_or(|renewal| renewal.is_open_to(user)))
    });
    if !theirs {
        return NOT_YOURS.page(visitor, "");
    }
    request.grant(app, visitor, request.bare_grant(user))
}

impl AuthorizeRequest {
    /// A grant of what the scope says of the user alone.
    fn bare_grant(&self, user: String) -> Grant {
        Grant {
            user,
            account_id: None,
            location_id: None,
            catalog_id: None,
            customer_list_id: None,
            scope: self.scope.clone(),
            device_id: self.device_id.clone(),
        }
    }

    fn grant(&self, app: &App, visitor: Visitor, grant: Grant) -> Response {
        self.issue_code(app, visitor, grant, None)
    }

    /// Issues the code, and takes it to the client. `renews` is the connection that stays as it is.
    pub(super) fn issue_code(
        &self,
        app: &App,
        visitor: Visitor,
        grant: Grant,
        renews: Option<ConnectionId>,
    ) -> Response {
        let client_id = self.client_id.clone();
        let code = app.store.change(|world| world.records.issue_code(client_id, grant, renews, app.clock.now()));
        self.way_back.granted(&self.client_name, visitor, &code)
    }
}
