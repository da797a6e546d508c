//! The help pages, for whoever asks: signed in or not.

use axum::{extract::State, response::Response, routing::get};
use tower_sessions::Session;

use super::pages::SupportAccessPage;
use crate::{
    app::App,
    organisations::Acting,
    web::{AppError, Frame, Routes, Section, page},
};

/// `/help/support-access`
pub fn router() -> Routes {
    Routes::new().route("/help/support-access", get(show_support_access))
}

async fn show_support_access(State(app): State<App>, frame: Frame, session: Session) -> Result<Response, AppError> {
    let acting = Acting::of(&app, &session).await?;
    let has_history = acting.as_ref().is_some_and(|acting| acting.organisation().is_some());
    let frame = frame.at(Section::Help).of_anybody(acting.as_ref());
    page(&SupportAccessPage::new(frame, has_history, app.hubrise.manager_url().to_owned()))
}
