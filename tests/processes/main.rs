//! The bridge and its embedded PostgreSQL as real processes: started, stopped, interrupted and killed.

mod embedded;
mod events;
mod faults;
mod folder;
mod hubrise;
mod image;
mod keys;
mod metrics;
mod operator;
mod overload;
mod owner;
mod person;
mod restore;
mod serve;
mod server;
mod upgrade;
mod waiting;
