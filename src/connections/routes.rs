//! The pages of Services tiers, and HubRise's way back.

use std::time::Duration;

use axum::{
    Router,
    extract::{Query, State, rejection::QueryRejection},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use serde::Deserialize;
use sqlx::PgConnection;
use tower_sessions::Session;

use super::{
    Connection, Failure,
    attempts::{self, Attempt, LOST_AFTER, Status},
    callback::{CallbackQuery, Landing, Visitor, land},
    pages::{Card, Choice, ConnectPage, ConnectedPage, FailedPage, ServicesPage, WaitingPage},
    service::{self, Target},
};
use crate::{
    app::App,
    ids::{AttemptId, ConnectionId, OrganisationId, PointOfSaleId},
    organisations::{Acting, Manager, Member, Role},
    points_of_sale,
    polling::poll,
    secrets::Digest,
    web::{AppError, Form, Frame, PathId, Section, page, page_with, see, session_digest},
};

/// `/services`, `/hubrise_oauth/connect_callback`
pub fn router() -> Router<App> {
    Router::new()
        .route("/services", get(show_services))
        .route("/services/hubrise/connect", get(show_connect).post(connect))
        .route("/services/hubrise/connections/{id}/reconnect", post(reconnect))
        .route("/services/hubrise/attempts/{id}", get(show_attempt))
        .route("/services/hubrise/refused/{reason}", get(show_refused))
        .route("/hubrise_oauth/connect_callback", get(connect_callback))
}

impl From<Connection> for Card {
    fn from(connection: Connection) -> Self {
        Self {
            id: connection.id.to_string(),
            link: connection.link(),
            point_of_sale_name: connection.point_of_sale_name,
            connected_by: connection.connected_by,
            connected_at: connection.connected_at,
            verified_at: connection.verified_at,
        }
    }
}

async fn show_services(State(app): State<App>, frame: Frame, member: Member) -> Result<Response, AppError> {
    let connections = service::list(&mut *app.db.acquire().await?, member.organisation).await?;
    page(&ServicesPage {
        frame: frame.at(Section::Services).of(&member.acting),
        cards: connections.into_iter().map(Card::from).collect(),
        may_change: member.may_change(),
        hubrise_address: app.hubrise.manager_url().to_owned(),
    })
}

/// The organisation's points of sale that are not connected.
async fn choices(db: &mut PgConnection, organisation: OrganisationId, chosen: &str) -> Result<Vec<Choice>, AppError> {
    let connections = service::list(db, organisation).await?;
    let is_free = |id| !connections.iter().any(|connection| connection.point_of_sale == id);
    let all = points_of_sale::service::list(db, organisation).await?;
    let free = all.into_iter().filter(|point_of_sale| is_free(point_of_sale.id)).map(|point_of_sale| {
        let id = point_of_sale.id.to_string();
        Choice { chosen: id == chosen, id, name: point_of_sale.name }
    });
    Ok(free.collect())
}

async fn show_connect(State(app): State<App>, frame: Frame, Manager(member): Manager) -> Result<Response, AppError> {
    let mut choices = choices(&mut *app.db.acquire().await?, member.organisation, "").await?;
    let new_chosen = choices.is_empty();
    if let [only] = choices.as_mut_slice() {
        only.chosen = true;
    }
    let frame = frame.at(Section::Services).of(&member.acting);
    page(&ConnectPage { frame, choices, new_chosen, new_name: String::new(), error: None })
}

#[derive(Deserialize)]
struct ConnectForm {
    #[serde(default)]
    point_of_sale: String,
    #[serde(default)]
    new_name: String,
}

async fn connect(
    State(app): State<App>,
    frame: Frame,
    Manager(member): Manager,
    session: Session,
    Form(form): Form<ConnectForm>,
) -> Result<Response, AppError> {
    let mut db = app.db.acquire().await?;
    let choices = choices(&mut db, member.organisation, &form.point_of_sale).await?;
    let name: String = form.new_name.chars().filter(|character| !character.is_control()).collect();
    let name = name.trim();
    let target = match form.point_of_sale.as_str() {
        "new" if name.chars().count() > points_of_sale::service::NAME_LIMIT => {
            Err(frame.t.text("connect-error-name-long"))
        }
        "new" if points_of_sale::service::name_is_taken(&mut db, member.organisation, name).await? => {
            Err(frame.t.with("connect-error-name-taken", [("name", name)]))
        }
        "new" => Ok(Target::New((!name.is_empty()).then(|| name.to_owned()))),
        "" => Err(frame.t.text("connect-error-choose")),
        chosen => match chosen.parse::<PointOfSaleId>() {
            Ok(id) if choices.iter().any(|choice| choice.chosen) => Ok(Target::Existing(id)),
            _ => Err(frame.t.text("connect-error-unknown")),
        },
    };
    drop(db);
    match target {
        Ok(target) => send_to_hubrise(&app, &member, &session, target).await,
        Err(error) => {
            let frame = frame.at(Section::Services).of(&member.acting);
            let new_chosen = form.point_of_sale == "new";
            let form = ConnectPage { frame, choices, new_chosen, new_name: form.new_name, error: Some(error) };
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &form)
        }
    }
}

