//! HubRise's ways back, and the page of a trip.

use std::time::Duration;

use axum::{
    extract::{OriginalUri, Query, State, rejection::QueryRejection},
    http::HeaderMap,
    response::Response,
    routing::get,
};
use serde::Deserialize;
use tower_sessions::Session;

use super::{
    Failure, InTheWay, WayOn,
    attempt::{Attempt, Outcome, Status},
    attempts::{self, LOST_AFTER},
    callback::{CallbackQuery, Landing, Visitor, land},
    pages::{WaitingPage, show_failure},
    refusal::{Errand, Refusal},
    service::{Door, Purpose, Traveller},
};
use crate::{
    app::App,
    connection_links, connections,
    hubrise::HubRiseUserId,
    ids::{AttemptId, ConnectionId},
    organisations::{Acting, Role},
    points_of_sale,
    polling::poll,
    team,
    users::{self, Newcomer},
    web::{AppError, ClientAddress, Frame, PathId, Routes, Section, known_browser, page, see, session_digest},
};

/// `/hubrise_oauth/…`, `/services/hubrise/attempts/{id}`
pub fn router() -> Routes {
    Routes::new()
        .route(Door::Connect.path(), get(connect_callback))
        .route(Door::Login.path(), get(login_callback))
        .route(Door::Authorize.path(), get(authorize_callback))
        .route("/services/hubrise/attempts/{id}", get(show_attempt))
        .route("/services/hubrise/refused/{reason}", get(show_refused))
}

type CallbackResult = Result<Query<CallbackQuery>, QueryRejection>;

async fn connect_callback(
    State(app): State<App>,
    OriginalUri(uri): OriginalUri,
    address: ClientAddress,
    session: Session,
    query: CallbackResult,
) -> Result<Response, AppError> {
    if let Ok(Query(query)) = &query
        && query.is_install()
        && query.again.is_none()
        && known_browser(&session).await?.is_none()
    {
        if !query.has_code() {
            return Ok(refused(Refusal { failure: Failure::Malformed, errand: None }));
        }
        // What comes in is held for this browser, so it must be known again: a second request of a double click would
        // otherwise be somebody else's. It gets its cookie first, and is sent here once more.
        Traveller::of_anybody(&app, &session, address.0).await?;
        let query = uri.query().unwrap_or_default();
        return Ok(see(&format!("{}?{query}&again=1", Door::Connect.path())));
    }
    come_back(&app, address, &session, Door::Connect, query).await
}

async fn login_callback(
    State(app): State<App>,
    address: ClientAddress,
    session: Session,
    query: CallbackResult,
) -> Result<Response, AppError> {
    come_back(&app, address, &session, Door::Login, query).await
}

async fn authorize_callback(
    State(app): State<App>,
    address: ClientAddress,
    session: Session,
    query: CallbackResult,
) -> Result<Response, AppError> {
    come_back(&app, address, &session, Door::Authorize, query).await
}

fn refused(refusal: Refusal) -> Response {
    see(&refusal.address())
}

/// Always on to an address of our own: the code does not stay in the browser's history.
async fn come_back(
    app: &App,
    ClientAddress(address): ClientAddress,
    session: &Session,
    door: Door,
    query: CallbackResult,
) -> Result<Response, AppError> {
    let Ok(Query(query)) = query else {
        return Ok(refused(Refusal { failure: Failure::Malformed, errand: None }));
    };
    let acting = Acting::of(app, session).await?;
    let visitor = Visitor {
        address,
        browser: match &acting {
            Some(acting) => acting.browser,
            None => known_browser(session).await?,
        },
        session: session.id().map(session_digest),
        user: acting.as_ref().map(|acting| acting.user),
        organisation: acting.as_ref().and_then(Acting::organisation),
        newcomer: match door {
            Door::Authorize => Newcomer::of(app, session).await?.map(|newcomer| newcomer.identity),
            Door::Connect | Door::Login => None,
        },
        // Of somebody who is signed in, it is known without it whom they come for.
        follows_link: acting.is_none() && connection_links::follows_link(session).await?,
    };
    Ok(match land(app, door, &visitor, query).await? {
        Landing::Attempt(id) => see(&attempt_path(id)),
        Landing::Refused(refusal) => refused(refusal),
        Landing::Services => see("/services"),
    })
}

