//! Taking along what is kept about a restaurant, and deleting it.

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use futures_util::stream;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tower_sessions::Session;

use super::{
    deletion::{self, Deletion, Way},
    export::{self, NoExport},
    pages::{DeletePage, DeletionPage},
    record, store,
};
use crate::{
    app::App,
    history::Actor,
    ids::OrganisationId,
    organisations::{self, Acting, Manager, Member},
    users::{self, Trouble},
    web::{AppError, ClientAddress, Form, Frame, PathId, Routes, Section, page, page_with, see},
};

/// `/settings/organisation`, `/deletions/{secret}`
pub fn router() -> Routes {
    Routes::new()
        .route("/settings/organisation/export", post(export_organisation))
        .route("/settings/organisation/delete", get(confirm_deletion).post(delete_organisation))
        .route("/deletions/{secret}", get(show_deletion))
}

async fn name_of(app: &App, member: &Member) -> Result<String, AppError> {
    let name = organisations::service::name(&mut *app.db.acquire().await?, member.organisation).await?;
    name.ok_or(AppError::NotFound)
}

async fn export_organisation(State(app): State<App>, Manager(member): Manager) -> Result<Response, AppError> {
    let name = name_of(&app, &member).await?;
    let pieces = match export::start(&app, member.organisation, Actor::Person(member.acting.user)).await {
        Ok(pieces) => pieces,
        Err(NoExport::Gone) => return Err(AppError::NotFound),
        // Told as what passes by itself, which it does.
        Err(NoExport::Busy) => return Ok(StatusCode::SERVICE_UNAVAILABLE.into_response()),
        Err(NoExport::Internal(error)) => return Err(AppError::Internal(error)),
    };
    let headers = [
        (header::CONTENT_TYPE, "application/json".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", export::file_name(&app, &name))),
    ];
    let pieces = stream::unfold(pieces, async |mut pieces| Some((pieces.recv().await?, pieces)));
    Ok((headers, Body::from_stream(pieces)).into_response())
}

async fn delete_page(
    app: &App,
    frame: Frame,
    member: &Member,
    typed: String,
    error: Option<String>,
) -> Result<DeletePage, AppError> {
    let account = users::service::account(app, member.acting.user).await?;
    let counts = store::deletion::counts(&mut *app.db.acquire().await?, member.organisation).await?;
    Ok(DeletePage {
        frame: frame.at(Section::Settings).of(&member.acting),
        organisation: member.organisation.to_string(),
        name: name_of(app, member).await?,
        counts: counts.into(),
        email: account.email,
        has_password: account.has_password,
        typed,
        error,
    })
}

async fn confirm_deletion(
    State(app): State<App>,
    frame: Frame,
    Manager(member): Manager,
) -> Result<Response, AppError> {
    page(&delete_page(&app, frame, &member, String::new(), None).await?)
}

#[derive(Deserialize)]
struct Confirmation {
    /// Which one the page was about: another tab may have led on to another organisation meanwhile.
    organisation_id: OrganisationId,
    #[serde(default)]
    name: String,
    #[serde(default)]
    password: SecretString,
}

async fn delete_organisation(
    State(app): State<App>,
    frame: Frame,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    session: Session,
    Manager(member): Manager,
    Form(confirmation): Form<Confirmation>,
) -> Result<Response, AppError> {
    if confirmation.organisation_id != member.organisation {
        return Err(AppError::OtherOrganisation);
    }
    let frame = frame.of(&member.acting);
    let t = frame.t;
    let user = member.acting.user;
    let account = users::service::account(&app, user).await?;
    if account.has_password {
        let trouble = if confirmation.password.expose_secret().is_empty() {
            Some(Trouble::new(StatusCode::UNPROCESSABLE_ENTITY, t.text("data-error-password")))
        } else {
            let proved =
                users::service::prove_again(&app, &headers, &account.email, confirmation.password, address).await?;
            proved.outcome(t, t.text("data-error-password")).err()
        };
        if let Some(trouble) = trouble {
            let error = Some(trouble.sentence.clone());
            let asked = delete_page(&app, frame, &member, confirmation.name, error).await?;
            return Ok(trouble.told_by(page_with(trouble.status, &asked)?));
        }
    }
    match deletion::delete(&app, member.organisation, &confirmation.name, Way::Manager(user)).await? {
        Deletion::Done(deleted) => {
            if deleted.accounts.contains(&user) {
                session.flush().await?;
            }
            Ok(see(&deleted.path()))
        }
        Deletion::Gone => Err(AppError::NotFound),
        Deletion::OtherName => {
            let error = Some(t.text("data-error-name"));
            let asked = delete_page(&app, frame, &member, confirmation.name, error).await?;
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &asked)
        }
    }
}

/// For whoever has the address: there is no account any more to sign in with.
async fn show_deletion(
    State(app): State<App>,
    PathId(secret): PathId<String>,
    frame: Frame,
    session: Session,
) -> Result<Response, AppError> {
    let record = record::find(&app, &secret).await?.ok_or(AppError::NotFound)?;
    let acting = Acting::of(&app, &session).await?;
    page(&DeletionPage::of(frame.of_anybody(acting.as_ref()), record))
}
