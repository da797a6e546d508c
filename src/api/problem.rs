//! Errors of the API, as problem documents.

use axum::{
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::web::{Shown, request_id::RequestId};

/// A problem document (RFC 9457).
#[derive(Serialize, ToSchema)]
pub(super) struct Problem {
    /// Always `about:blank`: the status says it all.
    r#type: &'static str,
    /// The status in words.
    title: &'static str,
    /// The status.
    status: u16,
    /// What to do about it.
    detail: &'static str,
    /// The number under which the request is in the service's logs.
    request_id: String,
}

/// Turns an error into a problem document.
pub(super) async fn render(request: Request, next: Next) -> Response {
    let request_id = request.extensions().get::<RequestId>().map(ToString::to_string).unwrap_or_default();
    let mut response = next.run(request).await;
    let Some(shown) = Shown::of(&response) else { return response };
    let status = shown.status();
    let problem = Problem {
        r#type: "about:blank",
        title: status.canonical_reason().unwrap_or("Error"),
        status: status.as_u16(),
        detail: detail(status),
        request_id,
    };
    let body = serde_json::to_vec(&problem).unwrap_or_default();
    let (mut parts, _) = std::mem::take(&mut response).into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.extensions.remove::<Shown>();
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    if status == StatusCode::UNAUTHORIZED {
        parts.headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"TicknCook\""));
    }
    parts.status = status;
    (parts, body).into_response()
}

fn detail(status: StatusCode) -> &'static str {
    match status {
        StatusCode::UNAUTHORIZED => "Send a valid key in the header `Authorization: Bearer …`.",
        StatusCode::NOT_FOUND => "There is no such thing in the organisation that the key acts for.",
        StatusCode::METHOD_NOT_ALLOWED => "This address does not take that method.",
        StatusCode::SERVICE_UNAVAILABLE => "The service cannot answer right now. Try again in a moment.",
        StatusCode::INTERNAL_SERVER_ERROR => "The service failed. Its operator finds the cause under the request id.",
        _ => "The request cannot be understood.",
    }
}
