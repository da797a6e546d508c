//! CONNEXIONS: the apps connected to each account and location, and disconnecting them.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use chrono_tz::Tz;

use crate::app::Shared;
use crate::state::{Account, Connection, ConnectionId, Location, User, World};
use crate::web::{Frame, Member, Menu};

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
pub(super) struct ConnectionsPage {
    frame: Frame,
    accounts: Vec<AccountGroup>,
}

pub(super) async fn show_connections(State(app): State<Shared>, member: Member) -> ConnectionsPage {
    let accounts = app.store.read(|world| groups(world, &member.user));
    ConnectionsPage { frame: Frame::within(member, Menu::Connections), accounts }
}

/// Only accounts and locations that have a connection.
fn groups(world: &World, user: &User) -> Vec<AccountGroup> {
    let accounts = world.directory.accounts_of(user).map(|account| {
        let own = PlaceGroup { location: None, cards: cards(world, account, None) };
        let located = account.locations.iter().map(|location| PlaceGroup {
            location: Some(format!("{} - {}", location.name, location.id)),
            cards: cards(world, account, Some(location)),
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

fn cards(world: &World, account: &Account, location: Option<&Location>) -> Vec<Card> {
    let place = location.map(|location| &location.id);
    let here = world.records.live_connections().filter(|connection| {
        connection.grant.account_id.as_ref() == Some(&account.id) && connection.grant.location_id.as_ref() == place
    });
    let timezone = location.or(account.locations.first()).map_or(Tz::UTC, |location| location.timezone);
    here.map(|connection| card(world, account, connection, timezone)).collect()
}

fn card(world: &World, account: &Account, connection: &Connection, timezone: Tz) -> Card {
    let grant = &connection.grant;
    let catalog = grant.catalog_id.as_ref().and_then(|id| account.catalog(id));
    let list = grant.customer_list_id.as_ref().and_then(|id| account.customer_list(id));
    Card {
        id: connection.id.clone(),
        app: world.directory.client_name(&connection.client_id).to_owned(),
        connected_on: connection.connected_at.with_timezone(&timezone).format("%d/%m/%Y").to_string(),
        catalog: catalog.map(|(_, catalog)| catalog.label()),
        customer_list: list.map(|(_, list)| list.label()),
        user: grant.user.clone(),
        blocked: connection.blocked,
    }
}

/// Disconnecting twice is as good as once; somebody else's connection does not exist.
pub(super) async fn disconnect(State(app): State<Shared>, Path(id): Path<ConnectionId>, member: Member) -> Response {
    let found = app.store.change(|world| {
        let account = world.records.connection(&id)?.grant.account_id.as_ref()?;
        member.role_at(account).filter(|role| role.manages_connections())?;
        world.records.end_connection(&id);
        Some(())
    });
    found.map_or_else(|| member.not_found(), |()| Redirect::to("/connections").into_response())
}
