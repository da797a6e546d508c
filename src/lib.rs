//! The bridge between TicknCook and HubRise. Features (`users`, `organisations`, `points_of_sale`, `connections`,
//! `disconnections`, `api`) own their routes, rules and SQL; `hubrise`, `jobs`, `crypto` and `i18n` serve them and
//! know none of them; `router` and `worker` put them together; `cli` starts it all.

pub mod api;
pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod connections;
pub mod crypto;
pub mod database;
pub mod disconnections;
pub mod hubrise;
pub mod i18n;
pub mod ids;
pub mod jobs;
pub mod operations;
pub mod organisations;
pub mod points_of_sale;
pub mod polling;
pub mod router;
pub mod secrets;
pub mod users;
pub mod web;
pub mod worker;
