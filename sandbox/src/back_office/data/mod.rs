//! DONNÉES: the orders, customers and catalogs of the account and location that the top bar is set to.

mod catalog_contents;
mod catalogs;
mod customers;
mod order;
mod orders;
mod pages;
mod words;
mod words_english;
mod words_french;

use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};

use crate::app::Shared;
use crate::web::{Member, Problem};

pub(super) fn router() -> Router<Shared> {
    Router::new()
        .route("/data/orders", get(orders::list_orders))
        .route("/data/orders/{id}", get(order::show_order))
        .route("/data/orders/{id}/status", post(order::change_status))
        .route("/data/customers", get(customers::list_customer_lists))
        .route("/data/customers/{list}", get(customers::list_customers))
        .route("/data/customers/{list}/{id}", get(customers::show_customer).post(customers::rename_customer))
        .route("/data/catalogs", get(catalogs::list_catalogs))
        .route("/data/catalogs/{id}", get(catalogs::show_catalog).post(catalogs::rename_catalog))
}

/// The page for a change that cannot be made.
fn refuse(member: Member) -> Response {
    Problem { status: StatusCode::UNPROCESSABLE_ENTITY, explanation: |words| words.bad_form }.page(member.visitor, "")
}
