//! Every route of the console, and its pages that only show.

use axum::{
    extract::{Query, State, rejection::QueryRejection},
    response::Response,
    routing::{get, post},
};
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::{
    actions, attempts, case,
    filters::{self, Filter},
    looking,
    pages::{ConnectionPage, OrganisationPage, StartPage},
    search, store, summary, timeline, verification, waiting,
};
use crate::{
    app::App,
    disconnections,
    ids::{ConnectionId, DisconnectionId, OrganisationId},
    organisations::{self, Support},
    personal_data,
    web::{AppError, Frame, PathId, Routes, Section, page, see},
};

macro_rules! routes {
    ($($verb:ident $path:literal => $handler:path;)*) => {
        /// Every way of asking the console something: the method and the path.
        pub const ROUTES: &[(&str, &str)] = &[$((stringify!($verb), $path)),*];

        /// `/support`
        pub fn router() -> Routes {
            Routes::new()$(.route($path, $verb($handler)))*
        }
    };
}

routes! {
    get "/support" => show_start;
    get "/support/verify" => verification::ask;
    post "/support/verify" => verification::verify;
    get "/support/organisations/{organisation}" => show_organisation;
    get "/support/connections/{id}" => show_connection;
    post "/support/connections/{id}/check" => actions::check;
    post "/support/connections/{id}/replay" => actions::replay;
    get "/support/connections/{id}/remove" => actions::confirm_removal;
    post "/support/connections/{id}/remove" => actions::remove;
    get "/support/receipts/{id}" => show_receipt;
    post "/support/alarms/{id}/dismiss" => actions::dismiss;
}

/// The longest thing that is searched for, in characters.
const QUERY_LIMIT: usize = 200;

#[derive(Default, Deserialize)]
struct Wish {
    #[serde(default)]
    query: String,
    #[serde(default)]
    show: String,
    #[serde(default)]
    after: String,
}

async fn show_start(
    State(app): State<App>,
    Support(acting): Support,
    frame: Frame,
    wish: Result<Query<Wish>, QueryRejection>,
) -> Result<Response, AppError> {
    let frame = frame.at(Section::Support).of(&acting);
    let Wish { query, show, after } = wish.map(|Query(wish)| wish).unwrap_or_default();
    let query: String = query.trim().chars().filter(|character| *character != '\0').take(QUERY_LIMIT).collect();
    let mut db = app.db.acquire().await?;
    let filter = Filter::parse(&show).filter(|_| query.is_empty());
    let found = if query.is_empty() { None } else { Some(search::search(&app, &mut db, frame.t, &query).await?) };
    let listed = match filter {
        Some(filter) => Some(filters::list(&app, &mut db, filter, &after).await?),
        None => None,
    };
    let choices = filters::choices(&app, &mut db, frame.t, filter).await?;
    page(&StartPage { frame, query, found, choices, listed })
}

/// How many trips and receipts of a restaurant are shown.
const RECENT: i64 = 20;
/// How many of a restaurant's points of sale are shown.
const POINTS_OF_SALE: i64 = 200;

async fn show_organisation(
    State(app): State<App>,
    Support(acting): Support,
    PathId(id): PathId<OrganisationId>,
    frame: Frame,
) -> Result<Response, AppError> {
    let mut db = app.db.acquire().await?;
    let Some(name) = organisations::service::name(&mut db, id).await? else {
        let deleted_at = personal_data::deleted_at(&mut db, id).await?;
        return deleted_at.map(|_| see(&format!("/support?query={id}"))).ok_or(AppError::NotFound);
    };
    let lines = store::search::rows(&mut db, &[id.uuid()], &[], POINTS_OF_SALE).await?;
    let trips = store::timeline::attempts_of_organisation(&mut db, id, RECENT).await?;
    let frame = frame.at(Section::Support).of(&acting);
    page(&OrganisationPage {
        id: id.to_string(),
        name,
        managers: store::connection::managers(&mut db, id).await?,
        lines: lines.into_iter().map(search::Line::from).collect(),
        attempts: trips.into_iter().map(|trip| attempts::entry(frame.t, trip, app.clock.now())).collect(),
        receipts: store::timeline::receipts(&mut db, id, RECENT).await?,
        frame,
    })
}

#[derive(Default, Deserialize)]
struct Older {
    before: Option<DateTime<Utc>>,
}

async fn show_connection(
    State(app): State<App>,
    Support(acting): Support,
    PathId(id): PathId<ConnectionId>,
    frame: Frame,
    older: Result<Query<Older>, QueryRejection>,
) -> Result<Response, AppError> {
    let case = case::find(&app, id).await?.ok_or(AppError::NotFound)?;
    looking::note(&app, acting.user, &case).await?;
    let case = case::verified_for_view(&app, case).await?;
    let frame = frame.at(Section::Support).of(&acting);
    let before = older.ok().and_then(|Query(older)| older.before).filter(|before| *before >= DateTime::UNIX_EPOCH);
    let mut db = app.db.acquire().await?;
    let (entries, older) = timeline::of(&app, &mut db, frame.t, &case, before).await?;
    let jobs = waiting::of(&mut db, frame.t, &case).await?;
    let managers = store::connection::managers(&mut db, case.organisation).await?;
    let summary = summary::of(&frame, &case, &managers, &jobs);
    page(&ConnectionPage { is_newest: before.is_none(), frame, case, managers, jobs, entries, older, summary })
}

async fn show_receipt(
    State(app): State<App>,
    Support(acting): Support,
    PathId(id): PathId<DisconnectionId>,
    frame: Frame,
) -> Result<Response, AppError> {
    let owner = store::connection::receipt_owner(&mut *app.db.acquire().await?, id).await?;
    let (organisation, connection) = owner.ok_or(AppError::NotFound)?;
    let receipt = disconnections::service::receipt(&app, organisation, id).await?.ok_or(AppError::NotFound)?;
    let back = match connection {
        Some(connection) => format!("/support/connections/{connection}"),
        None => format!("/support/organisations/{organisation}"),
    };
    disconnections::show_to_support(frame.at(Section::Support).of(&acting), receipt, back)
}
