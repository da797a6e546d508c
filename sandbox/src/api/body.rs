//! The JSON object in a request's body.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::header;
use serde::de::DeserializeOwned;
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
        let media_type = request.headers().get(header::CONTENT_TYPE).map(|value| value.to_str().unwrap_or_default());
        if !media_type.is_none_or(|value| value.to_ascii_lowercase().contains("json")) {
            return Err(ApiError::unsupported_media_type());
        }
        let bytes =
            Bytes::from_request(request, app).await.map_err(|_| ApiError::bad_request("The body could not be read"))?;
        match serde_json::from_slice(&bytes) {
            Ok(Value::Object(fields)) => Ok(Self(fields)),
            Ok(_) => Err(ApiError::invalid_field("", "the body must be a JSON object")),
            Err(error) => Err(ApiError::bad_request(format!("The body is not JSON: {error}"))),
        }
    }
}

impl Body {
    /// The body as a structure; a field of another type is a 422.
    pub(super) fn parse<T: DeserializeOwned>(self) -> Result<T, ApiError> {
        serde_json::from_value(Value::Object(self.0)).map_err(|error| ApiError::invalid_field("", error.to_string()))
    }
}
