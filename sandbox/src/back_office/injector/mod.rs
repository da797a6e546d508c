//! "Developer tools": a form that has orders made, at once or at a rate, and the series that are under way.

mod words;

use askama::Template;
use askama_web::WebTemplate;
use axum::Router;
use axum::extract::{Form, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde::Deserialize;

use crate::app::Shared;
use crate::injector::{self, Content, Kind, MOST_ORDERS, MOST_PER_MINUTE, Recipe};
use crate::state::{AccountId, LocationId, Role};
use crate::web::{Frame, Member, Menu, Problem};
use words::Words;

struct JobRow {
    number: u64,
    location: String,
    kind: Kind,
    content: Content,
    per_minute: u32,
    left: u32,
}

#[derive(Template, WebTemplate)]
#[template(path = "back_office/injector.html")]
struct InjectorPage {
    frame: Frame,
    words: &'static Words,
    /// Ids and labels, and whether it is the one of the top bar.
    locations: Vec<(LocationId, String, bool)>,
    may_inject: bool,
    jobs: Vec<JobRow>,
    /// How many orders were just made.
    made: Option<usize>,
}

pub(super) fn router() -> Router<Shared> {
    Router::new()
        .route("/developer-tools", get(show_injector).post(inject_orders))
        .route("/developer-tools/{number}/stop", post(stop_job))
}

#[derive(Debug, Deserialize)]
struct Outcome {
    made: Option<usize>,
}

async fn show_injector(State(app): State<Shared>, member: Member, Query(outcome): Query<Outcome>) -> InjectorPage {
    let locations = app.store.read(|world| {
        let accounts = world.directory.accounts_of(&member.user).filter(|account| may_inject(&member, &account.id));
        let locations = accounts.flat_map(|account| {
            account.locations.iter().map(|location| {
                let label = format!("{} {} ({})", account.name, location.name, location.id);
                (location.id.clone(), label, member.places.location.as_ref() == Some(&location.id))
            })
        });
        locations.collect::<Vec<_>>()
    });
    let jobs = app.injections.list().into_iter().filter_map(|job| {
        let (_, location, _) = locations.iter().find(|(id, ..)| *id == job.recipe.location_id)?;
        let Recipe { kind, content, .. } = job.recipe;
        Some(JobRow {
            number: job.number,
            location: location.clone(),
            kind,
            content,
            per_minute: job.per_minute,
            left: job.left,
        })
    });
    InjectorPage {
        words: Words::of(member.visitor.language),
        jobs: jobs.collect(),
        may_inject: !locations.is_empty(),
        locations,
        made: outcome.made,
        frame: Frame::within(member, Menu::Injector),
    }
}

fn may_inject(member: &Member, account: &AccountId) -> bool {
    member.role_at(account).is_some_and(Role::manages_connections)
}

#[derive(Debug, Deserialize)]
struct Order {
    location_id: LocationId,
    kind: Kind,
    content: Content,
    count: u32,
    per_minute: u32,
}

async fn inject_orders(State(app): State<Shared>, member: Member, Form(order): Form<Order>) -> Response {
    let Order { location_id, kind, content, count, per_minute } = order;
    let found = app.store.read(|world| {
        world.directory.location_of(&member.user, &location_id).map(|(account, _)| may_inject(&member, &account.id))
    });
    match found {
        None => return member.not_found(),
        Some(false) => return member.forbidden(),
        Some(true) => {}
    }
    let possible = (1..=MOST_ORDERS).contains(&count) && per_minute <= MOST_PER_MINUTE;
    let made = possible.then(|| injector::start(&app, Recipe { location_id, kind, content }, count, per_minute));
    if let Some(Ok(orders)) = made {
        return Redirect::to(&format!("/developer-tools?made={}", orders.len())).into_response();
    }
    Problem { status: StatusCode::UNPROCESSABLE_ENTITY, explanation: |words| words.bad_form }.page(member.visitor, "")
}

/// Somebody else's series does not exist; one that is done may be stopped.
async fn stop_job(State(app): State<Shared>, Path(number): Path<u64>, member: Member) -> Response {
    let Some(job) = app.injections.list().into_iter().find(|job| job.number == number) else {
        return Redirect::to("/developer-tools").into_response();
    };
    let location = job.recipe.location_id;
    let own = app.store.read(|world| {
        let found = world.directory.location_of(&member.user, &location);
        found.is_some_and(|(account, _)| may_inject(&member, &account.id))
    });
    if !own {
        return member.not_found();
    }
    app.injections.stop(number);
    Redirect::to("/developer-tools").into_response()
}