async fn reconnect(
    State(app): State<App>,
    PathId(id): PathId<ConnectionId>,
    Manager(member): Manager,
    session: Session,
) -> Result<Response, AppError> {
    let connection = service::find(&mut *app.db.acquire().await?, member.organisation, id).await?;
    let connection = connection.ok_or(AppError::NotFound)?;
    send_to_hubrise(&app, &member, &session, Target::Existing(connection.point_of_sale)).await
}

async fn send_to_hubrise(app: &App, member: &Member, session: &Session, target: Target) -> Result<Response, AppError> {
    let session = digest_of(session).ok_or_else(|| AppError::SignInFirst("/services/hubrise/connect".to_owned()))?;
    let address = service::start(app, member.organisation, member.acting.user, session, target).await?;
    Ok(Redirect::to(address.as_str()).into_response())
}

fn digest_of(session: &Session) -> Option<Digest> {
    session.id().map(session_digest)
}

async fn connect_callback(
    State(app): State<App>,
    session: Session,
    query: Result<Query<CallbackQuery>, QueryRejection>,
) -> Result<Response, AppError> {
    let acting = Acting::of(&app, &session).await?;
    let visitor = match acting.and_then(|acting| acting.organisation()).zip(digest_of(&session)) {
        // Not a manager any more: nothing is exchanged.
        Some(((_, Role::Staff), _)) => return Ok(see("/services")),
        Some(((organisation, Role::Manager), session)) => Some(Visitor { organisation, session }),
        None => None,
    };
    let Ok(Query(query)) = query else {
        return Ok(see(&format!("/services/hubrise/refused/{}", Failure::Malformed.word())));
    };
    // Always on to an address of our own: the code does not stay in the browser's history.
    Ok(match land(&app, visitor, query).await? {
        Landing::Attempt(id) => see(&format!("/services/hubrise/attempts/{id}")),
        Landing::Refused(failure) => see(&format!("/services/hubrise/refused/{}", failure.word())),
    })
}

/// How long a page waits for the request that talks to HubRise, before it tells the browser to ask again.
const PATIENCE: Duration = Duration::from_secs(10);

async fn show_attempt(
    State(app): State<App>,
    PathId(id): PathId<AttemptId>,
    frame: Frame,
    member: Member,
) -> Result<Response, AppError> {
    let organisation = member.organisation;
    let app = &app;
    let ended = poll(PATIENCE, || async move {
        let found = attempts::find(&mut *app.db.acquire().await?, organisation, id).await?;
        let attempt = found.ok_or(AppError::NotFound)?;
        let is_lost = attempt.claimed_at.is_some_and(|claimed| app.clock.now() - claimed > LOST_AFTER);
        Ok::<_, AppError>((attempt.status != Status::UnderWay || is_lost).then_some(attempt))
    });
    // The log knows an attempt by its id: more use to support than the number of this request.
    let frame_of = |frame: Frame| frame.at(Section::Services).of(&member.acting).about(id);
    let Some(attempt) = ended.await? else { return page(&WaitingPage { frame: frame_of(frame) }) };
    let mut db = app.db.acquire().await?;
    match attempt.status {
        Status::Pending => Ok(see("/services/hubrise/connect")),
        Status::Completed(connection) => match service::find(&mut db, member.organisation, connection).await? {
            Some(connection) => page(&ConnectedPage { frame: frame_of(frame), card: connection.into() }),
            None => Ok(see("/services")),
        },
        Status::Failed(failure) => {
            let obstacle = obstacle(&mut db, &attempt).await?;
            show_failure(frame_of(frame), failure, obstacle)
        }
        Status::UnderWay => show_failure(frame_of(frame), Failure::Interrupted, None),
    }
}

async fn obstacle(db: &mut PgConnection, attempt: &Attempt) -> Result<Option<String>, AppError> {
    let Some(id) = attempt.obstacle else { return Ok(None) };
    Ok(points_of_sale::service::find(db, attempt.organisation, id).await?.map(|found| found.name))
}

fn show_failure(frame: Frame, failure: Failure, obstacle: Option<String>) -> Result<Response, AppError> {
    let title = failure.title(frame.t);
    let text = failure.text(frame.t, obstacle.as_deref());
    page_with(failure.status(), &FailedPage { frame, failure, title, text, obstacle })
}

async fn show_refused(
    State(app): State<App>,
    PathId(reason): PathId<String>,
    frame: Frame,
    session: Session,
) -> Result<Response, AppError> {
    let failure = Failure::parse(&reason).filter(|failure| failure.refuses_the_callback()).ok_or(AppError::NotFound)?;
    let frame = match Acting::of(&app, &session).await? {
        Some(acting) => frame.at(Section::Services).of(&acting),
        None => frame,
    };
    show_failure(frame, failure, None)
}
