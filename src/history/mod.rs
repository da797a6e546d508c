//! The history: an append-only trail of who did what, on what and when, with what changed. Features record in their own
//! transaction; the database refuses to change or forget an entry.

mod entry;
pub mod service;
mod store;

pub use entry::{Action, Actor, Change, Entry};
pub use service::record;
