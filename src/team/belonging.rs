//! The organisations that an account belongs to, for whoever has only now proved that its address is theirs: somebody else
//! may have made the account, and let strangers in.

use anyhow::Result;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{service::dismiss, store};
use crate::{
    history::Actor,
    ids::{OrganisationId, UserId},
    organisations::{self, Role},
};

/// One of them, as somebody is told who may not know it.
#[derive(Clone, Debug)]
pub struct Belonging {
    /// Which.
    pub organisation: OrganisationId,
    /// Its name.
    pub name: String,
    /// What they may do there.
    pub role: Role,
    /// Since when.
    pub since: DateTime<Utc>,
    /// The addresses of the others who have access, or had it until it must be proved again.
    pub others: Vec<String>,
}

/// All of somebody's, in the order of their names.
///
/// # Errors
/// When the database does not answer.
pub async fn of(db: &mut PgConnection, user: UserId) -> Result<Vec<Belonging>> {
    Ok(store::belongings(db, user).await?)
}

/// Locks these, always in the same order, before their members, as everywhere.
///
/// # Errors
/// When the database does not answer.
pub async fn lock(transaction: &mut PgConnection, belongings: &[Belonging]) -> Result<()> {
    let mut organisations: Vec<_> = belongings.iter().map(|belonging| belonging.organisation).collect();
    organisations.sort_unstable();
    for organisation in organisations {
        organisations::service::lock(transaction, organisation).await?;
    }
    Ok(())
}

/// Takes the access away that somebody has to these, and does not want, as if a manager had; be it that nobody is left
/// to manage. Within the caller's transaction, which has locked them, and ends the sessions. Those that nobody manages
/// any more.
///
/// # Errors
/// When the database does not answer.
pub async fn disown(
    transaction: &mut PgConnection,
    user: UserId,
    belongings: &[Belonging],
    now: DateTime<Utc>,
) -> Result<Vec<OrganisationId>> {
    let mut unmanaged = Vec::new();
    for Belonging { organisation, .. } in belongings {
        let members = store::members(transaction, *organisation).await?;
        let Some(member) = members.iter().find(|member| member.user == user) else { continue };
        dismiss(transaction, *organisation, member, Actor::Person(user), now).await?;
        if !members.iter().any(|member| member.role == Role::Manager && member.user != user) {
            unmanaged.push(*organisation);
        }
    }
    Ok(unmanaged)
}
