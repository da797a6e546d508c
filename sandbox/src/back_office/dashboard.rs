//! The dashboard: the accounts and locations that the user has access to.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;

use crate::app::Shared;
use crate::state::{Account, Named, User, World};
use crate::web::{Frame, Member, Menu};

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
pub(super) struct DashboardPage {
    frame: Frame,
    name: String,
    accounts: Vec<AccountView>,
}

pub(super) async fn show_dashboard(State(app): State<Shared>, member: Member) -> DashboardPage {
    let accounts = app.store.read(|world| accounts_of(world, &member.user));
    DashboardPage { name: member.user.name(), accounts, frame: Frame::within(member, Menu::Dashboard) }
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
