//! The bridge from outside: journeys of people through its pages, what HubRise receives meanwhile, and what is left
//! behind. `harness` starts everything that a journey needs.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod harness;

mod callback;
mod conflicts;
mod connect;
mod disconnect;
mod outcomes;
mod sign_in;
