//! **Créer un compte TicknCook**, for somebody whose grant waits: a new organisation with a free trial.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use secrecy::SecretString;
use serde::Deserialize;
use tower_sessions::Session;

use super::{Origin, Pending, pages::AccountPage, routes::read, service::standing, store::Status, views::Reader};
use crate::{
    app::App,
    ids::PendingConnectionId,
    organisations::service::{NAME_LIMIT, found_first_organisation, trial_end},
    users,
    web::{AppError, ClientAddress, Form, Frame, PathId, page_with, see},
};

/// Whether a new organisation is of any use: for a grant that HubRise began and that waits, and for somebody who
/// manages none.
fn needs_account(app: &App, pending: &Pending, reader: &Reader) -> Result<bool, AppError> {
    if pending.origin != Origin::HubRise {
        return Err(AppError::NotFound);
    }
    let manages = reader.acting.as_ref().is_some_and(|acting| !acting.managed().is_empty());
    Ok(standing(app, pending) == Status::Held && !manages)
}

pub(super) async fn show_account(
    State(app): State<App>,
    PathId(id): PathId<PendingConnectionId>,
    frame: Frame,
    session: Session,
) -> Result<Response, AppError> {
    let (pending, reader) = read(&app, &session, id, frame).await?;
    if !needs_account(&app, &pending, &reader)? {
        return Ok(see(&format!("/services/hubrise/pending/{id}")));
    }
    let organisation_name = pending.account_name.clone().unwrap_or_default();
    let form = AccountForm { organisation_name, ..AccountForm::default() };
    ask(&app, reader, id, form, None, StatusCode::OK)
}

#[derive(Default, Deserialize)]
pub(super) struct AccountForm {
    organisation_name: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: SecretString,
}

fn ask(
    app: &App,
    reader: Reader,
    id: PendingConnectionId,
    form: AccountForm,
    error: Option<String>,
    status: StatusCode,
) -> Result<Response, AppError> {
    let who = match (&reader.acting, &reader.newcomer) {
        (Some(acting), _) => Some(acting.person().email),
        (None, Some(newcomer)) => Some(newcomer.email.clone()),
        (None, None) => None,
    };
    let shown = AccountPage {
        id: id.to_string(),
        organisation_name: form.organisation_name,
        email: form.email,
        asks_who: who.is_none(),
        who,
        trial_days: app.config.trial_days,
        trial_end: reader.frame.day(&trial_end(app)),
        error,
        frame: reader.frame,
    };
    page_with(status, &shown)
}

pub(super) async fn create_account(
    State(app): State<App>,
    PathId(id): PathId<PendingConnectionId>,
    frame: Frame,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    session: Session,
    Form(form): Form<AccountForm>,
) -> Result<Response, AppError> {
    let here = format!("/services/hubrise/pending/{id}");
    let (pending, reader) = read(&app, &session, id, frame).await?;
    if !needs_account(&app, &pending, &reader)? {
        return Ok(see(&here));
    }
    let t = reader.frame.t;
    let name = form.organisation_name.trim().to_owned();
    let is_name = (1..=NAME_LIMIT).contains(&name.chars().count())
        && name.chars().any(char::is_alphanumeric)
        && !name.chars().any(char::is_control);
    if !is_name {
        return ask(&app, reader, id, form, Some(t.text("account-error-name")), StatusCode::UNPROCESSABLE_ENTITY);
    }
    let signed_up = match (&reader.acting, &reader.newcomer) {
        (Some(acting), _) => {
            found_first_organisation(&app, &name, acting.user).await?;
            return Ok(see(&here));
        }
        (None, Some(newcomer)) => users::sign_up_newcomer(&app, newcomer, &name).await?,
        (None, None) => users::sign_up(&app, &form.email, form.password.clone(), address, &name).await?,
    };
    match signed_up.outcome(t) {
        Ok(proof) => {
            users::go_in(&app, &session, &headers, proof).await?;
            Ok(see(&here))
        }
        Err(trouble) => {
            let asked = ask(&app, reader, id, form, Some(trouble.sentence.clone()), trouble.status)?;
            Ok(trouble.told_by(asked))
        }
    }
}
