//! The rules of who has access.

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;

use super::{invitations, store};
use crate::{
    app::App,
    connection_links, database,
    history::{self, Action, Actor, Change},
    hubrise::AppInstanceId,
    ids::{OrganisationId, UserId},
    mail,
    organisations::{self, Role},
    single_use::Cancelled,
    users,
};

/// How long a role that was proved at HubRise is believed. HubRise asks for a check a day at least, because roles
/// change.
const PROOF_LIFETIME: TimeDelta = TimeDelta::hours(24);

/// Somebody who has access, or had it until it must be proved again.
#[derive(Clone, Debug)]
pub struct Member {
    /// Who.
    pub user: UserId,
    /// Their address.
    pub email: String,
    /// Their name, where it is known.
    pub name: Option<String>,
    /// What they may do.
    pub role: Role,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Whether their access rests on a role at HubRise.
    pub by_hubrise: bool,
    /// When such a role must be proved again.
    pub expires_at: Option<DateTime<Utc>>,
    /// Whether they can sign in with a password.
    pub has_password: bool,
    /// Whether they can sign in with HubRise.
    pub has_identity: bool,
    /// When they last proved who they are, or that their role still holds.
    pub verified_at: Option<DateTime<Utc>>,
}

/// How a removal ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removal {
    /// They have no access any more, and their sessions have ended.
    Done,
    /// They are the only manager: somebody must be left to manage.
    LastManager,
    /// They have no access here.
    Unknown,
}

/// Everybody with access, managers first.
///
/// # Errors
/// When the database does not answer.
pub async fn members(app: &App, organisation: OrganisationId) -> Result<Vec<Member>> {
    Ok(store::members(&mut *app.db.acquire().await?, organisation).await?)
}

/// One of them.
///
/// # Errors
/// When the database does not answer.
pub async fn member(app: &App, organisation: OrganisationId, user: UserId) -> Result<Option<Member>> {
    Ok(members(app, organisation).await?.into_iter().find(|member| member.user == user))
}

/// Takes somebody's access away for `by`, ends their sessions at once, and takes back the invitations and the links for
/// owners that they made. A role at HubRise does not let them in again.
///
/// # Errors
/// When the database does not answer.
pub async fn remove(app: &App, organisation: OrganisationId, user: UserId, by: UserId) -> Result<Removal> {
    let mut transaction = database::begin(&app.db).await?;
    organisations::service::lock(&mut transaction, organisation).await?;
    let members = store::members(&mut transaction, organisation).await?;
    let Some(member) = members.iter().find(|member| member.user == user) else { return Ok(Removal::Unknown) };
    if !members.iter().any(|member| member.role == Role::Manager && member.user != user) {
        return Ok(Removal::LastManager);
    }
    dismiss(&mut transaction, organisation, member, Actor::Person(by), app.clock.now()).await?;
    users::sessions::end_all(&mut transaction, user).await?;
    transaction.commit().await?;
    tracing::info!(%organisation, %user, "a member was removed");
    Ok(Removal::Done)
}

/// Takes back, for `by`, every open invitation and every open link for owners that somebody made, in whatever
/// organisation: it may have been somebody else who knew their password. Within the caller's transaction, which has
/// locked nothing but organisations yet.
///
/// # Errors
/// When the database does not answer.
pub async fn take_back_all_of(
    transaction: &mut PgConnection,
    user: UserId,
    by: Actor,
    now: DateTime<Utc>,
) -> Result<()> {
    let mut organisations = store::invitations::where_open_of(transaction, user).await?;
    organisations.extend(connection_links::service::where_open_of(transaction, user).await?);
    // All of them before what is in any, and always in the same order, so that no two wait for each other.
    organisations.sort_unstable();
    organisations.dedup();
    for organisation in &organisations {
        organisations::service::hold(transaction, *organisation).await?;
    }
    for organisation in organisations {
        take_back(transaction, organisation, user, by, now).await?;
    }
    Ok(())
}

async fn take_back(
    transaction: &mut PgConnection,
    organisation: OrganisationId,
    maker: UserId,
    by: Actor,
    now: DateTime<Utc>,
) -> Result<()> {
    invitations::cancel_within(transaction, organisation, Cancelled::MadeBy(maker), by, now).await?;
    connection_links::service::cancel_those_of(transaction, organisation, maker, by, now).await
}

