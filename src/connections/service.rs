//! What is connected, and whom a token serves.

use std::collections::HashMap;

use anyhow::Result;
use chrono::{DateTime, Utc};
use secrecy::SecretString;
use sqlx::PgConnection;

use super::{Gone, Health, Link, SealedTokens, name_and_id, store};
use crate::{
    app::App,
    crypto::{Sealed, SealedRows as _},
    database::loader::Lookup,
    hubrise::{AccessToken, AppInstanceId},
    ids::{ConnectionId, OrganisationId, PointOfSaleId},
    points_of_sale::service::PointOfSale,
    secrets::Digest,
    upkeep,
};

/// A connection, without its token.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "HubRise's own names")]
pub struct Connection {
    pub id: ConnectionId,
    pub organisation: OrganisationId,
    pub point_of_sale: PointOfSaleId,
    pub point_of_sale_name: String,
    pub account_id: String,
    pub account_name: Option<String>,
    pub location_id: String,
    pub location_name: Option<String>,
    pub catalog_id: Option<String>,
    pub catalog_name: Option<String>,
    pub customer_list_id: Option<String>,
    pub customer_list_name: Option<String>,
    /// The e-mail address of whoever connected it last.
    pub connected_by: Option<String>,
    /// Whether the owner of the HubRise account did, by a manager's link.
    pub connected_by_link: bool,
    pub connected_at: DateTime<Utc>,
    /// When HubRise last answered for its token.
    pub verified_at: DateTime<Utc>,
    pub failed_since: Option<DateTime<Utc>>,
    pub failure: Option<String>,
    pub unreachable_since: Option<DateTime<Utc>>,
    pub unexpected_since: Option<DateTime<Utc>>,
    /// Since when no orders have come although HubRise answers, once that was told.
    pub no_orders_since: Option<DateTime<Utc>>,
    /// Whether that is because HubRise does not get through to us.
    pub events_wait: bool,
    /// When HubRise was last asked.
    pub checked_at: Option<DateTime<Utc>>,
    /// Since when HubRise gives no access to the catalog any more.
    pub catalog_gone_since: Option<DateTime<Utc>>,
    /// The same of the customer list.
    pub customer_list_gone_since: Option<DateTime<Utc>>,
}

impl Connection {
    /// How it is.
    #[must_use]
    pub fn health(&self) -> Health {
        Health::of_columns(
            self.verified_at,
            self.failed_since,
            self.failure.as_deref(),
            self.unreachable_since,
            self.unexpected_since,
            self.no_orders_since,
            self.events_wait,
        )
    }

    /// What it is linked to and has no access to any more.
    #[must_use]
    pub const fn gone(&self) -> Gone {
        Gone { catalog: self.catalog_gone_since, customer_list: self.customer_list_gone_since }
    }

    /// What it is linked to, as people read it.
    #[must_use]
    pub fn link(&self) -> Link {
        Link {
            account: name_and_id(Some(&self.account_id), self.account_name.as_deref()),
            location: name_and_id(Some(&self.location_id), self.location_name.as_deref()),
            catalog: name_and_id(self.catalog_id.as_deref(), self.catalog_name.as_deref()),
            customer_list: name_and_id(self.customer_list_id.as_deref(), self.customer_list_name.as_deref()),
        }
    }
}

/// Whom a token serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenUse {
    /// A connection.
    Live,
    /// An attempt that has not ended, or a grant that waits for a person's word.
    BeingConnected,
    /// Nobody.
    Unused,
}

/// Looks up organisations' connections.
#[derive(Debug)]
pub struct Connections;

impl Lookup for Connections {
    type Key = OrganisationId;
    type Found = Vec<Connection>;

    async fn find_all(
        db: &mut PgConnection,
        organisations: &[OrganisationId],
        _: DateTime<Utc>,
    ) -> sqlx::Result<HashMap<OrganisationId, Vec<Connection>>> {
        store::list(db, organisations).await
    }
}

/// The organisation's connections, by the points of sale's names.
///
/// # Errors
/// When the database does not answer.
pub async fn list(db: &mut PgConnection, organisation: OrganisationId) -> Result<Vec<Connection>> {
    Ok(store::list(db, &[organisation]).await?.remove(&organisation).unwrap_or_default())
}

/// The same for somebody who looks at them: those that were not verified of late are verified first.
///
/// # Errors
/// When the database does not answer.
pub async fn list_verified(app: &App, organisation: OrganisationId) -> Result<Vec<Connection>> {
    let known = app.loaders.connections.find(app, organisation).await?.unwrap_or_default();
    if upkeep::service::verify_for_view(app, known.iter().map(|known| (known.id, known.health()))).await {
        return Ok(app.loaders.connections.find(app, organisation).await?.unwrap_or_default());
    }
    Ok(known)
}

