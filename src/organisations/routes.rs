//! Choosing among one's organisations, and the page of those who have none.

use askama::Template;
use axum::{
    Router,
    response::Response,
    routing::{get, post},
};
use serde::Deserialize;
use tower_sessions::Session;

use super::Acting;
use crate::{
    app::App,
    ids::OrganisationId,
    users::SignedIn,
    web::{AppError, Form, Frame, page, see},
};

/// `/`, `/organisation`
pub fn router() -> Router<App> {
    Router::new().route("/", get(show_start)).route("/organisation", post(choose_organisation))
}

/// Somebody who belongs to no organisation.
#[derive(Template)]
#[template(path = "users/no_organisation.html")]
struct NoOrganisationPage {
    frame: Frame,
    is_support: bool,
}

async fn show_start(frame: Frame, acting: Acting) -> Result<Response, AppError> {
    if acting.organisation().is_some() {
        return Ok(see("/services"));
    }
    let is_support = acting.is_support;
    page(&NoOrganisationPage { frame: frame.of(&acting), is_support })
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
    if !acting.belongs_to(choice.organisation_id) {
        return Err(AppError::NotFound);
    }
    let mut signed_in = SignedIn::of(&session).await?.ok_or_else(|| AppError::SignInFirst("/".to_owned()))?;
    signed_in.organisation = Some(choice.organisation_id);
    signed_in.keep(&session).await?;
    Ok(see("/services"))
}
