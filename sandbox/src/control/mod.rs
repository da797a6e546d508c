//! The control interface: what tests and demos do to the sandbox that no HubRise would let them do. It has no
//! password, so it is served only on a loopback address, and only to callers who are not a web page from elsewhere.

mod clients;
mod clock;
mod connections;
mod deliveries;
mod event_faults;
mod faults;
mod guard;
mod injection;
mod journal;
mod orders;
mod world;

pub(crate) use faults::{Action, Fault, Faults};
pub(crate) use injection::inject_faults;

use axum::Router;
use axum::middleware::from_fn;
use axum::routing::{get, post};

use crate::app::Shared;
use crate::web;

pub(crate) fn router() -> Router<Shared> {
    Router::new()
        .route("/faults", get(faults::list_faults).post(faults::add_fault).delete(faults::clear_faults))
        .route(
            "/event_faults",
            get(event_faults::list_event_faults)
                .post(event_faults::add_event_fault)
                .delete(event_faults::clear_event_faults),
        )
        .route("/clock", get(clock::show_clock).post(clock::advance_clock))
        .route("/deliveries", get(deliveries::list_deliveries))
        .route("/deliveries/run", post(deliveries::run_deliveries))
        .route("/orders", post(orders::inject_orders))
        .route("/requests", get(journal::list_requests).delete(journal::clear_requests))
        .route("/connections", get(connections::list_connections))
        .route("/connections/block", post(connections::block))
        .route("/connections/unblock", post(connections::unblock))
        .route("/connections/disconnect", post(connections::disconnect))
        .route("/clients/{id}/secret", post(clients::renew_secret))
        .route("/clients/{id}/secret/retire", post(clients::retire_secret))
        .route("/codes/expire", post(world::expire_codes))
        .route("/accounts/{id}/suspend", post(world::suspend_account))
        .route("/accounts/{id}/resume", post(world::resume_account))
        .route("/settings", get(world::show_settings).post(world::change_settings))
        .route("/reset", post(world::reset))
        .layer(from_fn(guard::require_loopback_host))
        .layer(from_fn(web::refuse_cross_site_posts))
}
