//! Blocking, unblocking and disconnecting an app, for those whose role lets them. The app is told that it was
//! disconnected, and, by a switch, that it was blocked.

use axum::extract::{Path, State};
use axum::response::Response;

use super::visible;
use crate::app::Shared;
use crate::back_office::refusal::{Refusal, back_to, require};
use crate::deliveries::notify_disconnected;
use crate::state::{ConnectionId, Role, World};
use crate::web::Member;

const PAGE: &str = "/connections";

pub(super) async fn block(State(app): State<Shared>, Path(id): Path<ConnectionId>, member: Member) -> Response {
    let outcome = app.store.change(|world| {
        changeable(world, &member, &id)?;
        let is_news = set_blocked(world, &id, true);
        Ok(is_news && world.records.settings.notice_after_block)
    });
    tell_app(&app, &id, outcome, member)
}

pub(super) async fn unblock(State(app): State<Shared>, Path(id): Path<ConnectionId>, member: Member) -> Response {
    let outcome = app.store.change(|world| {
        changeable(world, &member, &id)?;
        set_blocked(world, &id, false);
        Ok(())
    });
    back_to(PAGE, outcome, member)
}

/// Disconnecting twice is as good as once.
pub(super) async fn disconnect(State(app): State<Shared>, Path(id): Path<ConnectionId>, member: Member) -> Response {
    let outcome = app.store.change(|world| {
        let was_live = changeable(world, &member, &id)?;
        world.records.end_connection(&id);
        Ok(was_live)
    });
    tell_app(&app, &id, outcome, member)
}

/// Sends the notice, if there is one to send, and answers.
fn tell_app(app: &Shared, id: &ConnectionId, outcome: Result<bool, Refusal>, member: Member) -> Response {
    if outcome == Ok(true) {
        notify_disconnected(app, std::slice::from_ref(id));
    }
    back_to(PAGE, outcome.map(|_| ()), member)
}

/// Whether the connection is live, if the member may change it.
fn changeable(world: &World, member: &Member, id: &ConnectionId) -> Result<bool, Refusal> {
    let connection = visible(world, member, id)?;
    let account = connection.grant.account_id.as_ref().ok_or(Refusal::NotFound)?;
    require(member, account, Role::manages_connections)?;
    Ok(connection.is_live())
}

/// Whether this changed anything.
fn set_blocked(world: &mut World, id: &ConnectionId, blocked: bool) -> bool {
    let connection = world.records.connection_mut(id).filter(|connection| connection.is_live());
    connection.is_some_and(|connection| std::mem::replace(&mut connection.blocked, blocked) != blocked)
}