/// How long a page waits for the request that talks to HubRise, before it tells the browser to ask again.
const PATIENCE: Duration = Duration::from_secs(10);

async fn show_attempt(
    State(app): State<App>,
    PathId(id): PathId<AttemptId>,
    frame: Frame,
    headers: HeaderMap,
    session: Session,
) -> Result<Response, AppError> {
    let acting = Acting::of(&app, &session).await?;
    // The log knows an attempt by its id: more use to support than the number of this request.
    let frame = frame.at(Section::Services).of_anybody(acting.as_ref()).about(id);
    let found = attempts::find(&mut *app.db.acquire().await?, id).await?;
    if !may_read(found.as_ref(), acting.as_ref(), &session).await? {
        // To whoever is not signed in, one that is not there looks like one that is.
        return Err(if acting.is_some() { AppError::NotFound } else { AppError::SignInFirst(attempt_path(id)) });
    }
    let app = &app;
    let is_over = |attempt: &Attempt| {
        let is_lost = attempt.claimed_at.is_some_and(|claimed| app.clock.now() - claimed > LOST_AFTER);
        attempt.status != Status::UnderWay || is_lost
    };
    let ended = match found {
        Some(found) if is_over(&found) => Some(found),
        _ => {
            poll(PATIENCE, || async move {
                let attempt = attempts::find(&mut *app.db.acquire().await?, id).await?.ok_or(AppError::NotFound)?;
                Ok::<_, AppError>(is_over(&attempt).then_some(attempt))
            })
            .await?
        }
    };
    let Some(attempt) = ended else { return page(&WaitingPage { frame }) };
    match attempt.status.clone() {
        Status::Pending => Ok(see("/services/hubrise/connect")),
        Status::Completed(Outcome::Held(pending)) => Ok(see(&format!("/services/hubrise/pending/{pending}"))),
        Status::Completed(Outcome::Connected(connection)) => {
            show_connected(app, frame, (&session, &headers), acting, attempt, connection).await
        }
        Status::Completed(Outcome::Proved(identity)) => {
            welcome(app, (&session, &headers), acting.as_ref(), &attempt, &identity).await
        }
        Status::Failed(failure) => {
            let in_the_way = in_the_way(app, &attempt).await?;
            let way_on = way_on(&attempt.purpose, failure, acting.as_ref());
            show_failure(app, frame, failure, &in_the_way, way_on)
        }
        Status::UnderWay => {
            let failure = Failure::Interrupted;
            let way_on = way_on(&attempt.purpose, failure, acting.as_ref());
            show_failure(app, frame, failure, &InTheWay::Nothing, way_on)
        }
    }
}

fn attempt_path(id: AttemptId) -> String {
    format!("/services/hubrise/attempts/{id}")
}

/// A manager's trip may be looked at by everybody of the organisation; any other by the browser that made it.
async fn may_read(attempt: Option<&Attempt>, acting: Option<&Acting>, session: &Session) -> Result<bool, AppError> {
    let Some(attempt) = attempt else { return Ok(false) };
    if let Purpose::Connect { organisation, .. } = &attempt.purpose {
        let shown = acting.and_then(Acting::organisation).map(|(shown, _)| shown);
        return Ok(shown == Some(*organisation));
    }
    let browser = known_browser(session).await?;
    Ok(browser.is_some() && browser == attempt.browser)
}

