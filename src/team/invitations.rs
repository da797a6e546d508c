//! Links that let somebody into an organisation: one use, a week.

use anyhow::Result;
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use sqlx::PgConnection;

use super::store;
use crate::{
    app::App,
    crypto::Binding,
    ids::{InvitationId, OrganisationId, UserId},
    organisations::Role,
    secrets::{Digest, random_secret},
    single_use::{LIFETIME, Standing},
};

/// An invitation, without its secret.
#[derive(Clone, Debug)]
pub(super) struct Invitation {
    /// Its id.
    pub id: InvitationId,
    /// Where it leads.
    pub organisation: OrganisationId,
    /// The organisation's name.
    pub organisation_name: String,
    /// What the guest may do.
    pub role: Role,
    /// For whom, in the words of whoever made it.
    pub note: Option<String>,
    /// Who made it.
    pub created_by: Option<String>,
    /// When.
    pub created_at: DateTime<Utc>,
    /// Until when it can be used.
    pub expires_at: DateTime<Utc>,
    /// When it was used.
    pub used_at: Option<DateTime<Utc>>,
    /// By whom.
    pub used_by: Option<String>,
    /// When a manager took it back.
    pub cancelled_at: Option<DateTime<Utc>>,
}

impl Invitation {
    /// How things stand with it.
    #[must_use]
    pub(super) fn standing(&self, now: DateTime<Utc>) -> Standing {
        Standing::of(self.used_at, self.cancelled_at, self.expires_at, now)
    }
}

/// How a guest's acceptance ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Acceptance {
    /// They are in.
    Welcome,
    /// They were in already, with as much access: the invitation can still be used.
    Already,
    /// The invitation is of no use any more.
    Over,
    /// They were removed after it was made: it takes a new one.
    Removed,
}

const fn binding(id: InvitationId) -> Binding {
    Binding { table: "invitation", row: id.uuid() }
}

pub(super) async fn invite(
    app: &App,
    organisation: OrganisationId,
    by: UserId,
    role: Role,
    note: Option<&str>,
) -> Result<InvitationId> {
    let (id, secret, now) = (InvitationId::new(), random_secret(), app.clock.now());
    let new = store::NewInvitation {
        organisation,
        role,
        note,
        digest: &Digest::of(secret.expose_secret()),
        secret: &app.config.keyring.seal(&secret, binding(id))?,
        by,
        now,
        expires_at: now + LIFETIME,
    };
    store::insert_invitation(&mut *app.db.acquire().await?, id, new).await?;
    tracing::info!(invitation = %id, %organisation, %by, "somebody is invited");
    Ok(id)
}

/// The address of an invitation's link, while it is of any use.
pub(super) async fn address(app: &App, invitation: &Invitation) -> Result<Option<String>> {
    if invitation.standing(app.clock.now()) != Standing::Open {
        return Ok(None);
    }
    let sealed = store::sealed_secret(&mut *app.db.acquire().await?, invitation.id).await?;
    let Some(sealed) = sealed else { return Ok(None) };
    let secret: SecretString = app.config.keyring.open(&sealed, binding(invitation.id))?;
    Ok(Some(app.config.absolute(&format!("/invitations/{}", secret.expose_secret())).into()))
}

/// Whether somebody has as much access already as the invitation gives, and for as long.
pub(super) async fn is_in(db: &mut PgConnection, invitation: &Invitation, user: UserId) -> Result<bool> {
    let standing = store::standing(db, invitation.organisation, user).await?;
    Ok(standing.is_some_and(|(role, by_hubrise)| !by_hubrise && (role == Role::Manager || role == invitation.role)))
}

/// Lets a guest in, within the caller's transaction. Whoever was removed before it was made is welcome again.
pub(super) async fn accept(
    app: &App,
    transaction: &mut PgConnection,
    invitation: &Invitation,
    user: UserId,
) -> Result<Acceptance> {
    let (organisation, now) = (invitation.organisation, app.clock.now());
    store::lock(transaction, organisation).await?;
    if invitation.standing(now) == Standing::Open && is_in(transaction, invitation, user).await? {
        return Ok(Acceptance::Already);
    }
    if store::barred_at(transaction, organisation, user).await?.is_some_and(|at| invitation.created_at <= at) {
        return Ok(Acceptance::Removed);
    }
    if !store::use_invitation(transaction, invitation.id, user, now).await? {
        return Ok(Acceptance::Over);
    }
    store::give(transaction, organisation, user, invitation.role, now).await?;
    store::unbar(transaction, organisation, user).await?;
    tracing::info!(invitation = %invitation.id, %organisation, %user, "an invitation was accepted");
    Ok(Acceptance::Welcome)
}

/// The same for somebody who has an account.
pub(super) async fn accept_as(app: &App, invitation: &Invitation, user: UserId) -> Result<Acceptance> {
    let mut transaction = app.db.begin().await?;
    let acceptance = accept(app, &mut transaction, invitation, user).await?;
    transaction.commit().await?;
    Ok(acceptance)
}

/// The names of the keys that open what this feature has sealed.
///
/// # Errors
/// When the database does not answer.
pub async fn key_ids(db: &mut PgConnection) -> Result<Vec<String>> {
    Ok(store::key_ids(db).await?)
}
