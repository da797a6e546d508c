//! Callbacks: which events a connection listens to, and where they are to be sent.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Records;
use super::identifiers::ConnectionId;

/// A connection's one callback.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Callback {
    /// An http or https address, as the client wrote it; `None` for a passive callback, whose events wait to be
    /// fetched.
    pub(crate) url: Option<String>,
    pub(crate) events: BTreeMap<ResourceType, BTreeSet<EventType>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ResourceType {
    Catalog,
    Customer,
    /// Not documented, but HubRise's own engine listens to it.
    CustomerList,
    Delivery,
    Inventory,
    Location,
    Order,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EventType {
    Create,
    Delete,
    Patch,
    Update,
}

impl Callback {
    pub(crate) fn listens_to(&self, resource_type: ResourceType, event_type: EventType) -> bool {
        self.events.get(&resource_type).is_some_and(|types| types.contains(&event_type))
    }
}

impl ResourceType {
    /// The events that HubRise lets a client listen to.
    pub(crate) fn allowed(self) -> &'static [EventType] {
        match self {
            Self::Catalog => &[EventType::Create, EventType::Update, EventType::Delete],
            Self::Customer | Self::Delivery | Self::Order => &[EventType::Create, EventType::Update],
            Self::Inventory => &[EventType::Patch, EventType::Update],
            Self::CustomerList | Self::Location => &[EventType::Update],
        }
    }
}

impl Records {
    /// Gives a connection its callback. Events that wait stay: with an address they are sent, without one fetched.
    pub(crate) fn set_callback(&mut self, id: &ConnectionId, callback: Callback, now: DateTime<Utc>) {
        let active = callback.url.is_some();
        if let Some(connection) = self.connection_mut(id) {
            connection.callback = Some(callback);
        }
        for event in self.events.iter_mut().filter(|event| event.connection_id == *id) {
            event.due_at = active.then(|| event.due_at.unwrap_or(now));
        }
    }

    /// Takes a connection's callback away, with the events that wait.
    pub(crate) fn remove_callback(&mut self, id: &ConnectionId) {
        if let Some(connection) = self.connection_mut(id) {
            connection.callback = None;
        }
        self.events.retain(|event| event.connection_id != *id);
    }
}
