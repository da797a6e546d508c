//! DÉVELOPPEUR: the clients that an account's developers made, listed as apps or not. Those that the sandbox was
//! started with can be looked at.

mod client;
mod listing;
mod secrets;
mod words;

use askama::Template;
use askama_web::WebTemplate;
use axum::Router;
use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde::Deserialize;

use crate::app::{App, Shared};
use crate::back_office::refusal::{Refusal, may, require};
use crate::state::{AccountId, Client, ClientId, Role, World};
use crate::web::{Frame, Member, Menu};
use words::DeveloperWords;

/// Characters of a client's name: users read it on the consent page.
const LONGEST_NAME: usize = 100;

pub(super) fn router() -> Router<Shared> {
    Router::new()
        .route("/developer", get(show_developer))
        .route("/developer/clients", post(create_client))
        .route("/developer/clients/{id}", get(client::show_client))
        .route("/developer/clients/{id}/app", post(listing::list_app))
        .route("/developer/clients/{id}/app/remove", post(listing::unlist_app))
        .route("/developer/clients/{id}/secret", post(secrets::renew_secret))
        .route("/developer/clients/{id}/secret/retire", post(secrets::retire_secret))
        .route("/developer/clients/{id}/delete", post(client::delete_client))
}

struct ClientView {
    id: ClientId,
    name: String,
    listed: bool,
}

#[derive(Template, WebTemplate)]
#[template(path = "back_office/developer/list.html")]
struct DeveloperPage {
    say: &'static DeveloperWords,
    account: Option<AccountId>,
    may_change: bool,
    own: Vec<ClientView>,
    given: Vec<ClientView>,
    problem: bool,
    frame: Frame,
}

async fn show_developer(State(app): State<Shared>, member: Member) -> DeveloperPage {
    page(&app, member)
}

fn page(app: &App, member: Member) -> DeveloperPage {
    let account = member.places.account.clone();
    let (own, given) = app.store.read(|world| {
        let owned_by = |owner: Option<&AccountId>| {
            let clients = world.directory.clients.iter().filter(|client| client.owner.as_ref() == owner);
            clients.map(client_view).collect::<Vec<_>>()
        };
        (account.as_ref().map(|account| owned_by(Some(account))).unwrap_or_default(), owned_by(None))
    });
    DeveloperPage {
        say: DeveloperWords::of(member.visitor.language),
        account,
        may_change: may(&member, Role::manages_connections),
        own,
        given,
        problem: false,
        frame: Frame::within(member, Menu::Developer),
    }
}

fn client_view(client: &Client) -> ClientView {
    ClientView { id: client.id.clone(), name: client.name.clone(), listed: client.listing.is_some() }
}

#[derive(Debug, Deserialize)]
struct NewClient {
    account: AccountId,
    name: String,
}

async fn create_client(State(app): State<Shared>, member: Member, Form(form): Form<NewClient>) -> Response {
    let name = form.name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
        let page = DeveloperPage { problem: true, ..page(&app, member) };
        return (StatusCode::UNPROCESSABLE_ENTITY, page).into_response();
    }
    let outcome = app.store.change(|world| {
        require(&member, &form.account, Role::manages_connections)?;
        Ok(world.directory.create_client(form.account.clone(), name))
    });
    match outcome {
        Ok(id) => Redirect::to(&address_of(&id)).into_response(),
        Err(refusal) => Refusal::page(refusal, member),
    }
}

/// The page of a client.
fn address_of(id: &ClientId) -> String {
    let id: String = url::form_urlencoded::byte_serialize(id.as_str().as_bytes()).collect();
    format!("/developer/clients/{id}")
}

/// A client that the member may look at: one of an account of theirs, or one of everybody's.
fn visible<'a>(world: &'a World, member: &Member, id: &ClientId) -> Result<&'a Client, Refusal> {
    let client = world.directory.client(id.as_str()).ok_or(Refusal::NotFound)?;
    match &client.owner {
        Some(owner) if member.role_at(owner).is_none() => Err(Refusal::NotFound),
        _ => Ok(client),
    }
}

/// A client that the member may change. Nobody changes those that the sandbox was started with.
fn changeable<'a>(world: &'a mut World, member: &Member, id: &ClientId) -> Result<&'a mut Client, Refusal> {
    let owner = visible(world, member, id)?.owner.clone().ok_or(Refusal::Role)?;
    require(member, &owner, Role::manages_connections)?;
    world.directory.client_mut(id).ok_or(Refusal::NotFound)
}
