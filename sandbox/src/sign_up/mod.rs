//! Becoming a user of this HubRise, and opening one more location: what a client's link may lead to somebody who has
//! nothing to connect yet. Both lead back to where they were called from.

mod account;
mod fields;
mod location;
mod words;

use axum::Router;
use axum::routing::get;

use crate::app::Shared;

pub(crate) fn router() -> Router<Shared> {
    Router::new()
        .route("/signup", get(account::show_sign_up).post(account::sign_up))
        .route("/locations/new", get(location::show_new_location).post(location::create_location))
}
