//! Who calls the API.

use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};

use super::store;
use crate::{
    app::App,
    ids::{ApiKeyId, OrganisationId},
    secrets::Digest,
    web::AppError,
};

/// A caller with a valid key.
#[derive(Clone, Copy, Debug)]
pub(super) struct Caller {
    pub(super) key: ApiKeyId,
    pub(super) organisation: OrganisationId,
}

impl FromRequestParts<App> for Caller {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let header = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let (scheme, key) = header.and_then(|header| header.split_once(' ')).ok_or(AppError::Unauthorised)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(AppError::Unauthorised);
        }
        let found = store::use_key(&mut *app.db.acquire().await?, &Digest::of(key.trim()), app.clock.now()).await?;
        let found = found.ok_or(AppError::Unauthorised)?;
        Ok(Self { key: found.id, organisation: found.organisation_id })
    }
}
