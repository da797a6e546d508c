//! The API's errors, with HubRise's `error_type`s and, where they are known, its messages.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

#[derive(Debug)]
pub(super) struct ApiError {
    status: StatusCode,
    error_type: &'static str,
    message: String,
}

impl ApiError {
    pub(super) fn unauthorized(message: &str) -> Self {
        Self { status: StatusCode::UNAUTHORIZED, error_type: "unauthorized", message: message.to_owned() }
    }

    pub(super) fn forbidden(message: impl Into<String>) -> Self {
        Self { status: StatusCode::FORBIDDEN, error_type: "forbidden", message: message.into() }
    }

    /// `what` begins with a capital: `Catalog`.
    pub(super) fn not_found(what: &str) -> Self {
        Self { status: StatusCode::NOT_FOUND, error_type: "not_found", message: format!("{what} does not exist") }
    }

    pub(super) fn routing() -> Self {
        let message = "No such endpoint".to_owned();
        Self { status: StatusCode::NOT_FOUND, error_type: "routing_error", message }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        (self.status, Json(json!({ "message": self.message, "error_type": self.error_type }))).into_response()
    }
}
