//! Changing a client's secret without an interruption: for a while it has two.

use axum::extract::{Path, State};
use axum::response::Response;

use super::{address_of, changeable};
use crate::app::Shared;
use crate::back_office::refusal::back_to;
use crate::state::{Client, ClientId};
use crate::web::Member;

pub(super) async fn renew_secret(State(app): State<Shared>, Path(id): Path<ClientId>, member: Member) -> Response {
    change(&app, &id, member, Client::renew_secret)
}

pub(super) async fn retire_secret(State(app): State<Shared>, Path(id): Path<ClientId>, member: Member) -> Response {
    change(&app, &id, member, Client::retire_previous_secret)
}

fn change(app: &Shared, id: &ClientId, member: Member, alter: fn(&mut Client)) -> Response {
    let outcome = app.store.change(|world| changeable(world, &member, id).map(alter));
    back_to(&address_of(id), outcome, member)
}
