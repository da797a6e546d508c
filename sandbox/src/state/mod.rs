//! What the sandbox knows, behind one lock. Every change goes through [`Store::change`], which also saves it.
//! Nothing here knows HTTP.

mod codes;
mod connections;
mod directory;
mod file;
mod identifiers;
mod scope;
mod secrets;
mod seed;
mod sessions;
mod settings;

pub(crate) use codes::{Code, ExchangeError};
pub(crate) use connections::{Connection, Grant, Revocation, Status};
pub(crate) use directory::{Account, Catalog, CustomerList, Directory, Location, Named, User};
pub(crate) use identifiers::{AccountId, CatalogId, ClientId, ConnectionId, CustomerListId, LocationId};
pub(crate) use scope::{Level, Permission, Resource, Scope};
pub(crate) use secrets::{AuthorizationCode, ClientSecret, random_digits};
pub(crate) use sessions::Sessions;
pub(crate) use settings::{RevokeTwice, Settings, SettingsChange};

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::Result;
use file::StateFile;
use serde::{Deserialize, Serialize};

/// Everything that changes while the sandbox runs, and that a state file keeps.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Records {
    pub(crate) codes: Vec<Code>,
    pub(crate) connections: Vec<Connection>,
    pub(crate) suspended_accounts: BTreeSet<AccountId>,
    pub(crate) settings: Settings,
}

/// The seed, which never changes, and the records, which do.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) directory: Directory,
    pub(crate) records: Records,
}

#[derive(Debug)]
pub(crate) struct Store {
    world: Mutex<World>,
    file: Option<StateFile>,
}

impl Store {
    /// Loads the seed and, if a file is given and exists, the records it kept.
    pub(crate) fn open(seed: Option<&Path>, file: Option<&Path>) -> Result<Self> {
        let directory = seed::load(seed)?;
        let file = file.map(StateFile::new);
        let mut records = match &file {
            Some(file) => file.load()?,
            None => Records::default(),
        };
        // A replaced seed may no longer have what an older state file refers to.
        records.connections.retain(|connection| directory.knows(&connection.grant));
        records.codes.retain(|code| directory.knows(&code.grant));
        if let Some(file) = &file {
            file.save(&records)?;
        }
        Ok(Self { world: Mutex::new(World { directory, records }), file })
    }

    pub(crate) fn read<T>(&self, look: impl FnOnce(&World) -> T) -> T {
        look(&self.lock())
    }

    /// Applies a change and saves it before anyone can see it. A file that cannot be written is reported in the log:
    /// the sandbox goes on in memory.
    pub(crate) fn change<T>(&self, alter: impl FnOnce(&mut World) -> T) -> T {
        let mut world = self.lock();
        let outcome = alter(&mut world);
        if let Some(file) = &self.file
            && let Err(error) = file.save(&world.records)
        {
            tracing::error!(error = format!("{error:#}"), "the state file could not be saved");
        }
        outcome
    }

    fn lock(&self) -> MutexGuard<'_, World> {
        // A panic while the lock was held leaves plain data behind, not a broken invariant.
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
