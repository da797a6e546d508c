//! The pages of Services tiers: what is connected, what to connect, and that it is connected.

use askama::Template;
use axum::response::Response;
use chrono::{DateTime, Utc};

use super::{Connection, Former, Gone, Health, Link};
use crate::{
    disconnections::OpenReceipt,
    ids::DisconnectionId,
    web::{AppError, Frame, page, see},
};

/// One connection, as a card shows it.
pub(super) struct Card {
    pub id: String,
    pub point_of_sale_name: String,
    /// Compte, Point de vente, Catalogue, Liste de clients.
    pub link: Link,
    pub connected_by: Option<String>,
    /// Whether the owner of the HubRise account connected it, by a link.
    pub connected_by_link: bool,
    pub connected_at: DateTime<Utc>,
    pub health: Health,
    pub gone: Gone,
}

impl From<Connection> for Card {
    fn from(connection: Connection) -> Self {
        Self {
            id: connection.id.to_string(),
            link: connection.link(),
            health: connection.health(),
            gone: connection.gone(),
            point_of_sale_name: connection.point_of_sale_name,
            connected_by: connection.connected_by,
            connected_by_link: connection.connected_by_link,
            connected_at: connection.connected_at,
        }
    }
}

/// A grant of this browser that waits for a word.
pub(super) struct Waiting {
    pub id: String,
    pub link: Link,
}

/// `/services`
#[derive(Template)]
#[template(path = "connections/services.html")]
pub(super) struct ServicesPage {
    pub frame: Frame,
    pub cards: Vec<Card>,
    pub waiting: Vec<Waiting>,
    /// Former connections whose revocation HubRise has not confirmed.
    pub revoking: Vec<OpenReceipt>,
    /// Whether this person may connect and disconnect.
    pub may_change: bool,
    /// HubRise's back office.
    pub hubrise_address: String,
}

/// A point of sale to choose.
pub(super) struct Choice {
    pub id: String,
    pub name: String,
    pub chosen: bool,
}

/// `/services/hubrise/connect`
#[derive(Template)]
#[template(path = "connections/connect.html")]
pub(super) struct ConnectPage {
    pub frame: Frame,
    /// The organisation's points of sale that are not connected.
    pub choices: Vec<Choice>,
    /// Whether "a new one" is chosen.
    pub new_chosen: bool,
    /// The name typed for it.
    pub new_name: String,
    /// What is wrong, in a sentence.
    pub error: Option<String>,
}

#[derive(Template)]
#[template(path = "connections/connected.html")]
struct ConnectedPage {
    frame: Frame,
    card: Card,
    former: Former,
    was_connected: bool,
    /// The receipt of the connection whose place it took.
    receipt: Option<DisconnectionId>,
}

/// The page that says what is linked to what, and what changed. `since` is when HubRise granted it: what is older was
/// connected already. `receipt` is that of the connection whose place it took. While HubRise refuses it, the way to its
/// card.
///
/// # Errors
/// When the template fails, which would be a fault of ours.
pub fn show_connected(
    frame: Frame,
    connection: Connection,
    former: Former,
    since: Option<DateTime<Utc>>,
    receipt: Option<DisconnectionId>,
) -> Result<Response, AppError> {
    // Looked at again later, it must not say that all is well.
    if connection.health().failure.is_some() {
        return Ok(see(&format!("/services#connection-{}", connection.id)));
    }
    let was_connected = since.is_some_and(|since| connection.connected_at < since);
    page(&ConnectedPage { frame, card: connection.into(), former, was_connected, receipt })
}
