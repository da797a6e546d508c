//! What every request and every job has at hand.

use std::{fmt, ops::Deref, sync::Arc};

use anyhow::{Context, Result};
use sqlx::PgPool;
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;

use crate::{
    clock::Clock,
    config::Config,
    connections,
    database::{Reserved, loader, loader::Loader},
    downloads, events,
    hubrise::HubRise,
    jobs::Jobs,
    mail, organisations, upkeep,
    web::{PgSessionStore, admission::Rooms},
};

/// The bridge's parts. One pointer: every layer around every request has one of its own.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// What [`App`] gives access to.
pub struct Parts {
    /// The settings.
    pub config: Config,
    /// The database.
    pub db: PgPool,
    /// The database, for what must be answered however busy the others are.
    pub urgent_db: Reserved,
    /// The time.
    pub clock: Clock,
    /// HubRise.
    pub hubrise: HubRise,
    /// The job queue.
    pub jobs: Jobs,
    /// How mails are sent.
    pub mail: mail::Transport,
    /// Work that outlives its request: a call to HubRise whose browser hung up is finished before a stop.
    pub tasks: TaskTracker,
    /// How many passwords may be hashed at once: each takes 19 MiB and a core.
    pub hashing: Arc<Semaphore>,
    /// The places for requests, by their kind.
    pub rooms: Rooms,
    /// How much of HubRise's events may be read at once.
    pub event_room: Arc<Semaphore>,
    /// Where HubRise's events are looked up and kept.
    pub event_desk: events::Desk,
    /// Where HubRise's answers to checks are kept.
    pub check_desk: upkeep::Desk,
    /// Where pages look up what they show.
    pub loaders: Loaders,
    /// The room for exports of all that is kept of an organisation.
    pub export_room: downloads::Room,
    /// The room for histories as files.
    pub history_room: downloads::Room,
}

/// What pages look up for many readers at once.
#[derive(Debug)]
pub struct Loaders {
    /// Connections for nothing else: PostgreSQL's processes behind them have near what they need each time.
    pub db: PgPool,
    /// Who is signed in.
    pub sessions: Loader<organisations::Sessions>,
    /// Organisations' connections.
    pub connections: Loader<connections::service::Connections>,
    /// Organisations' points of sale, connected or not.
    pub places: Loader<connections::service::Places>,
}

impl Loaders {
    fn beside(others: &PgPool) -> Self {
        Self {
            db: loader::pool(others),
            sessions: Loader::default(),
            connections: Loader::default(),
            places: Loader::default(),
        }
    }
}

/// How many exports of all that is kept a process makes at once: each keeps a connection to the database for as long as
/// its reader takes.
const EXPORTS: usize = 2;
/// The same of histories, which take one for a moment each time.
const HISTORIES: usize = 8;

impl App {
    /// Puts the parts together.
    ///
    /// # Errors
    /// When the HTTP client or the mail transport cannot be set up.
    pub fn new(config: Config, db: PgPool, clock: Clock) -> Result<Self> {
        Ok(Self(Arc::new(Parts {
            hubrise: HubRise::new(&config.hubrise, db.clone(), clock.clone())
                .context("cannot set up the HTTP client")?,
            mail: mail::Transport::new(&config.mail)?,
            jobs: Jobs::new(db.clone()),
            tasks: TaskTracker::new(),
            hashing: Arc::new(Semaphore::new(4)),
            rooms: Rooms::default(),
            event_room: events::room(),
            event_desk: events::Desk::default(),
            check_desk: upkeep::Desk::default(),
            loaders: Loaders::beside(&db),
            export_room: downloads::Room::new(EXPORTS),
            history_room: downloads::Room::new(HISTORIES),
            config,
            urgent_db: Reserved::beside(&db),
            db,
            clock,
        })))
    }

    /// Where browser sessions are kept.
    #[must_use]
    pub fn sessions(&self) -> PgSessionStore {
        PgSessionStore::new(self.db.clone(), self.clock.clone(), self.config.session_lifetime)
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("App")
    }
}
