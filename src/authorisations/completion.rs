//! What a claimed attempt comes to: a connection, a grant that waits for a person's word, access to an organisation, or
//! somebody who is known. No call to HubRise is made while a transaction is open.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use sqlx::PgConnection;

use super::{
    Failure, Obstacle, Proven,
    attempt::{Attempt, Outcome},
    attempts,
    exchange::{exchange, exchange_failure, let_go},
    proof::{proof_failure, prove},
    service::{Opener, Purpose},
    unaccounted,
};
use crate::{
    app::App,
    connections::{self, By, Former, Granted, Placed, Placement, Site, lock_token, service::works_with_another},
    database::{self, is_deadlock},
    disconnections,
    hubrise::{AccessToken, AppInstanceId, AuthorisationCode, TokenAnswer},
    ids::{BrowserId, PendingConnectionId},
    pending_connections::{self, Origin},
    team,
    users::{self, Identity},
};

/// How long somebody works on an attempt: not until it is taken for lost ([`attempts::LOST_AFTER`]).
const LIMIT: Duration = Duration::from_secs(160);

/// Brings a claimed attempt to its end, whatever that is.
pub(super) async fn finish(app: App, attempt: Attempt, code: AuthorisationCode) {
    let (id, purpose) = (attempt.id, attempt.purpose.word());
    let carried_out = tokio::time::timeout(LIMIT, carry_out(&app, &attempt, &code)).await;
    match carried_out.context("it takes too long").flatten() {
        Ok(Ok(())) => tracing::info!(attempt = %id, purpose, "a trip to HubRise succeeded"),
        Ok(Err(failure)) => {
            tracing::info!(attempt = %id, purpose, failure = failure.word(), "a trip to HubRise failed");
        }
        // It stays as it is; the sweeping job ends it and gives back what it may hold.
        Err(error) => tracing::error!(attempt = %id, purpose, error = format!("{error:#}"), "an attempt broke off"),
    }
}

async fn carry_out(app: &App, attempt: &Attempt, code: &AuthorisationCode) -> Result<Result<(), Failure>> {
    let asked_at = app.clock.now();
    let TokenAnswer { token, grant } = match exchange(app, attempt, code).await? {
        Ok(answer) => answer,
        Err(failure) => return Ok(Err(failure)),
    };
    let outcome = match (grant, &attempt.purpose) {
        (_, Purpose::SignIn { .. }) => identify(app, attempt, &token).await?.map_err(Obstacle::from),
        (Err(error), _) => Err(exchange_failure(attempt.id, &error).into()),
        (Ok(grant), _) => match prove(app, &token, grant.clone(), asked_at).await? {
            Ok(proven) => settle(app, attempt, proven).await?,
            Err(failure) => {
                follow(app, Granted::of(&token, &grant, asked_at)).await?;
                Err(failure.into())
            }
        },
    };
    match outcome {
        Ok(()) => Ok(Ok(())),
        Err(obstacle) => {
            let_go(app, attempt.id, &token, obstacle).await?;
            Ok(Err(obstacle.failure))
        }
    }
}

/// Somebody signs in: their profile is read, and the token that opened it has done its work.
async fn identify(app: &App, attempt: &Attempt, token: &AccessToken) -> Result<Result<(), Failure>> {
    disconnections::service::wait_for_calls_in_flight(app, token).await?;
    let profile = match app.hubrise.profile(token).await {
        Ok(profile) => profile,
        Err(error) => return Ok(Err(proof_failure(&error))),
    };
    let Some(identity) = Identity::of(profile) else { return Ok(Err(Failure::NoProfile)) };
    let now = app.clock.now();
    let mut transaction = database::begin(&app.db).await?;
    lock_token(&mut transaction, &token.digest()).await?;
    users::identities::record(&mut transaction, &identity, now).await?;
    complete(app, &mut transaction, attempt, &Outcome::Proved(identity.id), &Former::default()).await?;
    let revocation = disconnections::service::give_back(app, &mut transaction, token).await?;
    transaction.commit().await?;
    disconnections::service::revoke_now(app, revocation);
    Ok(Ok(()))
}

/// The database has the last word on what is taken: a race that it decides is looked at once more.
async fn settle(app: &App, attempt: &Attempt, proven: Proven) -> Result<Result<(), Obstacle>> {
    let is_looking = matches!(attempt.purpose, Purpose::Open { .. });
    let (location, token) = (proven.location.id.as_str(), &proven.token);
    let stays = if is_looking { works_with_another(app, location, token).await? } else { Some(false) };
    let Some(stays) = stays else { return Ok(Err(Failure::ProofUnavailable.into())) };
    for _ in 0..3 {
        let mut transaction = database::begin(&app.db).await?;
        lock_token(&mut transaction, &proven.token.digest()).await?;
        let decided = match attempts::still_granted(&mut transaction, attempt.id).await? {
            // Its organisation, or its person, was deleted meanwhile, and its token given back.
            None => return Ok(Err(Failure::OrganisationGone.into())),
            Some(still) if !still.may_connect => Ok(Err(Failure::RoleGone.into())),
            Some(_) => decide(app, &mut transaction, attempt, &proven, stays).await,
        };
        match decided {
            Ok(Ok(Decided::Placed(placed))) => {
                let outcome = Outcome::Connected(placed.connection);
                complete(app, &mut transaction, attempt, &outcome, &placed.former).await?;
                placed.settle(app, &mut transaction, &proven.token).await?;
                transaction.commit().await?;
                return Ok(Ok(()));
            }
            Ok(Ok(Decided::Held(pending))) => {
                complete(app, &mut transaction, attempt, &Outcome::Held(pending), &Former::default()).await?;
                transaction.commit().await?;
                return Ok(Ok(()));
            }
            Ok(Err(obstacle)) => {
                drop(transaction);
                follow(app, Some((&proven).into())).await?;
                return Ok(Err(obstacle));
            }
            Err(error) if connections::is_unique_violation(&error) || is_deadlock(&error) => {}
            Err(error) => return Err(error),
        }
    }
    bail!("the location or the point of sale changed hands several times")
}

