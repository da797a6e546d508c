//! CONNEXIONS: the apps connected to the account and the location of the top bar, what can be done to them, and what
//! went over each connection.

mod activity;
mod cards;
mod changes;
mod exchange;
mod indentation;
mod log_words;
mod logs;
mod words;

use askama::Template;
use askama_web::WebTemplate;
use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};

use crate::app::Shared;
use crate::back_office::refusal::{Refusal, may};
use crate::state::{Connection, ConnectionId, Role, World};
use crate::web::{Frame, Member, Menu};
use cards::{EndedConnection, Group};
use words::ConnectionWords;

pub(super) fn router() -> Router<Shared> {
    Router::new()
        .route("/connections", get(show_connections))
        .route("/connections/{id}/activity", get(activity::show_activity))
        .route("/connections/{id}/logs", get(logs::show_logs))
        .route("/connections/{id}/logs/{number}", get(exchange::show_exchange))
        .route("/connections/{id}/block", post(changes::block))
        .route("/connections/{id}/unblock", post(changes::unblock))
        .route("/connections/{id}/disconnect", post(changes::disconnect))
}

#[derive(Template, WebTemplate)]
#[template(path = "back_office/connections/list.html")]
struct ConnectionsPage {
    say: &'static ConnectionWords,
    may_change: bool,
    groups: Vec<Group>,
    ended: Vec<EndedConnection>,
    frame: Frame,
}

async fn show_connections(State(app): State<Shared>, member: Member) -> ConnectionsPage {
    let (groups, ended) =
        app.store.read(|world| (cards::groups(world, &member.places), cards::ended(world, &member.places)));
    ConnectionsPage {
        say: ConnectionWords::of(member.visitor.language),
        may_change: may(&member, Role::manages_connections),
        groups,
        ended,
        frame: Frame::within(member, Menu::Connections),
    }
}

/// A connection of an account that the member has access to, live or not.
fn visible<'a>(world: &'a World, member: &Member, id: &ConnectionId) -> Result<&'a Connection, Refusal> {
    let connection = world.records.connection(id);
    connection
        .filter(|connection| connection.grant.account_id.as_ref().is_some_and(|id| member.role_at(id).is_some()))
        .ok_or(Refusal::NotFound)
}
