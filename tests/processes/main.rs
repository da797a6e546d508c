//! The bridge and its embedded PostgreSQL as real processes: started, stopped, interrupted and killed.

mod embedded;
mod events;
mod faults;
mod folder;
mod hubrise;
mod operator;
mod owner;

mod serve;
mod server;
mod waiting;
