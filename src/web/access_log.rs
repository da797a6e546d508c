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

/// A request, until it is logged: at the latest when it is dropped because the client hung up.
struct Line {
    started: Instant,
    method: http::Method,
    route: String,
    status: u16,
    span: tracing::Span,
}

/// What other servers log, too, when the client did not wait for the answer.
const CLIENT_HUNG_UP: u16 = 499;

impl Drop for Line {
    fn drop(&mut self) {
        let Self { method, route, status, .. } = self;
        let took = self.started.elapsed();
        let milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        let labels = [("method", known(method).to_owned()), ("route", route.clone()), ("status", status.to_string())];
        metrics::counter!("tickncook_http_requests_total", &labels).increment(1);
        metrics::histogram!("tickncook_http_request_seconds", "route" => route.clone()).record(took);
        self.span.in_scope(|| tracing::info!(%method, route, status, milliseconds, "request"));
    }
}

/// A method of HTTP's own. Anybody can make one up, and each would be counted apart for ever.
fn known(method: &http::Method) -> &str {
    match method.as_str() {
        name @ ("GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS") => name,
        _ => "other",
    }
}

/// Logs a request when it is answered, and puts its number on every line logged meanwhile.
pub async fn log(request: Request, next: Next) -> Response {
    let request_id = request.extensions().get::<RequestId>().map(ToString::to_string).unwrap_or_default();
    let span = tracing::error_span!("request", request_id);
    let mut line = Line {
        started: Instant::now(),
        method: request.method().clone(),
        route: request.extensions().get::<MatchedPath>().map_or("(none)", MatchedPath::as_str).to_owned(),
        status: CLIENT_HUNG_UP,
        span: span.clone(),
    };
    let response = next.run(request).instrument(span).await;
    line.status = response.status().as_u16();
    response
}
