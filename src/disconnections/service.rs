//! The rules of letting go: what is deleted together, what becomes of the token, and who must wait for whom.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use chrono::{DateTime, Utc};
use secrecy::SecretString;
use sqlx::PgConnection;
use tokio::task::JoinHandle;
use tracing::Instrument;

use super::{
    OpenReceipt, Receipt,
    jobs::RevokeToken,
    revocation::{self, FIRST_RETRY, LEASE, NotYet},
    revocations::{self, NewRevocation},
    store, trail,
};
use crate::{
    alarms,
    app::App,
    connections::{self, Connection, TokenUse, token_use},
    crypto::{Binding, SealedRows as _},
    database,
    hubrise::AccessToken,
    ids::{ApiKeyId, ConnectionId, DisconnectionId, OrganisationId, PointOfSaleId, RevocationId, UserId},
    jobs::Urgency,
    mail,
    organisations::{self, Member},
    points_of_sale::{self, service::PointOfSale},
    polling::poll,
    team, upkeep,
};

/// Who asks for a disconnection.
#[derive(Clone, Copy, Debug)]
pub enum Requester {
    /// A member of the organisation.
    User(UserId),
    /// TicknCook's support, who must give a reason.
    Support(UserId),
    /// TicknCook's back office.
    ApiKey(ApiKeyId),
}

/// The longest reason, in characters.
pub const REASON_LIMIT: usize = 500;

/// Cuts a connection and keeps its point of sale. Asked again, it gives the same receipt. `None` if the organisation
/// has no such connection. A reason is in the words of whoever asks, and no longer than [`REASON_LIMIT`].
///
/// # Errors
/// When support gives no reason, when it is too long, or when the database does not answer. HubRise's troubles are no
/// error: the receipt tells them.
pub async fn disconnect(
    app: &App,
    organisation: OrganisationId,
    id: ConnectionId,
    requester: Requester,
    reason: Option<&str>,
) -> Result<Option<DisconnectionId>> {
    let asked = Asked::new(requester, reason)?;
    let connection = connections::service::find(&mut *app.db.acquire().await?, organisation, id).await?;
    let Some(connection) = connection else {
        return Ok(store::receipt_of_connection(&mut *app.db.acquire().await?, organisation, id).await?);
    };
    let mut transaction = database::begin(&app.db).await?;
    let point_of_sale = connection.point_of_sale;
    let locked = points_of_sale::service::lock(&mut transaction, organisation, point_of_sale).await?;
    // Read again under the lock: it may have been cut, or cut and connected anew, meanwhile.
    let current = connections::service::of_point_of_sale(&mut transaction, organisation, point_of_sale).await?;
    let (Some(point_of_sale), Some(connection)) = (locked, current.filter(|current| current.id == id)) else {
        return Ok(store::receipt_of_connection(&mut transaction, organisation, id).await?);
    };
    let parting = Parting { organisation, point_of_sale, point_of_sale_deleted: false, connection: Some(connection) };
    let (receipt, revocation) = let_go(app, &mut transaction, parting, asked).await?;
    transaction.commit().await?;
    settle(app, receipt, revocation).await;
    Ok(Some(receipt))
}

/// Cuts the connection of a point of sale, if it has one, and deletes it. Asked again, it gives the same receipt.
/// `None` if the organisation has no such point of sale. The reason is as for [`disconnect`].
///
/// # Errors
/// As for [`disconnect`].
pub async fn delete_point_of_sale(
    app: &App,
    organisation: OrganisationId,
    id: PointOfSaleId,
    requester: Requester,
    reason: Option<&str>,
) -> Result<Option<DisconnectionId>> {
    let asked = Asked::new(requester, reason)?;
    let mut transaction = database::begin(&app.db).await?;
    let Some(point_of_sale) = points_of_sale::service::lock(&mut transaction, organisation, id).await? else {
        return Ok(store::receipt_of_point_of_sale(&mut transaction, organisation, id).await?);
    };
    let connection = connections::service::of_point_of_sale(&mut transaction, organisation, id).await?;
    let parting = Parting { organisation, point_of_sale, point_of_sale_deleted: true, connection };
    let (receipt, revocation) = let_go(app, &mut transaction, parting, asked).await?;
    points_of_sale::service::delete(&mut transaction, organisation, id).await?;
    transaction.commit().await?;
    settle(app, receipt, revocation).await;
    Ok(Some(receipt))
}

/// Cuts a connection within the caller's transaction, because its point of sale is about to be linked to another
/// location. The caller has [`revoke_now`] called after the transaction. `None` if the connection is gone.
///
/// # Errors
/// When the database does not answer.
pub async fn make_way(
    app: &App,
    transaction: &mut PgConnection,
    organisation: OrganisationId,
    id: ConnectionId,
    requester: Requester,
) -> Result<Option<RevocationId>> {
    let Some(connection) = connections::service::find(transaction, organisation, id).await? else { return Ok(None) };
    let point_of_sale = connection.point_of_sale;
    let locked = points_of_sale::service::lock(transaction, organisation, point_of_sale).await?;
    let point_of_sale = locked.context("a connection has no point of sale")?;
    let parting = Parting { organisation, point_of_sale, point_of_sale_deleted: false, connection: Some(connection) };
    let (_, revocation) = let_go(app, transaction, parting, Asked::new(requester, None)?).await?;
    Ok(revocation)
}

