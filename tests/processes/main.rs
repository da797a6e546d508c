//! The bridge and its embedded PostgreSQL as real processes: started, stopped, interrupted and killed.

mod embedded;
mod folder;
mod operator;
mod owner;
mod revocation;
mod serve;
mod server;
mod waiting;
