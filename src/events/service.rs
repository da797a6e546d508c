//! Receiving an event: for whom it is, whether HubRise sent it, and keeping it before it is acknowledged.

use std::{
    slice,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::OwnedSemaphorePermit;

use super::{
    desk,
    jobs::ApplyEvents,
    signature,
    store::{self, Status},
    told::Told,
};
use crate::{
    alarms::{self, About, Kind},
    app::App,
    database::{Turn, owner_is_gone},
    ids::{ConnectionId, EventId, OrganisationId},
    jobs::Urgency,
};

/// The largest event that is read: far more than any real order.
pub(super) const BODY_LIMIT: usize = 5 * 1024 * 1024;
/// How long the database may take over one event, all together: HubRise has its answer within a second.
pub(super) const PATIENCE: Duration = Duration::from_millis(800);
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
    pub(super) body: Vec<u8>,
    /// The room that the body takes.
    pub(super) share: OwnedSemaphorePermit,
}

/// What became of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It is kept.
    Kept,
    /// HubRise did not sign it.
    NotOurs,
    /// Nobody has the address that it came to.
    NobodysAddress,
}

/// An event to be kept.
#[derive(Debug)]
pub(super) struct NewEvent {
    pub(super) id: EventId,
    /// In the address that it came to.
    pub(super) key: String,
    pub(super) told: Told,
    pub(super) body: Vec<u8>,
    pub(super) received_at: DateTime<Utc>,
    /// How long the database may still take over it.
    pub(super) patience: Duration,
    _share: OwnedSemaphorePermit,
}

impl NewEvent {
    /// What is the same of its copies.
    pub(super) fn identity(&self) -> (&str, &str) {
        (&self.key, &self.told.id)
    }
}

/// What is known of an event once it is kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kept {
    /// Whether the alarm about signatures lasts.
    pub(super) is_alarmed: bool,
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
pub(super) async fn recipient(app: &App, key: String, patience: &mut Patience) -> Result<Option<Recipient>> {
    let Some(found) = desk::look_up(app, key).await? else { return Ok(None) };
    patience.0 = patience.0.saturating_sub(found.took);
    Ok(Some(found.recipient))
}

/// Takes what came to the address with this key. Whose it is need not be known: one that is signed, and asks for
/// nothing more than to be kept, finds out as it is kept.
pub(super) async fn accept(
    app: &App,
    key: String,
    recipient: Option<Recipient>,
    delivery: Delivery<'_>,
    patience: &mut Patience,
) -> Result<Outcome> {
    let Delivery { app_instance, signature, body, share } = delivery;
    let is_ours = match signature {
        Some(signature) => signature::is_ours(&app.config.hubrise, signature, &body)?,
        None => false,
    };
    let told = if is_ours { Told::of(&body) } else { Told::default() };
    let applies = if is_ours && !told.is_about_names() {
        None
    } else {
        let recipient = match recipient {
            Some(recipient) => recipient,
            None => match self::recipient(app, key.clone(), patience).await? {
                Some(recipient) => recipient,
                None => return Ok(Outcome::NobodysAddress),
            },
        };
        if !is_ours {
            let raised = async |turn: &Turn| raise(app, turn, &recipient, Kind::BadSignature, SIGNATURE).await;
            patience.wait_for(app, raised).await?;
            return Ok(Outcome::NotOurs);
        }
        is_consistent(&recipient, &told, app_instance).then_some(recipient.connection)
    };
    let (id, received_at, patience_left) = (EventId::new(), app.clock.now(), patience.0);
    let event = NewEvent { id, key, told, body, received_at, patience: patience_left, _share: share };
    let kept = match applies {
        Some(connection) => {
            let kept = async |turn: &Turn| keep_to_apply(app, turn, connection, &event).await;
            patience.wait_for(app, kept).await
        }
        None => desk::keep(app, event).await,
    };
    match kept {
        Ok(None) => {
            // As after a connection was cut, or the database restored from a backup that is older than it.
            tracing::warn!("an event that HubRise signed came to an address that nobody has, and is lost");
            Ok(Outcome::NobodysAddress)
        }
        Ok(Some(Kept { is_alarmed })) => {
            if is_alarmed {
                patience.wait_for(app, async |turn| end(app, turn, Kind::BadSignature, SIGNATURE).await).await?;
            }
            Ok(Outcome::Kept)
        }
        // It was deleted at this moment.
        Err(error) if owner_is_gone(&error) => Ok(Outcome::NobodysAddress),
        Err(error) => Err(error),
    }
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

async fn end(app: &App, turn: &Turn, kind: Kind, subject: &str) -> Result<()> {
    alarms::end(&mut *turn.connect().await?, kind, subject, app.clock.now()).await
}

/// Keeps an event, and has it applied: both, or neither.
async fn keep_to_apply(app: &App, turn: &Turn, connection: ConnectionId, event: &NewEvent) -> Result<Option<Kept>> {
    let mut transaction = turn.begin().await?;
    let kept = store::keep(&mut transaction, slice::from_ref(event), Status::Pending).await?;
    if kept.is_new(event) {
        let job = ApplyEvents { connection };
        app.jobs
            .enqueue_gathered(&mut transaction, job.key(), (job, Urgency::Names), event.received_at + GATHER)
            .await?;
    }
    transaction.commit().await?;
    Ok(kept.of(event))
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
