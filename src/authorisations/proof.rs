//! A token that HubRise has just given is asked what it opens, before anything is shown or kept of it.

use anyhow::Result;
use chrono::{DateTime, Utc};

use super::Failure;
use crate::{
    app::App,
    disconnections,
    hubrise::{
        AccessLoss, AccessToken, AccountId, AppInstanceId, CallError, CatalogId, CustomerListId, Grant, LocationId,
        Named,
    },
    ids::PointOfSaleId,
};

/// A grant that HubRise has confirmed to work.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "HubRise's own names")]
pub struct Proven {
    pub token: AccessToken,
    pub account: Named<AccountId>,
    pub location: Named<LocationId>,
    pub catalog: Option<Named<CatalogId>>,
    pub customer_list: Option<Named<CustomerListId>>,
    pub app_instance: Option<AppInstanceId>,
    pub granted_at: DateTime<Utc>,
}

/// Why a grant came to nothing, and what is in the way.
#[derive(Clone, Copy, Debug)]
pub struct Obstacle {
    /// Why.
    pub failure: Failure,
    /// The reader's own point of sale that is in the way.
    pub point_of_sale: Option<PointOfSaleId>,
}

impl From<Failure> for Obstacle {
    fn from(failure: Failure) -> Self {
        Self { failure, point_of_sale: None }
    }
}

/// Proves a grant. Its token is held by the caller.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn prove(
    app: &App,
    token: &AccessToken,
    grant: Grant,
    granted_at: DateTime<Utc>,
) -> Result<Result<Proven, Failure>> {
    let waited = disconnections::service::wait_for_calls_in_flight(app, token).await?;
    Ok(match prove_now(app, token, grant, granted_at).await {
        // An earlier disconnection of the same location was just being finished: its token was this one.
        Err(Failure::AccessLost) if waited => Err(Failure::Overtaken),
        outcome => outcome,
    })
}

async fn prove_now(app: &App, token: &AccessToken, grant: Grant, granted_at: DateTime<Utc>) -> Result<Proven, Failure> {
    let granted = grant.location.clone().ok_or(Failure::NoLocation)?;
    let answer = app.hubrise.location(token).await.map_err(|error| proof_failure(&error))?;
    let same_account = grant.account.as_ref().is_none_or(|account| account.id == answer.account.id);
    if answer.location.id != granted.id || !same_account {
        tracing::error!("HubRise granted one location and answers for another");
        return Err(Failure::Unintelligible);
    }
    let account_name = grant.account.and_then(|account| account.name);
    Ok(Proven {
        account: Named { name: answer.account.name.or(account_name), ..answer.account },
        location: Named { name: answer.location.name.or(granted.name), ..answer.location },
        catalog: named_catalog(app, token, grant.catalog).await,
        customer_list: named_customer_list(app, token, grant.customer_list).await,
        app_instance: grant.app_instance,
        granted_at,
        token: token.clone(),
    })
}

/// What it means when a token cannot be proven.
#[must_use]
pub fn proof_failure(error: &CallError) -> Failure {
    tracing::warn!(%error, "a token could not be proven");
    match error {
        CallError::AccessLost(refusal) => match refusal.loss {
            AccessLoss::Unpaid => Failure::Unpaid,
            AccessLoss::Blocked => Failure::Blocked,
            AccessLoss::Revoked | AccessLoss::Unknown => Failure::AccessLost,
        },
        error if error.is_passing() => Failure::ProofUnavailable,
        _ => Failure::Unintelligible,
    }
}

/// Older token answers lack names. A name is worth one more call, but not a failure: the id is shown without it.
async fn named_catalog(app: &App, token: &AccessToken, catalog: Option<Named<CatalogId>>) -> Option<Named<CatalogId>> {
    let mut catalog = catalog?;
    if catalog.name.is_none() {
        catalog.name = app.hubrise.catalog_name(token, &catalog.id).await.unwrap_or_else(without_name);
    }
    Some(catalog)
}

async fn named_customer_list(
    app: &App,
    token: &AccessToken,
    list: Option<Named<CustomerListId>>,
) -> Option<Named<CustomerListId>> {
    let mut list = list?;
    if list.name.is_none() {
        list.name = app.hubrise.customer_list_name(token, &list.id).await.unwrap_or_else(without_name);
    }
    Some(list)
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that unwrap_or_else wants")]
fn without_name(error: CallError) -> Option<String> {
    tracing::warn!(%error, "HubRise did not tell a name");
    None
}
