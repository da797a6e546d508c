//! The back office: signing in, the dashboard, connections and apps, data, configuration, developers.

mod app_links;
mod apps;
mod configuration;
mod connections;
mod dashboard;
mod data;
mod developer;
mod injector;
mod refusal;
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
        .merge(apps::router())
        .merge(configuration::router())
        .merge(connections::router())
        .merge(developer::router())
        .merge(data::router())
        .merge(injector::router())
        .merge(sandbox::router())
}
