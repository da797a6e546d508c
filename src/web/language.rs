//! The choice of a language: kept in a cookie for this browser, and with the account of whoever is signed in.

use axum::{extract::State, response::Response, routing::post};
use chrono::TimeDelta;
use serde::Deserialize;
use tower_sessions::Session;

use super::{AppError, Form, Routes, local_path, page::LANGUAGE_COOKIE, see, set_cookie};
use crate::{app::App, i18n::Language, organisations::Acting, users};

/// How long a browser keeps it.
const REMEMBERED_FOR: TimeDelta = TimeDelta::days(365);

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
    let mut answer = see(local_path(&choice.return_to));
    set_cookie(&app, &mut answer, LANGUAGE_COOKIE, language.code(), REMEMBERED_FOR)?;
    Ok(answer)
}
