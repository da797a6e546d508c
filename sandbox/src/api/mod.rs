//! The API that a client reads and writes with its access token. Each handler says which scope it takes and what it
//! answers; whether the token is good and how often it may be used is `access`'s.

mod access;
mod accounts;
mod body;
mod callbacks;
mod catalog_items;
mod catalogs;
mod customer_lists;
mod customers;
mod deliveries;
mod error;
mod images;
mod inventory;
mod limits;
mod locations;
mod loyalty;
mod method_override;
mod order_filter;
mod orders;
mod paging;
mod unreadable;
mod users;

pub(crate) use limits::Limits;
pub(crate) use unreadable::body_too_long;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::{map_request, map_response};
use tower::Layer;
use tower_http::cors::{Any, CorsLayer};

use crate::app::Shared;
use crate::traffic::LARGEST_BODY;
use error::ApiError;

/// Everything under `/v1`.
pub(crate) fn service(app: &Shared) -> Router<Shared> {
    let endpoints = Router::new()
        .merge(accounts::router())
        .merge(callbacks::router())
        .merge(deliveries::router())
        .merge(locations::router())
        .merge(orders::router())
        .merge(users::router())
        .merge(catalog_items::router())
        .merge(catalogs::router())
        .merge(customer_lists::router())
        .merge(customers::router())
        .merge(images::router())
        .merge(inventory::router())
        .merge(loyalty::router())
        .fallback(unknown_endpoint)
        .method_not_allowed_fallback(unknown_endpoint)
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(map_response(unreadable::in_the_api_s_form))
        .with_state(app.clone());
    // Around the router, not in it: the method decides which handler is called.
    let endpoints = map_request(method_override::apply).layer(endpoints);
    Router::new().fallback_service(allow_any_origin().layer(endpoints))
}

/// Has an answer that is given in the API's place be read by browsers of any origin, too.
pub(crate) fn open_to_any_origin(headers: &mut HeaderMap) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    let exposed = HeaderValue::from_static("x-cursor-next,retry-after");
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
}

async fn unknown_endpoint() -> ApiError {
    ApiError::routing()
}

/// Browsers of any origin may call the API, with a token in their hands.
fn allow_any_origin() -> CorsLayer {
    let methods = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
    let headers = ["x-access-token", "x-http-method-override"].map(HeaderName::from_static);
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods(methods)
        .allow_headers(headers.into_iter().chain([header::CONTENT_TYPE]).collect::<Vec<_>>())
        .expose_headers([HeaderName::from_static("x-cursor-next"), header::RETRY_AFTER])
}
