//! Opening hours: time slots by day of the week. A day ends at the location's cutoff, not at midnight.

use serde_json::{Map, Value};

use crate::state::FieldError;

const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const DAY: u32 = 24 * 60;

/// Minutes since midnight of a time written `HH:mm`.
pub(super) fn minutes(text: &str) -> Option<u32> {
    let (hours, minutes) = text.split_once(':')?;
    let number = |text: &str, below: u32| {
        let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u32>().ok().filter(|number| digits && *number < below)
    };
    Some(number(hours, 24)? * 60 + number(minutes, 60)?)
}

/// What is wrong with opening hours; `cutoff` in minutes since midnight.
pub(super) fn flaws(hours: &Value, cutoff: u32) -> Vec<FieldError> {
    let Some(days) = hours.as_object() else {
        return vec![FieldError::new("opening_hours", "must be null or an object of days")];
    };
    let mut errors = Vec::new();
    let mut slots = 0;
    for (day, value) in days {
        let field = format!("opening_hours.{day}");
        if !DAYS.contains(&day.as_str()) {
            errors.push(FieldError::new(field, "is not a day of the week"));
            continue;
        }
        match value {
            Value::Null => {}
            Value::Array(list) => {
                slots += list.len();
                errors.extend(flaw_of_day(list, cutoff).map(|message| FieldError::new(field, message)));
            }
            _ => errors.push(FieldError::new(field, "must be a list of time slots")),
        }
    }
    if slots == 0 && errors.is_empty() {
        errors.push(FieldError::new("opening_hours", "must have at least one time slot"));
    }
    errors
}

fn flaw_of_day(list: &[Value], cutoff: u32) -> Option<&'static str> {
    let mut slots = Vec::new();
    for slot in list {
        let Some((from, to)) = slot.as_object().and_then(|slot| Some((time(slot, "from")?, time(slot, "to")?))) else {
            return Some("must have time slots with `from` and `to`, HH:mm");
        };
        let from = since_cutoff(from, cutoff);
        // The cutoff itself, as an end, is the end of the day.
        let to = Some(since_cutoff(to, cutoff)).filter(|to| *to > 0).unwrap_or(DAY);
        if to <= from {
            return Some("`to` must follow `from`");
        }
        slots.push((from, to));
    }
    slots.sort_unstable();
    let overlap = slots.windows(2).any(|pair| pair[1].0 < pair[0].1);
    overlap.then_some("must have no time slots that overlap")
}

fn time(slot: &Map<String, Value>, name: &str) -> Option<u32> {
    slot.get(name)?.as_str().and_then(minutes)
}

fn since_cutoff(minutes: u32, cutoff: u32) -> u32 {
    (minutes + DAY - cutoff) % DAY
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn flaw(from: &str, to: &str, cutoff: &str) -> Option<String> {
        let hours = json!({ "monday": [{ "from": from, "to": to }] });
        flaws(&hours, minutes(cutoff).expect("a time")).into_iter().next().map(|error| error.message)
    }

    #[test]
    fn a_slot_may_pass_midnight_up_to_the_cutoff() {
        assert_eq!(flaw("18:00", "01:00", "06:00"), None);
        assert_eq!(flaw("18:00", "06:00", "06:00"), None);
        assert_eq!(flaw("18:00", "00:00", "00:00"), None);
        assert!(flaw("18:00", "01:00", "00:00").is_some());
        assert!(flaw("18:00", "07:00", "06:00").is_some());
        assert!(flaw("12:00", "12:00", "06:00").is_some());
        for time in ["24:00", "12:60", "9:00", "noon", "", "12:00:00", "+1:00"] {
            assert!(flaw(time, "20:00", "06:00").is_some(), "{time}");
        }
    }

    #[test]
    fn slots_of_a_day_may_touch_and_not_overlap() {
        let day =
            |second: &str| json!({ "friday": [{ "from": second, "to": "23:00" }, { "from": "11:00", "to": "14:00" }] });
        assert_eq!(flaws(&day("14:00"), 0), []);
        assert_eq!(flaws(&day("13:59"), 0).len(), 1);
    }
}
