//! The account, for the tokens of account-level grants.

use axum::extract::{Path, Query, State};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::Value;

use super::access::Access;
use super::error::ApiError;
use super::paging::{Page, Paging};
use crate::app::Shared;
use crate::state::{AccountId, account_view};

pub(super) fn router() -> Router<Shared> {
    Router::new()
        .route("/account", get(show_account))
        .route("/accounts", get(list_accounts))
        .route("/accounts/{id}", get(show_account))
}

async fn show_account(
    State(app): State<Shared>,
    access: Access,
    id: Option<Path<AccountId>>,
) -> Result<Json<Value>, ApiError> {
    app.store.read(|world| Ok(Json(account_view(access.whole_account(&world.directory, id.as_deref())?))))
}

/// Not documented, but HubRise's SDK calls it. A token is for one account.
async fn list_accounts(
    State(app): State<Shared>,
    access: Access,
    Query(paging): Query<Paging>,
) -> Result<Page, ApiError> {
    app.store.read(|world| {
        let account = access.whole_account(&world.directory, None)?;
        paging.page(std::iter::once(account), |account| account.id.as_str(), account_view)
    })
}
