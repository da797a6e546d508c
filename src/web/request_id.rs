//! A number for each request: in its log line, in the answer's `X-Request-Id`, and on error pages. Ours alone: one
//! that a client sends is not believed.

use std::fmt;

use axum::{extract::Request, http::HeaderValue, middleware::Next, response::Response};

use crate::ids::new_id;

/// The number of a request.
#[derive(Clone, Debug)]
pub struct RequestId(String);

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Numbers a request.
pub async fn number(mut request: Request, next: Next) -> Response {
    let id = RequestId(new_id().simple().to_string());
    let header = HeaderValue::from_str(&id.0);
    request.extensions_mut().insert(id);
    let mut response = next.run(request).await;
    if let Ok(header) = header {
        response.headers_mut().insert("x-request-id", header);
    }
    response
}
