//! CONNEXIONS: the apps connected to each account and location, and disconnecting them.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use chrono_tz::Tz;

use crate::app::{App, Shared};
use crate::state::{Account, AccountId, Connection, ConnectionId, Location, Status, User, World};
use crate::web::{Frame, Menu, Problem, Visitor};

struct AccountGroup {
    id: String,
    name: String,
    suspended: bool,
    places: Vec<PlaceGroup>,
}

/// A location, or the account as a whole.
struct PlaceGroup {
    location: Option<String>,
    cards: Vec<Card>,
}

struct Card {
    id: ConnectionId,
    app: String,
    connected_on: String,
    catalog: Option<String>,
    customer_list: Option<String>,
    user: String,
    blocked: bool,
}

#[derive(Template, WebTemplate)]
#[template(path = "back_office/connections.html")]
struct ConnectionsPage {
    frame: Frame,
    accounts: Vec<AccountGroup>,
}

pub(super) async fn show_connections(State(app): State<Shared>, visitor: Visitor) -> Response {
    let accounts = app.store.read(|world| {
        let user = world.directory.user(visitor.email.as_deref()?)?;
        Some(groups(&app, world, user))
    });
    match accounts {
        None => visitor.to_sign_in().into_response(),
        Some(accounts) => {
            ConnectionsPage { frame: Frame::within(visitor, Menu::Connections), accounts }.into_response()
        }
    }
}

/// Only accounts and locations that have a connection.
fn groups(app: &App, world: &World, user: &User) -> Vec<AccountGroup> {
    let accounts = world.directory.accounts_of(user).map(|account| {
        let own = PlaceGroup { location: None, cards: cards(app, world, account, None) };
        let located = account.locations.iter().map(|location| PlaceGroup {
            location: Some(format!("{} - {}", location.name, location.id)),
            cards: cards(app, world, account, Some(location)),
        });
        AccountGroup {
            id: account.id.to_string(),
            name: account.name.clone(),
            suspended: world.records.suspended_accounts.contains(&account.id),
            places: std::iter::once(own).chain(located).filter(|place| !place.cards.is_empty()).collect(),
        }
    });
    accounts.filter(|account| !account.places.is_empty()).collect()
}

fn cards(app: &App, world: &World, account: &Account, location: Option<&Location>) -> Vec<Card> {
    let place = location.map(|location| &location.id);
    let here = world.records.live_connections().filter(|connection| {
        connection.grant.account_id == account.id && connection.grant.location_id.as_ref() == place
    });
    let timezone = location.or(account.locations.first()).map_or(Tz::UTC, |location| location.timezone);
    here.map(|connection| card(app, account, connection, timezone)).collect()
}

fn card(app: &App, account: &Account, connection: &Connection, timezone: Tz) -> Card {
    let grant = &connection.grant;
    let catalog = grant.catalog_id.as_ref().and_then(|id| account.catalog(id));
    let list = grant.customer_list_id.as_ref().and_then(|id| account.customer_list(id));
    Card {
        id: connection.id.clone(),
        app: app.client_name(&connection.client_id).to_owned(),
        connected_on: connection.connected_at.with_timezone(&timezone).format("%d/%m/%Y").to_string(),
        catalog: catalog.map(|(_, catalog)| catalog.label()),
        customer_list: list.map(|(_, list)| list.label()),
        user: grant.user.clone(),
        blocked: connection.blocked,
    }
}

/// Disconnecting twice is as good as once; somebody else's connection does not exist.
pub(super) async fn disconnect(State(app): State<Shared>, Path(id): Path<String>, visitor: Visitor) -> Response {
    let Some(email) = visitor.email.clone() else {
        return Redirect::to("/connections").into_response();
    };
    let id = ConnectionId::from(id);
    let found = app.store.change(|world| {
        let theirs: Vec<AccountId> = world.directory.user(&email)?.accounts.clone();
        let connection = world.records.connections.iter_mut().find(|connection| connection.id == id)?;
        if !theirs.contains(&connection.grant.account_id) {
            return None;
        }
        connection.status = Status::Revoked;
        Some(())
    });
    match found {
        Some(()) => Redirect::to("/connections").into_response(),
        None => {
            Problem { status: StatusCode::NOT_FOUND, explanation: |words| words.not_found }.page(visitor, id.as_str())
        }
    }
}
