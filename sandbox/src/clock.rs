//! The sandbox's one source of time. Everything that expires, waits or carries a date asks here, so that a test or a
//! user can move time forward: codes expire, limits end, deliveries come due.

use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};

/// The time of the machine, plus what it was moved forward by.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    ahead_milliseconds: AtomicI64,
}

impl Clock {
    pub(crate) fn now(&self) -> DateTime<Utc> {
        real_now() + self.ahead()
    }

    /// How far it is ahead of the machine.
    pub(crate) fn ahead(&self) -> TimeDelta {
        TimeDelta::milliseconds(self.ahead_milliseconds.load(Ordering::SeqCst))
    }

    /// Moves it forward to a moment; does nothing if that moment is past.
    pub(crate) fn advance_to(&self, moment: DateTime<Utc>) {
        // Rounded up: what is due at that moment has to be due then.
        let ahead = (moment - real_now()).num_milliseconds() + 1;
        self.ahead_milliseconds.fetch_max(ahead, Ordering::SeqCst);
    }

    /// Back to the time of the machine.
    pub(crate) fn reset(&self) {
        self.ahead_milliseconds.store(0, Ordering::SeqCst);
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the clock that everything else asks")]
fn real_now() -> DateTime<Utc> {
    Utc::now()
}
