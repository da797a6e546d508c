//! Every route, and the layers around them.

use std::time::Duration;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::StatusCode,
    middleware::{from_fn, from_fn_with_state},
};
use tower::ServiceBuilder;
use tower_http::{catch_panic::CatchPanicLayer, compression::CompressionLayer, timeout::TimeoutLayer};
use tower_sessions::{Expiry, SessionManagerLayer, cookie::SameSite};

use crate::{
    api,
    app::App,
    authorisations, connection_links, connections, disconnections, events, help, history, operations, organisations,
    pending_connections, personal_data, points_of_sale, support, team, upkeep, users,
    web::{
        AppError, access_log, assets, headers, host, language_router, reader, render_errors, request_id, same_origin,
    },
};

/// No form and no query of ours is larger.
const BODY_LIMIT: usize = 64 * 1024;
/// Longer than the slowest page: a callback that asks HubRise twice.
const REQUEST_LIMIT: Duration = Duration::from_secs(30);

/// The whole service.
pub fn router(app: App) -> Router {
    let pages = Router::new()
        .merge(users::router())
        .merge(organisations::router())
        .merge(points_of_sale::router())
        .merge(team::router())
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
        .fallback(async || AppError::NotFound)
        .layer(from_fn_with_state(app.clone(), reader::name))
        .layer(sessions(&app));
    let routes = Router::new()
        .merge(pages)
        .merge(assets::router())
        .merge(operations::router())
        .merge(events::router())
        .merge(upkeep::router())
        .nest("/api/v1", api::router());
    // Outermost first.
    let layers = ServiceBuilder::new()
        .layer(from_fn(request_id::number))
        .layer(from_fn(access_log::log))
        .layer(CompressionLayer::new())
        .layer(from_fn_with_state(app.clone(), headers::add))
        .layer(from_fn_with_state(app.clone(), render_errors))
        .layer(CatchPanicLayer::custom(internal_error))
        .layer(from_fn_with_state(app.clone(), host::require_public))
        .layer(from_fn_with_state(app.clone(), same_origin::require))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, REQUEST_LIMIT))
        .layer(DefaultBodyLimit::max(BODY_LIMIT));
    routes.layer(layers).with_state(app)
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
