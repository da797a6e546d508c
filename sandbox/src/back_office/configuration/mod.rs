//! CONFIGURATION: the account and its locations by name, who has access to it, and whether its subscription is paid.
//! Everyone with access looks; administrators change.

mod payments;
mod permissions;
mod places;
mod words;

use askama::Template;
use askama_web::WebTemplate;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};

use crate::app::{App, Shared};
use crate::back_office::refusal::{Refusal, may};
use crate::state::{AccountId, Role};
use crate::web::{Frame, Member, Menu};
use words::ConfigurationWords;

const PAGE: &str = "/configuration";
/// Characters of a name: more would break every page it stands on.
const LONGEST_NAME: usize = 100;

pub(super) fn router() -> Router<Shared> {
    Router::new()
        .route(PAGE, get(show_configuration))
        .route("/configuration/account", post(places::rename_account))
        .route("/configuration/locations", post(places::rename_location))
        .route("/configuration/permissions", get(permissions::show_permissions).post(permissions::set_permissions))
        .route("/configuration/permissions/remove", post(permissions::remove_access))
        .route("/configuration/suspend", post(payments::suspend))
        .route("/configuration/pay", post(payments::pay))
}

struct AccountView {
    id: AccountId,
    name: String,
    currency: String,
    suspended: bool,
}

struct LocationView {
    id: String,
    name: String,
    address: String,
}

struct MemberView {
    email: String,
    name: String,
    role: &'static str,
}

#[derive(Template, WebTemplate)]
#[template(path = "back_office/configuration/page.html")]
struct ConfigurationPage {
    say: &'static ConfigurationWords,
    account: Option<AccountView>,
    locations: Vec<LocationView>,
    members: Vec<MemberView>,
    may_change: bool,
    problem: Option<&'static str>,
    frame: Frame,
}

/// Why nothing was changed.
enum Unchanged {
    Refused(Refusal),
    /// What was asked for cannot be, with the sentence that says why.
    Impossible(fn(&ConfigurationWords) -> &'static str),
}

impl From<Refusal> for Unchanged {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

async fn show_configuration(State(app): State<Shared>, member: Member) -> ConfigurationPage {
    page(&app, member, None)
}

fn page(app: &App, member: Member, problem: Option<&'static str>) -> ConfigurationPage {
    let say = ConfigurationWords::of(member.visitor.language);
    let places = &member.places;
    let found = app.store.read(|world| {
        let account = world.directory.account(places.account.as_ref()?)?;
        let view = AccountView {
            id: account.id.clone(),
            name: account.name.clone(),
            currency: account.currency.clone(),
            suspended: world.records.suspended_accounts.contains(&account.id),
        };
        let shown = account.locations.iter().filter(|location| places.includes(location));
        let locations: Vec<LocationView> = shown
            .map(|location| LocationView {
                id: location.id.to_string(),
                name: location.name.clone(),
                address: location.address_line(),
            })
            .collect();
        let members = world.directory.members_of(&account.id).map(|(user, role)| MemberView {
            email: user.email.clone(),
            name: user.name(),
            role: say.role_label(role),
        });
        Some((view, locations, members.collect::<Vec<_>>()))
    });
    let may_change = may(&member, Role::administers);
    let (account, locations, members) =
        found.map_or_else(Default::default, |(account, locations, members)| (Some(account), locations, members));
    ConfigurationPage {
        say,
        account,
        locations,
        members,
        may_change,
        problem,
        frame: Frame::within(member, Menu::Configuration),
    }
}

/// The page again, changed, or with the reason why it is not.
fn answer(app: &App, member: Member, outcome: &Result<(), Unchanged>) -> Response {
    match outcome {
        Ok(()) => Redirect::to(PAGE).into_response(),
        Err(Unchanged::Refused(refusal)) => refusal.page(member),
        Err(Unchanged::Impossible(reason)) => {
            let problem = reason(ConfigurationWords::of(member.visitor.language));
            (StatusCode::UNPROCESSABLE_ENTITY, page(app, member, Some(problem))).into_response()
        }
    }
}
