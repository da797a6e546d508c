//! The keys that this installation has ever sealed under: what keeps a keyring from being used with this database.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, bail};
use sqlx::{PgConnection, PgPool};

use super::{store, tables};
use crate::{clock::Clock, config::Problems, crypto::Keyring};

/// What keeps these keys from being used with this database, a sentence each: a key that some row needs and the ring
/// has not; one that was retired; another key than the database knows by the same name.
///
/// # Errors
/// When the database does not answer.
pub async fn faults(db: &mut PgConnection, keyring: &Keyring) -> Result<Vec<String>> {
    let used = tables::uses(db).await.context("cannot ask which keys are needed")?;
    let needed: BTreeSet<String> = used.into_iter().map(|found| found.key_id).collect();
    let lacking = needed.into_iter().filter(|id| !keyring.has(id));
    let mut faults: Vec<String> =
        lacking.map(|id| format!("lacks the key `{id}`, which the database still needs")).collect();
    let known = store::known(db).await.context("cannot ask which keys are known")?;
    for (name, check) in keyring.check_values() {
        let Some(known) = known.iter().find(|known| known.name == name) else { continue };
        if known.retired_at.is_some() {
            faults.push(format!("holds the key `{name}`, which was retired: take it out"));
        } else if known.check_value != check.as_bytes() {
            faults.push(format!("calls another key `{name}` than the one that the database knows by this name"));
        }
    }
    Ok(faults)
}

/// Notes the keys of this ring as this installation's.
///
/// # Errors
/// When they cannot be used, with every reason; when the database does not answer.
pub async fn register(pool: &PgPool, keyring: &Keyring, clock: &Clock) -> Result<()> {
    let mut db = pool.acquire().await?;
    refuse(faults(&mut db, keyring).await?)?;
    for (name, check) in keyring.check_values() {
        store::add(&mut db, &name, &check, clock.now()).await?;
    }
    // Somebody else may have been faster with another key.
    refuse(faults(&mut db, keyring).await?)
}

fn refuse(faults: Vec<String>) -> Result<()> {
    let mut problems = Problems::default();
    for fault in faults {
        problems.add("encryption_keys", fault);
    }
    if !problems.0.is_empty() {
        bail!(problems);
    }
    Ok(())
}
