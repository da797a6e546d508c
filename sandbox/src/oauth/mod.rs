//! The OAuth server: the consent pages that users see, and the endpoints that clients call.

mod candidates;
mod choices;
mod client_call;
mod consent;
mod decision;
mod drop_downs;
mod renewal;
mod request;
mod revoke;
mod standing;
mod token;
mod way_back;
mod wording;
mod words;

use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use crate::app::Shared;
use client_call::OauthError;

/// What a browser opens.
pub(crate) fn pages() -> Router<Shared> {
    Router::new().route("/oauth2/v1/authorize", get(consent::show_consent).post(decision::decide)).route(
        "/oauth2/v1/authorize/{location_id}",
        get(drop_downs::show_drop_downs).post(decision::decide_with_drop_downs),
    )
}

/// What a client's server calls. No CORS header: a browser has no business here.
pub(crate) fn endpoints() -> Router<Shared> {
    Router::new()
        .route("/token", post(token::exchange_code))
        .route("/revoke", post(revoke::revoke_token))
        .fallback(unknown_endpoint)
        .method_not_allowed_fallback(unknown_endpoint)
}

/// The answer to a body that is not read to its end.
pub(crate) fn body_too_long() -> Response {
    OauthError::unreadable_body().into_response()
}

async fn unknown_endpoint() -> OauthError {
    OauthError { status: StatusCode::NOT_FOUND, error: "not_found", description: "no such endpoint".to_owned() }
}
