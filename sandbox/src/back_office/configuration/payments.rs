//! Requests for payment. Nobody pays anything here: an account's subscription is unpaid, or paid, at the push of a
//! button.

use axum::extract::{Form, State};
use axum::response::Response;
use serde::Deserialize;

use super::answer;
use crate::app::Shared;
use crate::back_office::refusal::require;
use crate::deliveries::notify_disconnected;
use crate::state::{AccountId, Role};
use crate::web::Member;

#[derive(Debug, Deserialize)]
pub(super) struct Payer {
    account: AccountId,
}

/// The account's connections stop working until it is paid again. By a switch, their apps are told.
pub(super) async fn suspend(State(app): State<Shared>, member: Member, Form(payer): Form<Payer>) -> Response {
    let outcome = app.store.change(|world| {
        require(&member, &payer.account, Role::administers)?;
        let is_news = world.records.suspended_accounts.insert(payer.account.clone());
        let told = is_news && world.records.settings.notice_after_suspension;
        let live = world.records.live_connections().filter(|_| told);
        let own = live.filter(|connection| connection.grant.account_id.as_ref() == Some(&payer.account));
        Ok(own.map(|connection| connection.id.clone()).collect::<Vec<_>>())
    });
    if let Ok(suspended) = &outcome {
        notify_disconnected(&app, suspended);
    }
    answer(&app, member, &outcome.map(|_| ()))
}

pub(super) async fn pay(State(app): State<Shared>, member: Member, Form(payer): Form<Payer>) -> Response {
    let outcome = app.store.change(|world| {
        require(&member, &payer.account, Role::administers)?;
        world.records.suspended_accounts.remove(&payer.account);
        Ok(())
    });
    answer(&app, member, &outcome)
}
