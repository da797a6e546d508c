//! The history: an append-only trail of who did what, on what and when, with what changed. Features record in their own
//! transaction; the database refuses to change an entry, or to forget one within three years. **Historique** shows it
//! to the organisation, which may take it along as CSV.

mod entry;
mod export;
mod filter;
mod group;
mod pages;
mod recorded;
mod routes;
pub mod service;
mod store;
pub mod words;

pub use entry::{Action, Actor, Change, Entry};
pub use filter::Filter;
pub use recorded::{ActorKind, Recorded};
pub use routes::router;
pub use service::record;
