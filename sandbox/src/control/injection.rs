//! Makes a call go wrong as a fault says, before routing or around it.

use std::time::Duration;

use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};

use super::faults::Action;
use crate::api;
use crate::app::Shared;
use crate::server::{CutConnection, CutMidway};

pub(crate) async fn inject_faults(State(app): State<Shared>, request: Request, next: Next) -> Response {
    let Some(action) = app.faults.strike(request.method().as_str(), request.uri().path()) else {
        return next.run(request).await;
    };
    let in_the_api = request.uri().path().starts_with("/v1/");
    let answer_in_place = |status, body, content_type| {
        let mut response = answer(status, body, content_type);
        if in_the_api {
            api::open_to_any_origin(response.headers_mut());
        }
        response
    };
    match action {
        Action::Status { status, body, headers, content_type } => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let mut response = answer_in_place(status, body.unwrap_or_default(), content_type);
            extend(response.headers_mut(), headers);
            response
        }
        Action::Body { body, content_type } => answer_in_place(StatusCode::OK, body, content_type),
        Action::Delay { milliseconds } => {
            wait(milliseconds).await;
            next.run(request).await
        }
        Action::DelayAfter { milliseconds } => {
            let response = next.run(request).await;
            wait(milliseconds).await;
            response
        }
        Action::Drop => cut(),
        Action::DropAfter => {
            next.run(request).await;
            cut()
        }
        Action::Without { fields } => {
            let response = next.run(request).await;
            rewrite(response, |answer| answer.retain(|name, _| !fields.contains(name))).await
        }
        Action::With { fields } => {
            let response = next.run(request).await;
            rewrite(response, |answer| answer.extend(fields)).await
        }
        Action::Truncate => {
            let mut response = next.run(request).await;
            response.extensions_mut().insert(CutMidway);
            response
        }
        Action::BrokenJson => break_json(next.run(request).await).await,
    }
}

fn answer(status: StatusCode, body: String, content_type: Option<String>) -> Response {
    let looks_like_json = body.trim_start().starts_with(['{', '[']);
    let guessed = if looks_like_json { "application/json" } else { "text/plain; charset=utf-8" };
    let content_type = content_type.unwrap_or_else(|| guessed.to_owned());
    (status, [(header::CONTENT_TYPE, content_type)], body).into_response()
}

fn extend(headers: &mut HeaderMap, more: impl IntoIterator<Item = (String, String)>) {
    for (name, value) in more {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            headers.insert(name, value);
        }
    }
}

fn cut() -> Response {
    let mut response = Response::new(Body::empty());
    response.extensions_mut().insert(CutConnection);
    response
}

#[expect(clippy::disallowed_methods, reason = "being late is what this fault is for")]
async fn wait(milliseconds: u64) {
    tokio::time::sleep(Duration::from_millis(milliseconds)).await;
}

/// Changes a JSON object on its way out; anything else leaves as it is.
async fn rewrite(response: Response, change: impl FnOnce(&mut Map<String, Value>)) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, usize::MAX).await else {
        return cut();
    };
    match serde_json::from_slice(&bytes) {
        Ok(Value::Object(mut object)) => {
            change(&mut object);
            parts.headers.remove(header::CONTENT_LENGTH);
            (parts, Json(object)).into_response()
        }
        _ => Response::from_parts(parts, bytes.into()),
    }
}

/// Leaves the first half of a JSON answer; in place of any other, the beginning of one.
async fn break_json(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, usize::MAX).await else {
        return cut();
    };
    let text = std::str::from_utf8(&bytes).unwrap_or_default();
    let half = if text.starts_with(['{', '[']) { &text[..text.ceil_char_boundary(text.len() / 2)] } else { "{\"" };
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Response::from_parts(parts, Body::from(half.to_owned()))
}
