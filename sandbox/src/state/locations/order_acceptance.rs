//! Whether a location takes orders: as usual, with a delay, or not at all, for ever or until a moment.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde_json::{Map, Value, json};

use crate::state::FieldError;
use crate::state::settings::TakingOrders;

type Acceptance = Map<String, Value>;

/// As the API shows it. `None` takes orders as usual, and so does what was to end before now.
pub(super) fn view(acceptance: Option<&Acceptance>, taking_orders: TakingOrders, now: DateTime<Utc>) -> Value {
    let resume_at = acceptance.and_then(|acceptance| moment(acceptance.get("resume_at")?));
    match acceptance.filter(|_| resume_at.is_none_or(|resume_at| resume_at > now)) {
        Some(acceptance) => json!(acceptance),
        None => json!({ "mode": taking_orders }),
    }
}

/// What a client sends, checked: one of three templates.
pub(super) fn parse(value: &Value, timezone: Tz) -> Result<Option<Acceptance>, FieldError> {
    let wrong = |field: &str, message: &str| {
        let dot = if field.is_empty() { "" } else { "." };
        Err(FieldError::new(format!("order_acceptance{dot}{field}"), message))
    };
    let Some(given) = value.as_object() else {
        return wrong("", "must be an object with a mode");
    };
    let given: Acceptance =
        given.iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| (name.clone(), value.clone())).collect();
    let allowed: &[&str] = match given.get("mode").and_then(Value::as_str) {
        // HubRise's documents have both.
        Some("online" | "normal") => &["mode"],
        Some("busy") => &["mode", "resume_at", "extra_preparation_time"],
        Some("paused") => &["mode", "resume_at", "reason"],
        _ => return wrong("mode", "must be online, busy or paused"),
    };
    if let Some(other) = given.keys().find(|name| !allowed.contains(&name.as_str())) {
        return wrong(other, "does not go with this mode");
    }
    if allowed.len() == 1 {
        return Ok(None);
    }
    let busy = allowed.contains(&"extra_preparation_time");
    if busy && !given.get("extra_preparation_time").is_some_and(Value::is_u64) {
        return wrong("extra_preparation_time", "must be a number of minutes");
    }
    if given.get("reason").is_some_and(|reason| !reason.is_string()) {
        return wrong("reason", "must be a string");
    }
    let mut kept: Acceptance = allowed.iter().map(|name| ((*name).to_owned(), Value::Null)).collect();
    kept.extend(given);
    if let Some(resume_at) = kept.get_mut("resume_at").filter(|value| !value.is_null()) {
        let Some(moment) = moment(resume_at) else {
            return wrong("resume_at", "must be a time, ISO 8601");
        };
        *resume_at = json!(moment.with_timezone(&timezone).fixed_offset().to_rfc3339());
    }
    Ok(Some(kept))
}

fn moment(value: &Value) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(value.as_str()?).ok().map(|moment| moment.to_utc())
}
