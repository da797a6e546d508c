//! A call from a client's server: who calls, with which parameters, and how an error is said. HubRise documents HTTP
//! Basic; credentials in a form or a JSON body are accepted too, and, where there is no body, all in the query string.

use std::collections::HashMap;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::app::Shared;
use crate::state::ClientId;

/// A call whose client has proved who it is.
pub(super) struct ClientCall {
    pub(super) client_id: ClientId,
    parameters: HashMap<String, String>,
}

/// An answer in the form of RFC 6749, section 5.2. HubRise does not document its own.
#[derive(Debug)]
pub(super) struct OauthError {
    pub(super) status: StatusCode,
    pub(super) error: &'static str,
    pub(super) description: String,
}

impl ClientCall {
    pub(super) fn parameter(&self, name: &str) -> Result<&str, OauthError> {
        let value = self.parameters.get(name).filter(|value| !value.is_empty());
        value.map(String::as_str).ok_or_else(|| OauthError::invalid_request(format!("`{name}` is missing")))
    }
}

impl OauthError {
    fn invalid_request(description: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, error: "invalid_request", description: description.into() }
    }

    /// Longer than any call to these endpoints has reason to be, or broken off.
    pub(super) fn unreadable_body() -> Self {
        let description = "the body is too long, or could not be read".to_owned();
        Self { status: StatusCode::PAYLOAD_TOO_LARGE, error: "invalid_request", description }
    }

    fn invalid_client() -> Self {
        let description = "unknown client id, or wrong client secret".to_owned();
        Self { status: StatusCode::UNAUTHORIZED, error: "invalid_client", description }
    }
}

impl IntoResponse for OauthError {
    fn into_response(self) -> Response {
        let body = Json(json!({ "error": self.error, "error_description": self.description }));
        if self.status == StatusCode::UNAUTHORIZED {
            (self.status, [(header::WWW_AUTHENTICATE, "Basic realm=\"HubRise sandbox\"")], body).into_response()
        } else {
            (self.status, body).into_response()
        }
    }
}

impl FromRequest<Shared> for ClientCall {
    type Rejection = OauthError;

    async fn from_request(request: Request, app: &Shared) -> Result<Self, OauthError> {
        let (headers, query) = (request.headers().clone(), request.uri().query().unwrap_or_default().to_owned());
        let body = Bytes::from_request(request, app).await.map_err(|_| OauthError::unreadable_body())?;
        let parameters = if body.is_empty() { form(query.as_bytes()) } else { parameters(&headers, &body)? };
        let (id, secret) = match headers.get(header::AUTHORIZATION) {
            Some(value) => value.to_str().ok().and_then(basic_credentials),
            None => parameters.get("client_id").cloned().zip(parameters.get("client_secret").cloned()),
        }
        .ok_or_else(OauthError::invalid_client)?;
        let client_id = app.store.read(|world| {
            let client = world.directory.client(&id).filter(|client| client.authenticates(&secret));
            client.map(|client| client.id.clone())
        });
        Ok(Self { client_id: client_id.ok_or_else(OauthError::invalid_client)?, parameters })
    }
}

fn parameters(headers: &HeaderMap, body: &[u8]) -> Result<HashMap<String, String>, OauthError> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !content_type.to_ascii_lowercase().contains("json") {
        return Ok(form(body));
    }
    let Ok(Value::Object(fields)) = serde_json::from_slice(body) else {
        return Err(OauthError::invalid_request("the body is not a JSON object"));
    };
    let text = |(name, value): (String, Value)| Some((name, value.as_str()?.to_owned()));
    Ok(fields.into_iter().filter_map(text).collect())
}

/// The first of each name. What is not UTF-8 becomes replacement characters, which no credential or code has.
fn form(text: &[u8]) -> HashMap<String, String> {
    let mut fields = HashMap::new();
    for (name, value) in url::form_urlencoded::parse(text).into_owned() {
        fields.entry(name).or_insert(value);
    }
    fields
}

fn basic_credentials(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    Some((id.to_owned(), secret.to_owned()))
}
