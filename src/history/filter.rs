//! Which entries a reader wants to see. What cannot be understood is left out, and told.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use serde::Deserialize;

use super::{Action, ActorKind, group::Group, service::Place};

/// The longest text to look for, in characters.
const TEXT_LIMIT: usize = 100;

/// What an address asks for, word for word. None of it needs to make sense.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    what: String,
    who: String,
    from: String,
    to: String,
    text: String,
    before: String,
    after: String,
}

impl Asked {
    /// From where the reader turned the page.
    pub(super) fn place(&self) -> Place {
        match (self.before.parse(), self.after.parse()) {
            (Ok(before), _) => Place::Before(before),
            (Err(_), Ok(after)) => Place::After(after),
            (Err(_), Err(_)) => Place::Newest,
        }
    }
}

/// One action, or all that belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    One(Action),
    All(Group),
}

impl What {
    fn parse(word: &str) -> Option<Self> {
        Group::parse(word).map(Self::All).or_else(|| Action::parse(word).map(Self::One))
    }

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::One(action) => action.word(),
            Self::All(group) => group.word(),
        }
    }
}

/// A day where the pages' clocks are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Day {
    pub(super) date: NaiveDate,
    pub(super) begins_at: DateTime<Utc>,
    /// When the next one begins.
    pub(super) ends_at: DateTime<Utc>,
}

impl Day {
    /// As browsers send it, or as people write it.
    fn parse(text: &str, zone: Tz) -> Option<Self> {
        let date = ["%Y-%m-%d", "%d/%m/%Y"].iter().find_map(|format| NaiveDate::parse_from_str(text, format).ok())?;
        let is_of_use = (2000..10_000).contains(&chrono::Datelike::year(&date));
        let next = date.checked_add_days(Days::new(1)).filter(|_| is_of_use)?;
        Some(Self { date, begins_at: beginning(date, zone)?, ends_at: beginning(next, zone)? })
    }
}

/// Where the clocks are put forward at midnight, a day begins later.
fn beginning(date: NaiveDate, zone: Tz) -> Option<DateTime<Utc>> {
    let midnight = date.and_time(NaiveTime::MIN);
    let starts = (0..4).map(|halves| midnight + TimeDelta::minutes(30 * halves));
    let mut starts = starts.filter_map(|start| zone.from_local_datetime(&start).earliest());
    starts.next().map(|start| start.to_utc())
}

/// Which entries are wanted; all, by default.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub(super) what: Option<What>,
    pub(super) who: Option<ActorKind>,
    pub(super) from: Option<Day>,
    pub(super) to: Option<Day>,
    /// Stands in the name of the actor or of the subject.
    pub(super) text: Option<String>,
}

impl Filter {
    /// What makes sense of it; and the key of what there is to say of the rest.
    pub(super) fn of(asked: &Asked, zone: Tz) -> (Self, Option<&'static str>) {
        let day = |text: &str| Day::parse(text.trim(), zone);
        let (from, to) = (day(&asked.from), day(&asked.to));
        let is_lost = |text: &str, found: Option<Day>| !text.trim().is_empty() && found.is_none();
        let trouble = if is_lost(&asked.from, from) || is_lost(&asked.to, to) {
            Some("history-error-date")
        } else if from.zip(to).is_some_and(|(from, to)| from.date > to.date) {
            Some("history-error-order")
        } else {
            None
        };
        let text: String = asked.text.chars().filter(|character| !character.is_control()).take(TEXT_LIMIT).collect();
        let text = Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let (what, who) = (What::parse(&asked.what), ActorKind::parse(&asked.who));
        (Self { what, who, from, to, text }, trouble)
    }

    /// The words of the actions that are wanted, unless all are.
    pub(super) fn actions(&self) -> Option<Vec<String>> {
        Some(match self.what? {
            What::One(action) => vec![action.word().to_owned()],
            What::All(group) => group.actions().map(|action| action.word().to_owned()).collect(),
        })
    }

    /// What an address must hold to ask for the same.
    pub(super) fn fields(&self) -> Vec<(&'static str, String)> {
        let date = |day: Option<Day>| day.map(|day| day.date.to_string());
        let fields = [
            ("what", self.what.map(|what| what.word().to_owned())),
            ("who", self.who.map(|who| who.word().to_owned())),
            ("from", date(self.from)),
            ("to", date(self.to)),
            ("text", self.text.clone()),
        ];
        fields.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_one_of_the_readers_and_may_be_shorter_or_longer() {
        let day =
            |text, zone| Day::parse(text, zone).map(|day| (day.begins_at.to_rfc3339(), day.ends_at - day.begins_at));
        let paris = chrono_tz::Europe::Paris;
        let expected = Some(("2026-11-22T23:00:00+00:00".to_owned(), TimeDelta::hours(24)));
        assert_eq!(day("2026-11-23", paris), expected);
        assert_eq!(day("23/11/2026", paris), expected);
        assert_eq!(day("2026-03-29", paris).unwrap().1, TimeDelta::hours(23));
        assert_eq!(day("2026-10-25", paris).unwrap().1, TimeDelta::hours(25));
        // There, midnight does not exist on the day on which the clocks are put forward.
        let santiago = day("2026-09-06", chrono_tz::America::Santiago);
        assert_eq!(santiago, Some(("2026-09-06T04:00:00+00:00".to_owned(), TimeDelta::hours(23))));
        for wrong in ["", "yesterday", "2026-02-30", "99999-01-01", "0001-01-01", "-5-01-01", "2026-11-23T10:00"] {
            assert_eq!(day(wrong, paris), None, "{wrong}");
        }
    }

    #[test]
    fn fuzz_history_filters() {
        crate::fuzz::text("history-filters", |query| {
            let asked = |query: &str| {
                let uri = format!("/history?{query}").parse().ok()?;
                axum::extract::Query::<Asked>::try_from_uri(&uri).ok().map(|query| query.0)
            };
            let Some(first) = asked(query) else { return };
            let (filter, _) = Filter::of(&first, chrono_tz::Europe::Paris);
            assert!(filter.from.is_none_or(|day| day.begins_at < day.ends_at));
            let fields = filter.fields();
            let again = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&fields).finish();
            let (again, trouble) = Filter::of(&asked(&again).unwrap(), chrono_tz::Europe::Paris);
            assert_eq!(again.fields(), fields, "turning the page asks for the same");
            assert_ne!(trouble, Some("history-error-date"));
        });
    }
}
