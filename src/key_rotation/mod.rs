//! Changing the encryption keys while the service runs: which keys there are (`register`), which rows need them
//! (`tables`), which running process knows them (`holders`), and adding, changing to and retiring one (`service`).

mod holders;
mod register;
pub mod service;
mod store;
mod tables;
mod walk;

pub use holders::Follower;
pub use register::{faults, register};
