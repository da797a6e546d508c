//! What is connected, and the start of a trip to HubRise.

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use url::Url;

use super::{Link, attempts, name_and_id, store};
use crate::{
    app::App,
    crypto::{Binding, Sealed},
    hubrise::AccessToken,
    ids::{AttemptId, ConnectionId, OrganisationId, PointOfSaleId, UserId},
    secrets::{Digest, random_secret},
};

/// The table that a connection's token is sealed for.
pub(super) const TABLE: &str = "connection";

/// A connection, without its token.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "HubRise's own names")]
pub struct Connection {
    pub id: ConnectionId,
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
    pub connected_at: DateTime<Utc>,
    /// When HubRise last answered for its token.
    pub verified_at: DateTime<Utc>,
}

impl Connection {
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
    /// An attempt that has not ended.
    BeingConnected,
    /// Nobody.
    Unused,
}

/// The organisation's connections, by the points of sale's names.
///
/// # Errors
/// When the database does not answer.
pub async fn list(db: &mut PgConnection, organisation: OrganisationId) -> Result<Vec<Connection>> {
    Ok(store::list(db, organisation).await?)
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

/// Whom a token serves, across all organisations.
///
/// # Errors
/// When the database does not answer.
pub async fn token_use(db: &mut PgConnection, token: &Digest) -> Result<TokenUse> {
    Ok(store::token_use(db, token).await?)
}

/// From here to the end of the transaction, nobody else connects, cuts or takes back the same token.
///
/// # Errors
/// When the database does not answer.
pub async fn lock_token(transaction: &mut PgConnection, token: &Digest) -> Result<()> {
    Ok(store::lock_token(transaction, token).await?)
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
) -> Result<Option<AccessToken>> {
    let Some(row) = store::delete(transaction, organisation, id).await? else { return Ok(None) };
    let sealed = Sealed { key_id: row.key_id, ciphertext: row.ciphertext };
    let token = app.config.keyring.open(&sealed, Binding { table: TABLE, row: id.uuid() })?;
    let token = AccessToken::new(token).context("a stored token is not one")?;
    debug_assert_eq!(token.digest().as_bytes(), row.token_digest);
    Ok(Some(token))
}

/// The names of the keys that open what this feature has sealed.
///
/// # Errors
/// When the database does not answer.
pub async fn key_ids(db: &mut PgConnection) -> Result<Vec<String>> {
    Ok([store::key_ids(&mut *db).await?, attempts::key_ids(db).await?].concat())
}

/// What is to be connected.
#[derive(Clone, Debug)]
pub enum Target {
    /// A point of sale that exists.
    Existing(PointOfSaleId),
    /// A new one, under this name, or else under the location's.
    New(Option<String>),
}

/// The address that HubRise sends the browser back to.
#[must_use]
pub(super) fn redirect_uri(app: &App) -> Url {
    app.config.absolute("/hubrise_oauth/connect_callback")
}

/// Starts a trip to HubRise, bound to this browser session and organisation. Returns where to send the browser.
///
/// # Errors
/// When the database does not answer.
pub async fn start(
    app: &App,
    organisation: OrganisationId,
    user: UserId,
    session: Digest,
    target: Target,
) -> Result<Url> {
    let state = random_secret();
    let id = AttemptId::new();
    attempts::insert(&mut *app.db.acquire().await?, id, organisation, user, &session, &state, &target, app.clock.now())
        .await?;
    tracing::info!(attempt = %id, %organisation, %user, "a trip to HubRise begins");
    Ok(app.hubrise.authorise_url(&redirect_uri(app), &state))
}
