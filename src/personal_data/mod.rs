//! What is kept about a restaurant and its people, as a whole: giving it out, deleting it, and for how long each part
//! is kept. What the parts mean is their own features' business.

pub mod deletion;
pub mod export;
mod pages;
mod record;
mod retention;
mod routes;
mod store;

pub use record::deleted_at;
pub use retention::PurgePersonalData;
pub use routes::router;
