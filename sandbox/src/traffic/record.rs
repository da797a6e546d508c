//! Records the calls that the OAuth server and the API receive, whatever becomes of them.

use std::time::Instant;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::Response;
use chrono::TimeDelta;
use serde_json::Value;

use super::{Authorization, Beginning, Direction, Ending};
use crate::app::{App, Shared};
use crate::server::CutConnection;
use crate::state::ConnectionId;
use crate::{api, oauth};

/// Generous enough for a catalog with its images.
pub(crate) const LARGEST_BODY: usize = 16 << 20;
/// How much of a body the log keeps.
const KEPT: usize = 64 << 10;

pub(crate) async fn keep_record(State(app): State<Shared>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let is_api = path.starts_with("/v1/");
    if !is_api && !path.starts_with("/oauth2/v1/") {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, LARGEST_BODY).await.ok();
    let read = body.clone().unwrap_or_default();
    let number = app.traffic.begin(Beginning {
        direction: Direction::Received,
        at: app.clock.now(),
        connection: connection(&app, &parts.headers),
        method: parts.method.to_string(),
        address: path,
        query: parts.uri.query().filter(|_| is_api).map(str::to_owned),
        authorization: authorization(&parts.headers, parts.uri.query(), &read),
        request_body: is_api.then(|| kept(&read)).flatten(),
    });
    let started = Instant::now();
    let response = match body {
        Some(body) => next.run(Request::from_parts(parts, Body::from(body))).await,
        None if is_api => api::body_too_long(),
        None => oauth::body_too_long(),
    };
    let cut = response.extensions().get::<CutConnection>().is_some();
    let (response, response_body) = if is_api { with_body(response).await } else { (response, None) };
    app.traffic.end(
        number,
        Ending {
            took: TimeDelta::from_std(started.elapsed()).unwrap_or_default(),
            status: (!cut).then(|| response.status().as_u16()),
            response_body,
            error: cut.then(|| CutConnection.to_string()),
        },
    );
    response
}

fn connection(app: &App, headers: &HeaderMap) -> Option<ConnectionId> {
    let token = headers.get("x-access-token")?.to_str().ok()?;
    app.store.read(|world| world.records.connection_of_token(token).map(|connection| connection.id.clone()))
}

async fn with_body(response: Response) -> (Response, Option<String>) {
    let (parts, body) = response.into_parts();
    // The sandbox's own answers are in memory already: reading one cannot fail.
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let text = kept(&body);
    (Response::from_parts(parts, Body::from(body)), text)
}

/// A text, cut where it is too long, with its size; only the size of anything else.
pub(crate) fn kept(body: &[u8]) -> Option<String> {
    shortened(body, &format!("({} bytes)", body.len()))
}

/// The same of a body of which no more than this was read.
pub(crate) fn kept_of_more(body: &[u8]) -> Option<String> {
    shortened(body, &format!("(at least {} bytes)", body.len()))
}

fn shortened(body: &[u8], size: &str) -> Option<String> {
    match std::str::from_utf8(body) {
        _ if body.is_empty() => None,
        Ok(text) if text.len() <= KEPT => Some(text.to_owned()),
        Ok(text) => Some(format!("{}… {size}", &text[..text.floor_char_boundary(KEPT)])),
        Err(_) => Some(size.to_owned()),
    }
}

fn authorization(headers: &HeaderMap, query: Option<&str>, body: &[u8]) -> Option<Authorization> {
    if headers.contains_key("x-access-token") {
        return Some(Authorization::Token);
    }
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_ascii_lowercase();
    if text(header::AUTHORIZATION).starts_with("basic ") {
        return Some(Authorization::Basic);
    }
    let names_secret = |text: &[u8]| url::form_urlencoded::parse(text).any(|(name, _)| name == "client_secret");
    if body.is_empty() {
        return query.filter(|query| names_secret(query.as_bytes())).map(|_| Authorization::Query);
    }
    let content_type = text(header::CONTENT_TYPE);
    if content_type.contains("json") {
        let body: Value = serde_json::from_slice(body).ok()?;
        return body.get("client_secret").map(|_| Authorization::Json);
    }
    names_secret(body).then_some(Authorization::Form)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_that_is_cut_says_so_with_its_size() {
        let long = "é".repeat(KEPT);
        let cut = kept(long.as_bytes()).expect("a text");
        assert_eq!(cut, format!("{}… (131072 bytes)", &long[..KEPT]));
        assert!(kept_of_more(long.as_bytes()).is_some_and(|cut| cut.ends_with("é… (at least 131072 bytes)")));
        let whole = &long[..KEPT];
        assert_eq!(kept(whole.as_bytes()).as_deref(), Some(whole));
        assert_eq!(kept(&[0xff, 0xfe]).as_deref(), Some("(2 bytes)"));
        assert_eq!(kept(&[]), None);
    }
}