/// The grant comes to nothing, and what HubRise granted is so all the same: see [`connections::follow`].
pub(super) async fn follow(app: &App, granted: Option<Granted<'_>>) -> Result<()> {
    let Some(granted) = granted else { return Ok(()) };
    let once = || async move {
        let mut transaction = database::begin(&app.db).await?;
        lock_token(&mut transaction, &granted.token.digest()).await?;
        connections::follow(app, &mut transaction, granted).await?;
        Ok(transaction.commit().await?)
    };
    database::without_deadlock(once).await
}

async fn complete(
    app: &App,
    transaction: &mut PgConnection,
    attempt: &Attempt,
    outcome: &Outcome,
    former: &Former,
) -> Result<()> {
    let (subject, now) = (unaccounted::trip(attempt), app.clock.now());
    match attempts::complete(transaction, attempt.id, outcome, former, &subject, now).await? {
        Some(completed) if completed.is_unaccounted => unaccounted::end(app, transaction, &subject).await,
        Some(_) => Ok(()),
        None => bail!("the attempt was ended by somebody else"),
    }
}

enum Decided {
    Placed(Placed),
    Held(PendingConnectionId),
}

async fn decide(
    app: &App,
    transaction: &mut PgConnection,
    attempt: &Attempt,
    proven: &Proven,
    stays: bool,
) -> Result<Result<Decided, Obstacle>> {
    let origin = match &attempt.purpose {
        Purpose::Connect { organisation, user, target, reconnects } => {
            let (organisation, by) = (*organisation, By::User(*user));
            let site = Site { organisation, target, by, reconnects: *reconnects };
            match connections::place(app, transaction, &site, proven).await? {
                Placement::Done(placed) => return Ok(Ok(Decided::Placed(placed))),
                Placement::Obstructed(obstacle) => return Ok(Err(obstacle)),
                Placement::Elsewhere(connection) => Origin::Reconnection { organisation, connection },
            }
        }
        Purpose::Link { organisation, link } => Origin::Link { organisation: *organisation, link: *link },
        Purpose::Open { opener, app_instance, .. } => {
            match open(app, transaction, (opener, app_instance), proven, stays).await? {
                Ok(Some(placed)) => return Ok(Ok(Decided::Placed(placed))),
                Ok(None) => Origin::HubRise,
                Err(failure) => return Ok(Err(failure.into())),
            }
        }
        Purpose::Install => Origin::HubRise,
        Purpose::SignIn { .. } => bail!("a sign-in connects nothing"),
    };
    // One that began under the previous version names no browser: what it brings can only expire.
    let browser = attempt.browser.unwrap_or_else(BrowserId::new);
    let pending = pending_connections::hold(app, transaction, browser, origin, proven).await?;
    Ok(Ok(Decided::Held(pending)))
}

/// Whoever comes through HubRise's authorise page for an install has access to its location there, and so may look at
/// it here. An install that nobody has claimed yet is `None`. A connection that works with another token `stays` as it
/// is.
async fn open(
    app: &App,
    transaction: &mut PgConnection,
    (opener, app_instance): (&Opener, &AppInstanceId),
    proven: &Proven,
    stays: bool,
) -> Result<Result<Option<Placed>, Failure>> {
    let granted_another = proven.app_instance.as_ref().is_some_and(|granted| granted != app_instance);
    let known = connections::service::of_app_instance(transaction, app_instance).await?;
    if granted_another || known.is_some_and(|known| known.location_id != proven.location.id.as_str()) {
        return Ok(Err(Failure::OtherInstall));
    }
    let proven = Proven { app_instance: Some(app_instance.clone()), ..proven.clone() };
    let occupant = connections::service::occupant(transaction, proven.location.id.as_str()).await?;
    let Some(connection) = occupant else { return Ok(Ok(None)) };
    let placed = if stays {
        Placed::as_it_is(&connection)
    } else {
        connections::refresh(app, transaction, &connection, &proven).await?
    };
    let now = app.clock.now();
    let user = match opener {
        Opener::User(user) => *user,
        Opener::Newcomer(identity) => match users::identities::open_account(transaction, identity, now).await? {
            Some(proof) => proof.user,
            None => return Ok(Err(Failure::EmailTaken)),
        },
    };
    // The install that is looked at from here on is the connection's: another may not outlast this.
    let install = connection.app_instance.filter(|_| stays);
    let install = install.as_ref().unwrap_or(app_instance);
    if !team::service::admit(transaction, connection.organisation, user, install, now).await? {
        return Ok(Err(Failure::AccessRemoved));
    }
    Ok(Ok(Some(placed)))
}
