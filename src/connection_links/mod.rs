//! Links that a manager, or TicknCook's support, sends to the owner of a HubRise account: one use, a week, straight to
//! HubRise and back to a page that needs no TicknCook account.

mod address;
mod jobs;
mod maker;
mod names;
mod pages;
mod routes;
pub mod service;
mod store;

pub use jobs::ExpireConnectionLinks;
pub use names::names_agree;
pub use routes::{SUPPORT_BASE, follows_link, router, show_overtaken};
pub use store::SealedLinks;
