//! TicknCook's points of sale: the list, their names, and their deletion, which cuts their connection first.

mod pages;
mod routes;
pub mod service;
mod store;

pub use routes::router;
