//! Grants of HubRise that belong to nobody yet. Anybody can make a browser bring us a code, so nothing that comes in is
//! attached before the person at that browser has seen what it is, and said where it goes. Held for an hour, encrypted,
//! for that browser alone.

mod account;
mod confirmation;
mod jobs;
mod pages;
mod routes;
mod service;
mod store;
mod views;

pub use jobs::ExpirePendingConnections;
pub use routes::router;
pub use service::{Origin, forget_organisation, hold, waiting};
use store::Pending;
pub use store::SealedGrants;
