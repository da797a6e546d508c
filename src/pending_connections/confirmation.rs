//! The person's word: what was granted is asked once more whether it still works, and then goes where they said.

use anyhow::{Result, bail};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{
    Origin, Pending,
    service::{as_granted, binding, end, standing},
    store::{self, Status},
};
use crate::{
    app::App,
    authorisations::{Failure, Obstacle, Proven, proof_failure},
    connection_links,
    connections::{self, By, Former, Occupant, Placed, Placement, Site, Target, lock_token},
    database::{self, is_deadlock},
    disconnections::{self, Requester, service::is_revoked_since},
    hubrise::{AccessToken, Named},
    ids::{OrganisationId, RevocationId, UserId},
    organisations,
};

/// Who says so, and what for.
#[derive(Clone, Debug)]
pub(super) enum Word {
    /// A manager says where it goes.
    Place { organisation: OrganisationId, user: UserId, target: Target },
    /// The owner agrees with the link.
    FollowLink,
    /// A manager agrees to link the point of sale to another location than before.
    Switch { user: UserId },
    /// None is needed: the location is connected already, to an organisation of the reader's.
    Renew { organisation: OrganisationId },
}

/// Whether the word was heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hearing {
    /// It was: the grant's page tells what came of it.
    Heard,
    /// HubRise does not answer: the grant waits on, and the person can say it again.
    TryAgain,
}

/// Carries out a person's word. Said twice, it is done once.
pub(super) async fn confirm(app: &App, pending: &Pending, word: &Word) -> Result<Hearing> {
    if standing(app, pending) != Status::Held {
        return Ok(Hearing::Heard);
    }
    let asked_at = app.clock.now();
    let proven = match prove_or_end(app, pending).await? {
        Ok(proven) => proven,
        Err(hearing) => return Ok(hearing),
    };
    match settle(app, pending, word, &proven, asked_at).await? {
        Ok(revocation) => {
            if let Some(revocation) = revocation {
                disconnections::service::revoke_now(app, revocation);
            }
        }
        Err(obstacle) if obstacle.failure == Failure::ProofUnavailable => return Ok(Hearing::TryAgain),
        Err(obstacle) => end(app, pending.id, obstacle).await?,
    }
    Ok(Hearing::Heard)
}

/// The location is connected already, to an organisation of the reader's: its connection gets what was granted, if
/// HubRise still answers for that. A connection that was made or repaired since then has what is newer, and keeps it.
/// So does one that works with another token: whoever brings this one may have chosen less than the connection has.
pub(super) async fn absorb(app: &App, pending: &Pending, occupant: &Occupant) -> Result<Hearing> {
    let Some(token) = open(app, pending).await? else { return Ok(Hearing::Heard) };
    if !occupant.was_granted_after(pending.granted_at, app.clock.now()) {
        match connections::service::works_with_another(app, &pending.location_id, &token).await? {
            Some(false) => return confirm(app, pending, &Word::Renew { organisation: occupant.organisation }).await,
            Some(true) => {}
            None => return Ok(Hearing::TryAgain),
        }
    }
    yield_to(app, pending, occupant, &token).await?;
    Ok(Hearing::Heard)
}

/// The grant comes to the connection that there is, which stays as it is.
async fn yield_to(app: &App, pending: &Pending, occupant: &Occupant, token: &AccessToken) -> Result<()> {
    let mut transaction = database::begin(&app.db).await?;
    lock_token(&mut transaction, &token.digest()).await?;
    let (owner, now) = (occupant.organisation, app.clock.now());
    if store::confirm(&mut transaction, pending.id, owner, occupant.id, &Former::default(), now).await? {
        disconnections::service::give_back_unless_used(app, &mut transaction, token).await?;
        transaction.commit().await?;
    }
    Ok(())
}

/// The token, while it is held.
async fn open(app: &App, pending: &Pending) -> Result<Option<AccessToken>> {
    let Some(sealed) = store::sealed(&mut *app.db.acquire().await?, pending.id).await? else { return Ok(None) };
    AccessToken::unseal(&app.config.keyring, &sealed, binding(pending.id)).map(Some)
}

/// The grant as HubRise confirms it; or what its reader is told, where it does not.
async fn prove_or_end(app: &App, pending: &Pending) -> Result<Result<Proven, Hearing>> {
    Ok(match prove(app, pending).await? {
        Some(Ok(proven)) => Ok(proven),
        Some(Err(Failure::ProofUnavailable)) => Err(Hearing::TryAgain),
        Some(Err(failure)) => {
            end(app, pending.id, failure.into()).await?;
            Err(Hearing::Heard)
        }
        None => Err(Hearing::Heard),
    })
}

