//! Deleting an organisation: every connection is cut, what is on its way is given back, and all that is kept goes at
//! once. Only the revocations stay, and a record that names nobody.
//!
//! Everybody else locks a token first, then a point of sale or a connection, then the organisation (by adding to it).
//! The deletion does the same, and never waits for what comes earlier in that order: it begins again instead.

use std::{collections::HashSet, time::Duration};

use anyhow::{Context, Result};
use secrecy::{ExposeSecret, SecretString};
use sqlx::PgConnection;

use super::store::deletion::{self as store, NewRecord};
use crate::{
    app::App,
    authorisations, connections,
    database::{self, is_deadlock},
    disconnections::farewell,
    hubrise,
    ids::{OrganisationId, RevocationId, UserId},
    organisations, pending_connections, points_of_sale,
    polling::poll,
    secrets::{Digest, random_secret},
    users::leaving,
};

/// How long what is under way may take to come to its end before the deletion is given up.
const PATIENCE: Duration = Duration::from_secs(15);

/// Who deletes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// A manager of the organisation.
    Manager(UserId),
    /// The operator, by a command.
    Operator,
}

impl Way {
    const fn word(self) -> &'static str {
        match self {
            Self::Manager(_) => "manager",
            Self::Operator => "operator",
        }
    }
}

/// How a deletion ended.
#[derive(Debug)]
pub enum Deletion {
    /// The organisation is gone.
    Done(Deleted),
    /// What was typed is not its name: nothing was changed.
    OtherName,
    /// There is no such organisation.
    Gone,
}

/// An organisation that was deleted.
#[derive(Debug)]
pub struct Deleted {
    /// What stands in the address of the page about it.
    pub secret: SecretString,
    /// How many connections were cut.
    pub connections: usize,
    /// The accounts that were deleted with it.
    pub accounts: Vec<UserId>,
    revocations: Vec<RevocationId>,
}

impl Deleted {
    /// The path of the page that tells how far HubRise is.
    #[must_use]
    pub fn path(&self) -> String {
        format!("/deletions/{}", self.secret.expose_secret())
    }
}

/// Deletes an organisation with all that is kept about it, if `typed` is its name, and asks HubRise at once to take its
/// accesses back; what HubRise does not confirm now is the jobs'. On a task of its own: a browser that hangs up must
/// not stop it half-way.
///
/// # Errors
/// When what is under way does not come to an end, or the database does not answer: then nothing was changed.
pub async fn delete(app: &App, organisation: OrganisationId, typed: &str, way: Way) -> Result<Deletion> {
    let (process, typed) = (app.clone(), typed.to_owned());
    let work = async move {
        let tried = poll(PATIENCE, || try_delete(&process, organisation, &typed, way)).await?;
        let deletion = tried.context("what is under way for an organisation does not come to an end")?;
        if let Deletion::Done(deleted) = &deletion {
            tracing::info!(%organisation, way = way.word(), connections = deleted.connections, "an organisation was deleted");
            farewell::revoke_all_now(&process, deleted.revocations.clone()).await;
        }
        Ok(deletion)
    };
    app.tasks.spawn(work).await.context("a deletion broke off")?
}

/// `None` if it is to be tried again.
async fn try_delete(app: &App, organisation: OrganisationId, typed: &str, way: Way) -> Result<Option<Deletion>> {
    match delete_now(app, organisation, typed, way).await {
        Err(error) if is_deadlock(&error) => Ok(None),
        outcome => outcome,
    }
}

