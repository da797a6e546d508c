//! The apps that can be connected from here: their list, and the page that leads to the consent page of one.

mod words;

use askama::Template;
use askama_web::WebTemplate;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::app::Shared;
use crate::back_office::app_links::connect_address;
use crate::back_office::refusal::may;
use crate::state::{Account, Client, Level, Listing, Role, World};
use crate::web::{Frame, Member, Menu, Places};
use words::AppWords;

pub(super) fn router() -> Router<Shared> {
    Router::new().route("/apps", get(show_apps)).route("/apps/{client_id}", get(show_app))
}

struct AppView {
    id: String,
    name: String,
    description: String,
    for_locations: bool,
    for_accounts: bool,
}

/// One of the levels that the app can be connected at.
struct LevelView {
    is_location: bool,
    /// `Name - id` of what would be connected.
    place: Option<String>,
    scope: String,
    /// `None` for an account while the top bar is set to one of its locations.
    connect: Option<String>,
}

#[derive(Template, WebTemplate)]
#[template(path = "back_office/apps/list.html")]
struct AppsPage {
    say: &'static AppWords,
    apps: Vec<AppView>,
    frame: Frame,
}

#[derive(Template, WebTemplate)]
#[template(path = "back_office/apps/app.html")]
struct AppPage {
    say: &'static AppWords,
    app: AppView,
    /// Whether HubRise can start the connection; otherwise it starts in the app.
    connectable: bool,
    may_connect: bool,
    levels: Vec<LevelView>,
    frame: Frame,
}

async fn show_apps(State(app): State<Shared>, member: Member) -> AppsPage {
    let apps = app.store.read(|world| {
        let listed = world.directory.clients.iter().filter_map(|client| Some((client, client.listing.as_ref()?)));
        listed.map(|(client, listing)| app_view(client, listing)).collect()
    });
    AppsPage { say: AppWords::of(member.visitor.language), apps, frame: Frame::within(member, Menu::Connections) }
}

async fn show_app(State(app): State<Shared>, Path(client_id): Path<String>, member: Member) -> Response {
    let found = app.store.read(|world| {
        let client = world.directory.client(&client_id)?;
        let listing = client.listing.as_ref()?;
        Some((app_view(client, listing), listing.connect_url.is_some(), levels(world, client, listing, &member.places)))
    });
    let Some((view, connectable, levels)) = found else {
        return member.not_found();
    };
    AppPage {
        say: AppWords::of(member.visitor.language),
        app: view,
        connectable,
        may_connect: may(&member, Role::manages_connections),
        levels,
        frame: Frame::within(member, Menu::Connections),
    }
    .into_response()
}

fn app_view(client: &Client, listing: &Listing) -> AppView {
    AppView {
        id: client.id().to_owned(),
        name: client.name.clone(),
        description: listing.description.clone(),
        for_locations: listing.location_scope.is_some(),
        for_accounts: listing.account_scope.is_some(),
    }
}

/// A location can always be connected: which one, is chosen on the consent page. The account can be while the top bar
/// shows all its locations.
fn levels(world: &World, client: &Client, listing: &Listing, places: &Places) -> Vec<LevelView> {
    let Some(account) = places.account.as_ref().and_then(|id| world.directory.account(id)) else {
        return Vec::new();
    };
    let all = [Level::Location, Level::Account];
    let views = all.into_iter().filter_map(|level| {
        let chosen = level == Level::Location || places.location.is_none();
        Some(LevelView {
            is_location: level == Level::Location,
            place: place(account, level, places),
            scope: listing.scope_at(level)?.to_string(),
            connect: connect_address(client, level, &account.id).filter(|_| chosen),
        })
    });
    views.collect()
}

fn place(account: &Account, level: Level, places: &Places) -> Option<String> {
    match level {
        Level::Location => Some(account.location(places.location.as_ref()?)?.label()),
        Level::Account => Some(format!("{} - {}", account.name, account.id)),
    }
}
