//! The choice of a language: kept in a cookie for this browser, and with the account of whoever is signed in.

use axum::{
    extract::State,
    http::{HeaderValue, header},
    response::Response,
    routing::post,
};
use serde::Deserialize;
use tower_sessions::Session;

use super::{AppError, Form, Routes, local_path, page::LANGUAGE_COOKIE, see};
use crate::{app::App, i18n::Language, organisations::Acting, users};

/// `POST /language`
pub fn router() -> Routes {
    Routes::new().route("/language", post(choose_language))
}

#[derive(Deserialize)]
struct Choice {
    language: String,
    #[serde(default)]
    return_to: String,
}

async fn choose_language(
    State(app): State<App>,
    session: Session,
    Form(choice): Form<Choice>,
) -> Result<Response, AppError> {
    let language = Language::parse(&choice.language).ok_or(AppError::BadRequest)?;
    if let Some(acting) = Acting::of(&app, &session).await? {
        users::service::choose_language(&app, acting.user, language).await?;
    }
    let name = app.config.cookie_name(LANGUAGE_COOKIE);
    let secure = if app.config.is_https() { "; Secure" } else { "" };
    let cookie = format!("{name}={}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax{secure}", language.code());
    let mut response = see(local_path(&choice.return_to));
    response.headers_mut().append(header::SET_COOKIE, HeaderValue::from_str(&cookie)?);
    Ok(response)
}
