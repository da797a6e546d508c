//! The consent page: which location or account, or whose profile, and what the client will be able to do there. It
//! shows, and skips itself where there is nothing to consent to; deciding is `decision`'s.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use super::candidates::{Candidate, Candidates, PermissionRow};
use super::drop_downs::NOT_YOURS;
use super::request::AuthorizeRequest;
use super::words::ConsentWords;
use crate::app::Shared;
use crate::state::{ConnectionId, Grant, Level};
use crate::web::{Frame, Visitor, Words};

#[derive(Template, WebTemplate)]
#[template(path = "oauth/consent.html")]
struct ConsentPage {
    frame: Frame,
    words: &'static ConsentWords,
    client: String,
    action: String,
    heading: &'static str,
    /// What there is to choose; `None` for a profile alone.
    place: Option<Place>,
    candidates: Vec<Candidate>,
    /// Index of the candidate that is chosen to begin with.
    chosen: usize,
    permissions: Vec<PermissionRow>,
    notices: Vec<String>,
    device_id: Option<String>,
    /// Where to create a location; `None` for who may not.
    new_location: Option<String>,
}

#[derive(Clone, Copy)]
struct Place {
    label: &'static str,
    /// Name of the drop-down's field.
    field: &'static str,
}

impl ConsentPage {
    fn any_open(&self) -> bool {
        self.candidates.iter().any(|candidate| candidate.open)
    }

    fn any_settled(&self) -> bool {
        self.place.is_none() || self.candidates.iter().any(|candidate| !candidate.open)
    }

    fn is_grantable(&self) -> bool {
        self.place.is_none() || !self.candidates.is_empty()
    }
}

/// What the page comes to for the user who is signed in.
enum Outcome {
    Ask(Candidates),
    /// The same permission was granted before: the connection stays as it is, and nobody is asked.
    Renew(Grant, ConnectionId),
    NotTheirs,
}

pub(super) async fn show_consent(State(app): State<Shared>, request: AuthorizeRequest, visitor: Visitor) -> Response {
    let outcome = app.store.read(|world| {
        let user = world.directory.user(visitor.email.as_deref()?)?;
        Some(match &request.renewal {
            Some(renewal) if !renewal.is_open_to(user) => Outcome::NotTheirs,
            Some(renewal) if !request.is_reconnection() && renewal.needs_no_consent(&request.scope, world) => {
                Outcome::Renew(renewal.grant.clone(), renewal.connection_id.clone())
            }
            _ => Outcome::Ask(Candidates::of(&request, world, user, visitor.language)),
        })
    });
    match outcome {
        None => visitor.to_sign_in().into_response(),
        Some(Outcome::NotTheirs) => NOT_YOURS.page(visitor, ""),
        Some(Outcome::Renew(grant, connection)) => request.issue_code(&app, visitor, grant, Some(connection)),
        Some(Outcome::Ask(candidates)) => consent_page(request, candidates, visitor).into_response(),
    }
}

fn consent_page(request: AuthorizeRequest, candidates: Candidates, visitor: Visitor) -> ConsentPage {
    let (shared, words) = (Words::of(visitor.language), ConsentWords::of(visitor.language));
    let (heading, place) = match request.scope.level() {
        None => (words.would_like_profile, None),
        Some(Level::Location) => {
            (shared.would_like_location, Some(Place { label: shared.choose_location, field: "location_id" }))
        }
        Some(Level::Account) => {
            (shared.would_like_account, Some(Place { label: shared.choose_account, field: "account_id" }))
        }
    };
    let Candidates { options, permissions, mut notices, may_add_location } = candidates;
    if place.is_some() && options.is_empty() && notices.is_empty() {
        notices.push(shared.nothing_to_connect.to_owned());
    }
    // Who set the top bar to a location before connecting an app to it means that one.
    let preferred = visitor.place.as_deref().filter(|_| request.begins_in_the_back_office());
    let chosen = preferred.and_then(|place| options.iter().position(|candidate| candidate.id == place));
    let next: String = url::form_urlencoded::byte_serialize(request.first_page().as_bytes()).collect();
    ConsentPage {
        frame: Frame::new(visitor),
        words,
        action: request.first_page(),
        client: request.client_name,
        heading,
        place,
        candidates: options,
        chosen: chosen.unwrap_or_default(),
        permissions,
        notices,
        device_id: request.device_id,
        new_location: may_add_location.then(|| format!("/locations/new?next={next}")),
    }
}
