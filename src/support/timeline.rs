//! What happened to a connection, from every source there is, the newest first.

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;

use super::{
    attempts,
    case::Case,
    store::timeline::{self as store, Event, Grant},
};
use crate::{
    app::App,
    authorisations::Failure,
    connections::name_and_id,
    history::{
        self, Recorded,
        words::{self, Changed},
    },
    hubrise::{self, Call},
    i18n::Language,
    mail::{self, Sent},
};

/// How many entries a page shows. A little more, where several have the same time.
const SHOWN: usize = 50;

/// Something that happened.
pub(super) struct Entry {
    pub(super) at: DateTime<Utc>,
    /// Where it comes from: a word for the page's style, and for what people call it.
    pub(super) source: &'static str,
    pub(super) title: String,
    pub(super) lines: Vec<String>,
    /// When it ended, or when it was first seen.
    pub(super) other_time: Option<(String, DateTime<Utc>)>,
    pub(super) changes: Vec<Changed>,
    /// What was sent and what came back, without secrets.
    pub(super) excerpts: Vec<(String, String)>,
    pub(super) reference: Option<String>,
}

impl Entry {
    pub(super) fn new(at: DateTime<Utc>, source: &'static str, title: String) -> Self {
        let (lines, changes, excerpts) = (Vec::new(), Vec::new(), Vec::new());
        Self { at, source, title, lines, other_time: None, changes, excerpts, reference: None }
    }

    /// What people call its source.
    pub(super) fn source(&self, t: Language) -> String {
        match self.source {
            "attempt" => t.text("console-source-attempt"),
            "grant" => t.text("console-source-grant"),
            "call" => t.text("console-source-call"),
            "event" => t.text("console-source-event"),
            "mail" => t.text("console-source-mail"),
            _ => t.text("console-source-history"),
        }
    }
}

/// The newest entries, or those before `before`; and where the next page begins, if there is one.
pub(super) async fn of(
    app: &App,
    db: &mut PgConnection,
    t: Language,
    case: &Case,
    before: Option<DateTime<Utc>>,
) -> Result<(Vec<Entry>, Option<String>)> {
    let now = app.clock.now();
    let before = before.unwrap_or(now + TimeDelta::days(1));
    let limit = i64::try_from(SHOWN)? + 1;
    let mut entries: Vec<Entry> = Vec::new();
    let trips = store::attempts(db, case.organisation, case.id, case.point_of_sale, before, limit).await?;
    entries.extend(trips.into_iter().map(|attempt| attempts::entry(t, attempt, now)));
    entries.extend(store::grants(db, case.id, before, limit).await?.into_iter().map(|grant| of_grant(t, &grant)));
    if let Some(token) = &case.token {
        entries.extend(hubrise::calls(db, token).await?.into_iter().map(|call| of_call(t, call)));
    }
    entries.extend(store::events(db, case.id, before, limit).await?.into_iter().map(|event| of_event(t, event)));
    entries.extend(mail::of_connection(db, case.id).await?.into_iter().map(|sent| of_mail(t, sent)));
    let history = history::service::of_connection(db, case.id, before, limit).await?;
    entries.extend(history.into_iter().map(|entry| of_history(t, &entry)));
    entries.retain(|entry| entry.at < before);
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.at));
    Ok(cut(entries, case))
}

fn cut(mut entries: Vec<Entry>, case: &Case) -> (Vec<Entry>, Option<String>) {
    let Some(last) = entries.get(SHOWN - 1).map(|entry| entry.at) else { return (entries, None) };
    let shown = entries.partition_point(|entry| entry.at >= last);
    let has_more = shown < entries.len();
    entries.truncate(shown);
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("before", &last.to_rfc3339_opts(chrono::SecondsFormat::Micros, true))
        .finish();
    (entries, has_more.then(|| format!("/support/connections/{}?{query}", case.id)))
}

fn of_grant(t: Language, grant: &Grant) -> Entry {
    let location = name_and_id(Some(&grant.location_id), grant.location_name.as_deref());
    let title = t.with("console-grant", [("location", &location)]);
    let failure = grant.failure.as_deref().and_then(Failure::parse);
    let ended = match (grant.status.as_str(), failure) {
        ("confirmed", _) => t.text("console-grant-confirmed"),
        (_, Some(failure)) => t.with("console-grant-ended", [("why", &failure.title(t))]),
        _ => t.text("console-grant-held"),
    };
    let other_time = grant.finished_at.map(|at| (t.text("console-time-ended"), at));
    Entry { lines: vec![ended], other_time, ..Entry::new(grant.created_at, "grant", title) }
}

fn of_call(t: Language, call: Call) -> Entry {
    let title = format!("{} {} · {}", call.method, call.path, call.outcome);
    let (times, milliseconds) = (call.times.to_string(), call.milliseconds.to_string());
    let took = match call.times {
        1 => t.with("console-call-once", [("milliseconds", &milliseconds)]),
        _ => t.with("console-call", [("times", &times), ("milliseconds", &milliseconds)]),
    };
    let first = (call.times > 1).then(|| (t.text("console-time-first"), call.first_at));
    let sent = call.request_excerpt.map(|text| (t.text("console-call-sent"), text));
    let received = call.response_excerpt.map(|text| (t.text("console-call-received"), text));
    let excerpts = [sent, received].into_iter().flatten().collect();
    Entry { lines: vec![took], other_time: first, excerpts, ..Entry::new(call.last_at, "call", title) }
}

fn of_event(t: Language, event: Event) -> Entry {
    let names: Vec<String> = [event.subject, event.kind].into_iter().flatten().collect();
    let title = if names.is_empty() { t.text("console-event-unnamed") } else { names.join(".") };
    let status = match event.status.as_str() {
        "applied" => t.text("console-event-applied"),
        "pending" => t.text("console-event-pending"),
        _ => t.text("console-event-kept"),
    };
    let times = t.with("console-event-times", [("times", &event.times.to_string())]);
    let other_time = event.finished_at.map(|at| (t.text("console-time-ended"), at));
    let reference = Some(event.number);
    Entry { lines: vec![status, times], other_time, reference, ..Entry::new(event.received_at, "event", title) }
}

fn of_mail(t: Language, sent: Sent) -> Entry {
    let mut lines = vec![t.with("console-mail-to", [("recipient", &sent.recipient)])];
    let other_time = match (sent.sent_at, sent.given_up_at) {
        (Some(at), _) => Some((t.text("console-mail-sent"), at)),
        (None, Some(at)) => Some((t.text("console-mail-given-up"), at)),
        (None, None) => None,
    };
    if other_time.is_none() {
        lines.push(t.text("console-mail-waiting"));
    }
    Entry { lines, other_time, ..Entry::new(sent.created_at, "mail", sent.subject) }
}

fn of_history(t: Language, entry: &Recorded) -> Entry {
    let mut lines = vec![words::who(t, entry)];
    if let Some(reason) = &entry.reason {
        lines.push(t.with("console-reason", [("reason", reason)]));
    }
    let changes = words::changes(t, entry);
    Entry { lines, changes, ..Entry::new(entry.at, "history", words::what(t, entry)) }
}
