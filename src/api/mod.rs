//! The API for TicknCook's back office, under `/api/v1`: a bearer key acts for one organisation. Errors are problem
//! documents (RFC 9457); the OpenAPI document is made from the code. And the keys, for managers to look at and to
//! revoke.

mod bearer;
mod connections;
mod history;
mod key_pages;
mod key_routes;
pub mod keys;
mod points_of_sale;
mod receipts;
mod store;

pub use key_routes::settings_router;

use axum::{Json, routing::get};
use utoipa::{
    Modify, OpenApi,
    openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::web::{AppError, Routes};

#[derive(OpenApi)]
#[openapi(
    info(title = "TicknCook HubRise bridge", description = "Points of sale and their connections to HubRise."),
    servers((url = "/api/v1")),
    security(("key" = [])),
    modifiers(&BearerKey),
)]
struct Document;

struct BearerKey;

impl Modify for BearerKey {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("A key made with `tickncook-hubrise api-key add`. It acts for one organisation."))
            .build();
        document.components.get_or_insert_default().add_security_scheme("key", SecurityScheme::Http(scheme));
    }
}

/// Everything below `/api/v1`.
pub fn router() -> Routes {
    let (router, document) = OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(points_of_sale::list_points_of_sale))
        .routes(routes!(points_of_sale::delete_point_of_sale))
        .routes(routes!(history::list_history))
        .routes(routes!(connections::list_connections))
        .routes(routes!(connections::show_connection))
        .routes(routes!(connections::check_connection))
        .routes(routes!(receipts::list_receipts))
        .routes(routes!(receipts::show_receipt))
        .split_for_parts();
    Routes::described(router, &document)
        .route("/openapi.json", get(async move || Json(document)))
        .within(|router| router.fallback(async || AppError::NotFound))
        .within(|router| router.method_not_allowed_fallback(async || AppError::MethodNotAllowed))
}
