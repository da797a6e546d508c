//! Choosing among one's organisations, and the page of those who have none.

use askama::Template;
use axum::{
    extract::State,
    response::Response,
    routing::{get, post},
};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use tower_sessions::Session;

use super::Acting;
use crate::{
    app::App,
    connections::Link,
    ids::OrganisationId,
    pending_connections,
    users::{self, leaving},
    web::{AppError, Form, Frame, PathId, Routes, known_browser, page, see},
};

/// `/`, `/organisation`, `/organisations/{id}`
pub fn router() -> Routes {
    Routes::new()
        .route("/", get(show_start))
        .route("/organisation", post(choose_organisation))
        .route("/organisations/{id}", get(open_organisation))
}

/// Somebody who belongs to no organisation.
#[derive(Template)]
#[template(path = "users/no_organisation.html")]
struct NoOrganisationPage {
    frame: Frame,
    /// When the account is deleted, unless they are let in somewhere before.
    deleted_at: DateTime<Utc>,
    /// A grant of this browser that waits for a word.
    waiting: Option<(String, Link)>,
}

async fn show_start(
    State(app): State<App>,
    frame: Frame,
    acting: Acting,
    session: Session,
) -> Result<Response, AppError> {
    if acting.organisation().is_some() || acting.lapsed().is_some() {
        return Ok(see("/services"));
    }
    if acting.is_support {
        return Ok(see("/support"));
    }
    let waiting = match known_browser(&session).await? {
        Some(browser) => pending_connections::waiting(&app, &mut *app.db.acquire().await?, browser).await?,
        None => Vec::new(),
    };
    let waiting = waiting.into_iter().next().map(|(id, link)| (id.to_string(), link));
    let deleted_at = leaving::deleted_at(&app, acting.user).await?;
    page(&NoOrganisationPage { frame: frame.of(&acting), deleted_at, waiting })
}

#[derive(Deserialize)]
struct Choice {
    organisation_id: OrganisationId,
}

async fn choose_organisation(
    acting: Acting,
    session: Session,
    Form(choice): Form<Choice>,
) -> Result<Response, AppError> {
    look_at_services(&acting, &session, choice.organisation_id).await
}

/// Where mails lead to: what they tell is of this organisation, whichever was looked at last.
async fn open_organisation(
    PathId(organisation): PathId<OrganisationId>,
    acting: Acting,
    session: Session,
) -> Result<Response, AppError> {
    look_at_services(&acting, &session, organisation).await
}

async fn look_at_services(
    acting: &Acting,
    session: &Session,
    organisation: OrganisationId,
) -> Result<Response, AppError> {
    if !acting.may_choose(organisation) {
        return Err(AppError::NotFound);
    }
    users::look_at(session, Some(organisation)).await?;
    Ok(see("/services"))
}