/// A point of sale, connected or not.
#[derive(Clone, Debug)]
pub struct Place {
    /// The point of sale.
    pub point_of_sale: PointOfSale,
    /// What it is linked to, if it is.
    pub occupied: Option<Occupied>,
}

/// What a point of sale is linked to, in short.
#[derive(Clone, Debug)]
pub struct Occupied {
    /// The connection.
    pub connection: ConnectionId,
    /// Compte, as people read it.
    pub account: String,
    /// Point de vente at HubRise, as people read it.
    pub location: String,
    /// How it is.
    pub health: Health,
    /// What of its catalog and its customer list it has no access to any more.
    pub gone: Gone,
}

/// Looks up organisations' points of sale.
#[derive(Debug)]
pub struct Places;

impl Lookup for Places {
    type Key = OrganisationId;
    type Found = Vec<Place>;

    async fn find_all(
        db: &mut PgConnection,
        organisations: &[OrganisationId],
        _: DateTime<Utc>,
    ) -> sqlx::Result<HashMap<OrganisationId, Vec<Place>>> {
        store::places(db, organisations).await
    }
}

/// The organisation's points of sale, by name, with what they are linked to, for somebody who looks at them: what was
/// not verified of late is verified first.
///
/// # Errors
/// When the database does not answer.
pub async fn places_verified(app: &App, organisation: OrganisationId) -> Result<Vec<Place>> {
    let known = app.loaders.places.find(app, organisation).await?.unwrap_or_default();
    let occupied = known.iter().filter_map(|place| place.occupied.as_ref());
    if upkeep::service::verify_for_view(app, occupied.map(|known| (known.connection, known.health))).await {
        return Ok(app.loaders.places.find(app, organisation).await?.unwrap_or_default());
    }
    Ok(known)
}

/// One of the organisation's.
///
/// # Errors
/// When the database does not answer.
pub async fn find(db: &mut PgConnection, organisation: OrganisationId, id: ConnectionId) -> Result<Option<Connection>> {
    Ok(store::find(db, organisation, id).await?)
}

/// The one of a point of sale of the organisation.
///
/// # Errors
/// When the database does not answer.
pub async fn of_point_of_sale(
    db: &mut PgConnection,
    organisation: OrganisationId,
    id: PointOfSaleId,
) -> Result<Option<Connection>> {
    Ok(store::of_point_of_sale(db, organisation, id).await?)
}

/// Whose a location is, across all organisations.
#[derive(Clone, Debug)]
pub struct Occupant {
    /// The connection.
    pub id: ConnectionId,
    /// Its owner.
    pub organisation: OrganisationId,
    /// What is connected.
    pub point_of_sale: PointOfSaleId,
    /// The location.
    pub location_id: String,
    /// When HubRise granted what it has.
    pub granted_at: DateTime<Utc>,
    /// The install at HubRise, if HubRise has named it.
    pub app_instance: Option<AppInstanceId>,
    pub(super) token_digest: Vec<u8>,
}

impl Occupant {
    /// Whether HubRise granted what it has after this. What is still to come was kept while the clock was ahead, and
    /// says nothing.
    #[must_use]
    pub fn was_granted_after(&self, granted_at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        granted_at < self.granted_at && self.granted_at <= now
    }

    /// Whether this is its token.
    #[must_use]
    pub fn has(&self, token: &AccessToken) -> bool {
        self.token_digest == token.digest().as_bytes()
    }
}

/// Whose a location is, kept as it is until the caller's transaction ends.
///
/// # Errors
/// When the database does not answer.
pub async fn occupant(transaction: &mut PgConnection, location_id: &str) -> Result<Option<Occupant>> {
    Ok(store::occupant(transaction, location_id).await?)
}

/// Whether the connection of a location works, and has another token than this, which HubRise has given for the same
/// location: so it does for an install that names a device (<https://developers.hubrise.com/api/authentication>).
/// HubRise is asked for the connection first; `None` if it does not answer.
///
/// # Errors
/// When the database does not answer.
pub async fn works_with_another(app: &App, location_id: &str, token: &AccessToken) -> Result<Option<bool>> {
    let occupant = of_location(&mut *app.db.acquire().await?, location_id).await?;
    let Some(occupant) = occupant.filter(|occupant| !occupant.has(token)) else { return Ok(Some(false)) };
    upkeep::service::check(app, occupant.id).await?;
    let checked = find(&mut *app.db.acquire().await?, occupant.organisation, occupant.id).await?;
    Ok(match checked.map(|checked| checked.health()) {
        Some(Health { failure: None, unreachable_since: Some(_), .. }) => None,
        health => Some(health.is_some_and(|health| health.failure.is_none())),
    })
}

