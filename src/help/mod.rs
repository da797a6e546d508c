//! The help pages. For now one: how to give TicknCook's support access at HubRise, and what support can and cannot see.

mod pages;
mod routes;

pub use routes::router;
