//! Answers that change nothing but when a connection was verified, which nearly all do: they are kept together, all that come
//! at the same time.

use crate::{
    app::App,
    gathering::{Gathering, Limits, Worker},
    hubrise::Location,
    ids::ConnectionId,
    secrets::Digest,
};

use super::{schedule::next_check, store};

/// While one batch waits for the disk, another is gathered or written.
const LIMITS: Limits =
    Limits { workers: 2, things: 64, size: usize::MAX, patience: std::time::Duration::from_secs(10) };

/// HubRise's answer for a token.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) connection: ConnectionId,
    pub(super) token: Digest,
    pub(super) account_name: Option<String>,
    pub(super) location_name: Option<String>,
}

/// Where such answers are kept.
#[derive(Clone, Debug)]
pub struct Desk(Gathering<Answer, bool>);

impl Default for Desk {
    fn default() -> Self {
        Self(Gathering::new(LIMITS))
    }
}

/// Keeps an answer, if it changes nothing else. Where it is not kept, it is to be looked at by itself.
pub(super) async fn keep(app: &App, connection: ConnectionId, token: Digest, location: &Location) -> bool {
    let (account_name, location_name) = (location.account.name.clone(), location.location.name.clone());
    let answer = Answer { connection, token, account_name, location_name };
    app.check_desk.0.done(answer, 0, |worker| keep_all(app.clone(), worker)).await.unwrap_or(false)
}

async fn keep_all(app: App, mut worker: Worker<Answer, bool>) {
    while let Some(taken) = worker.take() {
        let now = app.clock.now();
        let answers: Vec<_> = taken.things.iter().map(|answer| (answer, next_check(now, None))).collect();
        let verified = async { store::verified_as_before(&mut *app.db.acquire().await?, now, &answers).await };
        let verified = verified.await.unwrap_or_else(|error| {
            tracing::warn!(%error, "answers cannot be kept together");
            std::collections::HashSet::new()
        });
        let outcomes: Vec<bool> = taken.things.iter().map(|answer| verified.contains(&answer.connection)).collect();
        taken.answer(outcomes);
    }
}