/// `None` if it is not held any more.
async fn prove(app: &App, pending: &Pending) -> Result<Option<Result<Proven, Failure>>> {
    let Some(token) = open(app, pending).await? else { return Ok(None) };
    disconnections::service::wait_for_calls_in_flight(app, &token).await?;
    let granted = as_granted(pending, token)?;
    Ok(Some(match app.hubrise.location(&granted.token).await {
        Ok(answer) if answer.location.id != granted.location.id || answer.account.id != granted.account.id => {
            tracing::error!(pending = %pending.id, "HubRise granted one location and answers for another");
            Err(Failure::Unintelligible)
        }
        Ok(answer) => Ok(Proven {
            account: Named { name: answer.account.name.or(granted.account.name), ..granted.account },
            location: Named { name: answer.location.name.or(granted.location.name), ..granted.location },
            ..granted
        }),
        Err(error) => Err(proof_failure(&error)),
    }))
}

/// The database has the last word on what is taken: a race that it decides is looked at once more. A revocation that
/// is left to do now, if a connection had to make way.
async fn settle(
    app: &App,
    pending: &Pending,
    word: &Word,
    proven: &Proven,
    asked_at: DateTime<Utc>,
) -> Result<Result<Option<RevocationId>, Obstacle>> {
    for _ in 0..3 {
        let mut transaction = database::begin(&app.db).await?;
        lock_token(&mut transaction, &proven.token.digest()).await?;
        if is_revoked_since(app, &mut transaction, &proven.token, asked_at).await? {
            return Ok(Err(Failure::ProofUnavailable.into()));
        }
        match carry_out(app, &mut transaction, pending, word, proven).await {
            // It is not as the word takes it to be any more: what is asked of the person is looked at once more.
            Ok(Ok(None)) => return Ok(Ok(None)),
            Ok(Ok(Some(done))) => {
                let now = app.clock.now();
                let Done { organisation, placed, revocation } = done;
                let (connection, former) = (placed.connection, &placed.former);
                if !store::confirm(&mut transaction, pending.id, organisation, connection, former, now).await? {
                    // Said twice at once, or too late: what the other one did stands.
                    return Ok(Ok(None));
                }
                placed.settle(app, &mut transaction, &proven.token).await?;
                transaction.commit().await?;
                tracing::info!(pending = %pending.id, %connection, "a grant was confirmed");
                return Ok(Ok(revocation));
            }
            Ok(Err(obstacle)) => return Ok(Err(obstacle)),
            Err(error) if connections::is_unique_violation(&error) || is_deadlock(&error) => {}
            Err(error) => return Err(error),
        }
    }
    bail!("the location or the point of sale changed hands several times")
}

struct Done {
    organisation: OrganisationId,
    placed: Placed,
    revocation: Option<RevocationId>,
}

/// `None` if a connection that was to be renewed is gone.
async fn carry_out(
    app: &App,
    transaction: &mut PgConnection,
    pending: &Pending,
    word: &Word,
    proven: &Proven,
) -> Result<Result<Option<Done>, Obstacle>> {
    // HubRise was asked since the person said so, and took its time.
    let said_by = match (word, pending.origin) {
        (Word::Place { organisation, user, .. }, _) => Some((*organisation, *user)),
        (Word::Switch { user }, Origin::Reconnection { organisation, .. }) => Some((organisation, *user)),
        _ => None,
    };
    if let Some((organisation, user)) = said_by
        && !organisations::service::is_managed_by(transaction, organisation, user).await?
    {
        return Ok(Err(Failure::RoleGone.into()));
    }
    let mut revocation = None;
    let (organisation, target, by) = match (word, pending.origin) {
        (Word::Place { organisation, user, target }, Origin::HubRise) => {
            (*organisation, target.clone(), By::User(*user))
        }
        (Word::FollowLink, Origin::Link { organisation, link }) => {
            let location = &proven.location;
            let Some(target) = connection_links::service::consume(app, transaction, link, location).await? else {
                return Ok(Err(Failure::LinkOver.into()));
            };
            (organisation, target, By::Link(link))
        }
        (Word::Switch { user }, Origin::Reconnection { organisation, connection }) => {
            // If the new location turns out to be taken, all of this is rolled back, and the old connection stays.
            let Some(current) = connections::service::find(transaction, organisation, connection).await? else {
                return Ok(Err(Failure::ConnectionGone.into()));
            };
            let requester = Requester::User(*user);
            revocation =
                disconnections::service::make_way(app, transaction, organisation, connection, requester).await?;
            (organisation, Target::Existing(current.point_of_sale), By::User(*user))
        }
        (Word::Renew { organisation }, Origin::HubRise) => {
            let occupant = connections::service::occupant(transaction, proven.location.id.as_str()).await?;
            let Some(occupant) = occupant.filter(|occupant| occupant.organisation == *organisation) else {
                return Ok(Ok(None));
            };
            let placed = connections::refresh(app, transaction, &occupant, proven).await?;
            return Ok(Ok(Some(Done { organisation: *organisation, placed, revocation })));
        }
        _ => bail!("this word is not for this grant"),
    };
    let site = Site { organisation, target: &target, by, reconnects: None };
    Ok(match connections::place(app, transaction, &site, proven).await? {
        Placement::Done(placed) => Ok(Some(Done { organisation, placed, revocation })),
        Placement::Obstructed(obstacle) => Err(obstacle),
        Placement::Elsewhere(_) => bail!("nothing was to be repaired"),
    })
}
