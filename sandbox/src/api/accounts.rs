//! `GET /account`, for the tokens of account-level grants.

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use super::access::Access;
use super::error::ApiError;
use crate::app::Shared;
use crate::state::{Account, AccountId};

#[derive(Debug, Serialize)]
pub(super) struct AccountAnswer {
    id: AccountId,
    name: String,
    currency: String,
}

impl From<&Account> for AccountAnswer {
    fn from(account: &Account) -> Self {
        Self { id: account.id.clone(), name: account.name.clone(), currency: account.currency.clone() }
    }
}

pub(super) async fn show_account(State(app): State<Shared>, access: Access) -> Result<Json<AccountAnswer>, ApiError> {
    if access.grant.location_id.is_some() {
        return Err(ApiError::forbidden("An account access token is required"));
    }
    app.store.read(|world| Ok(Json(access.account(&world.directory)?.into())))
}
