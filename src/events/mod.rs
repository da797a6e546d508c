//! What HubRise sends: received at the address that `callback` registers for each connection, proven by its signature,
//! kept before it is acknowledged, and applied by a job. HubRise forgets an event on any answer below 500, so whatever
//! may be our own fault is answered with 503.

pub mod callback;
mod desk;
mod jobs;
mod replaced;
mod routes;
mod service;
mod signature;
mod store;
mod told;

pub use desk::Desk;
pub use jobs::{ApplyEvents, PurgeEvents};
pub use routes::{room, router};
