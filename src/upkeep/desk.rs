//! Batches the two commonest writes of a check: that a connection still works, and that its callback was looked after.

use std::{sync::Arc, time::Duration};

use anyhow::{Context as _, Result};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::{
    app::App,
    database::KeptConnection,
    events::callback,
    gathering::{Gathering, Limits, Worker},
    hubrise::Location,
    ids::ConnectionId,
    secrets::Digest,
};

use super::store;

/// While one batch waits for the disk, another is gathered or written.
const LIMITS: Limits = Limits { workers: 2, things: 64, size: usize::MAX, patience: Duration::from_secs(10) };

/// HubRise's answer for a token.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) connection: ConnectionId,
    pub(super) token: Digest,
    pub(super) account_name: Option<String>,
    pub(super) location_name: Option<String>,
    /// When the connection is due again.
    pub(super) next_check_at: DateTime<Utc>,
}

/// A connection's callback was looked after.
#[derive(Clone, Debug)]
pub(super) struct LookedAfter {
    pub(super) connection: ConnectionId,
    pub(super) token: Digest,
    /// Since when HubRise has it, if it does.
    pub(super) registered_at: Option<DateTime<Utc>>,
    /// Since when events wait, as far as is known.
    pub(super) waiting_since: Option<DateTime<Utc>>,
    /// When HubRise had granted what the connection had as it was asked for.
    pub(super) granted_at: DateTime<Utc>,
    /// When the connection is due again.
    pub(super) next_check_at: DateTime<Utc>,
}

type Outcome = Result<(), Arc<sqlx::Error>>;

/// How long the database may take for one batch. One that falls silent must not hold up all that comes later.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where this is kept.
#[derive(Clone, Debug)]
pub struct Desk {
    answers: Gathering<Answer, bool>,
    callbacks: Gathering<LookedAfter, Outcome>,
}

impl Default for Desk {
    fn default() -> Self {
        Self { answers: Gathering::new(LIMITS), callbacks: Gathering::new(LIMITS) }
    }
}

/// Keeps an answer, if it changes nothing else. Where it is not kept, it is to be looked at by itself.
pub(super) async fn keep(
    app: &App,
    connection: ConnectionId,
    token: Digest,
    location: &Location,
    next_check_at: DateTime<Utc>,
) -> bool {
    let (account_name, location_name) = (location.account.name.clone(), location.location.name.clone());
    let answer = Answer { connection, token, account_name, location_name, next_check_at };
    app.check_desk.answers.done(answer, 0, |worker| keep_all(app.clone(), worker)).await.unwrap_or(false)
}

/// Keeps that a callback was looked after.
pub(super) async fn keep_callback(app: &App, looked_after: LookedAfter) -> Result<()> {
    let kept = app.check_desk.callbacks.done(looked_after, 0, |worker| keep_all_callbacks(app.clone(), worker));
    Ok(kept.await.context("too many wait for the database")??)
}

async fn keep_all(app: App, mut worker: Worker<Answer, bool>) {
    let mut kept = KeptConnection::of(&app.db);
    while let Some(taken) = worker.take() {
        let now = app.clock.now();
        let verified = async |db: &mut PgConnection| store::verified_as_before(db, now, &taken.things).await;
        let verified = kept.in_time(PATIENCE, verified).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "answers cannot be kept together");
            std::collections::HashSet::new()
        });
        let outcomes: Vec<bool> = taken.things.iter().map(|answer| verified.contains(&answer.connection)).collect();
        taken.answer(outcomes);
    }
}

async fn keep_all_callbacks(app: App, mut worker: Worker<LookedAfter, Outcome>) {
    let mut kept = KeptConnection::of(&app.db);
    let host = callback::host(&app);
    while let Some(taken) = worker.take() {
        let now = app.clock.now();
        let looked_after =
            async |db: &mut PgConnection| store::callbacks::looked_after(db, now, host.as_deref(), &taken.things).await;
        let outcome = kept.in_time(PATIENCE, looked_after).await.map_err(Arc::new);
        let count = taken.things.len();
        taken.answer(std::iter::repeat_n(outcome, count));
    }
}
