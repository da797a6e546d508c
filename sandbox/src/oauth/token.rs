//! `POST /oauth2/v1/token`: a code becomes an access token.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use serde::Serialize;

use super::client_call::{ClientCall, OauthError};
use crate::app::Shared;
use crate::state::{
    AccountId, AppInstanceId, BadCode, CatalogId, Connection, CustomerListId, Directory, ExchangeError, LocationId,
    UserId,
};

/// Everything HubRise documents; `null` where a grant has no such thing. The last two are in HubRise's own clients
/// only, and left out where there is no such thing.
#[derive(Debug, Serialize)]
struct TokenAnswer {
    access_token: String,
    token_type: &'static str,
    account_id: Option<AccountId>,
    location_id: Option<LocationId>,
    catalog_id: Option<CatalogId>,
    customer_list_id: Option<CustomerListId>,
    account_name: Option<String>,
    location_name: Option<String>,
    catalog_name: Option<String>,
    customer_list_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    app_instance_id: Option<AppInstanceId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<UserId>,
}

pub(super) async fn exchange_code(
    State(app): State<Shared>,
    call: ClientCall,
) -> Result<impl IntoResponse, OauthError> {
    let code = call.parameter("code")?;
    let answer = app.store.change(|world| {
        let status = world.records.settings.bad_code;
        let connection = world.records.exchange(&call.client_id, code, app.clock.now());
        let connection = connection.map_err(|error| bad_code(&error, status))?;
        Ok(TokenAnswer::about(connection, &world.directory))
    });
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(answer?)))
}

fn bad_code(error: &ExchangeError, status: BadCode) -> OauthError {
    let status = match status {
        BadCode::BadRequest => StatusCode::BAD_REQUEST,
        BadCode::NotFound => StatusCode::NOT_FOUND,
    };
    OauthError { status, error: "invalid_grant", description: error.to_string() }
}

impl TokenAnswer {
    fn about(connection: &Connection, directory: &Directory) -> Self {
        let grant = connection.grant.clone();
        let account = grant.account_id.as_ref().and_then(|id| directory.account(id));
        let location = account.zip(grant.location_id.as_ref()).and_then(|(account, id)| account.location(id));
        let catalog = account.zip(grant.catalog_id.as_ref()).and_then(|(account, id)| account.catalog(id));
        let client = directory.client(connection.client_id.as_str());
        // A profile alone is no install.
        let is_instance = grant.account_id.is_some() && client.is_some_and(|client| client.listing.is_some());
        let list = account.zip(grant.customer_list_id.as_ref()).and_then(|(account, id)| account.customer_list(id));
        Self {
            access_token: connection.access_token.expose().to_owned(),
            token_type: "Bearer",
            account_name: account.map(|account| account.name.clone()),
            location_name: location.map(|location| location.name.clone()),
            catalog_name: catalog.map(|(_, catalog)| catalog.name.clone()),
            customer_list_name: list.map(|(_, list)| list.name.clone()),
            app_instance_id: is_instance.then(|| connection.app_instance_id.clone()),
            user_id: grant.user_id(directory).cloned(),
            account_id: grant.account_id,
            location_id: grant.location_id,
            catalog_id: grant.catalog_id,
            customer_list_id: grant.customer_list_id,
        }
    }
}
