//! Keeping connections truthful: each is checked in the background, an answer of HubRise decides how it is, names
//! follow HubRise, and its managers are told when it fails and when it is back. Cutting a connection is the business of
//! `disconnections`.

mod answers;
mod desk;
mod names;
mod notices;
mod routes;
mod schedule;
pub mod service;
mod store;

pub use desk::Desk;
pub use routes::router;
