//! The receipts of disconnections: what was done, when, and what HubRise has not confirmed yet.

use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::bearer::Caller;
use crate::{
    app::App,
    disconnections::{self, Receipt},
    ids::DisconnectionId,
    web::{AppError, PathId, Problem},
};

/// How many receipts are told at once, unless the caller says.
const LIMIT: u16 = 50;
/// How many the caller may ask for.
const LARGEST_LIMIT: u16 = 200;

/// A part of the receipts, the newest first.
#[derive(Serialize, ToSchema)]
pub(super) struct Receipts {
    receipts: Vec<DisconnectionReceipt>,
    /// What to send as `before` to get older receipts; missing where there are none.
    next: Option<Uuid>,
}

/// What a disconnection did, and when.
#[derive(Serialize, ToSchema)]
pub(super) struct DisconnectionReceipt {
    id: Uuid,
    point_of_sale: FormerPointOfSale,
    /// The connection that was cut; missing if it was not connected.
    connection_id: Option<Uuid>,
    /// When TicknCook let go.
    disconnected_at: DateTime<Utc>,
    requested_by: Requester,
    /// Why, in the words of whoever asked.
    reason: Option<String>,
    /// What it was linked to, as `Name - id`; missing if it was not connected.
    hubrise: Option<FormerLink>,
    callback: CallbackState,
    revocation: RevocationState,
    purge: PurgeState,
}

/// The point of sale, by the name that it had.
#[derive(Serialize, ToSchema)]
struct FormerPointOfSale {
    id: Uuid,
    name: String,
    /// Whether it was deleted too.
    deleted: bool,
}

/// Who asked for it.
#[derive(Serialize, ToSchema)]
struct Requester {
    /// The person's e-mail address, or the key's name; missing if that is not known any more.
    name: Option<String>,
    /// Whether it was TicknCook's support.
    support: bool,
}

/// What a point of sale was linked to, as `Name - id`; `—` where there was none.
#[derive(Serialize, ToSchema)]
struct FormerLink {
    account: String,
    location: String,
    catalog: String,
    customer_list: String,
}

/// What became of the callback, by which HubRise sends events.
#[derive(Serialize, ToSchema)]
struct CallbackState {
    /// `removed` by HubRise; `ended` together with the access, because HubRise did not remove it; `pending`, tried with
    /// the revocation; `kept`, the location was connected again; or `not_needed`, there was none.
    #[schema(pattern = "^(removed|ended|pending|kept|not_needed)$")]
    status: &'static str,
    /// When it was removed or ended.
    at: Option<DateTime<Utc>>,
}

/// What became of the token at HubRise.
#[derive(Serialize, ToSchema)]
struct RevocationState {
    /// `confirmed` by HubRise; `pending`, tried until HubRise confirms; `superseded`, the location was connected again
    /// and the token serves it; or `not_needed`, there was none.
    #[schema(pattern = "^(confirmed|pending|superseded|not_needed)$")]
    status: &'static str,
    /// When it was confirmed or superseded.
    at: Option<DateTime<Utc>>,
    /// When our own last copy of the token was wiped: the same as `purge.at`.
    token_purged_at: Option<DateTime<Utc>>,
}

/// What became of our own copy of the token.
#[derive(Serialize, ToSchema)]
struct PurgeState {
    /// `purged`; `pending`, until HubRise has confirmed the revocation; `kept`, a live connection needs it; or
    /// `not_needed`, there was none.
    #[schema(pattern = "^(purged|pending|kept|not_needed)$")]
    status: &'static str,
    /// When it was wiped.
    at: Option<DateTime<Utc>>,
}

impl From<Receipt> for DisconnectionReceipt {
    fn from(receipt: Receipt) -> Self {
        let purge = receipt.purge();
        Self {
            id: receipt.id.uuid(),
            point_of_sale: FormerPointOfSale {
                id: receipt.point_of_sale_id.uuid(),
                name: receipt.point_of_sale_name,
                deleted: receipt.point_of_sale_deleted,
            },
            connection_id: receipt.connection_id.map(Uuid::from),
            disconnected_at: receipt.disconnected_at,
            requested_by: Requester { name: receipt.requested_by, support: receipt.by_support },
            reason: receipt.reason,
            hubrise: receipt.link.map(|link| FormerLink {
                account: link.account,
                location: link.location,
                catalog: link.catalog,
                customer_list: link.customer_list,
            }),
            callback: CallbackState { status: receipt.callback.word(), at: receipt.callback.at() },
            revocation: RevocationState {
                status: receipt.revocation.word(),
                at: receipt.revocation.at(),
                token_purged_at: purge.at(),
            },
            purge: PurgeState { status: purge.word(), at: purge.at() },
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Part {
    before: Option<DisconnectionId>,
    limit: Option<u16>,
}

/// The organisation's receipts, the newest first.
#[utoipa::path(
    get,
    path = "/receipts",
    params(
        ("before" = Option<Uuid>, Query, description = "Only receipts older than this one: the `next` of the answer before"),
        ("limit" = Option<u16>, Query, description = "How many, from 1 to 200; 50 unless given"),
    ),
    responses(
        (status = 200, description = "The receipts", body = Receipts),
        (status = 400, description = "`before` is no id, or `limit` no number from 1 to 200", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No valid key", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Try again in a moment", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list_receipts(
    State(app): State<App>,
    caller: Caller,
    part: Result<Query<Part>, QueryRejection>,
) -> Result<Json<Receipts>, AppError> {
    let Ok(Query(part)) = part else { return Err(AppError::BadRequest) };
    let limit = part.limit.unwrap_or(LIMIT);
    if !(1..=LARGEST_LIMIT).contains(&limit) {
        return Err(AppError::BadRequest);
    }
    let mut db = app.db.acquire().await?;
    // One more than asked for tells whether there are older ones.
    let several = i64::from(limit) + 1;
    let mut found = disconnections::service::receipts(&mut db, caller.organisation, part.before, several).await?;
    let has_older = found.len() > usize::from(limit);
    found.truncate(limit.into());
    let next = found.last().filter(|_| has_older).map(|receipt| receipt.id.uuid());
    Ok(Json(Receipts { receipts: found.into_iter().map(DisconnectionReceipt::from).collect(), next }))
}

/// A receipt. Asked again, it tells how far the revocation at HubRise has come.
#[utoipa::path(
    get,
    path = "/receipts/{id}",
    params(("id" = Uuid, Path, description = "The receipt")),
    responses(
        (status = 200, description = "The receipt", body = DisconnectionReceipt),
        (status = 401, description = "No valid key", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "The organisation has no such receipt", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Try again in a moment", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn show_receipt(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<DisconnectionId>,
) -> Result<Json<DisconnectionReceipt>, AppError> {
    let receipt = disconnections::service::receipt(&app, caller.organisation, id).await?;
    Ok(Json(receipt.ok_or(AppError::NotFound)?.into()))
}
