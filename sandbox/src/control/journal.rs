//! Which calls the OAuth server and the API received, so that a test can assert what a client sent. Neither tokens nor
//! bodies are kept, only how the caller proved who it was.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;

use crate::app::Shared;
use crate::clock;
use crate::server::CutConnection;

const LARGEST_BODY: usize = 1 << 20;
/// A demo may run for weeks; the oldest entries make room.
const MOST_ENTRIES: usize = 10_000;

#[derive(Debug, Clone, Serialize)]
pub(super) struct Entry {
    #[serde(skip)]
    number: u64,
    method: String,
    path: String,
    /// `None` while the call is being answered, and for ever if it never was.
    status: Option<u16>,
    at: DateTime<Utc>,
    authorization: Option<Authorization>,
}

#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
enum Authorization {
    Basic,
    Form,
    Json,
    Token,
}

#[derive(Debug, Default)]
pub(crate) struct Journal(Mutex<Pages>);

#[derive(Debug, Default)]
struct Pages {
    next_number: u64,
    entries: VecDeque<Entry>,
}

impl Journal {
    pub(super) fn clear(&self) {
        self.lock().entries.clear();
    }

    fn begin(&self, method: String, path: String, authorization: Option<Authorization>) -> u64 {
        let mut pages = self.lock();
        let number = pages.next_number;
        pages.next_number += 1;
        if pages.entries.len() == MOST_ENTRIES {
            pages.entries.pop_front();
        }
        pages.entries.push_back(Entry { number, method, path, status: None, at: clock::now(), authorization });
        number
    }

    /// Notes the answer; nothing to note if the journal was cleared meanwhile.
    fn end(&self, number: u64, status: StatusCode) {
        if let Some(entry) = self.lock().entries.iter_mut().find(|entry| entry.number == number) {
            entry.status = Some(status.as_u16());
        }
    }

    fn lock(&self) -> MutexGuard<'_, Pages> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(crate) async fn keep_journal(State(app): State<Shared>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    if !path.starts_with("/v1/") && !path.starts_with("/oauth2/v1/") {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST_BODY).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let authorization = authorization(&parts.headers, &body);
    let number = app.journal.begin(parts.method.to_string(), path, authorization);
    let response = next.run(Request::from_parts(parts, Body::from(body))).await;
    if response.extensions().get::<CutConnection>().is_none() {
        app.journal.end(number, response.status());
    }
    response
}

fn authorization(headers: &HeaderMap, body: &[u8]) -> Option<Authorization> {
    if headers.contains_key("x-access-token") {
        return Some(Authorization::Token);
    }
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_ascii_lowercase();
    if text(header::AUTHORIZATION).starts_with("basic ") {
        return Some(Authorization::Basic);
    }
    let content_type = text(header::CONTENT_TYPE);
    if content_type.starts_with("application/json") {
        let body: Value = serde_json::from_slice(body).ok()?;
        return body.get("client_secret").map(|_| Authorization::Json);
    }
    let mut fields = url::form_urlencoded::parse(body);
    fields.any(|(name, _)| name == "client_secret").then_some(Authorization::Form)
}

/// Oldest first.
pub(super) async fn list_requests(State(app): State<Shared>) -> Json<VecDeque<Entry>> {
    Json(app.journal.lock().entries.clone())
}

pub(super) async fn clear_requests(State(app): State<Shared>) -> StatusCode {
    app.journal.clear();
    StatusCode::NO_CONTENT
}
