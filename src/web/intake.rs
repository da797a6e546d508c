//! Taking in what a request brings, before anything is done for it: a body that never comes, or never ends, costs a
//! connection and nothing else.

use std::time::Duration;

use axum::{
    body::{Body, HttpBody as _, to_bytes},
    extract::Request,
};

use super::{AppError, EVENTS_PATH};
use crate::server::Caller;

/// No form and no query of ours is larger.
const BODY_LIMIT: usize = 64 * 1024;
/// No address of ours is longer: the longest brings a code and a state, or what a history is searched for.
const ADDRESS_LIMIT: usize = 8 * 1024;
/// How long a body may take where the server does not say.
const READ_LIMIT: Duration = Duration::from_secs(10);

/// The request with its body taken in. Events are larger, and take care of theirs.
pub(super) async fn take_in(request: Request) -> Result<Request, AppError> {
    let address = request.uri().path_and_query().map_or(0, |address| address.as_str().len());
    if address > ADDRESS_LIMIT {
        return Err(AppError::AddressTooLong);
    }
    if request.uri().path() == EVENTS_PATH || request.body().is_end_stream() {
        return Ok(request);
    }
    let (parts, body) = request.into_parts();
    let limit = parts.extensions.get::<Caller>().map_or(READ_LIMIT, Caller::body_limit);
    Ok(Request::from_parts(parts, read(body, limit).await?))
}

async fn read(body: Body, limit: Duration) -> Result<Body, AppError> {
    let is_too_large = |size: u64| size > BODY_LIMIT as u64;
    if is_too_large(body.size_hint().lower()) {
        return Err(AppError::TooLarge);
    }
    match tokio::time::timeout(limit, to_bytes(body, BODY_LIMIT)).await {
        Ok(Ok(bytes)) => Ok(bytes.into()),
        Ok(Err(error)) if is_limit(&error) => Err(AppError::TooLarge),
        Ok(Err(_)) => Err(AppError::BadRequest),
        Err(_) => Err(AppError::TooSlow),
    }
}

fn is_limit(error: &axum::Error) -> bool {
    use std::error::Error as _;
    matches!(error.source(), Some(source) if source.is::<http_body_util::LengthLimitError>())
}
