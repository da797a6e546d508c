//! Adding organisations and members, and finding them for the operator.

use anyhow::{Context, Result, bail};
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;

pub use super::store::Organisation;
use super::{Role, store};
use crate::{
    app::App,
    database,
    history::{self, Action, Actor, Change},
    ids::{OrganisationId, UserId},
};

/// The longest name, in characters.
pub const NAME_LIMIT: usize = 120;

/// Adds an organisation. Its name has 1 to 120 characters; two may have the same.
///
/// # Errors
/// When the name is not one, or the database refuses.
pub async fn add_organisation(app: &App, name: &str) -> Result<OrganisationId> {
    let name = name.trim();
    if !(1..=NAME_LIMIT).contains(&name.chars().count()) {
        bail!("an organisation's name has 1 to {NAME_LIMIT} characters");
    }
    let (id, now) = (OrganisationId::new(), app.clock.now());
    let mut transaction = database::begin(&app.db).await?;
    store::insert(&mut transaction, id, name, None, now).await?;
    let founded = history::Entry::new(id, Actor::System, Action::OrganisationFounded).on(id, name);
    history::record(&mut transaction, founded, now).await?;
    transaction.commit().await?;
    Ok(id)
}

/// When a free trial ends that begins now.
#[must_use]
pub fn trial_end(app: &App) -> DateTime<Utc> {
    let days = TimeDelta::days(i64::try_from(app.config.trial_days).unwrap_or(i64::MAX));
    app.clock.now() + days
}

/// Founds an organisation with a free trial for somebody who manages none. Asked twice at once, it is done once.
///
/// # Errors
/// When the name is not one, or the database refuses.
pub async fn found_first_organisation(app: &App, name: &str, user: UserId) -> Result<()> {
    let mut transaction = database::begin(&app.db).await?;
    if store::lock_whether_managing(&mut transaction, user).await? {
        return Ok(());
    }
    found_within(app, &mut transaction, name, user).await?;
    Ok(transaction.commit().await?)
}

/// The same within the caller's transaction.
///
/// # Errors
/// When the name is not one, or the database refuses.
pub async fn found_within(
    app: &App,
    transaction: &mut PgConnection,
    name: &str,
    user: UserId,
) -> Result<OrganisationId> {
    let (id, now) = (OrganisationId::new(), app.clock.now());
    let name = name.trim();
    store::insert(transaction, id, name, Some(trial_end(app)), now).await?;
    store::insert_member(transaction, id, user, Role::Manager, now).await?;
    let founded = history::Entry::new(id, Actor::Person(user), Action::OrganisationFounded).on(id, name);
    history::record(transaction, founded, now).await?;
    tracing::info!(organisation = %id, %user, "an organisation begins its free trial");
    Ok(id)
}

/// What the settings show of an organisation.
///
/// # Errors
/// When the database does not answer.
pub async fn find(db: &mut PgConnection, id: OrganisationId) -> Result<Option<Organisation>> {
    Ok(store::find_by_id(db, id).await?)
}

/// An organisation's name.
///
/// # Errors
/// When the database does not answer.
pub async fn name(db: &mut PgConnection, id: OrganisationId) -> Result<Option<String>> {
    Ok(store::find_by_id(db, id).await?.map(|found| found.name))
}

/// Whether an organisation is there, which it then is until the caller's transaction ends.
///
/// # Errors
/// When the database does not answer.
pub async fn hold(transaction: &mut PgConnection, id: OrganisationId) -> Result<bool> {
    Ok(store::hold(transaction, id).await?)
}

/// An organisation's name; nobody adds anything to it, or changes its members, until the caller's transaction ends. Its
/// points of sale and connections are locked before it.
///
/// # Errors
/// When the database does not answer.
pub async fn lock(transaction: &mut PgConnection, id: OrganisationId) -> Result<Option<String>> {
    Ok(store::lock(transaction, id).await?)
}

/// Whether somebody manages an organisation now.
///
/// # Errors
/// When the database does not answer.
pub async fn is_managed_by(db: &mut PgConnection, id: OrganisationId, user: UserId) -> Result<bool> {
    Ok(store::is_managed_by(db, id, user).await?)
}

/// Ends every membership of an organisation, within the caller's transaction. Whose they were.
///
/// # Errors
/// When the database does not answer.
pub async fn dismiss_members(transaction: &mut PgConnection, id: OrganisationId) -> Result<Vec<UserId>> {
    Ok(store::delete_members(transaction, id).await?)
}

/// Deletes an organisation with everything that is its own, within the caller's transaction.
///
/// # Errors
/// When it has a connection left, or the database does not answer.
pub async fn delete(transaction: &mut PgConnection, id: OrganisationId) -> Result<()> {
    Ok(store::delete(transaction, id).await?)
}

/// The operator makes a person a member, within the caller's transaction.
///
/// # Errors
/// When the organisation or the person does not exist.
pub async fn add_member(
    transaction: &mut PgConnection,
    organisation: OrganisationId,
    user: UserId,
    role: Role,
    now: DateTime<Utc>,
) -> Result<()> {
    store::insert_member(transaction, organisation, user, role, now).await.context("cannot add the member")?;
    let added = history::Entry::new(organisation, Actor::System, Action::MemberAdded).on_person(user);
    let added = added.changed(Change::default(), Change::of([("role", Some(role.word()))]));
    history::record(transaction, added, now).await
}

/// The organisation that the operator means: its id, or its name where only one has it.
///
/// # Errors
/// When there is none, or several.
pub async fn find_organisation(app: &App, id_or_name: &str) -> Result<OrganisationId> {
    match store::find(&mut *app.db.acquire().await?, id_or_name).await?[..] {
        [] => bail!("there is no organisation `{id_or_name}`"),
        [one] => Ok(one),
        _ => bail!("several organisations are named `{id_or_name}`: give the id"),
    }
}

/// Whether an organisation of this name or id exists.
///
/// # Errors
/// When the database does not answer.
pub async fn exists(app: &App, name: &str) -> Result<bool> {
    Ok(!store::find(&mut *app.db.acquire().await?, name).await?.is_empty())
}
