//! The bridge between TicknCook and HubRise. Features (`users`, `organisations`, `team`, `points_of_sale`,
//! `authorisations`, `pending_connections`, `connection_links`, `connections`, `upkeep`, `events`, `disconnections`,
//! `history`, `personal_data`, `alarms`, `help`, `support`, `api`, `key_rotation`) own their routes, rules and SQL;
//! `hubrise`, `mail`, `jobs`, `crypto` and `i18n` serve them and know none of them; `metrics` counts; `router` and
//! `worker` put them together; `server` has the port; `cli` starts it all. `web` and `database` are what routes and
//! stores stand on; `gathering`, `to_its_end`, `polling`, `downloads` and `single_use` serve all of them; `operations`
//! tells how the service is.

pub mod alarms;
pub mod api;
pub mod app;
pub mod authorisations;
pub mod cli;
pub mod clock;
pub mod config;
pub mod connection_links;
pub mod connections;
pub mod crypto;
pub mod database;
pub mod disconnections;
pub mod downloads;
pub mod events;
#[cfg(test)]
mod fuzz;
mod gathering;
pub mod help;
pub mod history;
pub mod hubrise;
pub mod i18n;
pub mod ids;
pub mod jobs;
pub mod key_rotation;
pub mod mail;
pub mod metrics;
pub mod operations;
pub mod organisations;
pub mod pending_connections;
pub mod personal_data;
pub mod points_of_sale;
pub mod polling;
pub mod router;
pub mod secrets;
pub mod server;
pub mod single_use;
pub mod support;
pub mod team;
mod to_its_end;
pub mod upkeep;
pub mod users;
pub mod web;
pub mod worker;
