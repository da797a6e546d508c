//! The JSON in a request's body.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::header;
use serde_json::{Map, Value};

use super::error::ApiError;
use crate::app::Shared;

/// A JSON object. Anything else is refused as HubRise's status codes say: 415 for another media type, 400 for what is
/// not JSON, 422 for JSON that is no object.
#[derive(Debug)]
pub(super) struct Body(pub(super) Map<String, Value>);

impl FromRequest<Shared> for Body {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &Shared) -> Result<Self, ApiError> {
        match json_of(request, app).await? {
            Value::Object(fields) => Ok(Self(fields)),
            _ => Err(ApiError::invalid_field("", "the body must be a JSON object")),
        }
    }
}

/// A JSON array, and the same refusals.
#[derive(Debug)]
pub(super) struct ListBody(pub(super) Vec<Value>);

impl FromRequest<Shared> for ListBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &Shared) -> Result<Self, ApiError> {
        match json_of(request, app).await? {
            Value::Array(items) => Ok(Self(items)),
            _ => Err(ApiError::invalid_field("", "the body must be a JSON array")),
        }
    }
}

async fn json_of(request: Request, app: &Shared) -> Result<Value, ApiError> {
    let media_type = request.headers().get(header::CONTENT_TYPE).map(|value| value.to_str().unwrap_or_default());
    if !media_type.is_none_or(|value| value.to_ascii_lowercase().contains("json")) {
        return Err(ApiError::unsupported_media_type());
    }
    let bytes =
        Bytes::from_request(request, app).await.map_err(|_| ApiError::bad_request("The body could not be read"))?;
    serde_json::from_slice(&bytes).map_err(|error| ApiError::bad_request(format!("The body is not JSON: {error}")))
}

impl Body {
    /// A text; `None` if it is not given or null.
    pub(super) fn text(&self, name: &str) -> Result<Option<String>, ApiError> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(ApiError::invalid_field(name, "must be a string")),
        }
    }
}
