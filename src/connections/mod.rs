//! Connecting a point of sale to a HubRise location: the choice, the trip to HubRise (an *attempt*, with its state),
//! the way back, and what is connected. Cutting a connection is the business of `disconnections`.

mod attempts;
mod callback;
mod completion;
mod jobs;
mod link;
mod outcome;
mod pages;
mod routes;
pub mod service;
mod store;

pub use jobs::SweepAttempts;
pub use link::{Link, name_and_id};
pub use outcome::Failure;
pub use routes::router;
pub use service::Connection;
