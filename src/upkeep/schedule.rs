//! When a connection is checked next: hourly while all is well, more often while something is wrong, and never all at
//! once.

use chrono::{DateTime, TimeDelta, Utc};

use crate::secrets::random_bytes;

/// Announcements of disconnections, which anybody can make, cause at most a check in this time.
pub(super) const NOTICE_DISTANCE: TimeDelta = TimeDelta::seconds(30);
/// The same once one of them has turned out to be wrong, and for how long.
pub(super) const REFUTED_NOTICE_DISTANCE: TimeDelta = TimeDelta::minutes(10);
pub(super) const REFUTED_FOR: TimeDelta = TimeDelta::hours(1);
/// Between two checks of a connection that works. HubRise allows far more; nobody needs it.
const IDLE: TimeDelta = TimeDelta::hours(1);
/// No check puts the next one off for longer, unless HubRise wants silence: [`IDLE`], what is spread, and a little.
pub(super) const LATEST: TimeDelta = TimeDelta::minutes(70);
/// What could not be done after a check that went well is tried again this soon.
pub(super) const SOON: TimeDelta = TimeDelta::minutes(5);
const OFTEN: TimeDelta = TimeDelta::minutes(2);
const SELDOM: TimeDelta = TimeDelta::minutes(15);
/// After this long, a connection that fails is checked like any other.
const HOPELESS: TimeDelta = TimeDelta::days(1);

/// How soon after a check another announcement is looked into, once one was refuted then.
pub(super) fn notice_distance(now: DateTime<Utc>, refuted_at: Option<DateTime<Utc>>) -> TimeDelta {
    let is_doubtful =
        refuted_at.is_some_and(|refuted_at| (TimeDelta::zero()..REFUTED_FOR).contains(&(now - refuted_at)));
    if is_doubtful { REFUTED_NOTICE_DISTANCE } else { NOTICE_DISTANCE }
}

/// The next check of a connection with which something has been wrong for this long, or nothing at all.
pub(super) fn next_check(now: DateTime<Utc>, wrong_since: Option<DateTime<Utc>>) -> DateTime<Utc> {
    spread(now, wrong_since.map_or(IDLE, |since| pause_after(now - since)), random_bytes())
}

fn pause_after(wrong_for: TimeDelta) -> TimeDelta {
    if wrong_for >= HOPELESS { IDLE } else { (wrong_for / 4).clamp(OFTEN, SELDOM) }
}

/// Up to a tenth later, so that what began together does not stay together.
fn spread(now: DateTime<Utc>, pause: TimeDelta, random: [u8; 2]) -> DateTime<Utc> {
    now + pause + pause / 10 * i32::from(u16::from_le_bytes(random) % 1000) / 1000
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::CLOCKS_APART;

    #[test]
    fn what_has_been_wrong_for_long_is_looked_at_less_often() {
        let pauses = [0, 4, 20, 600].map(|minutes| pause_after(TimeDelta::minutes(minutes)).num_minutes());
        assert_eq!(pauses, [2, 2, 5, 15]);
        assert_eq!(pause_after(TimeDelta::days(3)), IDLE);
    }

    #[test]
    fn who_announces_wrongly_is_believed_less_for_an_hour() {
        let now = DateTime::UNIX_EPOCH;
        let distances = [None, Some(0), Some(59), Some(60), Some(-60)]
            .map(|ago| notice_distance(now, ago.map(|ago| now - TimeDelta::minutes(ago))).num_seconds());
        assert_eq!(distances, [30, 600, 600, 30, 30]);
    }

    #[test]
    fn an_idle_connection_is_checked_at_most_hourly_and_at_least_every_66_minutes() {
        let now = DateTime::UNIX_EPOCH;
        assert_eq!(spread(now, IDLE, [0, 0]) - now, TimeDelta::minutes(60));
        let latest = spread(now, IDLE, 999_u16.to_le_bytes()) - now;
        assert!(latest > TimeDelta::minutes(65) && latest < TimeDelta::minutes(66), "{latest}");
        assert!(latest + CLOCKS_APART < LATEST, "what is due in time counts as stranded");
    }
}
