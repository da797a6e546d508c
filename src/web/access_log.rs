//! One line a request. Stable fields: `request_id`, `method`, `route`, `status`, `milliseconds`. The route is the
//! pattern that matched, never the address: callbacks carry codes in their query, and ids name rows.

use std::time::Instant;

use axum::{
    extract::{MatchedPath, Request},
    http::Method,
    middleware::Next,
    response::Response,
};
use tracing::Instrument;

use super::request_id::RequestId;

/// A request, until it is logged: at the latest when it is dropped because the client hung up.
struct Line {
    started: Instant,
    method: Method,
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
        let (counted, code) = ("tickncook_http_requests_total", status.to_string());
        metrics::counter!(counted, "method" => known(method), "route" => route.clone(), "status" => code).increment(1);
        metrics::histogram!("tickncook_http_request_seconds", "route" => route.clone()).record(took);
        self.span.in_scope(|| tracing::info!(%method, route, status, milliseconds, "request"));
    }
}

/// A method of HTTP's own. Anybody can make one up, and each would be counted apart for ever.
const fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// Numbers a request and logs it when it is answered, with its number on every line logged meanwhile.
pub async fn log(mut request: Request, next: Next) -> Response {
    let request_id = RequestId::new();
    let (span, header) = (tracing::error_span!("request", request_id = request_id.as_str()), request_id.header());
    request.extensions_mut().insert(request_id);
    let mut line = Line {
        started: Instant::now(),
        method: request.method().clone(),
        route: request.extensions().get::<MatchedPath>().map_or("(none)", MatchedPath::as_str).to_owned(),
        status: CLIENT_HUNG_UP,
        span: span.clone(),
    };
    let mut response = next.run(request).instrument(span).await;
    line.status = response.status().as_u16();
    if let Some(header) = header {
        response.headers_mut().insert("x-request-id", header);
    }
    response
}
