//! Trips to HubRise's authorise page: the state that goes out, the browser that may come back with it, the exchange of
//! the code, and what each kind of trip comes to. A grant is never attached here: `connections` places it where a
//! manager asked for it, and `pending_connections` holds it where nobody has yet.

mod attempt;
mod attempts;
mod callback;
mod completion;
mod exchange;
mod failure;
mod forgetting;
mod jobs;
mod pages;
mod proof;
mod refusal;
mod routes;
pub mod service;
mod unaccounted;
mod way_on;

pub use attempts::{SealedCodes, SealedGrants};
pub use failure::Failure;
pub use forgetting::{forget_organisation, forget_people};
pub use jobs::SweepAttempts;
pub use pages::{InTheWay, show_failure};
pub use proof::{Obstacle, Proven, proof_failure};
pub use routes::router;
pub use way_on::WayOn;
