//! Support's way to a restaurant.

use axum::{
    Router,
    extract::{Query, State, rejection::QueryRejection},
    response::Response,
    routing::get,
};
use serde::Deserialize;

use super::{
    pages::{Found, SearchPage},
    store,
};
use crate::{
    app::App,
    organisations::Acting,
    web::{AppError, Frame, Section, page},
};

/// `/support`
pub fn router() -> Router<App> {
    Router::new().route("/support", get(search))
}

/// How many restaurants are shown.
const SHOWN: usize = 25;

#[derive(Default, Deserialize)]
struct Search {
    #[serde(default)]
    query: String,
}

async fn search(
    State(app): State<App>,
    frame: Frame,
    acting: Acting,
    query: Result<Query<Search>, QueryRejection>,
) -> Result<Response, AppError> {
    if !acting.is_support {
        return Err(AppError::NotFound);
    }
    let query = query.map(|Query(search)| search.query.trim().to_owned()).unwrap_or_default();
    let frame = frame.at(Section::Support).of(&acting);
    let (mut found, mut is_cut) = (None, false);
    if !query.is_empty() && query.len() <= 200 && !query.contains('\0') {
        let limit = i64::try_from(SHOWN)? + 1;
        let mut rows = store::search(&mut *app.db.acquire().await?, &query, limit).await?;
        is_cut = rows.len() > SHOWN;
        rows.truncate(SHOWN);
        let standing = |row: &store::Row| {
            let (all, connected) = (row.points_of_sale.to_string(), row.connected.to_string());
            frame.t.with("support-standing", [("all", &all), ("connected", &connected)])
        };
        let rows =
            rows.into_iter().map(|row| Found { standing: standing(&row), id: row.id.to_string(), name: row.name });
        found = Some(rows.collect());
    }
    page(&SearchPage { frame, query, found, is_cut })
}