fn way_on(purpose: &Purpose, failure: Failure, acting: Option<&Acting>) -> WayOn {
    let signed_in = acting.is_some();
    let may_connect = matches!(acting.and_then(Acting::organisation), Some((_, Role::Manager)));
    match purpose {
        Purpose::Connect { .. } if !may_connect => WayOn::Services,
        Purpose::Connect { reconnects: Some(connection), .. } => WayOn::repairing(*connection, failure),
        Purpose::Connect { reconnects: None, .. } => WayOn::Connect,
        Purpose::Install => WayOn::HubRise,
        Purpose::Link { .. } => WayOn::Link,
        Purpose::Open { .. } if signed_in => WayOn::HubRise,
        Purpose::SignIn { return_to } if signed_in && return_to == "/settings" => WayOn::Settings,
        Purpose::SignIn { .. } if signed_in => WayOn::Services,
        Purpose::Open { .. } | Purpose::SignIn { .. } => WayOn::SignIn,
    }
}

async fn show_connected(
    app: &App,
    frame: Frame,
    (session, headers): (&Session, &HeaderMap),
    acting: Option<Acting>,
    attempt: Attempt,
    connection: ConnectionId,
) -> Result<Response, AppError> {
    match attempt.purpose {
        Purpose::Connect { organisation, .. } => {
            let found = connections::service::find(&mut *app.db.acquire().await?, organisation, connection).await?;
            match found {
                Some(found) => connections::show_connected(frame, found, attempt.former, None, None),
                None => Ok(see("/services")),
            }
        }
        Purpose::Open { return_to, .. } => {
            // Who had no account has one now, and goes in with it.
            if acting.is_none() && !users::sign_in_newcomer(app, session, headers).await? {
                return Ok(see("/login"));
            }
            team::access_was_proved(session).await?;
            let owner = connections::service::owner(&mut *app.db.acquire().await?, connection).await?;
            users::look_at(session, owner).await?;
            Ok(see(if return_to == "/" { "/services" } else { &return_to }))
        }
        _ => Err(AppError::NotFound),
    }
}

/// Whoever has just proved who they are goes in, or is told what else it takes. Once: the address of this page must not
/// let anybody in who comes back to it later.
async fn welcome(
    app: &App,
    (session, headers): (&Session, &HeaderMap),
    acting: Option<&Acting>,
    attempt: &Attempt,
    identity: &HubRiseUserId,
) -> Result<Response, AppError> {
    let Purpose::SignIn { return_to } = &attempt.purpose else { return Err(AppError::NotFound) };
    if !attempts::arrive(&mut *app.db.acquire().await?, attempt.id, app.clock.now()).await? {
        return Ok(see(if acting.is_some() { return_to } else { "/login" }));
    }
    users::arrive_from_hubrise(app, session, headers, acting, identity, return_to).await
}

async fn in_the_way(app: &App, attempt: &Attempt) -> Result<InTheWay, AppError> {
    let (Some(id), Purpose::Connect { organisation, .. }) = (attempt.obstacle, &attempt.purpose) else {
        return Ok(InTheWay::Nothing);
    };
    let found = points_of_sale::service::find(&mut *app.db.acquire().await?, *organisation, id).await?;
    Ok(found.map_or(InTheWay::Gone, |found| InTheWay::Own(found.name)))
}

#[derive(Default, Deserialize)]
struct Refused {
    trip: Option<String>,
}

async fn show_refused(
    State(app): State<App>,
    PathId(reason): PathId<String>,
    query: Result<Query<Refused>, QueryRejection>,
    frame: Frame,
    session: Session,
) -> Result<Response, AppError> {
    let failure = Failure::parse(&reason).filter(|failure| failure.refuses_the_callback()).ok_or(AppError::NotFound)?;
    // A word that is none of ours is passed over.
    let Query(query) = query.unwrap_or_default();
    let refusal = Refusal { failure, errand: query.trip.as_deref().and_then(Errand::parse) };
    let acting = Acting::of(&app, &session).await?;
    let way_on = refusal.way_on(acting.as_ref(), connection_links::follows_link(&session).await?);
    let frame = frame.at(Section::Services).of_anybody(acting.as_ref());
    show_failure(&app, frame, failure, &InTheWay::Nothing, way_on)
}
