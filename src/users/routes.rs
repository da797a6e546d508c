//! Signing in and out.

use axum::{
    Router,
    extract::{Query, State, rejection::QueryRejection},
    http::{HeaderValue, StatusCode, header},
    response::Response,
    routing::{get, post},
};
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use tower_sessions::Session;

use super::{pages::LoginPage, service};
use crate::{
    app::App,
    ids::{OrganisationId, UserId},
    organisations::Acting,
    web::{AppError, ClientAddress, Form, Frame, local_path, page, page_with, see},
};

/// What a browser session says of the person who is signed in.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SignedIn {
    /// Who.
    pub user: UserId,
    /// The organisation they look at; their first until they choose.
    pub organisation: Option<OrganisationId>,
    /// When the session was last prolonged.
    pub renewed_at: DateTime<Utc>,
}

impl SignedIn {
    const KEY: &str = "signed_in";

    /// What the session says.
    ///
    /// # Errors
    /// When the sessions cannot be read.
    pub async fn of(session: &Session) -> Result<Option<Self>, AppError> {
        Ok(session.get(Self::KEY).await?)
    }

    /// Writes it to the session.
    ///
    /// # Errors
    /// When the sessions cannot be read.
    pub async fn keep(&self, session: &Session) -> Result<(), AppError> {
        Ok(session.insert(Self::KEY, self).await?)
    }
}

/// `/login`, `/logout`
pub fn router() -> Router<App> {
    Router::new().route("/login", get(show_login).post(sign_in)).route("/logout", post(sign_out))
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
    page(&LoginPage { frame, email: String::new(), return_to, error: None })
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
    session: Session,
    Form(login): Form<Login>,
) -> Result<Response, AppError> {
    let return_to = local_path(&login.return_to).to_owned();
    if login.email.trim().is_empty() || login.password.expose_secret().is_empty() {
        let error = Some(frame.t.text("login-error-missing"));
        let form = LoginPage { frame, email: login.email, return_to, error };
        return page_with(StatusCode::UNPROCESSABLE_ENTITY, &form);
    }
    let (status, error, retry_after) = match service::sign_in(&app, &login.email, login.password, address).await? {
        service::SignIn::Welcome(user) => {
            // A session that somebody planted before must not become the signed-in one.
            session.cycle_id().await?;
            SignedIn { user, organisation: None, renewed_at: app.clock.now() }.keep(&session).await?;
            tracing::info!(%user, "signed in");
            return Ok(see(&return_to));
        }
        service::SignIn::Wrong => (StatusCode::UNAUTHORIZED, frame.t.text("login-error-wrong"), None),
        service::SignIn::Slow(wait) => {
            let seconds = (wait.num_seconds() + 1).to_string();
            let text = frame.t.with("login-error-slow", [("seconds", &seconds)]);
            (StatusCode::TOO_MANY_REQUESTS, text, Some(seconds))
        }
    };
    let mut response = page_with(status, &LoginPage { frame, email: login.email, return_to, error: Some(error) })?;
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_str(&seconds)?);
    }
    Ok(response)
}

async fn sign_out(session: Session) -> Result<Response, AppError> {
    session.flush().await?;
    Ok(see("/login"))
}
