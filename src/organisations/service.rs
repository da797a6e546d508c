//! Adding organisations and members, and finding them for the operator.

use anyhow::{Context, Result, bail};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{Role, store};
use crate::{
    app::App,
    ids::{OrganisationId, UserId},
};

/// Adds an organisation. Its name has 1 to 120 characters; two may have the same.
///
/// # Errors
/// When the name is not one, or the database refuses.
pub async fn add_organisation(app: &App, name: &str) -> Result<OrganisationId> {
    let name = name.trim();
    if !(1..=120).contains(&name.chars().count()) {
        bail!("an organisation's name has 1 to 120 characters");
    }
    let id = OrganisationId::new();
    store::insert(&mut *app.db.acquire().await?, id, name, app.clock.now()).await?;
    Ok(id)
}

/// Makes a person a member, within the caller's transaction.
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
    store::insert_member(transaction, organisation, user, role, now).await.context("cannot add the member")
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

/// Whether an organisation of this name exists.
///
/// # Errors
/// When the database does not answer.
pub async fn exists(app: &App, name: &str) -> Result<bool> {
    Ok(!store::find(&mut *app.db.acquire().await?, name).await?.is_empty())
}
