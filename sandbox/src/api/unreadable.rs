//! Calls that no handler gets to see, because their address or query cannot be read, or because their body is too
//! long: they are refused in the API's form like any other.

use axum::body::to_bytes;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::error::ApiError;
use super::open_to_any_origin;

/// More than axum has to say about any call.
const LONGEST_REASON: usize = 4 << 10;

/// What axum says in plain text of an address or a query, as an error of the API.
pub(super) async fn in_the_api_s_form(response: Response) -> Response {
    let plain = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/"));
    if response.status() != StatusCode::BAD_REQUEST || !plain {
        return response;
    }
    let reason = to_bytes(response.into_body(), LONGEST_REASON).await.unwrap_or_default();
    ApiError::bad_request(String::from_utf8_lossy(&reason)).into_response()
}

/// The answer to a body that is not read to its end. It comes from outside the API's router, which would let browsers
/// of any origin see it.
pub(crate) fn body_too_long() -> Response {
    let mut response = ApiError::body_too_long().into_response();
    open_to_any_origin(response.headers_mut());
    response
}
