//! Grants at HubRise that may be known to nobody here: a code was sent, and what HubRise gave for it did not arrive or
//! was not kept. HubRise gives the same token for the same location, so whoever starts again takes it up; until then it
//! is an alarm.

use anyhow::Result;
use sqlx::PgConnection;

use super::{attempt::Attempt, service::Purpose};
use crate::{
    alarms::{self, About, Kind},
    app::App,
    connections::Target,
    ids::{AttemptId, OrganisationId},
};

/// Raises the alarm, within the caller's transaction.
pub(super) async fn raise(app: &App, transaction: &mut PgConnection, attempt: &Attempt) -> Result<()> {
    let about = About { organisation: organisation(attempt), connection: None };
    let detail = of_attempt(attempt.id);
    alarms::raise(app, transaction, Kind::GrantUnaccounted, &trip(attempt), about, Some(&detail)).await
}

/// The same for an attempt that is being deleted while HubRise is asked: what HubRise gives for its code is known to
/// whoever asks, unless the answer gets lost.
pub(super) async fn raise_for_deleted(app: &App, transaction: &mut PgConnection, id: AttemptId) -> Result<()> {
    let about = About { organisation: None, connection: None };
    alarms::raise(app, transaction, Kind::GrantUnaccounted, &of_attempt(id), about, None).await
}

/// HubRise gave nothing for the code of an attempt that was deleted, or what it gave is given back.
pub(super) async fn end_for_deleted(app: &App, transaction: &mut PgConnection, id: AttemptId) -> Result<()> {
    end(app, transaction, &of_attempt(id)).await
}

/// What an alarm is about where only the attempt is known. It is the detail of every other one, too, which has it for
/// its subject once its organisation is deleted: see [`alarms::detach`].
fn of_attempt(id: AttemptId) -> String {
    format!("attempt {id}")
}

/// Whoever was on the way has come to the end of another such trip.
pub(super) async fn end(app: &App, transaction: &mut PgConnection, trip: &str) -> Result<()> {
    alarms::end(transaction, Kind::GrantUnaccounted, trip, app.clock.now()).await
}

fn organisation(attempt: &Attempt) -> Option<OrganisationId> {
    match attempt.purpose {
        Purpose::Connect { organisation, .. } | Purpose::Link { organisation, .. } => Some(organisation),
        Purpose::Install | Purpose::Open { .. } | Purpose::SignIn { .. } => None,
    }
}

/// Who was on the way, and what for: one who succeeds says nothing of another person, nor of another point of sale.
pub(super) fn trip(attempt: &Attempt) -> String {
    match &attempt.purpose {
        Purpose::Connect { user, target: Target::Existing(id), .. } => format!("user {user}, point of sale {id}"),
        Purpose::Connect { user, target: Target::New(_), .. } => format!("user {user}, a new point of sale"),
        Purpose::Link { link, .. } => format!("link {link}"),
        purpose => match attempt.browser {
            Some(browser) => format!("{} in browser {browser}", purpose.word()),
            None => of_attempt(attempt.id),
        },
    }
}