async fn delete_now(app: &App, organisation: OrganisationId, typed: &str, way: Way) -> Result<Option<Deletion>> {
    let mut transaction = database::begin(&app.db).await?;
    let locked = lock_tokens(&mut transaction, organisation).await?;
    let points_of_sale = points_of_sale::service::lock_all(&mut transaction, organisation).await?;
    let connections = connections::service::lock_all(&mut transaction, organisation).await?;
    let Some(name) = organisations::service::lock(&mut transaction, organisation).await? else {
        return Ok(Some(Deletion::Gone));
    };
    if !is_same_name(&name, typed) {
        return Ok(Some(Deletion::OtherName));
    }
    // What came while the locks were taken, one after the other, is not locked.
    let now_there = points_of_sale::service::list(&mut transaction, organisation).await?;
    let tokens = store::tokens(&mut transaction, organisation).await?;
    if now_there.len() != points_of_sale.len() || !tokens.iter().all(|token| locked.contains(token.as_bytes())) {
        return Ok(None);
    }
    let Some(gone) = take_apart(app, &mut transaction, organisation, connections).await? else { return Ok(None) };
    let (secret, now) = (random_secret(), app.clock.now());
    let record = NewRecord {
        organisation,
        way: way.word(),
        connections: i32::try_from(gone.connections).unwrap_or(i32::MAX),
        revocations: &gone.revocations,
        secret: &Digest::of(secret.expose_secret()),
        now,
    };
    store::insert(&mut transaction, record).await?;
    transaction.commit().await?;
    let Gone { connections, accounts, revocations } = gone;
    Ok(Some(Deletion::Done(Deleted { secret, connections, accounts, revocations })))
}

/// Every token that the organisation holds, always in the same order.
async fn lock_tokens(transaction: &mut PgConnection, organisation: OrganisationId) -> Result<HashSet<Vec<u8>>> {
    let mut tokens = store::tokens(transaction, organisation).await?;
    tokens.sort_by_key(Digest::lock_key);
    for token in &tokens {
        connections::lock_token(transaction, token).await?;
    }
    Ok(tokens.iter().map(|token| token.as_bytes().to_vec()).collect())
}

struct Gone {
    connections: usize,
    accounts: Vec<UserId>,
    revocations: Vec<RevocationId>,
}

/// Under all the locks. Of several holders of the same token the last one gives it back, so the connections come last.
async fn take_apart(
    app: &App,
    transaction: &mut PgConnection,
    organisation: OrganisationId,
    connections: Vec<crate::ids::ConnectionId>,
) -> Result<Option<Gone>> {
    for token in store::noted_tokens(transaction, organisation).await? {
        hubrise::forget_calls(transaction, &token).await?;
    }
    let mut revocations = farewell::unfinished(transaction, organisation).await?;
    let Some(held) = authorisations::forget_organisation(app, transaction, organisation).await? else {
        return Ok(None);
    };
    revocations.extend(held);
    let held = pending_connections::forget_organisation(app, transaction, organisation).await?;
    let Some(held) = held else { return Ok(None) };
    revocations.extend(held);
    for id in &connections {
        revocations.push(farewell::cut(app, transaction, organisation, *id).await?);
    }
    let members = organisations::service::dismiss_members(transaction, organisation).await?;
    let Some(departed) = leaving::delete_alone(app, transaction, &members).await? else { return Ok(None) };
    revocations.extend(departed.revocations);
    organisations::service::delete(transaction, organisation).await?;
    Ok(Some(Gone { connections: connections.len(), accounts: departed.accounts, revocations }))
}

/// Whether somebody has typed the name: tablets write other apostrophes and capitals than those that they were asked
/// for.
fn is_same_name(name: &str, typed: &str) -> bool {
    let plain = |text: &str| {
        let words: Vec<_> = text.split_whitespace().map(str::to_lowercase).collect();
        words.join(" ").replace(['’', '‘', 'ʼ', '´', '`'], "'")
    };
    plain(name) == plain(typed)
}

#[cfg(test)]
mod tests {
    use super::is_same_name;

    #[test]
    fn a_name_is_typed_as_tablets_type_it_and_not_half() {
        for typed in ["L'Église d’Or", " l’église  d'or ", "L’ÉGLISE D’OR"] {
            assert!(is_same_name("L’Église d’Or", typed), "{typed}");
        }
        for typed in ["", "L’Église", "L’Eglise d’Or", "L’Église d’Or 2"] {
            assert!(!is_same_name("L’Église d’Or", typed), "{typed}");
        }
    }
}
