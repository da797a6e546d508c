//! The API that a client reads with its access token. Each handler says which scope it takes and what it answers;
//! whether the token is good is `access`'s.

mod access;
mod accounts;
mod error;
mod locations;
mod resources;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::get;

use crate::app::Shared;
use error::ApiError;

pub(crate) fn router() -> Router<Shared> {
    Router::new()
        .route("/account", get(accounts::show_account))
        .route("/location", get(locations::show_own_location))
        .route("/locations/{id}", get(locations::show_location))
        .route("/location/catalogs", get(resources::list_catalogs))
        .route("/location/customer_lists", get(resources::list_customer_lists))
        .route("/catalogs/{id}", get(resources::show_catalog))
        .route("/customer_lists/{id}", get(resources::show_customer_list))
        .fallback(unknown_endpoint)
        .method_not_allowed_fallback(unknown_endpoint)
        .layer(from_fn(allow_any_origin))
}

async fn unknown_endpoint() -> ApiError {
    ApiError::routing()
}

async fn allow_any_origin(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}
