//! From a claimed attempt and its code to a connection: exchange, hold, prove, connect. No call to HubRise is made
//! while a transaction is open; between any two steps the process may die, and what is held is then found again.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use sqlx::PgConnection;

use super::{
    Failure,
    attempts::{self, Attempt},
    service::{self, Target, TokenUse, redirect_uri},
    store::{self, Owner},
};
use crate::{
    app::App,
    crypto::Binding,
    disconnections,
    hubrise::{
        AccessLoss, AccessToken, AccountId, AuthorisationCode, CallError, CatalogId, CustomerListId, Grant, LocationId,
        Named, TokenAnswer,
    },
    ids::{AttemptId, ConnectionId, PointOfSaleId},
    points_of_sale,
    polling::poll,
};

/// A grant that HubRise has confirmed to work.
pub(super) struct Proven {
    pub(super) token: AccessToken,
    pub(super) account: Named<AccountId>,
    pub(super) location: Named<LocationId>,
    pub(super) catalog: Option<Named<CatalogId>>,
    pub(super) customer_list: Option<Named<CustomerListId>>,
}

/// Why it came to nothing, and what is in the way.
struct Obstacle {
    failure: Failure,
    point_of_sale: Option<PointOfSaleId>,
}

impl From<Failure> for Obstacle {
    fn from(failure: Failure) -> Self {
        Self { failure, point_of_sale: None }
    }
}

/// Brings a claimed attempt to its end, whatever that is.
pub(super) async fn finish(app: App, attempt: Attempt, code: AuthorisationCode) {
    let id = attempt.id;
    match connect(&app, &attempt, &code).await {
        Ok(Ok(connection)) => tracing::info!(attempt = %id, %connection, "connected to HubRise"),
        Ok(Err(failure)) => tracing::info!(attempt = %id, failure = failure.word(), "not connected to HubRise"),
        // It stays as it is; the sweeping job ends it and gives back what it may hold.
        Err(error) => tracing::error!(attempt = %id, error = format!("{error:#}"), "an attempt broke off"),
    }
}

async fn connect(app: &App, attempt: &Attempt, code: &AuthorisationCode) -> Result<Result<ConnectionId, Failure>> {
    let TokenAnswer { token, grant } = match app.hubrise.exchange(code, &redirect_uri(app)).await {
        Ok(answer) => answer,
        Err(error) => {
            let failure = exchange_failure(attempt.id, &error);
            attempts::fail(&mut *app.db.acquire().await?, attempt.id, failure, None, app.clock.now()).await?;
            return Ok(Err(failure));
        }
    };
    hold_or_retry(app, attempt.id, &token).await?;
    let outcome = match grant {
        Err(error) => Err(exchange_failure(attempt.id, &error).into()),
        Ok(grant) => match prove(app, attempt.id, &token, grant).await? {
            Ok(proven) => store_connection(app, attempt, &proven).await?,
            Err(failure) => Err(failure.into()),
        },
    };
    match outcome {
        Ok(connection) => Ok(Ok(connection)),
        Err(obstacle) => {
            let failure = obstacle.failure;
            let_go(app, attempt.id, &token, obstacle).await?;
            Ok(Err(failure))
        }
    }
}

fn exchange_failure(attempt: AttemptId, error: &CallError) -> Failure {
    match error {
        CallError::CodeRejected => Failure::CodeRejected,
        CallError::ClientRejected => {
            tracing::error!(
                %attempt,
                "HubRise refuses our client id or secret: no restaurant can connect until the operator corrects \
                 hubrise.client_id or hubrise.client_secret"
            );
            Failure::ClientRejected
        }
        CallError::Unavailable(_) | CallError::Unanswered(_) => {
            tracing::warn!(%attempt, %error, "HubRise does not answer at the exchange");
            Failure::ExchangeUnavailable
        }
        CallError::AccessLost(_) | CallError::Refused(_) | CallError::Unintelligible(_) => {
            tracing::error!(%attempt, %error, "an exchange was answered in an unknown way");
            Failure::Unintelligible
        }
    }
}

