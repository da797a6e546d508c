//! The keys that act for an organisation, for its managers to look at and to revoke.

use axum::{extract::State, response::Response, routing::get};

use super::{
    key_pages::{KeysPage, RevokePage, Row},
    keys,
};
use crate::{
    app::App,
    history::Actor,
    ids::ApiKeyId,
    organisations::{Manager, Member},
    web::{AppError, Frame, PathId, Routes, Section, page, see},
};

/// `/settings/keys`
pub fn settings_router() -> Routes {
    Routes::new()
        .route("/settings/keys", get(show_keys))
        .route("/settings/keys/{id}/revoke", get(confirm_revocation).post(revoke_key))
}

/// Those that were not revoked.
async fn rows(app: &App, member: &Member) -> Result<Vec<Row>, AppError> {
    let keys = keys::list(app, Some(member.organisation)).await?.into_iter().filter(|key| key.revoked_at.is_none());
    let now = app.clock.now();
    Ok(keys.map(|key| Row { id: key.id.to_string(), has_expired: key.has_expired(now), key }).collect())
}

async fn show_keys(State(app): State<App>, frame: Frame, Manager(member): Manager) -> Result<Response, AppError> {
    let rows = rows(&app, &member).await?;
    page(&KeysPage { frame: frame.at(Section::Settings).of(&member.acting), rows })
}

async fn confirm_revocation(
    State(app): State<App>,
    PathId(id): PathId<ApiKeyId>,
    frame: Frame,
    Manager(member): Manager,
) -> Result<Response, AppError> {
    let row = rows(&app, &member).await?.into_iter().find(|row| row.key.id == id).ok_or(AppError::NotFound)?;
    page(&RevokePage { frame: frame.at(Section::Settings).of(&member.acting), row })
}

async fn revoke_key(
    State(app): State<App>,
    PathId(id): PathId<ApiKeyId>,
    Manager(member): Manager,
) -> Result<Response, AppError> {
    let is_theirs = keys::list(&app, Some(member.organisation)).await?.iter().any(|key| key.id == id);
    if !is_theirs {
        return Err(AppError::NotFound);
    }
    // One that is revoked already is what was wanted.
    keys::revoke(&app, member.organisation, id, Actor::Person(member.acting.user)).await?;
    Ok(see("/settings/keys"))
}
