//! Making events and notices go wrong by a form.

use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::Controller;
use super::fault_choices::{EventTrouble, Events, Times};
use super::words::Words;
use crate::app::Shared;
use crate::deliveries::EventFault;
use crate::web::Problem;

/// A fault of events as the page lists it.
pub(super) struct EventFaultRow {
    pub(super) events: &'static str,
    pub(super) trouble: String,
    pub(super) remaining: Option<u32>,
}

impl EventFaultRow {
    pub(super) fn of(fault: &EventFault, words: &Words) -> Self {
        let is_this = |trouble: &&EventTrouble| trouble.kind_and_seconds() == (fault.kind, fault.seconds);
        let trouble = EventTrouble::ALL.iter().find(is_this);
        let trouble = trouble.map(|trouble| (words.event_trouble)(*trouble).to_owned());
        let events = Events::ALL.iter().find(|events| events.resource_type() == fault.resource_type);
        Self {
            events: if fault.event_type.is_none() {
                events.map_or("…", |events| (words.events)(*events))
            } else {
                "…"
            },
            trouble: trouble.unwrap_or_else(|| serde_json::to_string(fault).unwrap_or_default()),
            remaining: fault.times,
        }
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct EventFaultForm {
    trouble: EventTrouble,
    events: Events,
    times: Times,
}

pub(super) async fn add_event_fault(
    State(app): State<Shared>,
    Controller(member): Controller,
    Form(form): Form<EventFaultForm>,
) -> Response {
    let (kind, seconds) = form.trouble.kind_and_seconds();
    let resource_type = form.events.resource_type().filter(|_| !form.trouble.is_about_notices());
    match app.event_faults.add(EventFault { kind, seconds, resource_type, event_type: None, times: form.times.count() })
    {
        Ok(()) => back().into_response(),
        Err(flaw) => {
            let problem = Problem { status: StatusCode::UNPROCESSABLE_ENTITY, explanation: |words| words.bad_form };
            problem.page(member.visitor, flaw)
        }
    }
}

pub(super) async fn clear_event_faults(State(app): State<Shared>, _: Controller) -> Redirect {
    app.event_faults.clear();
    back()
}

fn back() -> Redirect {
    Redirect::to("/sandbox#events")
}
