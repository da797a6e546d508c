//! What the sandbox knows, behind one lock. Every change goes through [`Store::change`], which also saves it.
//! Nothing here knows HTTP.

mod callbacks;
mod catalogs;
mod clients;
mod codes;
mod connections;
mod countries;
mod customers;
mod developers;
mod directory;
mod events;
mod fields;
mod file;
mod identifiers;
mod locations;
mod numbers;
mod opening;
mod orders;
mod outbox;
mod owned;
mod permissions;
mod private_refs;
mod scope;
mod secrets;
mod seed;
mod sessions;
mod settings;
mod users;

pub use clients::{Client, ListingForm};

pub(crate) use callbacks::{Callback, EventType, ResourceType};
pub(crate) use catalogs::{CatalogForm, Entry, Image, ImageType};
pub(crate) use clients::{Listing, ListingFlaw};
pub(crate) use codes::{Code, ExchangeError};
pub(crate) use connections::{Connection, Grant, Revocation, Status};
pub(crate) use countries::{COUNTRIES, Country};
pub(crate) use customers::{CardForm, Customer, LoyaltyCard, LoyaltyOperation, OperationForm};
pub(crate) use directory::{Account, Catalog, CustomerList, Directory, Location, Named};
pub(crate) use events::{Event, Happening, States, Subject};
pub(crate) use fields::FieldError;
pub(crate) use identifiers::{
    AccountId, AppInstanceId, CatalogId, ClientId, ConnectionId, CustomerId, CustomerListId, EventId, ImageId,
    LocationId, LoyaltyCardId, LoyaltyOperationId, OrderId, UserId,
};
pub(crate) use locations::{account_view, location_view};
pub(crate) use numbers::Money;
pub(crate) use opening::NewUser;
pub(crate) use orders::{Item, ItemOption, Order, OrderRefusal, OrderStatus, ServiceType, parse_time};
pub(crate) use outbox::{Mishap, Notice, Turn};
pub(crate) use owned::Owned;
pub(crate) use permissions::{DEMO_PASSWORD, PermissionError};
pub(crate) use scope::{Level, Permission, Profile, Resource, Scope};
pub(crate) use secrets::{AuthorizationCode, hex};
pub(crate) use sessions::Sessions;
pub(crate) use settings::{
    AppInstanceIdIn, BadCode, BadScope, NoAccess, RedirectUriOfApps, RevokeTwice, Settings, SettingsChange, SignWith,
    TooManyRequests,
};
pub(crate) use users::{Role, User};

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::Result;
use file::{Loaded, StateFile};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

/// What users and clients did: everything that a new start without a state file forgets.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Records {
    pub(crate) codes: Vec<Code>,
    pub(crate) connections: Vec<Connection>,
    pub(crate) suspended_accounts: BTreeSet<AccountId>,
    pub(crate) settings: Settings,
    /// Oldest first.
    pub(crate) events: Vec<Event>,
    /// Of all events that there ever were.
    pub(crate) last_event_number: u64,
    /// Of disconnections, still to be sent.
    pub(crate) notices: Vec<Notice>,
    /// Oldest first.
    pub(crate) orders: Vec<Order>,
    /// Oldest first.
    pub(crate) customers: Vec<Customer>,
    pub(crate) images: Vec<Image>,
    pub(crate) inventories: BTreeMap<LocationId, Vec<Entry>>,
}

/// Who exists and what they own, and what they did.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) directory: Directory,
    pub(crate) records: Records,
}

#[derive(Debug)]
pub(crate) struct Store {
    world: Mutex<World>,
    changed: Notify,
    /// The directory at the beginning.
    seed: Directory,
    fingerprint: String,
    file: Option<StateFile>,
}

impl Store {
    /// Loads the seed and, if a file is given and exists, what an earlier run kept there. A seed that is not the one
    /// of that earlier run replaces its directory, and what refers to things that are no more is forgotten. `clients`
    /// are there in any case, as they are given.
    pub(crate) fn open(seed: Option<&Path>, file: Option<&Path>, clients: &[Client]) -> Result<Self> {
        let (mut seed, fingerprint) = seed::load(seed)?;
        add_clients(&mut seed, clients);
        let file = file.map(StateFile::new);
        let Loaded { seed: earlier, directory, mut records } = match &file {
            Some(file) => file.load()?,
            None => Loaded::default(),
        };
        let mut directory = directory.filter(|_| earlier == fingerprint).unwrap_or_else(|| seed.clone());
        add_clients(&mut directory, clients);
        records.connections.retain(|connection| directory.knows(&connection.grant));
        records.codes.retain(|code| directory.knows(&code.grant));
        records.customers.retain(|customer| directory.has_list_of(customer));
        records.orders.retain(|order| directory.location(&order.location_id).is_some());
        records.number_events();
        let store =
            Self { world: Mutex::new(World { directory, records }), changed: Notify::new(), seed, fingerprint, file };
        store.save(&store.lock())?;
        Ok(store)
    }

    pub(crate) fn read<T>(&self, look: impl FnOnce(&World) -> T) -> T {
        look(&self.lock())
    }

    /// Applies a change and saves it before anyone can see it. A file that cannot be written is reported in the log:
    /// the sandbox goes on in memory.
    pub(crate) fn change<T>(&self, alter: impl FnOnce(&mut World) -> T) -> T {
        let mut world = self.lock();
        let outcome = alter(&mut world);
        if let Err(error) = self.save(&world) {
            tracing::error!(error = format!("{error:#}"), "the state file could not be saved");
        }
        drop(world);
        self.changed.notify_one();
        outcome
    }

    /// The sign-ins of the seed's users. Whoever signed up since keeps their password to themselves.
    pub(crate) fn demo_sign_ins(&self) -> Vec<(String, String)> {
        self.seed.sign_ins()
    }

    /// Back to the seed, with no record of anything.
    pub(crate) fn reset(&self) {
        self.change(|world| {
            world.directory = self.seed.clone();
            world.records = Records::default();
        });
    }

    /// Waits for a change since the last time this was waited for.
    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }

    fn save(&self, world: &World) -> Result<()> {
        let World { directory, records } = world;
        self.file.as_ref().map_or(Ok(()), |file| file.save(&self.fingerprint, directory, records))
    }

    fn lock(&self) -> MutexGuard<'_, World> {
        // A panic while the lock was held leaves plain data behind, not a broken invariant.
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Puts the clients in, in place of those of the same id, first.
fn add_clients(directory: &mut Directory, clients: &[Client]) {
    directory.clients.retain(|known| clients.iter().all(|client| client.id != known.id));
    directory.clients.splice(0..0, clients.iter().cloned());
}
