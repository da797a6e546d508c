//! What disconnections leave in the history, and the alarm about a revocation that takes too long.

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;

use super::{
    revocations,
    service::{Asked, Requester},
};
use crate::{
    alarms::{self, Kind, service::About},
    app::App,
    connections::Connection,
    database,
    history::{Action, Actor, Change, Entry, record},
    ids::{DisconnectionId, OrganisationId, RevocationId},
    points_of_sale::service::PointOfSale,
};

/// How long HubRise may take to confirm a revocation before somebody must look into it.
pub const OVERDUE_AFTER: TimeDelta = TimeDelta::hours(24);

/// Who asked, as the history calls them.
const fn actor(requester: Requester) -> Actor {
    match requester {
        Requester::User(id) => Actor::Person(id),
        Requester::Support(id) => Actor::Support(id),
        Requester::ApiKey(id) => Actor::Api(id),
    }
}

/// What parted, for the history.
pub(super) struct Departure<'a> {
    pub(super) organisation: OrganisationId,
    pub(super) point_of_sale: &'a PointOfSale,
    pub(super) point_of_sale_deleted: bool,
    pub(super) connection: Option<&'a Connection>,
    pub(super) receipt: DisconnectionId,
}

/// Somebody cut a connection, or deleted a point of sale, or both by one word.
pub(super) async fn parted(
    transaction: &mut PgConnection,
    departure: &Departure<'_>,
    asked: Asked<'_>,
    now: DateTime<Utc>,
) -> Result<()> {
    let Departure { organisation, point_of_sale, point_of_sale_deleted, connection, receipt } = departure;
    let receipt = receipt.to_string();
    let entry = |action| {
        let entry = Entry::new(*organisation, actor(asked.requester), action).on(point_of_sale.id, &point_of_sale.name);
        match connection {
            Some(connection) => entry.about(connection.id),
            None => entry,
        }
    };
    let after = || Change::of([("receipt", Some(receipt.as_str()))]);
    if let Some(connection) = connection {
        let entry = entry(Action::Disconnected).changed(connection.link().whole(), after()).because(asked.reason);
        record(transaction, entry, now).await?;
    }
    if *point_of_sale_deleted {
        let before = connection.map_or_else(Change::default, |connection| connection.link().whole());
        let entry = entry(Action::PointOfSaleDeleted).changed(before, after()).because(asked.reason);
        record(transaction, entry, now).await?;
    }
    Ok(())
}

/// A revocation came to its end: `action` says to which.
pub(super) async fn ended(
    transaction: &mut PgConnection,
    id: RevocationId,
    action: Action,
    now: DateTime<Utc>,
) -> Result<()> {
    if let Some(parted) = revocations::parted(transaction, id).await? {
        let receipt = parted.receipt.to_string();
        let entry = Entry::new(parted.organisation, Actor::System, action)
            .on(parted.point_of_sale, &parted.point_of_sale_name)
            .about(parted.connection)
            .changed(Change::default(), Change::of([("receipt", Some(receipt.as_str()))]));
        record(transaction, entry, now).await?;
    }
    alarms::end(transaction, Kind::RevocationOverdue, &id.to_string(), now).await
}

/// Raises an alarm for each open revocation that was asked for a day ago, or for this one alone.
pub(super) async fn raise_overdue(app: &App, only: Option<RevocationId>) -> Result<()> {
    let mut transaction = database::begin(&app.db).await?;
    let since = app.clock.now() - OVERDUE_AFTER;
    for overdue in revocations::overdue(&mut transaction, only, since).await? {
        let about = About { organisation: overdue.organisation, connection: overdue.connection };
        let (subject, detail) = (overdue.id.to_string(), format!("tries: {}", overdue.tries));
        alarms::raise(app, &mut transaction, Kind::RevocationOverdue, &subject, about, Some(&detail)).await?;
    }
    Ok(transaction.commit().await?)
}
