//! An id in a path. One that is no id names nothing, and is not found.

use axum::{
    extract::{FromRequestParts, Path},
    http::request::Parts,
};
use serde::de::DeserializeOwned;

use super::AppError;
use crate::app::App;

/// The one parameter of a path.
#[derive(Clone, Copy, Debug)]
pub struct PathId<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<App> for PathId<T> {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        Path::from_request_parts(parts, app).await.map(|Path(id)| Self(id)).map_err(|_| AppError::NotFound)
    }
}
