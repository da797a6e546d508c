//! Events: what happened, once for each connection that listens, until it is acknowledged or given up. Sending them is
//! `deliveries`'.

use chrono::{DateTime, FixedOffset, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::callbacks::{EventType, ResourceType};
use super::connections::Connection;
use super::identifiers::{
    AccountId, CatalogId, ClientId, ConnectionId, CustomerId, CustomerListId, EventId, LocationId, OrderId,
};
use super::outbox::Fate;
use super::scope::Resource;
use super::{Records, World};

/// An event that one connection has not acknowledged yet.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[expect(clippy::struct_field_names, reason = "they are HubRise's names")]
pub(crate) struct Event {
    pub(crate) id: EventId,
    /// Rises from one to the next, and is no other's once this one is gone: a place in the list of events.
    #[serde(default)]
    pub(crate) number: u64,
    pub(crate) connection_id: ConnectionId,
    pub(crate) resource_type: ResourceType,
    pub(crate) event_type: EventType,
    pub(crate) created_at: DateTime<FixedOffset>,
    /// Ids of the resource and its parents, as the event shows them: `order_id`, `location_id`, …
    pub(crate) ids: Map<String, Value>,
    pub(crate) states: States,
    /// How often it was sent so far.
    pub(crate) attempts: u32,
    /// When it is to be sent next; `None` for one that waits to be fetched.
    pub(crate) due_at: Option<DateTime<Utc>>,
    #[serde(default)]
    pub(crate) fate: Fate,
}

/// The resource before and after, as far as HubRise tells it for this kind of event, as one client sees it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct States {
    pub(crate) previous_state: Option<Value>,
    pub(crate) new_state: Option<Value>,
    /// The list of changes of an inventory patch.
    pub(crate) state_change: Option<Value>,
}

/// Something that happened to a resource.
#[derive(Debug, Clone)]
pub(crate) struct Happening {
    /// Whose doing it was: that client gets no event. `None` for the back office.
    pub(crate) by: Option<ClientId>,
    pub(crate) event_type: EventType,
    pub(crate) account_id: AccountId,
    pub(crate) subject: Subject,
}

/// The resource that something happened to.
#[derive(Debug, Clone)]
pub(crate) enum Subject {
    Order {
        location_id: LocationId,
        order_id: OrderId,
    },
    Delivery {
        location_id: LocationId,
        order_id: OrderId,
    },
    Location {
        location_id: LocationId,
    },
    /// A catalog of a location, or of the account.
    Catalog {
        catalog_id: CatalogId,
        location_id: Option<LocationId>,
    },
    Inventory {
        catalog_id: CatalogId,
        location_id: LocationId,
    },
    CustomerList {
        customer_list_id: CustomerListId,
        location_id: Option<LocationId>,
    },
    Customer {
        customer_list_id: CustomerListId,
        customer_id: CustomerId,
        location_id: Option<LocationId>,
    },
}

impl Subject {
    fn resource_type(&self) -> ResourceType {
        match self {
            Self::Order { .. } => ResourceType::Order,
            Self::Delivery { .. } => ResourceType::Delivery,
            Self::Location { .. } => ResourceType::Location,
            Self::Catalog { .. } => ResourceType::Catalog,
            Self::Inventory { .. } => ResourceType::Inventory,
            Self::CustomerList { .. } => ResourceType::CustomerList,
            Self::Customer { .. } => ResourceType::Customer,
        }
    }

    fn location_id(&self) -> Option<&LocationId> {
        match self {
            Self::Order { location_id, .. }
            | Self::Delivery { location_id, .. }
            | Self::Location { location_id }
            | Self::Inventory { location_id, .. } => Some(location_id),
            Self::Catalog { location_id, .. }
            | Self::CustomerList { location_id, .. }
            | Self::Customer { location_id, .. } => location_id.as_ref(),
        }
    }

    /// The ids that the event shows.
    fn ids(&self, account_id: &AccountId) -> Map<String, Value> {
        let mut ids = Map::new();
        let mut show = |name: &str, id: &str| ids.insert(name.to_owned(), json!(id));
        match self {
            Self::Order { order_id, .. } | Self::Delivery { order_id, .. } => {
                show("order_id", order_id.as_str());
            }
            Self::Catalog { catalog_id, .. } | Self::Inventory { catalog_id, .. } => {
                show("catalog_id", catalog_id.as_str());
            }
            Self::CustomerList { customer_list_id, .. } => {
                show("customer_list_id", customer_list_id.as_str());
            }
            Self::Customer { customer_list_id, customer_id, .. } => {
                show("customer_id", customer_id.as_str());
                show("customer_list_id", customer_list_id.as_str());
            }
            Self::Location { .. } => {}
        }
        if let Some(location_id) = self.location_id() {
            show("location_id", location_id.as_str());
        }
        show("account_id", account_id.as_str());
        ids
    }
}

