//! People: their passwords, their signing in and out, and the slowing-down of those who guess.

mod email;
mod jobs;
mod pages;
mod password;
mod routes;
pub mod service;
mod store;
mod throttle;

pub use email::EmailAddress;
pub use jobs::PurgeSignIns;
pub use routes::{SignedIn, router};
