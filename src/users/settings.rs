//! **Paramètres**: one's own account and sessions.

use axum::{
    extract::State,
    response::Response,
    routing::{get, post},
};
use serde::Deserialize;
use tower_sessions::Session;

use super::{
    hubrise_routes::send_to_hubrise,
    pages::{OrganisationSettings, SettingsPage},
    service, sessions,
};
use crate::{
    app::App,
    ids::SessionHandle,
    organisations::{self, Acting, Role},
    secrets::Digest,
    web::{AppError, ClientAddress, Form, Frame, Routes, Section, page, see, session_digest},
};

/// `/settings`
pub(super) fn router() -> Routes {
    Routes::new()
        .route("/settings", get(show_settings))
        .route("/settings/hubrise", post(link_hubrise))
        .route("/settings/hubrise/unlink", post(unlink_hubrise))
        .route("/settings/sessions/end", post(end_session))
        .route("/settings/sessions/end-others", post(end_other_sessions))
}

fn this(session: &Session) -> Result<Digest, AppError> {
    session.id().map(session_digest).ok_or_else(|| AppError::SignInFirst("/settings".to_owned()))
}

async fn show_settings(
    State(app): State<App>,
    frame: Frame,
    acting: Acting,
    session: Session,
) -> Result<Response, AppError> {
    let account = service::account(&app, acting.user).await?;
    let organisation = match acting.organisation() {
        Some((id, role)) => {
            let found = organisations::service::find(&mut *app.db.acquire().await?, id).await?;
            found.map(|found| OrganisationSettings {
                name: found.name,
                is_manager: role == Role::Manager,
                trial_is_over: found.trial_ends_at.is_some_and(|end| end <= app.clock.now()),
                trial_ends_at: found.trial_ends_at,
            })
        }
        None => None,
    };
    page(&SettingsPage {
        frame: frame.at(Section::Settings).of(&acting),
        email: account.email,
        hubrise_email: account.hubrise_email,
        has_password: account.has_password,
        sessions: sessions::list(&app, acting.user, &this(&session)?).await?,
        organisation,
    })
}

/// To HubRise, to prove whose profile is to belong to the account.
async fn link_hubrise(
    State(app): State<App>,
    _: Acting,
    ClientAddress(address): ClientAddress,
    session: Session,
) -> Result<Response, AppError> {
    send_to_hubrise(&app, &session, address, "/settings".to_owned()).await
}

async fn unlink_hubrise(State(app): State<App>, acting: Acting, session: Session) -> Result<Response, AppError> {
    if service::unlink_identity(&app, acting.user).await? {
        sessions::begin_anew(&app, &session, acting.proof).await?;
    }
    Ok(see("/settings"))
}

#[derive(Deserialize)]
struct Chosen {
    session: SessionHandle,
}

async fn end_session(State(app): State<App>, acting: Acting, Form(chosen): Form<Chosen>) -> Result<Response, AppError> {
    sessions::end(&app, acting.user, chosen.session).await?;
    Ok(see("/settings#sessions"))
}

async fn end_other_sessions(State(app): State<App>, acting: Acting, session: Session) -> Result<Response, AppError> {
    sessions::end_others(&app, &session, acting.proof).await?;
    Ok(see("/settings#sessions"))
}
