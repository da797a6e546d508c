//! Links that let somebody into an organisation: one use, a week.

use anyhow::Result;
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use sqlx::PgConnection;

use super::store;
use crate::{
    app::App,
    crypto::{Binding, SealedRows as _},
    database,
    history::{self, Action, Actor, Change},
    ids::{InvitationId, OrganisationId, UserId},
    organisations::{self, Role},
    secrets::{Digest, random_secret},
    single_use::{Cancelled, LIFETIME, Standing},
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
    /// The same, by their account.
    pub maker: Option<UserId>,
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

fn binding(id: InvitationId) -> Binding {
    store::invitations::SealedInvitations::binding(id.uuid())
}

/// `None` if the organisation has as many open invitations as it may.
pub(super) async fn invite(
    app: &App,
    organisation: OrganisationId,
    by: UserId,
    role: Role,
    note: Option<&str>,
) -> Result<Option<InvitationId>> {
    let (id, secret, now) = (InvitationId::new(), random_secret(), app.clock.now());
    let new = store::invitations::NewInvitation {
        organisation,
        role,
        note,
        digest: &Digest::of(secret.expose_secret()),
        secret: &app.config.keyring.seal(&secret, binding(id))?,
        by,
        now,
        expires_at: now + LIFETIME,
    };
    let mut transaction = database::begin(&app.db).await?;
    if !store::invitations::insert(&mut transaction, id, new).await? {
        return Ok(None);
    }
    let invited = about(id, note, history::Entry::new(organisation, Actor::Person(by), Action::Invited));
    let role = Change::of([("role", Some(role.word()))]);
    history::record(&mut transaction, invited.changed(Change::default(), role), now).await?;
    transaction.commit().await?;
    tracing::info!(invitation = %id, %organisation, %by, "somebody is invited");
    Ok(Some(id))
}

/// An invitation is called by its note.
fn about<'a>(id: InvitationId, note: Option<&'a str>, entry: history::Entry<'a>) -> history::Entry<'a> {
    match note {
        Some(note) => entry.on(id, note),
        None => entry,
    }
}

/// Takes one back for somebody, if it is open.
pub(super) async fn cancel(app: &App, organisation: OrganisationId, id: InvitationId, by: UserId) -> Result<()> {
    let mut transaction = database::begin(&app.db).await?;
    organisations::service::lock(&mut transaction, organisation).await?;
    let now = app.clock.now();
    cancel_within(&mut transaction, organisation, Cancelled::This(id), Actor::Person(by), now).await?;
    Ok(transaction.commit().await?)
}

pub(super) async fn cancel_within(
    transaction: &mut PgConnection,
    organisation: OrganisationId,
    which: Cancelled<InvitationId>,
    by: Actor,
    now: DateTime<Utc>,
) -> Result<()> {
    for id in store::invitations::cancel(transaction, organisation, which, now).await? {
        let Some(invitation) = store::invitations::find(transaction, organisation, id).await? else { continue };
        let cancelled = history::Entry::new(organisation, by, Action::InvitationCancelled);
        history::record(transaction, about(id, invitation.note.as_deref(), cancelled), now).await?;
    }
    Ok(())
}

/// The address of an invitation's link, while it is of any use, for whoever made it: with a colleague's, somebody who
/// is removed could come back under another address.
pub(super) async fn address(app: &App, invitation: &Invitation, reader: UserId) -> Result<Option<String>> {
    if invitation.standing(app.clock.now()) != Standing::Open || invitation.maker != Some(reader) {
        return Ok(None);
    }
    let sealed = store::invitations::sealed_secret(&mut *app.db.acquire().await?, invitation.id).await?;
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
    organisations::service::lock(transaction, organisation).await?;
    if invitation.standing(now) == Standing::Open && is_in(transaction, invitation, user).await? {
        return Ok(Acceptance::Already);
    }
    if store::barred_at(transaction, organisation, user).await?.is_some_and(|at| invitation.created_at <= at) {
        return Ok(Acceptance::Removed);
    }
    if !store::invitations::use_up(transaction, invitation.id, user, now).await? {
        return Ok(Acceptance::Over);
    }
    let former = store::standing(transaction, organisation, user).await?.map(|(role, _)| role);
    let former = former.filter(|role| *role != invitation.role).map(Role::word);
    store::give(transaction, organisation, user, invitation.role, now).await?;
    let joined = history::Entry::new(organisation, Actor::Person(user), Action::Joined).on_person(user);
    let after = [("role", Some(invitation.role.word())), ("invitation", invitation.note.as_deref())];
    history::record(transaction, joined.changed(Change::of([("role", former)]), Change::of(after)), now).await?;
    store::unbar(transaction, organisation, user).await?;
    tracing::info!(invitation = %invitation.id, %organisation, %user, "an invitation was accepted");
    Ok(Acceptance::Welcome)
}

/// The same for somebody who has an account.
pub(super) async fn accept_as(app: &App, invitation: &Invitation, user: UserId) -> Result<Acceptance> {
    let mut transaction = database::begin(&app.db).await?;
    let acceptance = accept(app, &mut transaction, invitation, user).await?;
    transaction.commit().await?;
    Ok(acceptance)
}
