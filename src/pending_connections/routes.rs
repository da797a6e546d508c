//! The pages of a grant that waits, for the browser that brought it.

use axum::{
    extract::{Query, State, rejection::QueryRejection},
    http::StatusCode,
    response::Response,
    routing::{get, post},
};
use serde::Deserialize;
use tower_sessions::Session;

use super::{
    Origin, Pending, account,
    confirmation::{Hearing, Word, absorb, confirm},
    service::{of_browser, standing, withdraw},
    store::Status,
    views::{self, Reader},
};
use crate::{
    app::App,
    authorisations::{Failure, InTheWay, WayOn, show_failure},
    connections::{self, TargetForm},
    history::Actor,
    ids::{OrganisationId, PendingConnectionId, UserId},
    organisations::{Acting, Role},
    points_of_sale,
    users::Newcomer,
    web::{AppError, Form, Frame, PathId, Routes, Section, known_browser, see},
};

/// `/services/hubrise/pending/{id}`
pub fn router() -> Routes {
    Routes::new()
        .route("/services/hubrise/pending/{id}", get(show_pending).post(say))
        .route("/services/hubrise/pending/{id}/cancel", post(cancel))
        .route("/services/hubrise/pending/{id}/again", post(choose_again))
        .route("/services/hubrise/pending/{id}/account", get(account::show_account).post(account::create_account))
}

/// The grant and its reader, if it is this browser's.
pub(super) async fn read(
    app: &App,
    session: &Session,
    id: PendingConnectionId,
    frame: Frame,
) -> Result<(Pending, Reader), AppError> {
    let browser = known_browser(session).await?.ok_or(AppError::NotFound)?;
    let pending = of_browser(&mut *app.db.acquire().await?, browser, id).await?.ok_or(AppError::NotFound)?;
    let acting = Acting::of(app, session).await?;
    let newcomer = Newcomer::of(app, session).await?;
    let frame = frame.at(Section::Services).of_anybody(acting.as_ref()).about(id);
    Ok((pending, Reader { frame, acting, newcomer }))
}

#[derive(Default, Deserialize)]
struct Chosen {
    organisation: Option<OrganisationId>,
}

async fn show_pending(
    State(app): State<App>,
    PathId(id): PathId<PendingConnectionId>,
    chosen: Result<Query<Chosen>, QueryRejection>,
    frame: Frame,
    session: Session,
) -> Result<Response, AppError> {
    let (pending, reader) = read(&app, &session, id, frame).await?;
    // A choice that is none is asked for again.
    let Query(chosen) = chosen.unwrap_or_default();
    let location = &pending.location_id;
    match standing(&app, &pending) {
        Status::Confirmed(connection) => views::show_confirmed(&app, reader, &pending, connection).await,
        Status::Ended(failure) => show_ended(&app, reader, &pending, failure).await,
        Status::Held => match pending.origin {
            Origin::Link { link, .. } => views::show_link(&app, reader, &pending, link, None).await,
            Origin::Reconnection { .. } => views::show_switch(&app, reader, &pending, None).await,
            Origin::HubRise => {
                let occupant = connections::service::of_location(&mut *app.db.acquire().await?, location).await?;
                match (&reader.acting, occupant) {
                    (Some(acting), Some(occupant)) if acting.belongs_to(occupant.organisation) => {
                        Ok(match absorb(&app, &pending, &occupant).await? {
                            Hearing::Heard => see(&format!("/services/hubrise/pending/{id}")),
                            // The connection is as it was, and the grant waits on.
                            Hearing::TryAgain => {
                                let (failure, way_on) = (Failure::ProofUnavailable, WayOn::Nowhere);
                                show_failure(&app, reader.frame, failure, &InTheWay::Nothing, way_on)?
                            }
                        })
                    }
                    (Some(_), Some(_)) => views::show_taken(reader, &pending),
                    (_, occupant) => {
                        views::show_finish(&app, reader, &pending, chosen.organisation, occupant.is_some()).await
                    }
                }
            }
        },
    }
}

