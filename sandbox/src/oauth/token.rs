//! `POST /oauth2/v1/token`: a code becomes an access token.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use serde::Serialize;

use super::client_call::{ClientCall, OauthError};
use crate::app::Shared;
use crate::state::{AccountId, CatalogId, Connection, CustomerListId, Directory, ExchangeError, LocationId};

/// Everything HubRise documents; `null` where a grant has no such thing.
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
}

pub(super) async fn exchange_code(
    State(app): State<Shared>,
    call: ClientCall,
) -> Result<impl IntoResponse, OauthError> {
    let code = call.parameter("code")?;
    let answer = app.store.change(|world| {
        let connection = world.records.exchange(&call.client_id, code, app.clock.now())?;
        Ok(TokenAnswer::about(connection, &world.directory))
    });
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(answer.map_err(|error| bad_code(&error))?)))
}

fn bad_code(error: &ExchangeError) -> OauthError {
    OauthError { status: StatusCode::BAD_REQUEST, error: "invalid_grant", description: error.to_string() }
}

impl TokenAnswer {
    fn about(connection: &Connection, directory: &Directory) -> Self {
        let grant = connection.grant.clone();
        let account = grant.account_id.as_ref().and_then(|id| directory.account(id));
        let location = account.zip(grant.location_id.as_ref()).and_then(|(account, id)| account.location(id));
        let catalog = account.zip(grant.catalog_id.as_ref()).and_then(|(account, id)| account.catalog(id));
        let list = account.zip(grant.customer_list_id.as_ref()).and_then(|(account, id)| account.customer_list(id));
        Self {
            access_token: connection.access_token.expose().to_owned(),
            token_type: "Bearer",
            account_name: account.map(|account| account.name.clone()),
            location_name: location.map(|location| location.name.clone()),
            catalog_name: catalog.map(|(_, catalog)| catalog.name.clone()),
            customer_list_name: list.map(|(_, list)| list.name.clone()),
            account_id: grant.account_id,
            location_id: grant.location_id,
            catalog_id: grant.catalog_id,
            customer_list_id: grant.customer_list_id,
        }
    }
}
