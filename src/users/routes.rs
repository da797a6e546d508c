//! Signing in and out.

use axum::{
    extract::{Query, State, rejection::QueryRejection},
    http::{HeaderMap, StatusCode},
    response::Response,
    routing::{get, post},
};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tower_sessions::Session;

use super::{
    go_in, hubrise_routes,
    known_device::{self, Device},
    pages::LoginPage,
    password_links, service, settings,
    store::ACCOUNT_DELETED,
};
use crate::{
    app::App,
    organisations::Acting,
    web::{AppError, ClientAddress, Form, Frame, Routes, local_path, page, page_with, see},
};

/// `/login`, `/logout`, `/settings`
pub fn router() -> Routes {
    Routes::new()
        .route("/login", get(show_login).post(sign_in))
        .route("/logout", post(sign_out))
        .merge(hubrise_routes::router())
        .merge(password_links::router())
        .merge(settings::router())
}

#[derive(Deserialize)]
struct LoginQuery {
    #[serde(default)]
    return_to: String,
}

async fn show_login(
    State(app): State<App>,
    frame: Frame,
    session: Session,
    query: Result<Query<LoginQuery>, QueryRejection>,
) -> Result<Response, AppError> {
    let return_to = query.map_or_else(|_| "/".to_owned(), |query| local_path(&query.return_to).to_owned());
    if Acting::of(&app, &session).await?.is_some() {
        return Ok(see(&return_to));
    }
    let was_deleted = session.get::<bool>(ACCOUNT_DELETED).await?.unwrap_or_default();
    let error = was_deleted.then(|| frame.t.text("login-account-deleted"));
    page(&LoginPage { frame, email: String::new(), return_to, error })
}

#[derive(Deserialize)]
struct Login {
    email: String,
    password: SecretString,
    #[serde(default)]
    return_to: String,
}

async fn sign_in(
    State(app): State<App>,
    frame: Frame,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    session: Session,
    Form(login): Form<Login>,
) -> Result<Response, AppError> {
    let return_to = local_path(&login.return_to).to_owned();
    if login.email.trim().is_empty() || login.password.expose_secret().is_empty() {
        let error = Some(frame.t.text("login-error-missing"));
        let form = LoginPage { frame, email: login.email, return_to, error };
        return page_with(StatusCode::UNPROCESSABLE_ENTITY, &form);
    }
    let wrong = frame.t.text("login-error-wrong");
    let signed_in =
        service::sign_in(&app, &login.email, login.password, address, Device::of(&app, &headers).as_ref()).await?;
    match signed_in.outcome(frame.t, wrong) {
        Ok(proof) => {
            go_in(&app, &session, &headers, proof).await?;
            Ok(known_device::remember(&app, &headers, proof.user, see(&return_to)).await?)
        }
        Err(trouble) => {
            let error = Some(trouble.sentence.clone());
            let asked = page_with(trouble.status, &LoginPage { frame, email: login.email, return_to, error })?;
            Ok(trouble.told_by(asked))
        }
    }
}

async fn sign_out(session: Session) -> Result<Response, AppError> {
    session.flush().await?;
    Ok(see("/login"))
}
