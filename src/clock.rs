//! The time of day. Everything that asks for the time asks a [`Clock`], so that a test can set it.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use chrono::{DateTime, TimeDelta, Utc};

/// Further apart than this the clocks of two processes are not: what is kept as later than that from now was kept while
/// one was wrong.
pub const CLOCKS_APART: TimeDelta = TimeDelta::minutes(1);

/// Where the time comes from.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    System,
    /// A time that stands still until it is moved; in microseconds since the epoch.
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at `time`, to the microsecond.
    #[must_use]
    pub fn fixed(time: DateTime<Utc>) -> Self {
        Self::Fixed(Arc::new(AtomicI64::new(time.timestamp_micros())))
    }

    /// The time now, to the microsecond, which is what PostgreSQL keeps.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        let micros = match self {
            Self::System =>
            {
                #[expect(clippy::disallowed_methods, reason = "this is the clock")]
                Utc::now().timestamp_micros()
            }
            Self::Fixed(micros) => micros.load(Ordering::Relaxed),
        };
        DateTime::from_timestamp_micros(micros).unwrap_or(DateTime::UNIX_EPOCH)
    }

    /// Moves a fixed clock; the system's clock does not move.
    pub fn advance(&self, by: TimeDelta) {
        if let (Self::Fixed(micros), Some(by)) = (self, by.num_microseconds()) {
            micros.fetch_add(by, Ordering::Relaxed);
        }
    }
}
