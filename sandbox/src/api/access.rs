//! Whether a call's access token is good, and what it is good for.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::error::ApiError;
use crate::app::Shared;
use crate::state::{Account, Directory, Grant, Location, Resource};

const REVOKED: &str = "The access token is invalid or the connection has been revoked";
const BLOCKED: &str = "The connection has been blocked";
const SUSPENDED: &str = "The account/location has been suspended for non payment of the subscription";

/// A live connection that is neither blocked nor of a suspended account, and what it was granted.
pub(super) struct Access {
    pub(super) grant: Grant,
}

impl FromRequestParts<Shared> for Access {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, ApiError> {
        let token = parts.headers.get("x-access-token").and_then(|token| token.to_str().ok());
        let token = token.ok_or_else(|| ApiError::unauthorized(REVOKED))?;
        app.store.read(|world| {
            let connection = world.records.live_connection(token).ok_or_else(|| ApiError::unauthorized(REVOKED))?;
            if connection.blocked {
                return Err(ApiError::unauthorized(BLOCKED));
            }
            if world.records.suspended_accounts.contains(&connection.grant.account_id) {
                return Err(ApiError::unauthorized(SUSPENDED));
            }
            Ok(Self { grant: connection.grant.clone() })
        })
    }
}

impl Access {
    /// The right to read, by a scope that names the resource or all of its kind. To write includes to read.
    pub(super) fn require_read(&self, resource: Resource, all: Resource) -> Result<(), ApiError> {
        if self.grant.scope.names(resource) || self.grant.scope.names(all) {
            return Ok(());
        }
        Err(ApiError::forbidden(format!("A '{}' read scope is required", resource.as_str())))
    }

    pub(super) fn account<'a>(&self, directory: &'a Directory) -> Result<&'a Account, ApiError> {
        directory.account(&self.grant.account_id).ok_or_else(|| ApiError::not_found("Account"))
    }

    /// The location of a location's token; an account's token has none.
    pub(super) fn location<'a>(&self, account: &'a Account) -> Result<&'a Location, ApiError> {
        let Some(id) = &self.grant.location_id else {
            return Err(ApiError::forbidden("A location access token is required"));
        };
        account.location(id).ok_or_else(|| ApiError::not_found("Location"))
    }
}