/// Who asks, and why.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) requester: Requester,
    pub(super) reason: Option<&'a str>,
}

impl<'a> Asked<'a> {
    fn new(requester: Requester, reason: Option<&'a str>) -> Result<Self> {
        let reason = reason.map(str::trim).filter(|reason| !reason.is_empty());
        if reason.is_none() && matches!(requester, Requester::Support(_)) {
            bail!("support disconnects only with a reason");
        }
        if reason.is_some_and(|reason| reason.chars().count() > REASON_LIMIT) {
            bail!("a reason is too long");
        }
        Ok(Self { requester, reason })
    }
}

/// What parts, read under the lock of the point of sale.
struct Parting {
    organisation: OrganisationId,
    point_of_sale: PointOfSale,
    point_of_sale_deleted: bool,
    connection: Option<Connection>,
}

/// Takes the connection out, hands its token to a revocation, and writes the receipt; all within the transaction.
async fn let_go(
    app: &App,
    transaction: &mut PgConnection,
    parting: Parting,
    asked: Asked<'_>,
) -> Result<(DisconnectionId, Option<RevocationId>)> {
    let Parting { organisation, point_of_sale, point_of_sale_deleted, connection } = parting;
    let revocation = match &connection {
        Some(connection) => {
            let remains = connections::service::take_out(app, transaction, organisation, connection.id).await?;
            let remains = remains.context("a connection vanished although its point of sale is locked")?;
            if let Some(install) = &remains.app_instance {
                // Before its members, as everywhere.
                organisations::service::hold(transaction, organisation).await?;
                team::service::install_is_gone(transaction, organisation, install, app.clock.now()).await?;
            }
            Some(take_back(app, transaction, &remains.token, remains.callback_key.as_ref()).await?)
        }
        None => None,
    };
    let (receipt, now) = (DisconnectionId::new(), app.clock.now());
    let new = store::NewReceipt {
        organisation,
        point_of_sale: &point_of_sale,
        point_of_sale_deleted,
        connection: connection.as_ref(),
        revocation,
        asked,
        now,
    };
    store::insert_receipt(transaction, receipt, new).await?;
    let (point_of_sale, connection) = (&point_of_sale, connection.as_ref());
    let departure = trail::Departure { organisation, point_of_sale, point_of_sale_deleted, connection, receipt };
    trail::parted(transaction, &departure, asked, now).await?;
    if let Some(connection) = connection {
        alarms::end_of_connection(transaction, connection.id, now).await?;
        mail::withdraw_about(transaction, connection.id, now).await?;
    }
    Ok((receipt, revocation))
}

/// Asks HubRise at once, so that the receipt can tell; if that fails, the job goes on.
/// What is disconnected is disconnected: from here on, nothing that fails is the caller's error.
async fn settle(app: &App, receipt: DisconnectionId, revocation: Option<RevocationId>) {
    tracing::info!(%receipt, "disconnected");
    let Some(id) = revocation else { return };
    // Whoever waits no longer finds the outcome on the receipt.
    if let Ok(Err(error)) = tokio::time::timeout(PATIENCE, revoke_now(app, id)).await {
        tracing::error!(revocation = %id, %error, "a revocation broke off; it is tried again");
    }
}

/// Asks HubRise at once to take a token back; if that fails, the job goes on. On a task of its own: a browser that
/// hangs up must not stop the call half-way.
#[expect(clippy::must_use_candidate, reason = "the task goes on whether or not anybody waits for it")]
pub fn revoke_now(app: &App, id: RevocationId) -> JoinHandle<()> {
    let tasks = app.tasks.clone();
    let app = app.clone();
    let call = async move {
        match revocation::revoke(&app, id).await {
            Ok(()) => {
                if let Err(error) = app.jobs.remove(&RevokeToken { revocation: id }.key()).await {
                    tracing::warn!(revocation = %id, error = format!("{error:#}"), "a job stays that finds nothing to do");
                }
            }
            Err(NotYet::Internal(error)) => {
                tracing::error!(revocation = %id, error = format!("{error:#}"), "a revocation broke off; it is tried again");
            }
            Err(error) => {
                tracing::warn!(revocation = %id, %error, "HubRise has not confirmed a revocation; it is asked again");
            }
        }
    };
    tasks.spawn(call.in_current_span())
}

/// How long a person waits for HubRise's confirmation before the receipt says that it is still to come.
const PATIENCE: Duration = Duration::from_secs(15);

