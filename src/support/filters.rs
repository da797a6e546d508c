//! What something is wrong with, over everybody: how much of it there is, and which.

use anyhow::Result;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    search::Line,
    store::{
        filters::{self as store, Overdue, Place},
        search::Row,
    },
};
use crate::{
    alarms::{self, Alarm},
    app::App,
    disconnections::OVERDUE_AFTER,
    i18n::Language,
};

/// How many are shown at once.
const SHOWN: usize = 25;
/// Counting ends here: each search counts, and a row is read for each.
const COUNTED: i64 = 100;

/// A kind of trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Filter {
    /// HubRise refuses the token.
    Failing,
    /// HubRise sends nothing.
    NoOrders,
    /// HubRise does not answer.
    Unreachable,
    /// HubRise does not confirm that a token is revoked.
    Overdue,
    /// Whatever needs a person of TicknCook's.
    Alarms,
}

impl Filter {
    const ALL: [Self; 5] = [Self::Failing, Self::NoOrders, Self::Unreachable, Self::Overdue, Self::Alarms];

    pub(super) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|filter| filter.word() == word)
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Failing => "failing",
            Self::NoOrders => "no-orders",
            Self::Unreachable => "unreachable",
            Self::Overdue => "overdue",
            Self::Alarms => "alarms",
        }
    }

    const fn key(self) -> &'static str {
        match self {
            Self::Failing => "console-filter-failing",
            Self::NoOrders => "console-filter-no-orders",
            Self::Unreachable => "console-filter-unreachable",
            Self::Overdue => "console-filter-overdue",
            Self::Alarms => "console-filter-alarms",
        }
    }
}

/// A filter to choose.
pub(super) struct Choice {
    pub(super) label: String,
    pub(super) address: String,
    /// Whether there is nothing of the kind.
    pub(super) is_empty: bool,
    pub(super) is_chosen: bool,
}

/// What a filter shows.
pub(super) struct Listed {
    pub(super) lines: Vec<Line>,
    pub(super) overdue: Vec<Overdue>,
    pub(super) alarms: Vec<Alarm>,
    /// Where the next ones are.
    pub(super) next: Option<String>,
}

impl Listed {
    pub(super) fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.overdue.is_empty() && self.alarms.is_empty()
    }
}

/// The filters, with how much each would show.
pub(super) async fn choices(
    app: &App,
    db: &mut PgConnection,
    t: Language,
    chosen: Option<Filter>,
) -> Result<Vec<Choice>> {
    let counts = store::counts(db, app.clock.now() - OVERDUE_AFTER).await?;
    let choice = |filter: Filter| {
        let count = match filter {
            Filter::Failing => counts.failing,
            Filter::NoOrders => counts.no_orders,
            Filter::Unreachable => counts.unreachable,
            Filter::Overdue => counts.overdue,
            Filter::Alarms => counts.alarms,
        };
        let shown = if count < COUNTED { count.to_string() } else { t.text("console-many") };
        Choice {
            label: t.with("console-filter", [("label", &t.text(filter.key())), ("count", &shown)]),
            address: format!("/support?show={}", filter.word()),
            is_empty: count == 0,
            is_chosen: chosen == Some(filter),
        }
    };
    Ok(Filter::ALL.into_iter().map(choice).collect())
}

/// What a filter shows, from a place on.
pub(super) async fn list(app: &App, db: &mut PgConnection, filter: Filter, after: &str) -> Result<Listed> {
    let after = place(after);
    let limit = i64::try_from(SHOWN)? + 1;
    let mut listed = Listed { lines: Vec::new(), overdue: Vec::new(), alarms: Vec::new(), next: None };
    let next = match filter {
        Filter::Failing | Filter::NoOrders | Filter::Unreachable => {
            let (rows, next) = match filter {
                Filter::Failing => cut(store::failing(db, after, limit).await?, |row| of_row(row, row.failed_since)),
                Filter::NoOrders => {
                    cut(store::no_orders(db, after, limit).await?, |row| of_row(row, row.no_orders_since))
                }
                _ => cut(store::unreachable(db, after, limit).await?, |row| of_row(row, row.unreachable_since)),
            };
            listed.lines = rows.into_iter().map(Line::from).collect();
            next
        }
        Filter::Overdue => {
            let rows = store::overdue(db, app.clock.now() - OVERDUE_AFTER, after, limit).await?;
            let (rows, next) = cut(rows, |row| Some(Place { at: row.requested_at, id: row.revocation.uuid() }));
            listed.overdue = rows;
            next
        }
        Filter::Alarms => {
            listed.alarms = alarms::service::open(db).await?;
            None
        }
    };
    listed.next =
        next.map(|place| format!("/support?show={}&after={}-{}", filter.word(), place.at.timestamp_micros(), place.id));
    Ok(listed)
}

fn of_row(row: &Row, since: Option<DateTime<Utc>>) -> Option<Place> {
    Some(Place { at: since?, id: row.connection?.uuid() })
}

/// What is shown, and after what the rest begins, if there is any.
fn cut<T>(mut rows: Vec<T>, place: impl Fn(&T) -> Option<Place>) -> (Vec<T>, Option<Place>) {
    let has_more = rows.len() > SHOWN;
    rows.truncate(SHOWN);
    let next = rows.last().filter(|_| has_more).and_then(place);
    (rows, next)
}

/// From an address; what is none is the beginning.
fn place(text: &str) -> Option<Place> {
    let (micros, id) = text.split_once('-')?;
    let at = DateTime::from_timestamp_micros(micros.parse().ok()?)?;
    Some(Place { at, id: id.parse::<Uuid>().ok()? })
}
