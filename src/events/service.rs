//! Receiving an event: for whom it is, whether HubRise sent it, and keeping it before it is acknowledged.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use chrono::TimeDelta;

use super::{
    jobs::ApplyEvents,
    signature,
    store::{self, Status},
    told::Told,
};
use crate::{
    alarms::{self, About, Kind},
    app::App,
    database::Turn,
    ids::{ConnectionId, OrganisationId},
};

/// The largest event that is read: far more than any real order.
pub(super) const BODY_LIMIT: usize = 5 * 1024 * 1024;
/// How long the database may take over one event, all together: HubRise has its answer within a second.
const PATIENCE: Duration = Duration::from_millis(800);
/// Events that come close together are applied together.
const GATHER: TimeDelta = TimeDelta::seconds(2);
/// All events are signed with the same secret, and one alarm is enough.
const SIGNATURE: &str = "signature";

/// The connection that an event is for.
#[derive(Clone, Debug)]
pub(super) struct Recipient {
    pub(super) connection: ConnectionId,
    pub(super) organisation: OrganisationId,
    pub(super) location_id: String,
    pub(super) app_instance_id: Option<String>,
}

/// Something that came to a connection's address.
#[derive(Debug)]
pub(super) struct Delivery<'a> {
    /// The install that the address named.
    pub(super) app_instance: Option<&'a str>,
    pub(super) signature: Option<&'a [u8]>,
    pub(super) body: &'a [u8],
}

/// How long the database may still take over one event.
#[derive(Debug)]
pub(super) struct Patience(Duration);

impl Patience {
    pub(super) const fn new() -> Self {
        Self(PATIENCE)
    }

    /// Waiting for one's turn among many events does not count.
    async fn wait_for<T>(&mut self, app: &App, work: impl AsyncFnOnce(&Turn) -> Result<T>) -> Result<T> {
        let turn = app.urgent_db.turn().await.context("too many wait for the database")?;
        let started = Instant::now();
        let outcome = tokio::time::timeout(self.0, work(&turn)).await;
        self.0 = self.0.saturating_sub(started.elapsed());
        outcome.context("the database takes too long")?
    }
}

/// For whom the address with this key is.
pub(super) async fn recipient(app: &App, key: &str, patience: &mut Patience) -> Result<Option<Recipient>> {
    patience.wait_for(app, async |turn| Ok(store::recipient(&mut *turn.connect().await?, key).await?)).await
}

/// Keeps an event that HubRise signed; `false` for one that it did not.
pub(super) async fn accept(
    app: &App,
    recipient: &Recipient,
    delivery: &Delivery<'_>,
    patience: &mut Patience,
) -> Result<bool> {
    let is_ours = match delivery.signature {
        Some(signature) => signature::is_ours(&app.config.hubrise, signature, delivery.body)?,
        None => false,
    };
    if is_ours {
        patience.wait_for(app, async |turn| keep(app, turn, recipient, delivery).await).await?;
    } else {
        patience.wait_for(app, async |turn| raise(app, turn, recipient, Kind::BadSignature, SIGNATURE).await).await?;
    }
    Ok(is_ours)
}

/// Tells the operator of an event that is too large to be read.
pub(super) async fn refuse_oversized(app: &App, recipient: &Recipient, patience: &mut Patience) -> Result<()> {
    let subject = recipient.connection.to_string();
    patience.wait_for(app, async |turn| raise(app, turn, recipient, Kind::OversizedEvent, &subject).await).await
}

async fn raise(app: &App, turn: &Turn, recipient: &Recipient, kind: Kind, subject: &str) -> Result<()> {
    let about = About { organisation: Some(recipient.organisation), connection: Some(recipient.connection) };
    let mut transaction = turn.begin().await?;
    alarms::raise(app, &mut transaction, kind, subject, about, None).await?;
    Ok(transaction.commit().await?)
}

async fn keep(app: &App, turn: &Turn, recipient: &Recipient, delivery: &Delivery<'_>) -> Result<()> {
    let told = Told::of(delivery.body);
    let applies = told.is_about_names() && is_consistent(recipient, &told, delivery.app_instance);
    let status = if applies { Status::Pending } else { Status::Kept };
    let now = app.clock.now();
    let mut transaction = turn.begin().await?;
    alarms::end(&mut transaction, Kind::BadSignature, SIGNATURE, now).await?;
    let is_new = store::keep(&mut transaction, recipient, &told, delivery.body, status, now).await?;
    if is_new && applies {
        let job = ApplyEvents { connection: recipient.connection };
        app.jobs.enqueue_gathered(&mut transaction, job.key(), job, now + GATHER).await?;
    }
    Ok(transaction.commit().await?)
}

/// Whether an event is about what its address is for, as far as it tells.
fn is_consistent(recipient: &Recipient, told: &Told, app_instance: Option<&str>) -> bool {
    let agrees = |told: Option<&str>, known: Option<&str>| told.is_none() || known.is_none() || told == known;
    let known_instance = recipient.app_instance_id.as_deref();
    let is_consistent = agrees(told.location_id.as_deref(), Some(&recipient.location_id))
        && agrees(told.app_instance_id.as_deref(), known_instance)
        && agrees(app_instance, known_instance);
    if !is_consistent {
        tracing::warn!(connection = %recipient.connection, "an event is about another connection, and is kept only");
    }
    is_consistent
}