/// Takes somebody's access away, but for their sessions, within a transaction that has locked the organisation.
pub(super) async fn dismiss(
    transaction: &mut PgConnection,
    organisation: OrganisationId,
    member: &Member,
    by: Actor,
    now: DateTime<Utc>,
) -> Result<()> {
    let user = member.user;
    store::delete(transaction, organisation, user).await?;
    store::bar(transaction, organisation, user, now).await?;
    let removed = history::Entry::new(organisation, by, Action::MemberRemoved).on_person(user);
    let removed = removed.changed(Change::of([("role", Some(member.role.word()))]), Change::default());
    history::record(transaction, removed, now).await?;
    take_back(transaction, organisation, user, by, now).await?;
    mail::withdraw_from(transaction, organisation, &member.email, now).await
}

/// Somebody has just proved at HubRise that they may look at one of the organisation's locations: they may look here
/// for a day. `false` if a manager has removed them.
///
/// # Errors
/// When the database does not answer.
pub async fn admit(
    transaction: &mut PgConnection,
    organisation: OrganisationId,
    user: UserId,
    app_instance: &AppInstanceId,
    now: DateTime<Utc>,
) -> Result<bool> {
    // Before its members, as everywhere.
    organisations::service::hold(transaction, organisation).await?;
    if store::barred_at(transaction, organisation, user).await?.is_some() {
        return Ok(false);
    }
    if store::admit(transaction, organisation, user, app_instance, now, now + PROOF_LIFETIME).await? {
        let admitted = history::Entry::new(organisation, Actor::Person(user), Action::Admitted).on_person(user);
        let role = Change::of([("role", Some(Role::Staff.word()))]);
        history::record(transaction, admitted.changed(Change::default(), role), now).await?;
    }
    tracing::info!(%organisation, %user, "admitted by a role at HubRise");
    Ok(true)
}

/// A connection has another install at HubRise than before: those who were let in by the former one prove themselves
/// there from now on, within the caller's transaction.
///
/// # Errors
/// When the database does not answer.
pub async fn follow_install(
    transaction: &mut PgConnection,
    organisation: OrganisationId,
    former: &AppInstanceId,
    install: &AppInstanceId,
) -> Result<()> {
    Ok(store::follow_install(transaction, organisation, former, install).await?)
}

/// There is a connection with an install: those who were let in by a role at one that is gone prove themselves at this one,
/// within the caller's transaction.
///
/// # Errors
/// When the database does not answer.
pub async fn install_is_new(
    transaction: &mut PgConnection,
    organisation: OrganisationId,
    install: &AppInstanceId,
) -> Result<()> {
    Ok(store::install_is_new(transaction, organisation, install).await?)
}

/// A connection was cut: those who were let in by a role at its install prove themselves at another one's from now on,
/// if there is one, within the caller's transaction.
///
/// # Errors
/// When the database does not answer.
pub async fn install_is_gone(
    transaction: &mut PgConnection,
    organisation: OrganisationId,
    install: &AppInstanceId,
    now: DateTime<Utc>,
) -> Result<()> {
    Ok(store::install_is_gone(transaction, organisation, install, now).await?)
}

/// Forgets who was removed before `removed`, and the invitations whose time was over before `expired`.
///
/// # Errors
/// When the database does not answer.
pub async fn purge(db: &mut PgConnection, removed: DateTime<Utc>, expired: DateTime<Utc>) -> Result<()> {
    Ok(store::purge(db, removed, expired).await?)
}

/// Somebody wants whoever came in by a role at HubRise to prove it again before they see anything more.
///
/// # Errors
/// When the database does not answer.
pub async fn check_accesses(app: &App, organisation: OrganisationId, by: UserId) -> Result<()> {
    let mut transaction = database::begin(&app.db).await?;
    // The organisation before what is in it: whoever deletes it waits, or has come first.
    organisations::service::lock(&mut transaction, organisation).await?;
    let now = app.clock.now();
    if store::lapse(&mut transaction, organisation, now).await? {
        let checked = history::Entry::new(organisation, Actor::Person(by), Action::AccessesChecked);
        history::record(&mut transaction, checked, now).await?;
    }
    transaction.commit().await?;
    tracing::info!(%organisation, "roles at HubRise must be proved again");
    Ok(())
}

/// What a restored database must not give back: invitations that may have been used or cancelled since are cancelled,
/// and roles at HubRise are proved again. How many of each.
///
/// # Errors
/// When the database does not answer.
pub async fn restored(transaction: &mut PgConnection, now: DateTime<Utc>) -> Result<(u64, u64)> {
    let invitations = store::invitations::cancel_all(transaction, now).await?;
    Ok((invitations, store::lapse_all(transaction, now).await?))
}
