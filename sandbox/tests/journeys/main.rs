//! The sandbox from outside, through HTTP: what `README.md` says of each documented, observed or assumed behaviour.

#![expect(clippy::expect_used, reason = "a test ends at the first surprise")]

mod api;
mod authorise;
mod back_office;
mod binary;
mod browser;
mod connector;
mod control;
mod downtime;
mod faults;
mod locations;
mod orders;
mod orders_list;
mod orders_update;
mod persistence;
mod protection;
mod revoke;
mod sandbox_page;
mod token;
