//! **Historique**, and the same as a file.

use axum::{
    extract::{Query, State, rejection::QueryRejection},
    http::header,
    response::{IntoResponse, Response},
    routing::get,
};
use url::form_urlencoded::Serializer;

use super::{
    Filter,
    export::Export,
    filter::Asked,
    pages::{FilterForm, HistoryPage, Row},
    service::{self, Page},
};
use crate::{
    app::App,
    organisations::Member,
    web::{AppError, Frame, Routes, Section, page},
};

/// `/history`, `/history.csv`
pub fn router() -> Routes {
    Routes::new().route("/history", get(show_history)).route("/history.csv", get(export_history))
}

/// How many entries a page shows.
const SHOWN: u16 = 50;

fn address(path: &str, filter: &Filter, cursor: Option<(&str, String)>) -> String {
    let mut query = Serializer::new(String::new());
    query.extend_pairs(filter.fields()).extend_pairs(cursor);
    let query = query.finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

/// Where the page's reader goes from here: to older entries, and to newer ones.
fn ways_on(filter: &Filter, page: &Page) -> (Option<String>, Option<String>) {
    let to = |name, id: Option<String>| address("/history", filter, id.map(|id| (name, id)));
    let id = |entry: Option<&super::Recorded>| entry.map(|entry| entry.id.to_string());
    let older = page.has_older.then(|| to("before", id(page.entries.last())));
    (older, page.has_newer.then(|| to("after", id(page.entries.first()))))
}

async fn show_history(
    State(app): State<App>,
    frame: Frame,
    member: Member,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, AppError> {
    let Query(asked) = asked.unwrap_or_default();
    let (filter, trouble) = Filter::of(&asked, app.config.time_zone);
    let mut db = app.db.acquire().await?;
    let found = service::read(&mut db, member.organisation, &filter, asked.place(), SHOWN).await?;
    let frame = frame.at(Section::History).of(&member.acting);
    let (older, newer) = ways_on(&filter, &found);
    page(&HistoryPage {
        form: FilterForm::of(frame.t, &filter),
        trouble: trouble.map(|key| frame.t.text(key)),
        rows: found.entries.into_iter().map(|entry| Row::of(frame.t, entry)).collect(),
        older,
        newer,
        export: address("/history.csv", &filter, None),
        frame,
    })
}

async fn export_history(
    State(app): State<App>,
    frame: Frame,
    member: Member,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, AppError> {
    let Query(asked) = asked.unwrap_or_default();
    let (filter, _) = Filter::of(&asked, app.config.time_zone);
    let t = frame.of(&member.acting).t;
    let today = app.clock.now().with_timezone(&app.config.time_zone).date_naive();
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}-{today}.csv\"", t.text("history-file"))),
    ];
    let export = Export::begin(app, member.organisation, filter, t).ok_or(AppError::Busy)?;
    let body = export.body().await?;
    Ok((headers, body).into_response())
}