async fn show_ended(app: &App, reader: Reader, pending: &Pending, failure: Failure) -> Result<Response, AppError> {
    let may_know = |organisation| reader.acting.as_ref().is_some_and(|acting| acting.belongs_to(organisation));
    let in_the_way = match (pending.obstacle, pending.organisation) {
        (None, _) => InTheWay::Nothing,
        (Some(id), Some(organisation)) if may_know(organisation) => {
            let found = points_of_sale::service::find(&mut *app.db.acquire().await?, organisation, id).await?;
            found.map_or(InTheWay::Gone, |found| InTheWay::Own(found.name))
        }
        (Some(_), _) => InTheWay::Untold,
    };
    let way_on = match (pending.origin, failure) {
        (Origin::Link { .. }, Failure::LinkOver | Failure::PointOfSaleTaken | Failure::PointOfSaleGone) => {
            WayOn::Nowhere
        }
        (Origin::Link { .. }, _) => WayOn::Link,
        (Origin::HubRise, _) => WayOn::HubRise,
        (Origin::Reconnection { connection, .. }, failure) => WayOn::repairing(connection, failure),
    };
    show_failure(app, reader.frame, failure, &in_the_way, way_on)
}

#[derive(Deserialize)]
struct Saying {
    organisation: Option<OrganisationId>,
    #[serde(flatten)]
    target: TargetForm,
}

/// **Confirmer**
async fn say(
    State(app): State<App>,
    PathId(id): PathId<PendingConnectionId>,
    frame: Frame,
    session: Session,
    Form(saying): Form<Saying>,
) -> Result<Response, AppError> {
    let here = format!("/services/hubrise/pending/{id}");
    let (pending, reader) = read(&app, &session, id, frame).await?;
    if standing(&app, &pending) != Status::Held {
        return Ok(see(&here));
    }
    let word = match pending.origin {
        Origin::Link { .. } => Word::FollowLink,
        Origin::Reconnection { organisation, .. } => {
            let user = manager(&reader, organisation, &here)?;
            Word::Switch { user }
        }
        Origin::HubRise => {
            let organisation = saying.organisation.ok_or(AppError::BadRequest)?;
            let user = manager(&reader, organisation, &here)?;
            let mut db = app.db.acquire().await?;
            match saying.target.target(&mut db, organisation, reader.frame.t).await? {
                Ok(target) => Word::Place { organisation, user, target },
                Err(error) => {
                    drop(db);
                    // Said twice at once, what the first one did may be what is wrong with the second.
                    let (pending, reader) = read(&app, &session, id, reader.frame).await?;
                    if standing(&app, &pending) != Status::Held {
                        return Ok(see(&here));
                    }
                    let status = StatusCode::UNPROCESSABLE_ENTITY;
                    return views::ask_again(&app, reader, &pending, organisation, &saying.target, error, status).await;
                }
            }
        }
    };
    match confirm(&app, &pending, &word).await? {
        Hearing::Heard => Ok(see(&here)),
        Hearing::TryAgain => views::show_silence(&app, reader, &pending, saying.organisation, &saying.target).await,
    }
}

/// Who says so, if they may for this organisation.
fn manager(reader: &Reader, organisation: OrganisationId, here: &str) -> Result<UserId, AppError> {
    let acting = reader.acting.as_ref().ok_or_else(|| AppError::SignInFirst(here.to_owned()))?;
    match acting.role_in(organisation) {
        Some(Role::Manager) => Ok(acting.user),
        Some(Role::Staff) => Err(AppError::Forbidden),
        None => Err(AppError::NotFound),
    }
}

/// The person does not want it.
async fn cancel(
    State(app): State<App>,
    PathId(id): PathId<PendingConnectionId>,
    frame: Frame,
    session: Session,
) -> Result<Response, AppError> {
    let (pending, reader) = read(&app, &session, id, frame).await?;
    let by = match pending.origin {
        Origin::Link { .. } => Some(Actor::Owner),
        Origin::HubRise | Origin::Reconnection { .. } => reader.acting.map(|acting| Actor::Person(acting.user)),
    };
    withdraw(&app, &pending, by).await?;
    Ok(match pending.origin {
        // The connection is as it was.
        Origin::Reconnection { connection, .. } => see(&format!("/services#connection-{connection}")),
        Origin::HubRise | Origin::Link { .. } => see(&format!("/services/hubrise/pending/{id}")),
    })
}

/// The owner wants to choose another location: back to HubRise, by the same link.
async fn choose_again(
    State(app): State<App>,
    PathId(id): PathId<PendingConnectionId>,
    frame: Frame,
    session: Session,
) -> Result<Response, AppError> {
    let (pending, _) = read(&app, &session, id, frame).await?;
    if !matches!(pending.origin, Origin::Link { .. }) {
        return Err(AppError::NotFound);
    }
    withdraw(&app, &pending, Some(Actor::Owner)).await?;
    Ok(see("/links/again"))
}
