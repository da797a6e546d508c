//! Connections as cards, one group for the account and one for each location.

use crate::back_office::app_links::{open_address, reconnect_address};
use crate::state::{Account, Connection, ConnectionId, Location, World};
use crate::web::Places;

/// Connections that ended are listed to look into their logs; nobody needs all of them.
const MOST_ENDED: usize = 20;

/// The connections of a location, or of the account as a whole.
pub(super) struct Group {
    /// Of the account or the location.
    pub(super) id: String,
    pub(super) label: String,
    pub(super) is_location: bool,
    pub(super) suspended: bool,
    pub(super) cards: Vec<Card>,
}

pub(super) struct Card {
    pub(super) id: ConnectionId,
    pub(super) app: String,
    pub(super) connected_on: String,
    pub(super) user: String,
    /// An account's connection has neither list nor catalog.
    pub(super) is_location: bool,
    pub(super) customer_list: Option<String>,
    pub(super) catalog: Option<String>,
    pub(super) device: Option<String>,
    pub(super) blocked: bool,
    pub(super) open: Option<String>,
    pub(super) reconnect: Option<String>,
}

pub(super) struct EndedConnection {
    pub(super) id: ConnectionId,
    pub(super) app: String,
    pub(super) place: String,
}

/// Only groups that have a connection. A location that was chosen hides the account's own.
pub(super) fn groups(world: &World, places: &Places) -> Vec<Group> {
    let Some(account) = places.account.as_ref().and_then(|id| world.directory.account(id)) else {
        return Vec::new();
    };
    let suspended = world.records.suspended_accounts.contains(&account.id);
    let own = places.location.is_none().then(|| Group {
        id: account.id.to_string(),
        label: format!("{} - {}", account.name, account.id),
        is_location: false,
        suspended,
        cards: cards(world, account, None),
    });
    let shown = account.locations.iter().filter(|location| places.includes(location));
    let located = shown.map(|location| Group {
        id: location.id.to_string(),
        label: location.label(),
        is_location: true,
        suspended,
        cards: cards(world, account, Some(location)),
    });
    own.into_iter().chain(located).filter(|group| !group.cards.is_empty()).collect()
}

fn cards(world: &World, account: &Account, location: Option<&Location>) -> Vec<Card> {
    let place = location.map(|location| &location.id);
    let here = world.records.live_connections().filter(|connection| {
        connection.grant.account_id.as_ref() == Some(&account.id) && connection.grant.location_id.as_ref() == place
    });
    here.map(|connection| card(world, account, connection)).collect()
}

fn card(world: &World, account: &Account, connection: &Connection) -> Card {
    let grant = &connection.grant;
    let client = world.directory.client(connection.client_id.as_str());
    let connected_at = world.directory.time_at(&account.id, grant.location_id.as_ref(), connection.connected_at);
    Card {
        id: connection.id.clone(),
        app: world.directory.client_name(&connection.client_id).to_owned(),
        connected_on: connected_at.format("%d/%m/%Y").to_string(),
        user: grant.user.clone(),
        is_location: grant.location_id.is_some(),
        customer_list: customer_list(account, connection),
        catalog: catalog(account, connection),
        device: grant.device_id.clone(),
        blocked: connection.blocked,
        open: client.and_then(|client| open_address(client, connection)).map(String::from),
        reconnect: client.and_then(|client| reconnect_address(client, connection)),
    }
}

pub(super) fn customer_list(account: &Account, connection: &Connection) -> Option<String> {
    let id = connection.grant.customer_list_id.as_ref()?;
    account.customer_list(id).map(|(_, list)| list.label())
}

pub(super) fn catalog(account: &Account, connection: &Connection) -> Option<String> {
    let id = connection.grant.catalog_id.as_ref()?;
    account.catalog(id).map(|(_, catalog)| catalog.label())
}

/// The last connections that are no more, the latest first.
pub(super) fn ended(world: &World, places: &Places) -> Vec<EndedConnection> {
    let Some(account) = places.account.as_ref().and_then(|id| world.directory.account(id)) else {
        return Vec::new();
    };
    let ended = world.records.connections.iter().rev().filter(|connection| {
        let chosen = places.location.as_ref().is_none_or(|id| connection.grant.location_id.as_ref() == Some(id));
        !connection.is_live() && connection.grant.account_id.as_ref() == Some(&account.id) && chosen
    });
    let views = ended.map(|connection| EndedConnection {
        id: connection.id.clone(),
        app: world.directory.client_name(&connection.client_id).to_owned(),
        place: place(account, connection),
    });
    views.take(MOST_ENDED).collect()
}

/// `Name - id` of what the connection is to.
pub(super) fn place(account: &Account, connection: &Connection) -> String {
    let location = connection.grant.location_id.as_ref().and_then(|id| account.location(id));
    location.map_or_else(|| format!("{} - {}", account.name, account.id), Location::label)
}
