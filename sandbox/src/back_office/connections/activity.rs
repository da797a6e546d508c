//! The activity of a connection: how many calls went over it on each of the last thirty days.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use chrono::{Days, NaiveDate};

use super::log_words::LogWords;
use super::logs::{self, Summary};
use crate::app::Shared;
use crate::state::ConnectionId;
use crate::traffic::Direction;
use crate::web::{Frame, Member, Menu};

const DAYS: usize = 30;
/// Of the chart, in its own units.
const HEIGHT: usize = 100;
const BAR: usize = 10;

#[derive(Default)]
struct Day {
    date: NaiveDate,
    received: usize,
    sent: usize,
    failed: usize,
}

impl Day {
    fn total(&self) -> usize {
        self.received + self.sent
    }

    fn label(&self) -> String {
        self.date.format("%d/%m/%Y").to_string()
    }
}

/// A day's bar, from the top of the chart.
struct Bar {
    x: usize,
    y: usize,
    height: usize,
}

#[derive(Template, WebTemplate)]
#[template(path = "back_office/connections/activity.html")]
struct ActivityPage {
    say: &'static LogWords,
    connection: Summary,
    /// The latest first, without those on which nothing went on.
    days: Vec<Day>,
    total: usize,
    busiest: usize,
    bars: Vec<Bar>,
    first_day: String,
    last_day: String,
    frame: Frame,
}

pub(super) async fn show_activity(State(app): State<Shared>, Path(id): Path<ConnectionId>, member: Member) -> Response {
    let connection = match logs::summary(&app, &member, &id) {
        Ok(connection) => connection,
        Err(refusal) => return refusal.page(member),
    };
    let today = app.clock.now().with_timezone(&connection.offset).date_naive();
    let mut days: Vec<Day> = std::iter::successors(Some(today), |date| date.checked_sub_days(Days::new(1)))
        .take(DAYS)
        .map(|date| Day { date, ..Day::default() })
        .collect();
    let calls = app.traffic.newest(|exchange| {
        let date = exchange.at.with_timezone(&connection.offset).date_naive();
        (exchange.connection.as_ref() == Some(&id)).then(|| (date, exchange.direction, logs::failed(exchange)))
    });
    for (date, direction, failed) in calls {
        if let Some(day) = days.iter_mut().find(|day| day.date == date) {
            match direction {
                Direction::Received => day.received += 1,
                Direction::Sent => day.sent += 1,
            }
            day.failed += usize::from(failed);
        }
    }
    let busiest = days.iter().map(Day::total).max().unwrap_or_default();
    let page = ActivityPage {
        say: LogWords::of(member.visitor.language),
        connection,
        total: days.iter().map(Day::total).sum(),
        busiest,
        bars: bars(&days, busiest),
        first_day: days.last().map(Day::label).unwrap_or_default(),
        last_day: days.first().map(Day::label).unwrap_or_default(),
        days: days.into_iter().filter(|day| day.total() > 0).collect(),
        frame: Frame::within(member, Menu::Connections),
    };
    page.into_response()
}

/// The earliest on the left. A day with any call has a bar that can be seen.
fn bars(days: &[Day], busiest: usize) -> Vec<Bar> {
    let days = days.iter().rev().enumerate().filter(|(_, day)| day.total() > 0);
    let bars = days.map(|(index, day)| {
        let height = (day.total() * HEIGHT / busiest.max(1)).max(2);
        Bar { x: index * BAR, y: HEIGHT - height, height }
    });
    bars.collect()
}
