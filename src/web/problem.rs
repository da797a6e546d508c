//! Errors of the API, as problem documents.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::request_id::RequestId;

/// A problem document (RFC 9457).
#[derive(Serialize, ToSchema)]
pub struct Problem {
    /// Always `about:blank`: the status says it all.
    r#type: &'static str,
    /// The status in words.
    title: &'static str,
    /// The status.
    status: u16,
    /// What to do about it.
    detail: &'static str,
    /// The number under which the request is in the service's logs.
    request_id: Option<String>,
}

/// The problem document for a status.
pub(super) fn document(status: StatusCode, request_id: Option<&RequestId>) -> Response {
    let problem = Problem {
        r#type: "about:blank",
        title: status.canonical_reason().unwrap_or("Error"),
        status: status.as_u16(),
        detail: detail(status),
        request_id: request_id.map(ToString::to_string),
    };
    let mut response = (status, axum::Json(problem)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"TicknCook\""));
    }
    response
}

fn detail(status: StatusCode) -> &'static str {
    match status {
        StatusCode::UNAUTHORIZED => {
            "Send a key that was neither revoked nor has expired in the header `Authorization: Bearer …`."
        }
        StatusCode::NOT_FOUND => "There is no such thing in the organisation that the key acts for.",
        StatusCode::METHOD_NOT_ALLOWED => "This address does not take that method.",
        StatusCode::PAYLOAD_TOO_LARGE => "A body has at most 64 KiB.",
        StatusCode::URI_TOO_LONG => "An address has at most 8 KiB.",
        StatusCode::REQUEST_TIMEOUT => "The body did not arrive in time.",
        StatusCode::TOO_MANY_REQUESTS => "Asked too often. The header `Retry-After` tells when to ask again.",
        StatusCode::SERVICE_UNAVAILABLE => "The service cannot answer right now. Try again in a moment.",
        StatusCode::INTERNAL_SERVER_ERROR => "The service failed. Its operator finds the cause under the request id.",
        _ => "The request cannot be understood.",
    }
}
