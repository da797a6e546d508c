//! The pages of Services tiers, and a manager's departure for HubRise.

use axum::{
    extract::{Query, State, rejection::QueryRejection},
    http::StatusCode,
    response::Response,
    routing::{get, post},
};
use sqlx::PgConnection;
use tower_sessions::Session;

use super::{
    Target,
    pages::{Card, Choice, ConnectPage, ServicesPage, Waiting},
    service,
    target::TargetForm,
};
use crate::{
    app::App,
    authorisations::service::{Purpose, Traveller, start},
    disconnections,
    ids::{ConnectionId, OrganisationId},
    organisations::{Manager, Member},
    pending_connections,
    web::{AppError, Form, Frame, PathId, Routes, Section, browser, page, page_with, session_digest},
};

/// `/services`
pub fn router() -> Routes {
    Routes::new()
        .route("/services", get(show_services))
        .route("/services/hubrise/connect", get(show_connect).post(connect))
        .route("/services/hubrise/connections/{id}/reconnect", post(reconnect))
}

async fn show_services(State(app): State<App>, frame: Frame, member: Member) -> Result<Response, AppError> {
    let connections = service::list_verified(&app, member.organisation).await?;
    page(&ServicesPage {
        waiting: waiting(&app, &member).await?,
        revoking: disconnections::service::open_receipts(&app, &member).await?,
        cards: connections.into_iter().map(Card::from).collect(),
        may_change: member.may_change(),
        hubrise_address: app.hubrise.manager_url().to_owned(),
        frame: frame.at(Section::Services).of(&member.acting),
    })
}

/// The grants that wait for this browser's word, where there are any.
async fn waiting(app: &App, member: &Member) -> Result<Vec<Waiting>, AppError> {
    let browser = member.acting.browser.filter(|_| member.may_change() && member.acting.grants_wait);
    let Some(browser) = browser else { return Ok(Vec::new()) };
    let waiting = pending_connections::waiting(app, &mut *app.db.acquire().await?, browser).await?;
    Ok(waiting.into_iter().map(|(id, link)| Waiting { id: id.to_string(), link }).collect())
}

async fn choices(db: &mut PgConnection, organisation: OrganisationId, chosen: &str) -> Result<Vec<Choice>, AppError> {
    let free = service::free_points_of_sale(db, organisation).await?;
    let choices = free.into_iter().map(|point_of_sale| {
        let id = point_of_sale.id.to_string();
        Choice { chosen: id == chosen, id, name: point_of_sale.name }
    });
    Ok(choices.collect())
}

/// The address may name the point of sale that is meant; one that cannot be chosen is passed over.
async fn show_connect(
    State(app): State<App>,
    wanted: Result<Query<TargetForm>, QueryRejection>,
    frame: Frame,
    Manager(member): Manager,
) -> Result<Response, AppError> {
    let Query(wanted) = wanted.unwrap_or_default();
    let mut choices = choices(&mut *app.db.acquire().await?, member.organisation, &wanted.point_of_sale).await?;
    let new_chosen = choices.is_empty();
    if let [only] = choices.as_mut_slice() {
        only.chosen = true;
    }
    let frame = frame.at(Section::Services).of(&member.acting);
    page(&ConnectPage { frame, choices, new_chosen, new_name: String::new(), error: None })
}

async fn connect(
    State(app): State<App>,
    frame: Frame,
    Manager(member): Manager,
    session: Session,
    Form(form): Form<TargetForm>,
) -> Result<Response, AppError> {
    let frame = frame.at(Section::Services).of(&member.acting);
    let mut db = app.db.acquire().await?;
    let target = form.target(&mut db, member.organisation, frame.t).await?;
    let choices = choices(&mut db, member.organisation, &form.point_of_sale).await?;
    drop(db);
    match target {
        Ok(target) => send_to_hubrise(&app, &member, &session, target, None).await,
        Err(error) => {
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
    let target = Target::Existing(connection.point_of_sale);
    send_to_hubrise(&app, &member, &session, target, Some(connection.id)).await
}

async fn send_to_hubrise(
    app: &App,
    member: &Member,
    session: &Session,
    target: Target,
    reconnects: Option<ConnectionId>,
) -> Result<Response, AppError> {
    let digest = session.id().map(session_digest);
    let digest = digest.ok_or_else(|| AppError::SignInFirst("/services/hubrise/connect".to_owned()))?;
    let traveller = Traveller { browser: browser(session).await?, session: Some(digest) };
    let (organisation, user) = (member.organisation, member.acting.user);
    let purpose = Purpose::Connect { organisation, user, target, reconnects };
    start(app, traveller, purpose, None).await
}
