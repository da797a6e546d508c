//! Forgotten passwords: a link by mail, good once and for an hour, to choose another. Its secret is in the mail alone,
//! which is kept nowhere; the browser that follows it remembers the link, and goes on under an address without it. It is
//! the first proof of an address: whoever brings it says whether they know the restaurants that its account belongs to.

mod answer;
mod jobs;
mod pages;
mod routes;
mod service;
mod store;

pub use jobs::SendPasswordLink;
pub(super) use routes::router;
pub use service::forget_password_links;
pub(super) use store::purge;
