//! Who has access to an organisation, and through what: given by a manager or an invitation, or proved for a day by a
//! role at HubRise.

pub mod belonging;
mod invitation_pages;
mod invitations;
mod jobs;
mod joining;
mod opening;
mod pages;
mod routes;
pub mod service;
mod store;

pub use jobs::PurgeAccess;
pub use opening::access_was_proved;
pub use routes::router;
pub use store::invitations::SealedInvitations;
