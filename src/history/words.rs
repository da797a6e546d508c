//! What people read of an entry, on the page as in the export.

use chrono::DateTime;
use serde_json::Value;

use super::{Action, ActorKind, Recorded};
use crate::i18n::Language;

/// The names of the fields that we know, in the order in which they are told.
const FIELDS: [(&str, &str); 11] = [
    ("name", "history-field-name"),
    ("account", "history-field-account"),
    ("location", "history-field-location"),
    ("catalog", "history-field-catalog"),
    ("customer_list", "history-field-customer-list"),
    ("point_of_sale", "history-field-point-of-sale"),
    ("role", "history-field-role"),
    ("invitation", "history-field-invitation"),
    ("cause", "history-field-cause"),
    ("job", "history-field-job"),
    (DOUBTFUL_SINCE, "history-field-doubtful-since"),
];

/// The name of a field that holds a time, as it was there and then.
const DOUBTFUL_SINCE: &str = "doubtful_since";

/// What is kept as a word, by the name of its field.
const WORDS: [(&str, &str, &str); 12] = [
    ("role", "manager", "role-manager"),
    ("role", "staff", "role-staff"),
    ("cause", "unpaid", "history-cause-unpaid"),
    ("cause", "blocked", "history-cause-blocked"),
    ("cause", "revoked", "history-cause-revoked"),
    ("cause", "disconnected", "history-cause-disconnected"),
    ("cause", "unknown", "history-cause-unknown"),
    ("cause", "no_orders", "history-cause-no-orders"),
    ("cause", "events_waiting", "history-cause-events-waiting"),
    ("job", "events", "console-job-events"),
    ("job", "revocation", "console-job-revocation"),
    ("job", "mail", "console-job-mail"),
];

/// A field that changed, that began or that ended.
#[derive(Clone, Debug)]
pub struct Changed {
    /// What it is called.
    pub label: String,
    /// What it was.
    pub before: Option<String>,
    /// What it became.
    pub after: Option<String>,
}

/// Who did it.
#[must_use]
pub fn who(t: Language, entry: &Recorded) -> String {
    let name = entry.actor_name.as_deref().unwrap_or_default();
    match entry.actor {
        ActorKind::Person => name.to_owned(),
        ActorKind::Support => t.with("history-by-support", [("name", name)]),
        ActorKind::Api => t.with("history-by-api", [("name", name)]),
        ActorKind::Owner | ActorKind::HubRise | ActorKind::System => t.text(entry.actor.key()),
    }
}

/// What was done.
#[must_use]
pub fn what(t: Language, entry: &Recorded) -> String {
    Action::parse(&entry.action).map_or_else(|| entry.action.clone(), |action| t.text(action.key()))
}

/// What changed by it.
#[must_use]
pub fn changes(t: Language, entry: &Recorded) -> Vec<Changed> {
    let known = FIELDS.iter().map(|(field, _)| *field);
    let others = entry.before.keys().chain(entry.after.keys()).map(String::as_str);
    let mut told: Vec<&str> = Vec::new();
    for field in known.chain(others) {
        if !told.contains(&field) {
            told.push(field);
        }
    }
    let side = |value: Option<&Value>, field| value.and_then(|value| told_value(t, field, value));
    let changes = told.into_iter().map(|field| Changed {
        label: told_field(t, field),
        before: side(entry.before.get(field), field),
        after: side(entry.after.get(field), field),
    });
    changes.filter(|change| change.before.is_some() || change.after.is_some()).collect()
}

fn told_field(t: Language, field: &str) -> String {
    let known = FIELDS.iter().find(|(name, _)| *name == field);
    known.map_or_else(|| field.to_owned(), |(_, key)| t.text(key))
}

fn told_value(t: Language, field: &str, value: &Value) -> Option<String> {
    let text = match value {
        Value::Null => return None,
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    if let Some(time) = DateTime::parse_from_rfc3339(&text).ok().filter(|_| field == DOUBTFUL_SINCE) {
        return Some(t.local_date_time(&time));
    }
    let word = WORDS.iter().find(|(name, word, _)| *name == field && *word == text);
    Some(word.map_or(text, |(_, _, key)| t.text(key)))
}
