//! The dashboard: the accounts and locations that the user has access to.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use crate::app::Shared;
use crate::state::{Account, Named, User, World};
use crate::web::{Frame, Menu, Visitor};

struct AccountView {
    id: String,
    name: String,
    suspended: bool,
    locations: Vec<LocationView>,
}

struct LocationView {
    id: String,
    name: String,
    address: String,
    catalogs: Vec<String>,
    customer_lists: Vec<String>,
}

#[derive(Template, WebTemplate)]
#[template(path = "back_office/dashboard.html")]
struct DashboardPage {
    frame: Frame,
    name: String,
    accounts: Vec<AccountView>,
}

pub(super) async fn show_dashboard(State(app): State<Shared>, visitor: Visitor) -> Response {
    let seen = app.store.read(|world| {
        let user = world.directory.user(visitor.email.as_deref()?)?;
        Some((user.name.clone(), accounts_of(world, user)))
    });
    match seen {
        None => visitor.to_sign_in().into_response(),
        Some((name, accounts)) => {
            DashboardPage { frame: Frame::within(visitor, Menu::Dashboard), name, accounts }.into_response()
        }
    }
}

fn accounts_of(world: &World, user: &User) -> Vec<AccountView> {
    let view = |account: &Account| AccountView {
        id: account.id.to_string(),
        name: account.name.clone(),
        suspended: world.records.suspended_accounts.contains(&account.id),
        locations: locations_of(account),
    };
    world.directory.accounts_of(user).map(view).collect()
}

fn locations_of(account: &Account) -> Vec<LocationView> {
    let locations = account.locations.iter().map(|location| LocationView {
        id: location.id.to_string(),
        name: location.name.clone(),
        address: format!("{}, {} {}", location.address, location.postal_code, location.city),
        catalogs: account.catalogs_at(location).map(Named::label).collect(),
        customer_lists: account.customer_lists_at(location).map(Named::label).collect(),
    });
    locations.collect()
}
