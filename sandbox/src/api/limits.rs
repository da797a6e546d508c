//! How many calls a connection may make: 500 a minute, 2,500 an hour, 10,000 a day, and ten heavy ones a minute.
//! Windows begin at the round minute, hour and day.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use crate::state::ConnectionId;

/// Length of the window in seconds, and the calls that fit into it.
const WINDOWS: [(i64, u32); 3] = [(60, 500), (3_600, 2_500), (86_400, 10_000)];
const HEAVY: (i64, u32) = (60, 10);

/// How a call counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Load {
    Light,
    Heavy,
}

#[derive(Debug, Default)]
pub(crate) struct Limits(Mutex<HashMap<ConnectionId, [Window; 4]>>);

#[derive(Debug, Default, Clone, Copy)]
struct Window {
    /// Which one it is, counted from the epoch.
    index: i64,
    calls: u32,
}

impl Limits {
    /// Counts a call, or says how long to wait. A refused call is not counted.
    pub(super) fn admit(&self, connection: &ConnectionId, load: Load, now: DateTime<Utc>) -> Result<(), TimeDelta> {
        let mut all = self.lock();
        let windows = all.entry(connection.clone()).or_default();
        let seconds = now.timestamp();
        let limits = WINDOWS.into_iter().chain((load == Load::Heavy).then_some(HEAVY));
        let mut wait = 0;
        for (window, (length, most)) in windows.iter_mut().zip(limits.clone()) {
            let index = seconds.div_euclid(length);
            if window.index != index {
                *window = Window { index, calls: 0 };
            }
            if window.calls >= most {
                wait = wait.max(length - seconds.rem_euclid(length));
            }
        }
        if wait > 0 {
            return Err(TimeDelta::seconds(wait));
        }
        windows.iter_mut().zip(limits).for_each(|(window, _)| window.calls += 1);
        Ok(())
    }

    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ConnectionId, [Window; 4]>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("a time")
    }

    fn admitted(limits: &Limits, load: Load, now: &str, calls: u32) -> u32 {
        let connection = ConnectionId::from("one");
        (0..calls).map(|_| u32::from(limits.admit(&connection, load, at(now)).is_ok())).sum()
    }

    #[test]
    fn a_window_begins_at_the_round_minute_hour_and_day() {
        let limits = Limits::default();
        assert_eq!(admitted(&limits, Load::Light, "2026-11-24T10:35:40Z", 501), 500);
        let wait =
            |now| limits.admit(&ConnectionId::from("one"), Load::Light, at(now)).map_err(|wait| wait.num_seconds());
        assert_eq!(wait("2026-11-24T10:35:40Z"), Err(20));
        for minute in 36..40 {
            assert_eq!(admitted(&limits, Load::Light, &format!("2026-11-24T10:{minute}:00Z"), 500), 500);
        }
        assert_eq!(wait("2026-11-24T10:40:00Z"), Err(1_200), "2,500 in the hour");
        for hour in 11..14 {
            for minute in 0..5 {
                assert_eq!(admitted(&limits, Load::Light, &format!("2026-11-24T{hour}:0{minute}:00Z"), 500), 500);
            }
        }
        assert_eq!(wait("2026-11-24T14:00:00Z"), Err(36_000), "10,000 in the day");
        assert_eq!(wait("2026-11-25T00:00:00Z"), Ok(()));
    }

    #[test]
    fn ten_heavy_calls_a_minute_leave_room_for_light_ones() {
        let limits = Limits::default();
        assert_eq!(admitted(&limits, Load::Heavy, "2026-11-24T10:35:00Z", 11), 10);
        assert_eq!(admitted(&limits, Load::Light, "2026-11-24T10:35:00Z", 500), 490);
        assert_eq!(admitted(&limits, Load::Heavy, "2026-11-24T10:36:00Z", 11), 10);
    }

    #[test]
    fn connections_are_counted_one_by_one() {
        let limits = Limits::default();
        assert_eq!(admitted(&limits, Load::Heavy, "2026-11-24T10:35:00Z", 11), 10);
        assert_eq!(limits.admit(&ConnectionId::from("two"), Load::Heavy, at("2026-11-24T10:35:00Z")), Ok(()));
    }
}
