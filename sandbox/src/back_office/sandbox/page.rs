//! The page itself.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::{Query, State};
use serde::Deserialize;

use super::Controller;
use super::access::{AccountRow, accounts_of};
use super::event_faults::EventFaultRow;
use super::fault_choices::{Calls, EventTrouble, Events, Times, Trouble};
use super::faults::FaultRow;
use super::switches::{SwitchField, fields};
use super::time::{Ahead, shown};
use super::words::Words;
use crate::app::Shared;
use crate::web::{Frame, Menu};

#[derive(Template, WebTemplate)]
#[template(path = "back_office/sandbox/page.html")]
pub(super) struct SandboxPage {
    frame: Frame,
    words: &'static Words,
    faults: Vec<FaultRow>,
    event_faults: Vec<EventFaultRow>,
    accounts: Vec<AccountRow>,
    switches: Vec<SwitchField>,
    now: String,
    ahead: Option<Ahead>,
    /// How many codes were just expired.
    expired: Option<usize>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Outcome {
    expired: Option<usize>,
}

pub(super) async fn show_sandbox(
    State(app): State<Shared>,
    Controller(member): Controller,
    Query(outcome): Query<Outcome>,
) -> SandboxPage {
    let words = Words::of(member.visitor.language);
    let (accounts, settings) = app.store.read(|world| (accounts_of(world, &member.user), world.records.settings));
    SandboxPage {
        words,
        faults: app.faults.list().into_iter().map(|fault| FaultRow::of(fault, words)).collect(),
        event_faults: app.event_faults.list().iter().map(|fault| EventFaultRow::of(fault, words)).collect(),
        accounts,
        switches: fields(settings, words),
        now: shown(app.clock.now(), &member.user),
        ahead: Ahead::of(app.clock.ahead()),
        expired: outcome.expired,
        frame: Frame::within(member, Menu::Sandbox),
    }
}
