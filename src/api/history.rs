//! Reading the history.

use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use super::bearer::Caller;
use crate::{
    app::App,
    history::{
        self, Filter, Recorded,
        service::{Page, Place},
    },
    ids::HistoryEntryId,
    web::{AppError, Problem},
};

/// How many entries are told at once, unless the caller says.
const LIMIT: u16 = 50;
/// How many the caller may ask for.
const LARGEST_LIMIT: u16 = 200;

/// A part of the history, the newest entry first.
#[derive(Serialize, ToSchema)]
pub(super) struct History {
    entries: Vec<HistoryEntry>,
    /// What to send as `before` to get older entries; missing where there are none.
    next: Option<Uuid>,
}

/// Who did what, on what and when.
#[derive(Serialize, ToSchema)]
struct HistoryEntry {
    id: Uuid,
    at: DateTime<Utc>,
    actor: HistoryActor,
    /// `connected`, `disconnected`, `point_of_sale_added`, …; more may be added.
    action: String,
    /// On what; missing where it was on the organisation as a whole.
    subject: Option<HistorySubject>,
    /// The connection that it concerns.
    connection_id: Option<Uuid>,
    /// The fields that changed, as they were.
    #[schema(value_type = Object)]
    before: Map<String, Value>,
    /// The fields that changed, as they became.
    #[schema(value_type = Object)]
    after: Map<String, Value>,
    /// The receipt of the disconnection that it was.
    receipt_id: Option<Uuid>,
    /// Why, in the words of whoever did it.
    reason: Option<String>,
}

/// Who did it.
#[derive(Serialize, ToSchema)]
struct HistoryActor {
    /// `person`, of the organisation; `support`, TicknCook's; `api`, a key; `owner`, of the HubRise account, by a link;
    /// `hubrise`; or `system`, TicknCook itself.
    #[schema(pattern = "^(person|support|api|owner|hubrise|system)$")]
    kind: &'static str,
    /// The person's address, or the key's name, at that time.
    name: Option<String>,
}

/// On what it was done.
#[derive(Serialize, ToSchema)]
struct HistorySubject {
    id: Option<Uuid>,
    /// Its name at that time.
    name: String,
}

impl From<Recorded> for HistoryEntry {
    fn from(entry: Recorded) -> Self {
        let id = entry.subject_id;
        Self {
            id: entry.id.uuid(),
            at: entry.at,
            actor: HistoryActor { kind: entry.actor.word(), name: entry.actor_name },
            action: entry.action,
            subject: entry.subject_name.map(|name| HistorySubject { id, name }),
            connection_id: entry.connection.map(Uuid::from),
            before: entry.before,
            after: entry.after,
            receipt_id: entry.receipt.map(Uuid::from),
            reason: entry.reason,
        }
    }
}

impl From<Page> for History {
    fn from(page: Page) -> Self {
        let last = page.entries.last().filter(|_| page.has_older);
        let next = last.map(|entry| entry.id.uuid());
        Self { entries: page.entries.into_iter().map(HistoryEntry::from).collect(), next }
    }
}

#[derive(Deserialize)]
pub(super) struct Part {
    before: Option<HistoryEntryId>,
    limit: Option<u16>,
}

/// What was done in the organisation, by whom and when, the newest first.
#[utoipa::path(
    get,
    path = "/history",
    params(
        ("before" = Option<Uuid>, Query, description = "Only entries older than this one: the `next` of the answer before"),
        ("limit" = Option<u16>, Query, description = "How many, from 1 to 200; 50 unless given"),
    ),
    responses(
        (status = 200, description = "The entries", body = History),
        (status = 400, description = "`before` is no id, or `limit` no number from 1 to 200", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No valid key", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Try again in a moment", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list_history(
    State(app): State<App>,
    caller: Caller,
    part: Result<Query<Part>, QueryRejection>,
) -> Result<Json<History>, AppError> {
    let Ok(Query(part)) = part else { return Err(AppError::BadRequest) };
    let limit = part.limit.unwrap_or(LIMIT);
    if !(1..=LARGEST_LIMIT).contains(&limit) {
        return Err(AppError::BadRequest);
    }
    let place = part.before.map_or(Place::Newest, Place::Before);
    let mut db = app.db.acquire().await?;
    let page = history::service::read(&mut db, caller.organisation, &Filter::default(), place, limit).await?;
    Ok(Json(page.into()))
}