impl World {
    /// Makes an event for every connection that listens, except those of the client whose doing it was. `states` says
    /// what the resource looks like to a client: private refs are private.
    pub(crate) fn publish(
        &mut self,
        happening: &Happening,
        now: DateTime<Utc>,
        states: impl Fn(&Self, &ClientId) -> States,
    ) {
        let Happening { event_type, account_id, subject, .. } = happening;
        let offset = self.directory.time_at(account_id, subject.location_id(), now);
        let listeners = self.records.live_connections().filter(|connection| self.is_listening(connection, happening));
        let events: Vec<Event> = (self.records.last_event_number + 1..)
            .zip(listeners)
            .map(|(number, connection)| Event {
                id: EventId::generate(),
                number,
                connection_id: connection.id.clone(),
                resource_type: subject.resource_type(),
                event_type: *event_type,
                created_at: offset,
                ids: subject.ids(account_id),
                states: states(self, &connection.client_id),
                attempts: 0,
                fate: Fate::default(),
                due_at: connection.callback.as_ref().and_then(|callback| callback.url.as_ref()).map(|_| now),
            })
            .collect();
        self.records.last_event_number = events.last().map_or(self.records.last_event_number, |event| event.number);
        self.records.events.extend(events);
    }

    /// Blocked connections and those of suspended accounts get nothing.
    fn is_listening(&self, connection: &Connection, happening: &Happening) -> bool {
        let Happening { by, event_type, account_id, subject } = happening;
        let listens = connection
            .callback
            .as_ref()
            .is_some_and(|callback| callback.listens_to(subject.resource_type(), *event_type));
        let suspended = self.records.suspended_accounts.contains(account_id);
        listens
            && by.as_ref() != Some(&connection.client_id)
            && !connection.blocked
            && !suspended
            && connection.grant.reaches(account_id, subject.location_id())
            && self.may_read(connection, account_id, subject)
    }

    fn may_read(&self, connection: &Connection, account_id: &AccountId, subject: &Subject) -> bool {
        let grant = &connection.grant;
        let Some(account) = self.directory.account(account_id) else {
            return false;
        };
        match subject {
            Subject::Order { .. } | Subject::Delivery { .. } => grant.scope.names(Resource::Orders),
            Subject::Location { .. } => true,
            // A catalog that was deleted can no longer be looked up: whoever may read all hears of it, and whoever had
            // been granted it.
            Subject::Catalog { catalog_id, .. } => {
                grant.reaches_catalog(account, catalog_id)
                    || grant.reaches_all(Resource::Catalog, Resource::AllCatalogs)
                    || grant.catalog_id.as_ref() == Some(catalog_id)
            }
            Subject::Inventory { catalog_id, .. } => {
                grant.scope.names(Resource::Inventory) || grant.reaches_catalog(account, catalog_id)
            }
            Subject::CustomerList { customer_list_id, .. } | Subject::Customer { customer_list_id, .. } => {
                grant.reaches_customer_list(account, customer_list_id)
            }
        }
    }
}

impl Records {
    /// Gives a number to those of a state file that was written before events had any.
    pub(super) fn number_events(&mut self) {
        for event in self.events.iter_mut().filter(|event| event.number == 0) {
            self.last_event_number += 1;
            event.number = self.last_event_number;
        }
    }
}

impl Event {
    /// As a listing shows it: without states.
    pub(crate) fn summary(&self) -> Map<String, Value> {
        let mut event = Map::new();
        event.insert("id".to_owned(), json!(self.id));
        event.insert("resource_type".to_owned(), json!(self.resource_type));
        event.insert("event_type".to_owned(), json!(self.event_type));
        event.insert("created_at".to_owned(), json!(self.created_at.to_rfc3339_opts(SecondsFormat::Secs, false)));
        event.extend(self.ids.clone());
        event
    }

    /// As it is sent, and shown one by one.
    pub(crate) fn whole(&self) -> Map<String, Value> {
        let mut event = self.summary();
        let States { previous_state, new_state, state_change } = &self.states;
        let states = [("previous_state", previous_state), ("new_state", new_state), ("state_change", state_change)];
        for (name, state) in states {
            if let Some(state) = state {
                event.insert(name.to_owned(), state.clone());
            }
        }
        event
    }
}
