//! The sandbox's one source of time. Everything that expires or carries a date asks here.

use chrono::{DateTime, Utc};

#[expect(clippy::disallowed_methods, reason = "this is the clock that everything else asks")]
pub(crate) fn now() -> DateTime<Utc> {
    Utc::now()
}
