//! `POST /oauth2/v1/revoke`: a client gives an access token back.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::client_call::{ClientCall, OauthError};
use crate::app::Shared;
use crate::deliveries::notify_disconnected;
use crate::state::{Revocation, RevokeTwice};

pub(super) async fn revoke_token(State(app): State<Shared>, call: ClientCall) -> Result<Json<Value>, OauthError> {
    let token = call.parameter("token")?;
    let (revocation, settings) =
        app.store.change(|world| (world.records.revoke(&call.client_id, token), world.records.settings));
    if let Revocation::Revoked(id) = &revocation
        && settings.notice_after_own_revoke
    {
        notify_disconnected(&app, std::slice::from_ref(id));
    }
    match (revocation, settings.revoke_twice) {
        (Revocation::Revoked(_), _) | (Revocation::Unknown, RevokeTwice::Ok) => Ok(Json(json!({}))),
        (Revocation::Foreign, _) => Err(OauthError {
            status: StatusCode::FORBIDDEN,
            error: "unauthorized_client",
            description: "the token was issued to another client".to_owned(),
        }),
        (Revocation::Unknown, RevokeTwice::NotFound) => Err(OauthError {
            status: StatusCode::NOT_FOUND,
            error: "invalid_token",
            description: "the token is unknown or already revoked".to_owned(),
        }),
    }
}
