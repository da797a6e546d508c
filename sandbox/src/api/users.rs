//! `GET /user`: the user who granted a token that includes their profile.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use serde_json::{Value, json};

use super::access::Access;
use super::error::ApiError;
use crate::app::Shared;
use crate::state::{Profile, User, UserId};

#[derive(Debug, Serialize)]
struct UserAnswer {
    id: UserId,
    /// Left out unless it was granted.
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    first_name: String,
    last_name: String,
    locales: Vec<String>,
    timezone: Value,
}

impl UserAnswer {
    fn about(user: &User, profile: Profile) -> Self {
        Self {
            id: user.id.clone(),
            email: (profile == Profile::WithEmail).then(|| user.email.clone()),
            first_name: user.first_name.clone(),
            last_name: user.last_name.clone(),
            locales: user.locales.clone(),
            timezone: json!({ "name": user.timezone.name() }),
        }
    }
}

pub(super) fn router() -> Router<Shared> {
    Router::new().route("/user", get(show_user))
}

async fn show_user(State(app): State<Shared>, access: Access) -> Result<Json<UserAnswer>, ApiError> {
    let profile = access.grant.scope.profile.ok_or_else(|| ApiError::forbidden("A 'profile' scope is required"))?;
    app.store.read(|world| {
        let user = world.directory.user(&access.grant.user).ok_or_else(|| ApiError::not_found("User"))?;
        Ok(Json(UserAnswer::about(user, profile)))
    })
}
