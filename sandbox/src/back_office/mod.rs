//! The back office, as far as it works: signing in, the dashboard, the connections. Its menu shows nothing else.

mod connections;
mod dashboard;
mod injector;
mod sandbox;
mod sign_in;

use axum::Router;
use axum::routing::{get, post};

use crate::app::Shared;

pub(crate) fn router() -> Router<Shared> {
    Router::new()
        .route("/", get(dashboard::show_dashboard))
        .route("/login", get(sign_in::show_sign_in).post(sign_in::sign_in))
        .route("/logout", post(sign_in::sign_out))
        .route("/connections", get(connections::show_connections))
        .route("/connections/{id}/disconnect", post(connections::disconnect))
        .merge(injector::router())
        .merge(sandbox::router())
}
