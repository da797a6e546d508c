//! A trip to HubRise, in words.

use chrono::{DateTime, Utc};

use super::{store::timeline::Attempt, timeline::Entry};
use crate::{
    authorisations::{Failure, InTheWay},
    i18n::Language,
};

/// Who went, what it came to, and what the person was told.
pub(super) fn entry(t: Language, attempt: Attempt, now: DateTime<Utc>) -> Entry {
    let failure = attempt.failure.as_deref().and_then(Failure::parse);
    let title = match (attempt.status.as_str(), failure) {
        ("failed", Some(failure)) => t.with("console-attempt-failed", [("why", &failure.title(t))]),
        ("completed", _) => t.text("console-attempt-completed"),
        ("pending", _) if attempt.expires_at <= now => t.text("console-attempt-lapsed"),
        _ => t.text("console-attempt-pending"),
    };
    let mut lines = vec![match (attempt.purpose.as_str(), &attempt.person) {
        ("install", _) => t.text("console-attempt-install"),
        ("link", _) => t.text("console-attempt-link"),
        ("open", _) => t.text("console-attempt-open"),
        ("sign_in", _) => t.text("console-attempt-sign-in"),
        (_, Some(person)) => t.with("console-attempt-by", [("person", person)]),
        (_, None) => t.text("console-attempt-by-nobody"),
    }];
    if let Some(failure) = failure {
        let in_the_way = attempt.obstacle.map_or(InTheWay::Gone, InTheWay::Own);
        lines.push(t.with("console-attempt-told", [("text", &failure.text(t, &in_the_way))]));
    }
    let other_time = attempt.finished_at.map(|at| (t.text("console-time-ended"), at));
    let reference = Some(attempt.id.to_string());
    Entry { reference, lines, other_time, ..Entry::new(attempt.created_at, "attempt", title) }
}
