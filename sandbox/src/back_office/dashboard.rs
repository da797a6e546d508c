//! The dashboard: the account of the top bar and its locations, at a glance.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;

use crate::app::Shared;
use crate::state::{Account, Named, World};
use crate::web::{Frame, Member, Menu, Places};

struct AccountView {
    id: String,
    name: String,
    suspended: bool,
    connections: usize,
    locations: Vec<LocationView>,
}

struct LocationView {
    id: String,
    name: String,
    address: String,
    connections: usize,
    catalogs: Vec<String>,
    customer_lists: Vec<String>,
}

#[derive(Template, WebTemplate)]
#[template(path = "back_office/dashboard.html")]
pub(super) struct DashboardPage {
    frame: Frame,
    name: String,
    account: Option<AccountView>,
}

pub(super) async fn show_dashboard(State(app): State<Shared>, member: Member) -> DashboardPage {
    let account = app.store.read(|world| account_of(world, &member.places));
    DashboardPage { name: member.user.name(), account, frame: Frame::within(member, Menu::Dashboard) }
}

fn account_of(world: &World, places: &Places) -> Option<AccountView> {
    let account = world.directory.account(places.account.as_ref()?)?;
    let own = world.records.live_connections().filter(|connection| {
        connection.grant.account_id.as_ref() == Some(&account.id) && connection.grant.location_id.is_none()
    });
    Some(AccountView {
        id: account.id.to_string(),
        name: account.name.clone(),
        suspended: world.records.suspended_accounts.contains(&account.id),
        connections: own.count(),
        locations: locations_of(world, account, places),
    })
}

fn locations_of(world: &World, account: &Account, places: &Places) -> Vec<LocationView> {
    let shown = account.locations.iter().filter(|location| places.includes(location));
    let locations = shown.map(|location| LocationView {
        id: location.id.to_string(),
        name: location.name.clone(),
        address: location.address_line(),
        connections: world
            .records
            .live_connections()
            .filter(|connection| connection.grant.location_id.as_ref() == Some(&location.id))
            .count(),
        catalogs: account.catalogs_at(location).map(Named::label).collect(),
        customer_lists: account.customer_lists_at(location).map(Named::label).collect(),
    });
    locations.collect()
}
