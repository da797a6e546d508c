//! The page of one client, and its end.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::words::DeveloperWords;
use super::{changeable, visible};
use crate::app::{App, Shared};
use crate::back_office::refusal::{Refusal, back_to, require};
use crate::state::{Client, ClientId, ListingFlaw, ListingForm, Role};
use crate::web::{Frame, Member, Menu};

/// The secrets, for those who may use them.
struct Secrets {
    secret: String,
    previous: Option<String>,
}

#[derive(Template, WebTemplate)]
#[template(path = "back_office/developer/client.html")]
pub(super) struct ClientPage {
    say: &'static DeveloperWords,
    id: ClientId,
    name: String,
    /// Whether the sandbox was started with it.
    given: bool,
    listed: bool,
    may_change: bool,
    secrets: Option<Secrets>,
    form: ListingForm,
    flaw: Option<ListingFlaw>,
    frame: Frame,
}

impl ClientPage {
    fn new(client: &Client, member: Member) -> Self {
        let allowed = |owner| require(&member, owner, Role::manages_connections).is_ok();
        let may_change = client.owner.as_ref().is_some_and(allowed);
        Self {
            say: DeveloperWords::of(member.visitor.language),
            id: client.id.clone(),
            name: client.name.clone(),
            given: client.owner.is_none(),
            listed: client.listing.is_some(),
            may_change,
            secrets: may_change.then(|| Secrets {
                secret: client.secret().to_owned(),
                previous: client.previous_secret.as_ref().map(|secret| secret.expose().to_owned()),
            }),
            form: client.listing.as_ref().map(ListingForm::from).unwrap_or_default(),
            flaw: None,
            frame: Frame::within(member, Menu::Developer),
        }
    }

    /// What is wrong with a field of the form, beside it.
    fn flaw_of(&self, field: &str) -> Option<&'static str> {
        let say = self.say;
        match self.flaw.as_ref()? {
            ListingFlaw::Scope { field: flawed, .. } if *flawed == field => Some(match field {
                "account_scope" => say.bad_account_scope,
                _ => say.bad_location_scope,
            }),
            ListingFlaw::Address { field: flawed, .. } if *flawed == field => Some(say.bad_address),
            _ => None,
        }
    }
}

pub(super) async fn show_client(State(app): State<Shared>, Path(id): Path<ClientId>, member: Member) -> Response {
    page(&app, &id, member, ClientPage::into_response)
}

/// The page again, as it was filled in, with what is wrong.
pub(super) fn page_with_flaw(
    app: &App,
    id: &ClientId,
    member: Member,
    form: ListingForm,
    flaw: ListingFlaw,
) -> Response {
    page(app, id, member, |page| {
        let page = ClientPage { form, flaw: Some(flaw), ..page };
        (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
    })
}

fn page(app: &App, id: &ClientId, member: Member, answer: impl FnOnce(ClientPage) -> Response) -> Response {
    match app.store.read(|world| visible(world, &member, id).cloned()) {
        Ok(client) => answer(ClientPage::new(&client, member)),
        Err(refusal) => refusal.page(member),
    }
}

/// Its connections end with it.
pub(super) async fn delete_client(State(app): State<Shared>, Path(id): Path<ClientId>, member: Member) -> Response {
    let outcome: Result<(), Refusal> = app.store.change(|world| {
        changeable(world, &member, &id)?;
        world.delete_client(&id);
        Ok(())
    });
    back_to("/developer", outcome, member)
}
