//! What needs a person of TicknCook's, the operator or support: raised once for each subject, counted while it lasts,
//! ended when it does not hold any more. An alarm goes to the log at level ERROR, to the console of support and, where
//! an address is configured, out by mail.

mod jobs;
pub mod service;
mod store;

pub use jobs::WatchMails;
pub use service::{About, Alarm, Kind, client_is_refused, detach, end, end_of_connection, end_quiet, raise};
