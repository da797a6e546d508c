//! **Historique**

use askama::Template;
use chrono::{DateTime, Utc};

use super::{
    Action, ActorKind, Filter, Recorded,
    filter::{Day, What},
    group::Group,
    words::{self, Changed},
};
use crate::{i18n::Language, web::Frame};

/// What the filter offers.
pub(super) struct Choice {
    pub word: &'static str,
    pub label: String,
    pub chosen: bool,
}

/// All actions of a kind, and each.
pub(super) struct Choices {
    pub all: Choice,
    pub each: Vec<Choice>,
}

/// An entry.
pub(super) struct Row {
    pub at: DateTime<Utc>,
    pub what: String,
    pub subject: Option<String>,
    pub changes: Vec<Changed>,
    pub reason: Option<String>,
    pub who: String,
    pub is_support: bool,
    /// Where the receipt is.
    pub receipt: Option<String>,
}

impl Row {
    pub(super) fn of(t: Language, entry: Recorded) -> Self {
        Self {
            at: entry.at,
            what: words::what(t, &entry),
            changes: words::changes(t, &entry),
            who: words::who(t, &entry),
            is_support: entry.actor == ActorKind::Support,
            receipt: entry.receipt.map(|id| format!("/receipts/{id}")),
            subject: entry.subject_name,
            reason: entry.reason,
        }
    }
}

/// The filter's form, as it was filled in.
pub(super) struct FilterForm {
    pub groups: Vec<Choices>,
    pub actors: Vec<Choice>,
    pub from: String,
    pub to: String,
    pub text: String,
    /// Whether anything is left out.
    pub is_used: bool,
}

impl FilterForm {
    pub(super) fn of(t: Language, filter: &Filter) -> Self {
        let one = |action: Action| Choice {
            word: action.word(),
            label: t.text(action.key()),
            chosen: filter.what == Some(What::One(action)),
        };
        let group = |group: Group| {
            let chosen = filter.what == Some(What::All(group));
            let all = Choice { word: group.word(), label: t.text(group.key()), chosen };
            Choices { all, each: group.actions().map(one).collect() }
        };
        let actor =
            |kind: ActorKind| Choice { word: kind.word(), label: t.text(kind.key()), chosen: filter.who == Some(kind) };
        let date = |day: Option<Day>| day.map(|day| day.date.to_string()).unwrap_or_default();
        Self {
            groups: Group::ALL.into_iter().map(group).collect(),
            actors: ActorKind::ALL.into_iter().map(actor).collect(),
            from: date(filter.from),
            to: date(filter.to),
            text: filter.text.clone().unwrap_or_default(),
            is_used: !filter.fields().is_empty(),
        }
    }
}

/// `/history`
#[derive(Template)]
#[template(path = "history/history.html")]
pub(super) struct HistoryPage {
    pub frame: Frame,
    pub form: FilterForm,
    /// What is wrong with the filter, in a sentence.
    pub trouble: Option<String>,
    pub rows: Vec<Row>,
    /// Where older entries are.
    pub older: Option<String>,
    /// Where newer entries are.
    pub newer: Option<String>,
    /// Where the same entries are as CSV.
    pub export: String,
}
