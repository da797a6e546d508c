//! What is connected: a point of sale linked to a HubRise location by one token, and the pages of Services tiers. The
//! trip to HubRise is the business of `authorisations`; cutting a connection is that of `disconnections`.

mod health;
mod link;
mod pages;
mod placement;
mod routes;
pub mod service;
mod store;
mod target;

pub use health::{Cause, Failing, Health};
pub use link::{Gone, Link, name_and_id};
pub use pages::show_connected;
pub use placement::{By, Former, Granted, Placed, Placement, Site, follow, is_unique_violation, place, refresh};
pub use routes::router;
pub use service::{Connection, Occupant, Target, TokenUse, lock_token, token_use, try_lock_token};
pub use store::SealedTokens;
pub use target::TargetForm;
