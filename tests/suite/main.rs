//! The bridge from outside: journeys of people through its pages, what HubRise receives meanwhile, and what is left
//! behind. `harness` starts everything that a journey needs.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

#[path = "../attacks/mod.rs"]
mod attacks;
mod harness;

mod api;
mod api_connections;
mod api_keys;
mod browser;
mod browser_access;
mod budget;
mod callback;
mod callback_missing;
mod callback_replaced;
mod client_secrets;
mod clock_ahead;
mod conflicts;
mod connect;
mod connection_links;
mod deletion_races;
mod disconnect;
mod events;
mod events_applied;
mod events_callback;
mod from_hubrise;
mod from_hubrise_faults;
mod gone_catalogs;
mod gone_connections;
mod graver_troubles;
mod help;
mod history;
mod history_entries;
mod history_export;
mod hubrise_sign_in;
mod invitations;
mod keys;
mod languages;
mod late_answers;
mod leftovers;
mod link_conflicts;
mod mail_outages;
mod opening;
mod operations;
mod organisation_deletion;
mod organisation_export;
mod outcomes;
mod overtaken_grants;
mod own_sessions;
mod page_weight;
mod password_links;
mod proofs;
mod receipts;
mod receipts_open;
mod refused_trips;
mod removed_meanwhile;
mod retention;
mod round_trips;
mod second_factor;
mod sessions_and_headers;
mod sign_in;
mod snapshots;
mod snapshots_access;
mod support_actions;
mod support_console;
mod support_search;
mod team;
mod tenancy;
mod unaccounted_grants;
mod unproved_accounts;
mod upkeep;
mod upkeep_mails;
mod upkeep_races;
mod waiting_events;
