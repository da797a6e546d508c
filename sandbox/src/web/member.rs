//! Whoever is signed in to the back office, and the account and location that the top bar is set to.

use axum::extract::{Form, FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::cookies::{self, PLACE};
use super::local_path;
use super::page::Problem;
use super::visitor::Visitor;
use crate::app::Shared;
use crate::state::{AccountId, Directory, Location, LocationId, Role, User};

/// A signed-in user on a page of the back office. Everyone else is sent to sign in.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) visitor: Visitor,
    pub(crate) user: User,
    pub(crate) places: Places,
    pub(crate) control: bool,
}

/// The choices of the top bar.
#[derive(Debug, Default, Clone)]
pub(crate) struct Places {
    /// The account whose data is shown; `None` for a user who has access to none.
    pub(crate) account: Option<AccountId>,
    /// `None` for all of the account's locations.
    pub(crate) location: Option<LocationId>,
    /// Ids and labels to choose from.
    pub(crate) accounts: Vec<(AccountId, String)>,
    pub(crate) locations: Vec<(LocationId, String)>,
}

impl FromRequestParts<Shared> for Member {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Response> {
        let Ok(visitor) = Visitor::from_request_parts(parts, app).await;
        let chosen = visitor.place.as_deref().unwrap_or_default();
        let found = app.store.read(|world| {
            let user = world.directory.user(visitor.email.as_deref()?)?.clone();
            let places = Places::of(&world.directory, &user, chosen);
            Some((user, places))
        });
        match found {
            Some((user, places)) => Ok(Self { visitor, user, places, control: app.control }),
            None => Err(visitor.to_sign_in().into_response()),
        }
    }
}

impl Member {
    /// The user's role at an account, if any.
    pub(crate) fn role_at(&self, account: &AccountId) -> Option<Role> {
        self.user.role_at(account)
    }

    /// The page for what does not exist, or is not this user's: the two look the same.
    pub(crate) fn not_found(self) -> Response {
        Problem { status: StatusCode::NOT_FOUND, explanation: |words| words.not_found }.page(self.visitor, "")
    }

    /// The page for what this user's role does not let them do.
    pub(crate) fn forbidden(self) -> Response {
        Problem { status: StatusCode::FORBIDDEN, explanation: |words| words.not_your_role }.page(self.visitor, "")
    }
}

impl Places {
    /// `chosen` is the id of an account or of a location; anything else stands for the user's first account.
    fn of(directory: &Directory, user: &User, chosen: &str) -> Self {
        let location = directory.location_of(user, &LocationId::from(chosen));
        let account = location.map(|(account, _)| account);
        let account = account.or_else(|| directory.accounts_of(user).find(|account| account.id.as_str() == chosen));
        let Some(account) = account.or_else(|| directory.accounts_of(user).next()) else {
            return Self::default();
        };
        let accounts = directory.accounts_of(user);
        Self {
            account: Some(account.id.clone()),
            location: location.map(|(_, location)| location.id.clone()),
            accounts: accounts.map(|account| (account.id.clone(), account.name.clone())).collect(),
            locations: account.locations.iter().map(|location| (location.id.clone(), location.label())).collect(),
        }
    }

    /// Whether something of a location is to be shown.
    pub(crate) fn includes(&self, location: &Location) -> bool {
        self.location.as_ref().is_none_or(|chosen| *chosen == location.id)
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Choice {
    account: String,
    /// Empty for all of them.
    location: String,
    next: String,
}

/// Sets the top bar. A location of another account than the chosen one is left out: the two lists are one form.
pub(super) async fn choose_place(State(app): State<Shared>, member: Member, Form(choice): Form<Choice>) -> Response {
    let account = AccountId::from(choice.account);
    let location = LocationId::from(choice.location);
    let place = app.store.read(|world| {
        let account = world.directory.accounts_of(&member.user).find(|candidate| candidate.id == account)?;
        let location = account.location(&location);
        Some(location.map_or(account.id.to_string(), |location| location.id.to_string()))
    });
    let next = local_path(&choice.next).unwrap_or("/");
    match place {
        Some(place) => (cookies::cookie(PLACE, app.port, &place), Redirect::to(next)).into_response(),
        None => member.not_found(),
    }
}
