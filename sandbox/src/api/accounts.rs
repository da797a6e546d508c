//! `GET /account`, for the tokens of account-level grants.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
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

pub(super) fn router() -> Router<Shared> {
    Router::new().route("/account", get(show_account))
}

async fn show_account(State(app): State<Shared>, access: Access) -> Result<Json<AccountAnswer>, ApiError> {
    app.store.read(|world| Ok(Json(access.whole_account(&world.directory, None)?.into())))
}
