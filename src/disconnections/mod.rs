//! Cutting a connection so that nothing is left behind: the receipt that says what was done, and the revocation of the
//! token at HubRise, which is tried until HubRise confirms it.

pub mod farewell;
mod jobs;
mod pages;
mod receipt;
mod revocation;
mod revocations;
mod routes;
pub mod service;
mod store;
mod trail;

pub use jobs::{RaiseOverdueRevocations, RevokeToken};
pub use pages::show_to_support;
pub use receipt::{Callback, OpenReceipt, Purge, Receipt, Revocation};
pub use revocations::SealedTokens;
pub use routes::router;
pub use service::{REASON_LIMIT, Requester};
pub use trail::OVERDUE_AFTER;
