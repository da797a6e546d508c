//! Time, money and switches: codes that expire, accounts that are suspended, settings, and a fresh start.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Serialize;

use crate::app::Shared;
use crate::deliveries::notify_disconnected;
use crate::state::{AccountId, Connection, ConnectionId, Records, Settings, SettingsChange};

#[derive(Debug, Serialize)]
pub(super) struct Expired {
    expired: usize,
}

pub(super) async fn expire_codes(State(app): State<Shared>) -> Json<Expired> {
    let expired = app.store.change(|world| world.records.expire_codes(app.clock.now()));
    Json(Expired { expired })
}

pub(super) async fn suspend_account(State(app): State<Shared>, Path(id): Path<String>) -> StatusCode {
    let account = AccountId::from(id.as_str());
    let status = with_account(&app, id, |records, id| records.suspended_accounts.insert(id));
    let of_account = |connection: &&Connection| connection.grant.account_id.as_ref() == Some(&account);
    let told: Vec<ConnectionId> = app.store.read(|world| {
        let live = world.records.live_connections().filter(|_| world.records.settings.notice_after_suspension);
        live.filter(of_account).map(|connection| connection.id.clone()).collect()
    });
    notify_disconnected(&app, &told);
    status
}

pub(super) async fn resume_account(State(app): State<Shared>, Path(id): Path<String>) -> StatusCode {
    with_account(&app, id, |records, id| records.suspended_accounts.remove(&id))
}

fn with_account(app: &Shared, id: String, alter: impl FnOnce(&mut Records, AccountId) -> bool) -> StatusCode {
    let id = AccountId::from(id);
    app.store.change(|world| {
        if world.directory.account(&id).is_none() {
            return StatusCode::NOT_FOUND;
        }
        // Suspending a suspended account is not an error.
        alter(&mut world.records, id);
        StatusCode::NO_CONTENT
    })
}

pub(super) async fn show_settings(State(app): State<Shared>) -> Json<Settings> {
    Json(app.store.read(|world| world.records.settings))
}

pub(super) async fn change_settings(State(app): State<Shared>, Json(change): Json<SettingsChange>) -> Json<Settings> {
    Json(app.store.change(|world| {
        world.records.settings.apply(&change);
        world.records.settings
    }))
}

pub(super) async fn reset(State(app): State<Shared>) -> StatusCode {
    app.reset();
    StatusCode::NO_CONTENT
}
