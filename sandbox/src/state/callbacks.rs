//! Callbacks: which events a connection listens to, and where they are to be sent.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use url::Url;

/// A connection's one callback.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Callback {
    /// `None` for a passive callback: its events wait to be fetched.
    pub(crate) url: Option<Url>,
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
