//! Whether a call's access token is good, whether its connection may make one more call now, and what it may reach.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::error::ApiError;
use super::limits::Load;
use crate::app::{App, Shared};
use crate::state::{
    Account, AccountId, ClientId, ConnectionId, Directory, Grant, Location, LocationId, NoAccess, Resource,
};

const REVOKED: &str = "The access token is invalid or the connection has been revoked";
const BLOCKED: &str = "The connection has been blocked";
const SUSPENDED: &str = "The account/location has been suspended for non payment of the subscription";

/// A live connection that is neither blocked nor of a suspended account, what it was granted, and one call counted.
#[derive(Debug)]
pub(super) struct Access {
    pub(super) connection_id: ConnectionId,
    pub(super) client_id: ClientId,
    pub(super) grant: Grant,
}

/// The same, for the calls that HubRise counts as heavy: order lists, whole catalogs and customer lists.
#[derive(Debug)]
pub(super) struct HeavyAccess(pub(super) Access);

impl FromRequestParts<Shared> for Access {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, ApiError> {
        Self::of(parts, app, Load::Light)
    }
}

impl FromRequestParts<Shared> for HeavyAccess {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, ApiError> {
        Access::of(parts, app, Load::Heavy).map(Self)
    }
}

impl Access {
    fn of(parts: &Parts, app: &App, load: Load) -> Result<Self, ApiError> {
        let token = parts.headers.get("x-access-token").and_then(|token| token.to_str().ok()).unwrap_or_default();
        let (access, settings) = app.store.read(|world| {
            let settings = world.records.settings;
            let refused = |message| match settings.no_access {
                NoAccess::Unauthorized => ApiError::unauthorized(message),
                NoAccess::TooManyRequests => ApiError::no_access_as_too_many_requests(message),
            };
            let connection = world.records.live_connection(token).ok_or_else(|| refused(REVOKED))?;
            if connection.blocked {
                return Err(refused(BLOCKED));
            }
            let account = connection.grant.account_id.as_ref();
            if account.is_some_and(|account| world.records.suspended_accounts.contains(account)) {
                return Err(refused(SUSPENDED));
            }
            let (connection_id, client_id) = (connection.id.clone(), connection.client_id.clone());
            Ok((Self { connection_id, client_id, grant: connection.grant.clone() }, settings))
        })?;
        if settings.limits {
            let admitted = app.limits.admit(&access.connection_id, load, app.clock.now());
            admitted.map_err(|wait| ApiError::too_many_requests(wait, settings.too_many_requests))?;
        }
        Ok(access)
    }

    /// The right to read, by a scope that names the resource or all of its kind. To write includes to read.
    pub(super) fn require_read(&self, resource: Resource, all: Resource) -> Result<(), ApiError> {
        if self.grant.scope.names(resource) || self.grant.scope.names(all) {
            return Ok(());
        }
        Err(ApiError::forbidden(format!("A '{}' read scope is required", resource.as_str())))
    }

    /// The right to write, likewise.
    pub(super) fn require_write(&self, resource: Resource, all: Resource) -> Result<(), ApiError> {
        if self.grant.scope.writes(resource) || self.grant.scope.writes(all) {
            return Ok(());
        }
        Err(ApiError::forbidden(format!("A '{}' write scope is required", resource.as_str())))
    }

    /// The account of a location's or an account's token; a profile's has none.
    pub(super) fn account<'a>(&self, directory: &'a Directory) -> Result<&'a Account, ApiError> {
        let id = self.grant.account_id.as_ref();
        let id = id.ok_or_else(|| ApiError::forbidden("A location or account access token is required"))?;
        directory.account(id).ok_or_else(|| ApiError::not_found("Account"))
    }

    /// The account of a short form or of an address with its id, which an account's token alone may use.
    pub(super) fn whole_account<'a>(
        &self,
        directory: &'a Directory,
        id: Option<&AccountId>,
    ) -> Result<&'a Account, ApiError> {
        if self.grant.location_id.is_some() || self.grant.account_id.is_none() {
            return Err(ApiError::forbidden("An account access token is required"));
        }
        let account = self.account(directory)?;
        if id.is_some_and(|id| *id != account.id) {
            return Err(ApiError::not_found("Account"));
        }
        Ok(account)
    }

    /// The location of a short form, which a location's token alone may use, or of an address with its id; and its
    /// account.
    pub(super) fn location<'a>(
        &self,
        directory: &'a Directory,
        id: Option<&LocationId>,
    ) -> Result<(&'a Account, &'a Location), ApiError> {
        let account = self.account(directory)?;
        let id = match (id, &self.grant.location_id) {
            (None, None) => return Err(ApiError::forbidden("A location access token is required")),
            (None, Some(own)) => own,
            (Some(id), own) if own.as_ref().is_none_or(|own| own == id) => id,
            (Some(_), _) => return Err(ApiError::not_found("Location")),
        };
        let location = account.location(id).ok_or_else(|| ApiError::not_found("Location"))?;
        Ok((account, location))
    }
}