fn proof_failure(attempt: AttemptId, error: &CallError) -> Failure {
    tracing::warn!(%attempt, %error, "a new token could not be proven");
    match error {
        CallError::AccessLost(AccessLoss::Unpaid) => Failure::Unpaid,
        CallError::AccessLost(AccessLoss::Blocked) => Failure::Blocked,
        CallError::AccessLost(AccessLoss::Revoked | AccessLoss::Unknown) => Failure::AccessLost,
        CallError::Unavailable(_) | CallError::Unanswered(_) => Failure::ProofUnavailable,
        _ => Failure::Unintelligible,
    }
}

/// How long a token is kept in memory while the database is away. Shorter than attempts are given up after.
const HOLD_LIMIT: Duration = Duration::from_mins(1);

/// Keeps the token with the attempt, also when the database is away for a moment: what HubRise gave must not be lost.
async fn hold_or_retry(app: &App, id: AttemptId, token: &AccessToken) -> Result<()> {
    let held = poll(HOLD_LIMIT, || async move {
        match hold(app, id, token).await {
            Ok(held) => Ok(Some(held)),
            Err(error) if error.is::<sqlx::Error>() => {
                tracing::error!(attempt = %id, error = format!("{error:#}"), "a token waits for the database");
                Ok(None)
            }
            Err(error) => Err(error),
        }
    });
    match held.await? {
        Some(true) => Ok(()),
        Some(false) => bail!("the attempt was ended by somebody else"),
        None => bail!("the database did not come back in time: a token at HubRise is not known here"),
    }
}

/// From here on, neither a crash nor a revocation that comes late can lose the token. `false` if the attempt has
/// ended meanwhile: then the token is given back.
async fn hold(app: &App, id: AttemptId, token: &AccessToken) -> Result<bool> {
    let sealed = app.config.keyring.seal(token.secret(), binding(id))?;
    let mut transaction = app.db.begin().await?;
    service::lock_token(&mut transaction, &token.digest()).await?;
    let held = attempts::hold_grant(&mut transaction, id, &sealed, &token.digest()).await?;
    if !held {
        disconnections::service::give_back(app, &mut transaction, token).await?;
    }
    transaction.commit().await?;
    Ok(held)
}

pub(super) const fn binding(id: AttemptId) -> Binding {
    Binding { table: attempts::TABLE, row: id.uuid() }
}

/// Ends the attempt. Its token is taken back at HubRise, unless it serves a connection: HubRise gives the same token
/// for the same location, and taking that back would cut somebody else off.
async fn let_go(app: &App, id: AttemptId, token: &AccessToken, obstacle: Obstacle) -> Result<()> {
    let mut transaction = app.db.begin().await?;
    service::lock_token(&mut transaction, &token.digest()).await?;
    let now = app.clock.now();
    let ended = attempts::fail(&mut transaction, id, obstacle.failure, obstacle.point_of_sale, now).await?;
    if ended && service::token_use(&mut transaction, &token.digest()).await? != TokenUse::Live {
        disconnections::service::give_back(app, &mut transaction, token).await?;
    }
    Ok(transaction.commit().await?)
}

async fn prove(app: &App, attempt: AttemptId, token: &AccessToken, grant: Grant) -> Result<Result<Proven, Failure>> {
    let waited = disconnections::service::wait_for_calls_in_flight(app, token).await?;
    Ok(match prove_now(app, attempt, token, grant).await {
        // An earlier disconnection of the same location was just being finished: its token was this one.
        Err(Failure::AccessLost) if waited => Err(Failure::Overtaken),
        outcome => outcome,
    })
}

async fn prove_now(app: &App, attempt: AttemptId, token: &AccessToken, grant: Grant) -> Result<Proven, Failure> {
    let granted = grant.location.clone().ok_or(Failure::NoLocation)?;
    let answer = app.hubrise.location(token).await.map_err(|error| proof_failure(attempt, &error))?;
    let same_account = grant.account.as_ref().is_none_or(|account| account.id == answer.account.id);
    if answer.location.id != granted.id || !same_account {
        tracing::error!(%attempt, "HubRise granted one location and answers for another");
        return Err(Failure::Unintelligible);
    }
    let account_name = grant.account.and_then(|account| account.name);
    Ok(Proven {
        account: Named { name: answer.account.name.or(account_name), ..answer.account },
        location: Named { name: answer.location.name.or(granted.name), ..answer.location },
        catalog: named_catalog(app, token, grant.catalog).await,
        customer_list: named_customer_list(app, token, grant.customer_list).await,
        token: token.clone(),
    })
}

