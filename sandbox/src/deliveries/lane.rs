//! One connection's deliveries, one after the other.

use std::sync::atomic::Ordering;

use chrono::{DateTime, Utc};

use super::{exchange, request};
use crate::app::{App, Shared};
use crate::state::ConnectionId;

/// Sends what is due to a connection by a moment. Nobody else may be at it.
pub(super) async fn send_all(app: Shared, connection: ConnectionId, by: DateTime<Utc>) {
    while send_notice(&app, &connection).await || send_event(&app, &connection, by).await {}
}

async fn send_event(app: &App, connection: &ConnectionId, by: DateTime<Utc>) -> bool {
    if !app.store.read(|world| world.connections_due(by).contains(connection)) {
        return false;
    }
    let turn = app
        .store
        .change(|world| world.next_turn(connection, by, app.clock.now(), |event| app.event_faults.strike_event(event)));
    let Some(turn) = turn else {
        return false;
    };
    let status = match app.store.read(|world| request::with_event(world, &turn)) {
        Some(request) => send(app, request).await,
        None => None,
    };
    // 1xx never ends a call; redirects are not followed.
    let acknowledged = status.is_some_and(|status| (200..500).contains(&status));
    app.store.change(|world| world.records.settle(&turn, acknowledged));
    true
}

async fn send_notice(app: &App, connection: &ConnectionId) -> bool {
    if !app.store.read(|world| world.records.has_notice(connection)) {
        return false;
    }
    if !app.store.change(|world| world.records.next_notice(connection, || app.event_faults.strike_notice())) {
        return false;
    }
    if let Some(request) = app.store.read(|world| request::with_notice(world, connection, app.clock.now())) {
        send(app, request).await;
    }
    app.store.change(|world| world.records.settle_notice(connection));
    true
}

/// The status of the answer, if there was one in time.
async fn send(app: &App, request: request::Outgoing) -> Option<u16> {
    // The semaphore is never closed; without a place the request would just be made.
    let _place = app.deliveries.places.acquire().await.ok();
    let status = exchange::make(app, request).await;
    app.deliveries.made.fetch_add(1, Ordering::SeqCst);
    status
}
