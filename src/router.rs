//! Every route, and the layers around them.

use std::time::Duration;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::StatusCode,
    middleware::{from_fn, from_fn_with_state},
};
use tower::ServiceBuilder;
use tower_http::{
    CompressionLevel, catch_panic::CatchPanicLayer, compression::CompressionLayer, timeout::TimeoutLayer,
};
use tower_sessions::{Expiry, SessionManagerLayer, cookie::SameSite};

use crate::{
    api,
    app::App,
    authorisations, connection_links, connections, disconnections, events, help, history, operations, organisations,
    pending_connections, personal_data, points_of_sale, support, team, upkeep, users,
    web::{AppError, Routes, access_log, assets, finish, gate, language_router, reader},
};

/// Longer than the slowest page: a callback that asks HubRise twice.
const REQUEST_LIMIT: Duration = Duration::from_secs(30);

/// The whole service.
pub fn router(app: App) -> Router {
    let pages = pages()
        .into_router()
        .fallback(async || AppError::NotFound)
        .layer(from_fn_with_state(app.clone(), reader::name))
        .layer(sessions(&app));
    let routes = pages.merge(without_session().into_router());
    // Outermost first.
    let layers = ServiceBuilder::new()
        .layer(from_fn(access_log::log))
        // A page is compressed for one reader: what more effort saves of it is less than it takes. Assets come
        // compressed.
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
        .layer(from_fn_with_state(app.clone(), finish))
        .layer(CatchPanicLayer::custom(internal_error))
        .layer(from_fn_with_state(app.clone(), gate::pass))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, REQUEST_LIMIT))
        // What is read without having been taken in, which is events, keeps its own limit.
        .layer(DefaultBodyLimit::disable());
    routes.layer(layers).with_state(app)
}

/// Every path that the service answers, as its feature writes it.
#[must_use]
pub fn paths() -> Vec<String> {
    pages().merge(without_session()).into_paths()
}

/// What people open in a browser.
fn pages() -> Routes {
    Routes::new()
        .merge(users::router())
        .merge(organisations::router())
        .merge(points_of_sale::router())
        .merge(team::router())
        .merge(api::settings_router())
        .merge(authorisations::router())
        .merge(pending_connections::router())
        .merge(connection_links::router())
        .merge(connections::router())
        .merge(support::router())
        .merge(disconnections::router())
        .merge(history::router())
        .merge(personal_data::router())
        .merge(help::router())
        .merge(language_router())
}

/// What needs to know no browser.
fn without_session() -> Routes {
    Routes::new()
        .merge(assets::router())
        .merge(operations::router())
        .merge(events::router())
        .merge(upkeep::router())
        .nest("/api/v1", api::router())
}

fn sessions(app: &App) -> SessionManagerLayer<crate::web::PgSessionStore> {
    let lifetime = time::Duration::seconds(i64::try_from(app.config.session_lifetime.as_secs()).unwrap_or(i64::MAX));
    SessionManagerLayer::new(app.sessions())
        .with_name(app.config.cookie_name("session"))
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_secure(app.config.is_https())
        .with_path("/")
        .with_expiry(Expiry::OnInactivity(lifetime))
}

fn internal_error(_panic: Box<dyn std::any::Any + Send>) -> axum::response::Response {
    use axum::response::IntoResponse;
    AppError::Internal(anyhow::anyhow!("a handler panicked")).into_response()
}
