//! Setting faults by a form, and taking them away again.

use axum::extract::{Form, Path, State};
use axum::response::Redirect;
use serde::Deserialize;

use super::Controller;
use super::fault_choices::{Calls, Times, Trouble};
use super::words::Words;
use crate::app::Shared;
use crate::control::Fault;

/// A fault as the page lists it.
pub(super) struct FaultRow {
    pub(super) number: u64,
    pub(super) calls: String,
    pub(super) trouble: String,
    /// `None` until it is stopped.
    pub(super) remaining: Option<u32>,
}

impl FaultRow {
    /// In words, as far as it is one of those that the page offers.
    pub(super) fn of((number, fault): (u64, Fault), words: &Words) -> Self {
        let calls = Calls::of(&fault).map(|calls| (words.calls)(calls).to_owned());
        let trouble = Trouble::ALL.iter().find(|trouble| trouble.action() == fault.action);
        let trouble = trouble.map(|trouble| (words.trouble)(*trouble).to_owned());
        Self {
            number,
            calls: calls.unwrap_or_else(|| format!("{} {}", fault.method.as_deref().unwrap_or("*"), fault.path)),
            trouble: trouble.unwrap_or_else(|| serde_json::to_string(&fault.action).unwrap_or_default()),
            remaining: fault.times,
        }
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct FaultForm {
    trouble: Trouble,
    calls: Calls,
    times: Times,
}

pub(super) async fn add_fault(State(app): State<Shared>, _: Controller, Form(form): Form<FaultForm>) -> Redirect {
    let (method, path) = form.calls.method_and_path();
    app.faults.add(Fault {
        method: method.map(str::to_owned),
        path: path.to_owned(),
        times: form.times.count(),
        action: form.trouble.action(),
    });
    back()
}

/// Removing one that is gone already is as good.
pub(super) async fn remove_fault(State(app): State<Shared>, Path(number): Path<u64>, _: Controller) -> Redirect {
    app.faults.remove(number);
    back()
}

pub(super) async fn clear_faults(State(app): State<Shared>, _: Controller) -> Redirect {
    app.faults.clear();
    back()
}

fn back() -> Redirect {
    Redirect::to("/sandbox#faults")
}
