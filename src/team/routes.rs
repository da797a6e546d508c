//! The pages of a team, for its managers.

use axum::{
    extract::State,
    http::StatusCode,
    response::Response,
    routing::{get, post},
};
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::{
    invitations::{self, Invitation},
    joining, opening,
    pages::{InvitationPage, InvitationRow, RemovePage, Row, TeamPage},
    service::{self, Removal},
    store,
};
use crate::{
    app::App,
    ids::{InvitationId, UserId},
    organisations::{Manager, Member, Role},
    web::{AppError, Form, Frame, PathId, Routes, Section, page, page_with, see},
};

/// `/settings/team`, `/invitation`, `/hubrise_open`
pub fn router() -> Routes {
    Routes::new()
        .route("/settings/team", get(show_team))
        .route("/settings/team/check", post(check_accesses))
        .route("/settings/team/invitations", post(invite))
        .route("/settings/team/invitations/{id}", get(show_invitation))
        .route("/settings/team/invitations/{id}/cancel", post(cancel_invitation))
        .route("/settings/team/{id}/remove", get(confirm_removal).post(remove))
        .route("/hubrise_open", get(opening::open))
        .merge(joining::router())
}

/// The longest note on an invitation, in characters.
const NOTE_LIMIT: usize = 120;

fn invitation_row(invitation: Invitation, now: DateTime<Utc>) -> InvitationRow {
    let standing = invitation.standing(now).word();
    InvitationRow {
        id: invitation.id.to_string(),
        note: invitation.note,
        is_manager: invitation.role == Role::Manager,
        created_by: invitation.created_by,
        created_at: invitation.created_at,
        expires_at: invitation.expires_at,
        standing,
        used_at: invitation.used_at,
        used_by: invitation.used_by,
    }
}

async fn team(
    app: &App,
    frame: Frame,
    member: &Member,
    note: String,
    error: Option<String>,
) -> Result<TeamPage, AppError> {
    let now = app.clock.now();
    let members = service::members(app, member.organisation).await?;
    let invitations = store::invitations::list(&mut *app.db.acquire().await?, member.organisation).await?;
    Ok(TeamPage {
        frame: frame.at(Section::Settings).of(&member.acting),
        any_by_hubrise: members.iter().any(|member| member.by_hubrise),
        rows: members
            .into_iter()
            .map(|found| Row {
                id: found.user.to_string(),
                is_reader: found.user == member.acting.user,
                has_lapsed: found.expires_at.is_some_and(|end| end <= now),
                member: found,
            })
            .collect(),
        invitations: invitations.into_iter().map(|invitation| invitation_row(invitation, now)).collect(),
        note,
        error,
    })
}

async fn show_team(State(app): State<App>, frame: Frame, Manager(member): Manager) -> Result<Response, AppError> {
    page(&team(&app, frame, &member, String::new(), None).await?)
}

async fn check_accesses(State(app): State<App>, Manager(member): Manager) -> Result<Response, AppError> {
    service::check_accesses(&app, member.organisation, member.acting.user).await?;
    Ok(see("/settings/team"))
}

#[derive(Deserialize)]
struct NewInvitation {
    #[serde(default)]
    note: String,
    #[serde(default)]
    role: String,
}

async fn invite(
    State(app): State<App>,
    frame: Frame,
    Manager(member): Manager,
    Form(new): Form<NewInvitation>,
) -> Result<Response, AppError> {
    let role = Role::parse(&new.role).ok_or(AppError::BadRequest)?;
    let frame = frame.of(&member.acting);
    let note: String = new.note.chars().filter(|character| !character.is_control()).collect();
    let note = note.trim();
    if note.chars().count() > NOTE_LIMIT {
        let error = Some(frame.t.text("team-error-note-long"));
        return page_with(StatusCode::UNPROCESSABLE_ENTITY, &team(&app, frame, &member, new.note, error).await?);
    }
    let note = (!note.is_empty()).then_some(note);
    let Some(id) = invitations::invite(&app, member.organisation, member.acting.user, role, note).await? else {
        let error = Some(frame.t.text("team-error-many"));
        return page_with(StatusCode::UNPROCESSABLE_ENTITY, &team(&app, frame, &member, new.note, error).await?);
    };
    Ok(see(&format!("/settings/team/invitations/{id}")))
}

async fn show_invitation(
    State(app): State<App>,
    PathId(id): PathId<InvitationId>,
    frame: Frame,
    Manager(member): Manager,
) -> Result<Response, AppError> {
    let found = store::invitations::find(&mut *app.db.acquire().await?, member.organisation, id).await?;
    let found = found.ok_or(AppError::NotFound)?;
    let address = invitations::address(&app, &found, member.acting.user).await?;
    let row = invitation_row(found, app.clock.now());
    page(&InvitationPage { frame: frame.at(Section::Settings).of(&member.acting), row, address })
}

async fn cancel_invitation(
    State(app): State<App>,
    PathId(id): PathId<InvitationId>,
    Manager(member): Manager,
) -> Result<Response, AppError> {
    store::invitations::find(&mut *app.db.acquire().await?, member.organisation, id)
        .await?
        .ok_or(AppError::NotFound)?;
    invitations::cancel(&app, member.organisation, id, member.acting.user).await?;
    Ok(see("/settings/team"))
}

async fn removal_page(
    app: &App,
    frame: Frame,
    member: &Member,
    id: UserId,
    error: Option<String>,
) -> Result<RemovePage, AppError> {
    let found = service::member(app, member.organisation, id).await?.ok_or(AppError::NotFound)?;
    let is_reader = found.user == member.acting.user;
    let frame = frame.at(Section::Settings).of(&member.acting);
    Ok(RemovePage { frame, id: id.to_string(), member: found, is_reader, error })
}

async fn confirm_removal(
    State(app): State<App>,
    PathId(id): PathId<UserId>,
    frame: Frame,
    Manager(member): Manager,
) -> Result<Response, AppError> {
    page(&removal_page(&app, frame, &member, id, None).await?)
}

async fn remove(
    State(app): State<App>,
    PathId(id): PathId<UserId>,
    frame: Frame,
    Manager(member): Manager,
) -> Result<Response, AppError> {
    let frame = frame.of(&member.acting);
    match service::remove(&app, member.organisation, id, member.acting.user).await? {
        Removal::Done => Ok(see("/settings/team")),
        Removal::Unknown => Err(AppError::NotFound),
        Removal::LastManager => {
            let error = Some(frame.t.text("team-error-last-manager"));
            page_with(StatusCode::CONFLICT, &removal_page(&app, frame, &member, id, error).await?)
        }
    }
}