/// Whose a location is, across all organisations: for the caller to decide by, not to show.
///
/// # Errors
/// When the database does not answer.
pub async fn of_location(db: &mut PgConnection, location_id: &str) -> Result<Option<Occupant>> {
    Ok(store::of_location(db, location_id).await?)
}

/// The connection of an install, across all organisations: for the caller to decide by, not to show.
///
/// # Errors
/// When the database does not answer.
pub async fn of_app_instance(db: &mut PgConnection, id: &AppInstanceId) -> Result<Option<Occupant>> {
    Ok(store::of_app_instance(db, id).await?)
}

/// The organisation of a connection.
///
/// # Errors
/// When the database does not answer.
pub async fn owner(db: &mut PgConnection, id: ConnectionId) -> Result<Option<OrganisationId>> {
    Ok(store::owner(db, id).await?)
}

/// The organisation's points of sale that are not connected, by name.
///
/// # Errors
/// When the database does not answer.
pub async fn free_points_of_sale(db: &mut PgConnection, organisation: OrganisationId) -> Result<Vec<PointOfSale>> {
    let places = store::places(db, &[organisation]).await?.remove(&organisation).unwrap_or_default().into_iter();
    Ok(places.filter(|place| place.occupied.is_none()).map(|place| place.point_of_sale).collect())
}

/// Whom a token serves, across all organisations. Of the grants that wait for a person's word, those that came before
/// `since` do not count; without it, all do.
///
/// # Errors
/// When the database does not answer.
pub async fn token_use(db: &mut PgConnection, token: &Digest, since: Option<DateTime<Utc>>) -> Result<TokenUse> {
    Ok(store::token_use(db, token, since).await?)
}

/// From here to the end of the transaction, nobody else connects, cuts or takes back the same token.
///
/// # Errors
/// When the database does not answer.
pub async fn lock_token(transaction: &mut PgConnection, token: &Digest) -> Result<()> {
    Ok(store::lock_token(transaction, token).await?)
}

/// The same without waiting; `false` if somebody else has it.
///
/// # Errors
/// When the database does not answer.
pub async fn try_lock_token(transaction: &mut PgConnection, token: &Digest) -> Result<bool> {
    Ok(store::try_lock_token(transaction, token).await?)
}

/// All connections of an organisation, kept as they are until the caller's transaction ends.
///
/// # Errors
/// When the database does not answer.
pub async fn lock_all(transaction: &mut PgConnection, organisation: OrganisationId) -> Result<Vec<ConnectionId>> {
    Ok(store::lock_all(transaction, organisation).await?)
}

/// What is left of a connection that was cut.
#[derive(Clone, Debug)]
pub struct Remains {
    /// The key to its location.
    pub token: AccessToken,
    /// In the address of ours that HubRise may have for its events. One that was given a key for such an address may
    /// have been registered, also where the answer got lost and nothing says so.
    pub callback_key: Option<SecretString>,
    /// The install at HubRise, if HubRise had named it.
    pub app_instance: Option<AppInstanceId>,
}

/// Takes a connection out of the table, and its token out of its lock; `None` if it is gone.
///
/// # Errors
/// When the database does not answer, or the token does not open.
pub async fn take_out(
    app: &App,
    transaction: &mut PgConnection,
    organisation: OrganisationId,
    id: ConnectionId,
) -> Result<Option<Remains>> {
    let Some(row) = store::delete(transaction, organisation, id).await? else { return Ok(None) };
    let sealed = Sealed { key_id: row.key_id, ciphertext: row.ciphertext };
    let token = open_token(app, id, &sealed)?;
    debug_assert_eq!(token.digest().as_bytes(), row.token_digest);
    let callback_key = row.callback_key.map(SecretString::from);
    Ok(Some(Remains { token, callback_key, app_instance: row.app_instance }))
}

/// Opens the token of a connection.
///
/// # Errors
/// When it does not open.
pub fn open_token(app: &App, id: ConnectionId, sealed: &Sealed) -> Result<AccessToken> {
    AccessToken::unseal(&app.config.keyring, sealed, SealedTokens::binding(id.uuid()))
}

/// What is to be connected.
#[derive(Clone, Debug)]
pub enum Target {
    /// A point of sale that exists.
    Existing(PointOfSaleId),
    /// A new one, under this name, or else under the location's.
    New(Option<String>),
}
