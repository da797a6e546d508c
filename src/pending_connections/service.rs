//! Holding a grant, looking at it, and letting it go.

use anyhow::{Context, Result};
use chrono::TimeDelta;
use sqlx::PgConnection;

use super::store::{self, Pending, Status};
use crate::{
    app::App,
    authorisations::{Failure, Obstacle, Proven},
    connections::{self, Link, lock_token, try_lock_token},
    crypto::{Binding, SealedRows as _},
    database, disconnections,
    history::{self, Action, Actor},
    hubrise::{AccessToken, AccountId, LocationId, Named},
    ids::{BrowserId, ConnectionId, ConnectionLinkId, OrganisationId, PendingConnectionId, RevocationId},
    upkeep,
};

/// How long a grant waits for a person's word.
const LIFETIME: TimeDelta = TimeDelta::hours(1);

/// How a grant came to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// HubRise began it: nothing says for whom.
    HubRise,
    /// The owner of a HubRise account followed a manager's link.
    Link {
        /// Whose it will be.
        organisation: OrganisationId,
        /// The link.
        link: ConnectionLinkId,
    },
    /// A manager came back with another location than that of the connection to repair.
    Reconnection {
        /// Whose it is.
        organisation: OrganisationId,
        /// The connection to repair.
        connection: ConnectionId,
    },
}

pub(super) fn binding(id: PendingConnectionId) -> Binding {
    store::SealedGrants::binding(id.uuid())
}

/// Keeps a proven grant for this browser, within the caller's transaction.
///
/// # Errors
/// When the database does not answer.
pub async fn hold(
    app: &App,
    transaction: &mut PgConnection,
    browser: BrowserId,
    origin: Origin,
    proven: &Proven,
) -> Result<PendingConnectionId> {
    let id = PendingConnectionId::new();
    let sealed = app.config.keyring.seal(proven.token.secret(), binding(id))?;
    let now = app.clock.now();
    store::insert(transaction, id, browser, origin, proven, &sealed, (now, now + LIFETIME)).await?;
    upkeep::service::granted_anew(app, transaction, &proven.token).await?;
    tracing::info!(pending = %id, ?origin, "a grant waits for a person's word");
    Ok(id)
}

/// One of this browser's, whatever became of it.
pub(super) async fn of_browser(
    db: &mut PgConnection,
    browser: BrowserId,
    id: PendingConnectionId,
) -> Result<Option<Pending>> {
    Ok(store::find(db, browser, id).await?)
}

/// What waits for this browser's word now, and what HubRise granted.
///
/// # Errors
/// When the database does not answer.
pub async fn waiting(app: &App, db: &mut PgConnection, browser: BrowserId) -> Result<Vec<(PendingConnectionId, Link)>> {
    let waiting = store::waiting(db, browser, app.clock.now()).await?;
    Ok(waiting.into_iter().map(|pending| (pending.id, pending.link())).collect())
}

/// Ends one that is held, and gives its token back unless somebody uses it. One that has ended stays as it is.
///
/// # Errors
/// When the database does not answer, or the token does not open.
pub(super) async fn end(app: &App, id: PendingConnectionId, obstacle: Obstacle) -> Result<()> {
    database::without_deadlock(move || async move {
        let mut transaction = database::begin(&app.db).await?;
        end_within(app, &mut transaction, id, obstacle).await?;
        Ok(transaction.commit().await?)
    })
    .await
}

/// The same for a person who does not want it; the history tells, where it is known whose it would have been.
///
/// # Errors
/// As for [`end`].
pub(super) async fn withdraw(app: &App, pending: &Pending, by: Option<Actor>) -> Result<()> {
    database::without_deadlock(move || withdraw_once(app, pending, by)).await
}

async fn withdraw_once(app: &App, pending: &Pending, by: Option<Actor>) -> Result<()> {
    let mut transaction = database::begin(&app.db).await?;
    let has_ended = end_within(app, &mut transaction, pending.id, Failure::Withdrawn.into()).await?;
    if let (true, Some(organisation), Some(by)) = (has_ended, pending.organisation, by) {
        let location = pending.link().location;
        let declined = history::Entry::new(organisation, by, Action::GrantDeclined).on(pending.id, &location);
        let declined = match pending.origin {
            Origin::Reconnection { connection, .. } => declined.about(connection),
            Origin::HubRise | Origin::Link { .. } => declined,
        };
        history::record(&mut transaction, declined, app.clock.now()).await?;
    }
    Ok(transaction.commit().await?)
}

/// `false` if it had ended before.
async fn end_within(
    app: &App,
    transaction: &mut PgConnection,
    id: PendingConnectionId,
    obstacle: Obstacle,
) -> Result<bool> {
    // The token's lock comes before the row's, as for everybody.
    let Some(sealed) = store::sealed(transaction, id).await? else { return Ok(false) };
    let token = AccessToken::unseal(&app.config.keyring, &sealed, binding(id))?;
    lock_token(transaction, &token.digest()).await?;
    let has_ended = store::end(transaction, id, obstacle.failure, obstacle.point_of_sale, app.clock.now()).await?;
    if has_ended {
        // A connection that has the same token reads at HubRise what was granted last, whatever becomes of the grant
        // here.
        let pending = store::granted(transaction, id).await?.context("a grant vanished")?;
        connections::follow(app, transaction, (&as_granted(&pending, token.clone())?).into()).await?;
        disconnections::service::give_back_unless_used(app, transaction, &token).await?;
        tracing::info!(pending = %id, failure = obstacle.failure.word(), "a grant was let go");
    }
    Ok(has_ended)
}

/// What HubRise granted.
pub(super) fn as_granted(pending: &Pending, token: AccessToken) -> Result<Proven> {
    let account = AccountId::parse(&pending.account_id).context("a stored account id is not one")?;
    let location = LocationId::parse(&pending.location_id).context("a stored location id is not one")?;
    Ok(Proven {
        token,
        account: Named { id: account, name: pending.account_name.clone() },
        location: Named { id: location, name: pending.location_name.clone() },
        catalog: pending.catalog.clone(),
        customer_list: pending.customer_list.clone(),
        app_instance: pending.app_instance.clone(),
        granted_at: pending.granted_at,
    })
}

/// Deletes every grant that waits for an organisation, or has waited, within the caller's transaction, which has locked
/// the organisation. Which tokens are given back; `None` if somebody is at work with one of them right now: the caller
/// rolls back, and tries again.
///
/// # Errors
/// When the database does not answer, or a token does not open.
pub async fn forget_organisation(
    app: &App,
    transaction: &mut PgConnection,
    organisation: OrganisationId,
) -> Result<Option<Vec<RevocationId>>> {
    let mut revocations = Vec::new();
    for (id, sealed) in store::delete_of_organisation(transaction, organisation).await? {
        let token = AccessToken::unseal(&app.config.keyring, &sealed, binding(id))?;
        if !try_lock_token(transaction, &token.digest()).await? {
            return Ok(None);
        }
        revocations.extend(disconnections::service::give_back_unless_used(app, transaction, &token).await?);
    }
    Ok(Some(revocations))
}

/// How things stand for its reader.
pub(super) fn standing(app: &App, pending: &Pending) -> Status {
    match pending.status {
        Status::Held if pending.expires_at <= app.clock.now() => Status::Ended(Failure::NotConfirmed),
        status => status,
    }
}