/// Has a token that never served a connection taken back at HubRise, within the caller's transaction: a row that holds
/// it, and a job that does it. A token that serves a connection by then is left alone.
///
/// # Errors
/// When the database does not answer.
pub async fn give_back(app: &App, transaction: &mut PgConnection, token: &AccessToken) -> Result<RevocationId> {
    take_back(app, transaction, token, None).await
}

pub(super) async fn take_back(
    app: &App,
    transaction: &mut PgConnection,
    token: &AccessToken,
    callback_key: Option<&SecretString>,
) -> Result<RevocationId> {
    let id = RevocationId::new();
    let sealed = app.config.keyring.seal(token.secret(), binding(id))?;
    let now = app.clock.now();
    let new = NewRevocation { token: &sealed, digest: &token.digest(), callback_key, now };
    revocations::insert(transaction, id, new).await?;
    let job = RevokeToken { revocation: id };
    app.jobs.enqueue_until_done(transaction, job.key(), (job, Urgency::Access), now + FIRST_RETRY).await?;
    Ok(id)
}

/// The same, unless the token serves a connection, or somebody who is about to connect: HubRise gives the same token
/// for the same location, and taking it back would cut them off. Whoever holds it last gives it back. Within the
/// caller's transaction, which holds the token's lock.
///
/// # Errors
/// When the database does not answer.
pub async fn give_back_unless_used(
    app: &App,
    transaction: &mut PgConnection,
    token: &AccessToken,
) -> Result<Option<RevocationId>> {
    match token_use(transaction, &token.digest(), None).await? {
        TokenUse::Unused => give_back(app, transaction, token).await.map(Some),
        TokenUse::Live => upkeep::service::granted_anew(app, transaction, token).await.map(|()| None),
        TokenUse::BeingConnected => Ok(None),
    }
}

pub(super) fn binding(id: RevocationId) -> Binding {
    revocations::SealedTokens::binding(id.uuid())
}

/// A connection has this token again: whoever still wanted to take it back must not.
///
/// # Errors
/// When the database does not answer.
pub async fn supersede(app: &App, transaction: &mut PgConnection, token: &AccessToken) -> Result<()> {
    for id in revocation::supersede(app, transaction, token).await? {
        app.jobs.remove_within(transaction, &RevokeToken { revocation: id }.key()).await?;
    }
    Ok(())
}

/// Waits until no call that takes this token back is under way. The caller holds the token already, so no new one
/// begins; what such a call did shows at the proof that follows. Returns whether there was one.
///
/// # Errors
/// When the database does not answer.
pub async fn wait_for_calls_in_flight(app: &App, token: &AccessToken) -> Result<bool> {
    let digest = token.digest();
    let is_under_way = || async move {
        let now = app.clock.now();
        revocations::is_under_way(&mut *app.db.acquire().await?, &digest, (now - LEASE, now), None).await
    };
    if !is_under_way().await? {
        return Ok(false);
    }
    let landed = poll(LEASE, || async { Ok::<_, sqlx::Error>((!is_under_way().await?).then_some(())) });
    landed.await?;
    Ok(true)
}

/// Whether HubRise is being asked right now to take this token back, or has done so since then. Within the caller's
/// transaction, which holds the token's lock: until it ends, nobody begins to.
///
/// # Errors
/// When the database does not answer.
pub async fn is_revoked_since(
    app: &App,
    transaction: &mut PgConnection,
    token: &AccessToken,
    since: DateTime<Utc>,
) -> Result<bool> {
    let now = app.clock.now();
    Ok(revocations::is_under_way(transaction, &token.digest(), (now - LEASE, now), Some(since)).await?)
}

/// A receipt of the organisation.
///
/// # Errors
/// When the database does not answer.
pub async fn receipt(app: &App, organisation: OrganisationId, id: DisconnectionId) -> Result<Option<Receipt>> {
    Ok(store::receipt(&mut *app.db.acquire().await?, organisation, id).await?)
}

/// The organisation's receipts, the newest first, from after this one on.
///
/// # Errors
/// When the database does not answer.
pub async fn receipts(
    db: &mut PgConnection,
    organisation: OrganisationId,
    after: Option<DisconnectionId>,
    limit: i64,
) -> Result<Vec<Receipt>> {
    Ok(store::receipts(db, organisation, after, limit).await?)
}

/// The receipts of the member's organisation whose revocation HubRise has not confirmed, the newest first. Hardly ever
/// is there one, and whether there is was read with who they are.
///
/// # Errors
/// When the database does not answer.
pub async fn open_receipts(app: &App, member: &Member) -> Result<Vec<OpenReceipt>> {
    if !member.acting.is_revoking() {
        return Ok(Vec::new());
    }
    Ok(store::open_receipts(&mut *app.db.acquire().await?, member.organisation).await?)
}

/// The receipt of a connection of the organisation that was cut.
///
/// # Errors
/// When the database does not answer.
pub async fn receipt_of_connection(
    db: &mut PgConnection,
    organisation: OrganisationId,
    id: ConnectionId,
) -> Result<Option<DisconnectionId>> {
    Ok(store::receipt_of_connection(db, organisation, id).await?)
}
