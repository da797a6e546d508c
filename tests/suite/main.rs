//! The bridge from outside: journeys of people through its pages, what HubRise receives meanwhile, and what is left
//! behind. `harness` starts everything that a journey needs.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod harness;

mod api;
mod browser;
mod callback;
mod conflicts;
mod connect;
mod disconnect;
mod leftovers;
mod operations;
mod outcomes;
mod sessions_and_headers;
mod sign_in;
mod snapshots;
mod tenancy;
