//! The API's errors, with HubRise's `error_type`s and, where they are known, its messages.

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::TimeDelta;
use serde_json::json;

use crate::state::{FieldError, TooManyRequests};

#[derive(Debug)]
pub(super) struct ApiError {
    status: StatusCode,
    error_type: &'static str,
    message: String,
    errors: Vec<FieldError>,
    retry_after: Option<TimeDelta>,
    plain_text: bool,
}

impl ApiError {
    fn new(status: StatusCode, error_type: &'static str, message: impl Into<String>) -> Self {
        Self { status, error_type, message: message.into(), errors: Vec::new(), retry_after: None, plain_text: false }
    }

    /// 400. HubRise lists the status, and no error type for it.
    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "unprocessable_entity", message)
    }

    pub(super) fn unauthorized(message: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", message)
    }

    pub(super) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", message)
    }

    /// `what` begins with a capital: `Catalog`.
    pub(super) fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", format!("{what} does not exist"))
    }

    pub(super) fn routing() -> Self {
        Self::new(StatusCode::NOT_FOUND, "routing_error", "There is nothing at this address")
    }

    pub(super) fn unsupported_media_type() -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", "The media type is not supported")
    }

    /// 413. HubRise does not list it.
    pub(super) fn body_too_long() -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "unprocessable_entity", "The body is too long")
    }

    /// 422, with what is wrong field by field.
    pub(super) fn invalid(errors: Vec<FieldError>) -> Self {
        let error = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "unprocessable_entity", "Validation failed");
        Self { errors, ..error }
    }

    /// 422 for a single field.
    pub(super) fn invalid_field(field: &str, message: impl Into<String>) -> Self {
        Self::invalid(vec![FieldError::new(field, message)])
    }

    /// A limit was reached; `wait` says how long it lasts.
    pub(super) fn too_many_requests(wait: TimeDelta, form: TooManyRequests) -> Self {
        let error = Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", "Too many requests");
        Self { retry_after: Some(wait), plain_text: form == TooManyRequests::PlainText, ..error }
    }

    /// What an older version of HubRise answered in place of a 401: without `Retry-After`.
    pub(super) fn no_access_as_too_many_requests(message: &str) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", message)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = if self.plain_text {
            (self.status, self.message).into_response()
        } else {
            let mut body = json!({ "message": self.message, "error_type": self.error_type });
            if !self.errors.is_empty() {
                body["errors"] = json!(self.errors);
            }
            (self.status, Json(body)).into_response()
        };
        if let Some(wait) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, wait.num_seconds().into());
        }
        response
    }
}
