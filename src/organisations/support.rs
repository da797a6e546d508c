//! The only way into what TicknCook's support can do, across all organisations.

use axum::{
    extract::FromRequestParts,
    http::{Method, request::Parts},
};
use chrono::{DateTime, TimeDelta, Utc};

use super::Acting;
use crate::{app::App, web::AppError};

/// How long a second factor that was proved is good for.
const LIFETIME: TimeDelta = TimeDelta::hours(12);

/// Somebody of TicknCook's support, who has proved their second factor with this session. To anybody else there is no
/// console.
#[derive(Clone, Debug)]
pub struct Support(pub Acting);

impl Support {
    /// Whether this person may enter the console now.
    #[must_use]
    pub fn is_admitted(acting: &Acting, now: DateTime<Utc>) -> bool {
        acting.is_support && acting.second_factor_at.is_some_and(|at| now - at < LIFETIME)
    }
}

impl FromRequestParts<App> for Support {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let acting = Acting::from_request_parts(parts, app).await?;
        if !acting.is_support {
            return Err(AppError::NotFound);
        }
        if Self::is_admitted(&acting, app.clock.now()) {
            return Ok(Self(acting));
        }
        let path = if parts.method == Method::GET { parts.uri.path() } else { "/support" };
        Err(AppError::SecondFactorFirst(path.to_owned()))
    }
}
