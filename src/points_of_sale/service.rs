//! The rules of the points of sale.

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::store;
use crate::{
    app::App,
    database,
    history::{self, Action, Actor},
    ids::{OrganisationId, PointOfSaleId},
};

/// A point of sale.
#[derive(Clone, Debug)]
pub struct PointOfSale {
    /// Its id.
    pub id: PointOfSaleId,
    /// Its name, unique in its organisation but for case.
    pub name: String,
}

/// The longest name, in characters.
pub const NAME_LIMIT: usize = 120;

/// The organisation's points of sale, by name.
///
/// # Errors
/// When the database does not answer.
pub async fn list(db: &mut PgConnection, organisation: OrganisationId) -> Result<Vec<PointOfSale>> {
    Ok(store::list(db, organisation).await?)
}

/// One of the organisation's.
///
/// # Errors
/// When the database does not answer.
pub async fn find(
    db: &mut PgConnection,
    organisation: OrganisationId,
    id: PointOfSaleId,
) -> Result<Option<PointOfSale>> {
    Ok(store::find(db, organisation, id).await?)
}

/// One of the organisation's, kept as it is until the caller's transaction ends.
///
/// # Errors
/// When the database does not answer.
pub async fn lock(
    transaction: &mut PgConnection,
    organisation: OrganisationId,
    id: PointOfSaleId,
) -> Result<Option<PointOfSale>> {
    Ok(store::lock(transaction, organisation, id).await?)
}

/// All of the organisation's, kept as they are until the caller's transaction ends.
///
/// # Errors
/// When the database does not answer.
pub async fn lock_all(transaction: &mut PgConnection, organisation: OrganisationId) -> Result<Vec<PointOfSaleId>> {
    Ok(store::lock_all(transaction, organisation).await?)
}

/// Whether the organisation has one of this name.
///
/// # Errors
/// When the database does not answer.
pub async fn name_is_taken(db: &mut PgConnection, organisation: OrganisationId, name: &str) -> Result<bool> {
    Ok(store::name_is_taken(db, organisation, name).await?)
}

/// Adds one for `by` under this name; under the name with `suffix` in brackets, and then with a number, if it is taken.
///
/// # Errors
/// When the database does not answer.
pub async fn add_named(
    transaction: &mut PgConnection,
    organisation: OrganisationId,
    by: Actor,
    name: &str,
    suffix: &str,
    now: DateTime<Utc>,
) -> Result<PointOfSale> {
    // Room for the suffix (a location's id, 64 characters at most) and a number.
    let short: String = name.trim().chars().take(NAME_LIMIT - 80).collect();
    let plain: String = name.trim().chars().take(NAME_LIMIT).collect();
    let names = [plain.trim().to_owned(), format!("{} ({suffix})", short.trim())];
    let numbered = (2..100).map(|number| format!("{} ({suffix}) {number}", short.trim()));
    for name in names.into_iter().chain(numbered) {
        if let Some(id) = insert(transaction, organisation, by, &name, now).await? {
            return Ok(PointOfSale { id, name });
        }
    }
    anyhow::bail!("no free name was found for a new point of sale")
}

async fn insert(
    transaction: &mut PgConnection,
    organisation: OrganisationId,
    by: Actor,
    name: &str,
    now: DateTime<Utc>,
) -> Result<Option<PointOfSaleId>> {
    let Some(id) = store::insert(transaction, organisation, name, now).await? else { return Ok(None) };
    let added = history::Entry::new(organisation, by, Action::PointOfSaleAdded).on(id, name);
    history::record(transaction, added, now).await?;
    Ok(Some(id))
}

/// The operator adds one under just this name.
///
/// # Errors
/// When the name is taken or not one.
pub async fn add_point_of_sale(app: &App, organisation: OrganisationId, name: &str) -> Result<PointOfSaleId> {
    let mut transaction = database::begin(&app.db).await?;
    let id = insert(&mut transaction, organisation, Actor::System, name.trim(), app.clock.now()).await?;
    let id = id.with_context(|| format!("there is a point of sale named `{name}` already"))?;
    transaction.commit().await?;
    Ok(id)
}

/// Deletes one that is no longer connected, within the caller's transaction.
///
/// # Errors
/// When it is still connected, or the database does not answer.
pub async fn delete(transaction: &mut PgConnection, organisation: OrganisationId, id: PointOfSaleId) -> Result<()> {
    Ok(store::delete(transaction, organisation, id).await?)
}
