//! A number for each request: in its log line, in the answer's `X-Request-Id`, and on error pages. Ours alone: one
//! that a client sends is not believed.

use std::fmt;

use axum::http::HeaderValue;

use crate::ids::new_id;

/// The number of a request.
#[derive(Clone, Debug)]
pub(super) struct RequestId(String);

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl RequestId {
    /// One that no other request has.
    pub(super) fn new() -> Self {
        Self(new_id().simple().to_string())
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// For the answer.
    pub(super) fn header(&self) -> Option<HeaderValue> {
        HeaderValue::from_str(&self.0).ok()
    }
}