/// Older token answers lack names. A name is worth one more call, but not a failure: the id is shown without it.
async fn named_catalog(app: &App, token: &AccessToken, catalog: Option<Named<CatalogId>>) -> Option<Named<CatalogId>> {
    let mut catalog = catalog?;
    if catalog.name.is_none() {
        catalog.name = app.hubrise.catalog_name(token, &catalog.id).await.unwrap_or_else(without_name);
    }
    Some(catalog)
}

async fn named_customer_list(
    app: &App,
    token: &AccessToken,
    list: Option<Named<CustomerListId>>,
) -> Option<Named<CustomerListId>> {
    let mut list = list?;
    if list.name.is_none() {
        list.name = app.hubrise.customer_list_name(token, &list.id).await.unwrap_or_else(without_name);
    }
    Some(list)
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that unwrap_or_else wants")]
fn without_name(error: CallError) -> Option<String> {
    tracing::warn!(%error, "HubRise did not tell a name");
    None
}

/// The database has the last word on what is taken: a race that it decides is looked at once more.
async fn store_connection(app: &App, attempt: &Attempt, proven: &Proven) -> Result<Result<ConnectionId, Obstacle>> {
    for _ in 0..3 {
        let mut transaction = app.db.begin().await?;
        match place(app, &mut transaction, attempt, proven).await {
            Ok(Ok(connection)) => {
                disconnections::service::supersede(app, &mut transaction, &proven.token).await?;
                if !attempts::complete(&mut transaction, attempt.id, connection, app.clock.now()).await? {
                    bail!("the attempt was ended by somebody else");
                }
                transaction.commit().await?;
                return Ok(Ok(connection));
            }
            Ok(Err(obstacle)) => return Ok(Err(obstacle)),
            Err(error) if is_unique_violation(&error) => {}
            Err(error) => return Err(error),
        }
    }
    bail!("the location or the point of sale changed hands several times")
}

fn is_unique_violation(error: &anyhow::Error) -> bool {
    let database_error = error.downcast_ref::<sqlx::Error>().and_then(sqlx::Error::as_database_error);
    database_error.is_some_and(sqlx::error::DatabaseError::is_unique_violation)
}

async fn place(
    app: &App,
    transaction: &mut PgConnection,
    attempt: &Attempt,
    proven: &Proven,
) -> Result<Result<ConnectionId, Obstacle>> {
    service::lock_token(transaction, &proven.token.digest()).await?;
    let now = app.clock.now();
    let seal = |id: ConnectionId| {
        app.config.keyring.seal(proven.token.secret(), Binding { table: service::TABLE, row: id.uuid() })
    };
    if let Some(occupant) = store::occupant(transaction, proven.location.id.as_str()).await? {
        let is_ours = occupant.organisation == attempt.organisation;
        if is_ours && matches!(attempt.target, Target::Existing(id) if id == occupant.point_of_sale) {
            store::update(transaction, occupant.id, attempt.user, proven, &seal(occupant.id)?, now).await?;
            return Ok(Ok(occupant.id));
        }
        let failure = if is_ours { Failure::LocationTaken } else { Failure::LocationTakenElsewhere };
        return Ok(Err(Obstacle { failure, point_of_sale: is_ours.then_some(occupant.point_of_sale) }));
    }
    let point_of_sale = match &attempt.target {
        Target::Existing(id) => {
            if points_of_sale::service::lock(transaction, attempt.organisation, *id).await?.is_none() {
                return Ok(Err(Failure::PointOfSaleGone.into()));
            }
            if store::of_point_of_sale(transaction, attempt.organisation, *id).await?.is_some() {
                return Ok(Err(Obstacle { failure: Failure::PointOfSaleTaken, point_of_sale: Some(*id) }));
            }
            *id
        }
        Target::New(name) => {
            let location = &proven.location;
            let name = name.as_deref().or(location.name.as_deref()).unwrap_or(location.id.as_str());
            points_of_sale::service::add_named(transaction, attempt.organisation, name, location.id.as_str(), now)
                .await
                .context("cannot add the point of sale")?
        }
    };
    let id = ConnectionId::new();
    let owner = Owner { organisation: attempt.organisation, point_of_sale, user: attempt.user };
    store::insert(transaction, id, &owner, proven, &seal(id)?, now).await?;
    Ok(Ok(id))
}
