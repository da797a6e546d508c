//! What TicknCook's support can do: find a restaurant, and send the owner of its HubRise account a link.

mod pages;
mod routes;
mod store;

pub use routes::router;
