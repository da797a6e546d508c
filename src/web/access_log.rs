//! One line a request. Stable fields: `request_id`, `method`, `route`, `status`, `milliseconds`. The route is the
//! pattern that matched, never the address: callbacks carry codes in their query, and ids name rows.

use std::time::Instant;

use axum::{
    extract::{MatchedPath, Request},
    middleware::Next,
    response::Response,
};
use tracing::Instrument;

use super::request_id::RequestId;

/// Logs a request when it is answered, and puts its number on every line logged meanwhile.
pub async fn log(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or("(none)", MatchedPath::as_str).to_owned();
    let request_id = request.extensions().get::<RequestId>().map(ToString::to_string).unwrap_or_default();
    let span = tracing::error_span!("request", request_id);
    let response = next.run(request).instrument(span.clone()).await;
    let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    span.in_scope(|| {
        tracing::info!(%method, route, status = response.status().as_u16(), milliseconds, "request");
    });
    response
}
