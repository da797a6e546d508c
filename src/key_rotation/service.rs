//! What the operator does: look at the keys, add one, change to it, and retire the former.

use std::{collections::BTreeMap, io, time::Duration};

use anyhow::{Context as _, Result, bail, ensure};
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret as _, SecretString};
use sqlx::PgConnection;
use tokio::sync::Mutex;

use super::{
    register::register,
    store::{self, Holder},
    tables::{self, Use, each_table},
    walk::walk,
};
use crate::{
    app::App,
    crypto::{SealedRows as _, is_name, key_file, new_line},
    database,
    polling::poll,
};

/// Where progress goes.
pub type Tell<'a> = &'a dyn Fn(String) -> io::Result<()>;

/// A key, as the operator sees it.
#[derive(Clone, Debug)]
pub struct Key {
    /// Its name.
    pub name: String,
    /// When it was first used; not yet, where no process has started with it.
    pub added_at: Option<DateTime<Utc>>,
    /// When it was retired.
    pub retired_at: Option<DateTime<Utc>>,
    /// Whether this command's keyring has it.
    pub is_held: bool,
    /// Whether it seals.
    pub is_current: bool,
    /// How many rows need it.
    pub rows: i64,
}

/// Every key, those that were retired too, and what each running process does with them, a sentence each.
///
/// # Errors
/// When the database does not answer.
pub async fn list(app: &App) -> Result<(Vec<Key>, Vec<String>)> {
    let mut db = app.db.acquire().await?;
    let mut rows: BTreeMap<String, i64> = BTreeMap::new();
    for found in tables::uses(&mut db).await? {
        *rows.entry(found.key_id).or_default() += found.rows;
    }
    let known = store::known(&mut db).await?;
    let keyring = &app.config.keyring;
    let mut names = keyring.names();
    let others = known.iter().map(|known| known.name.clone()).chain(rows.keys().cloned());
    for name in others {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let key = |name: String| {
        let known = known.iter().find(|known| known.name == name);
        Key {
            added_at: known.map(|known| known.added_at),
            retired_at: known.and_then(|known| known.retired_at),
            is_held: keyring.has(&name),
            is_current: keyring.current_name() == name,
            rows: rows.get(&name).copied().unwrap_or_default(),
            name,
        }
    };
    let keys = names.into_iter().map(key).collect();
    let told = |holder: Holder| {
        format!("{}: seals under `{}`, knows {}", holder.label, holder.seals_under, holder.knows.join(", "))
    };
    Ok((keys, store::holders(&mut db).await?.into_iter().map(told).collect()))
}

/// Makes a key that opens and does not seal yet: at the end of the file that the keys are kept in; or, where they are
/// not kept in a file, or it is not to be changed, the line for the operator to add, which is not kept anywhere.
///
/// # Errors
/// When it cannot be called that, another command is at work, or the file cannot be changed.
pub async fn add(app: &App, name: &str, leave_file: bool) -> Result<Option<SecretString>> {
    ensure!(is_name(name), "a key's name has 1 to 40 letters, digits, '-', '_' or '.'");
    let mut alone = alone(app).await?;
    register(&app.db, &app.config.keyring, &app.clock).await?;
    let known = store::known(&mut alone).await?;
    // A name is never used twice: rows of a restored backup may need the former key.
    ensure!(known.iter().all(|known| known.name != name), "there is, or was, a key `{name}`: call it otherwise");
    let line = new_line(name);
    let Some(file) = app.config.keyring.file().filter(|_| !leave_file) else { return Ok(Some(line)) };
    key_file::append(file, line.expose_secret()).with_context(|| cannot_change(file))?;
    adopt_file(app).await?;
    Ok(None)
}

/// Changes to another key, `to` or else the newest (in a file; elsewhere the operator has put it first), once every
/// running process knows it: it seals from then on, and all rows are put under it. Run again, it goes on with the rows
/// that are left. Waits so long for the processes, at most.
///
/// # Errors
/// With what the operator must do, when it cannot be done yet; when rows do not open.
pub async fn rotate(app: &App, to: Option<&str>, patience: Duration, tell: Tell<'_>) -> Result<()> {
    let mut alone = alone(app).await?;
    register(&app.db, &app.config.keyring, &app.clock).await?;
    let key = goal(app, &mut alone, to).await?;
    let keyring = &app.config.keyring;
    ensure!(
        keyring.current_name() == key || keyring.file().is_some(),
        "the keys are not kept in a file: put `{key}` first among them in every process, start these anew, and then run \
         this again"
    );
    let knows = |holder: &Holder| holder.knows.contains(&key);
    await_all(app, patience, tell, &format!("does not know the key `{key}` yet"), knows).await?;
    if keyring.current_name() != key {
        if let Some(file) = keyring.file() {
            key_file::make_first(file, &key).with_context(|| cannot_change(file))?;
        }
        adopt_file(app).await?;
    }
    let seals = |holder: &Holder| holder.seals_under == key;
    await_all(app, patience, tell, &format!("does not seal under `{key}` yet"), seals).await?;
    tell(format!("every process seals under `{key}`; the rows that are under another key follow"))?;
    put_all_under(app, &key, patience, tell).await?;
    tell(format!("every row is under `{key}`"))?;
    for known in store::known(&mut alone).await? {
        if known.name != key && known.retired_at.is_none() {
            tell(format!("`{0}` can be retired: tickncook-hubrise keys retire {0}", known.name))?;
        }
    }
    Ok(())
}

/// Has a key never seal again, and takes it out of the file, where it stays as a comment. Run again, it finishes.
///
/// # Errors
/// When a row needs it, it is the one that seals, or there is none.
pub async fn retire(app: &App, name: &str) -> Result<()> {
    let mut alone = alone(app).await?;
    let known = store::known(&mut alone).await?;
    let known = known.iter().find(|known| known.name == name).with_context(|| format!("there is no key `{name}`"))?;
    if known.retired_at.is_none() {
        let keyring = &app.config.keyring;
        ensure!(keyring.current_name() != name, "`{name}` is the current key: `keys rotate` changes to another");
        for holder in store::holders(&mut alone).await? {
            ensure!(holder.seals_under != name, "{} still seals under `{name}`", holder.label);
        }
        // Before anybody is made to wait.
        refuse_needed(name, &tables::uses(&mut alone).await?)?;
        let mut transaction = database::begin(&app.db).await?;
        let still = store::still(&mut transaction, &tables::names()).await;
        still.context("somebody writes to the database for long: run this again")?;
        refuse_needed(name, &tables::uses(&mut transaction).await?)?;
        store::retire(&mut transaction, name, app.clock.now()).await?;
        transaction.commit().await?;
    }
    if let Some(file) = app.config.keyring.file() {
        let taken = key_file::comment_out(file, name);
        taken.with_context(|| format!("`{name}` is retired; take it out by hand: {}", cannot_change(file)))?;
    }
    Ok(())
}

fn refuse_needed(name: &str, uses: &[Use]) -> Result<()> {
    let needed: Vec<String> = uses
        .iter()
        .filter(|found| found.key_id == name)
        .map(|found| format!("{} of {}", found.rows, found.table))
        .collect();
    ensure!(needed.is_empty(), "rows still need the key `{name}`: {}", needed.join(", "));
    Ok(())
}

/// How long the database may take to notice that a command has ended.
const BEHIND: Duration = Duration::from_secs(1);

/// A connection under whose lock no other command changes keys.
async fn alone(app: &App) -> Result<PgConnection> {
    let db = Mutex::new(app.db.acquire().await?.detach());
    let try_to_be = async || Ok::<_, sqlx::Error>(store::be_alone(&mut *db.lock().await).await?.then_some(()));
    let is_alone = poll(BEHIND, try_to_be).await?;
    ensure!(is_alone.is_some(), "another command changes the keys right now");
    Ok(db.into_inner())
}

fn cannot_change(file: &std::path::Path) -> String {
    format!("cannot replace {}", file.display())
}

async fn adopt_file(app: &App) -> Result<()> {
    let Some(kept) = app.config.keyring.kept()? else { return Ok(()) };
    register(&app.db, &kept, &app.clock).await?;
    app.config.keyring.adopt(&kept);
    Ok(())
}

/// The key to change to.
async fn goal(app: &App, db: &mut PgConnection, to: Option<&str>) -> Result<String> {
    let keyring = &app.config.keyring;
    if let Some(to) = to {
        ensure!(keyring.has(to), "the keyring has no key `{to}`");
        return Ok(to.to_owned());
    }
    // Where they are not kept in a file, only the operator puts another one first.
    if keyring.file().is_none() {
        return Ok(keyring.current_name());
    }
    let known = store::known(db).await?;
    let added = |name: &String| known.iter().find(|known| known.name == *name).map(|known| known.added_at);
    // Of those that came at once, the last one in the list.
    keyring.names().into_iter().max_by_key(added).context("there is no key")
}

/// Waits until something holds of all running processes; names those of which it does not, where the time is over.
async fn await_all(
    app: &App,
    patience: Duration,
    tell: Tell<'_>,
    trouble: &str,
    holds: impl Fn(&Holder) -> bool,
) -> Result<()> {
    let late = async || {
        let holders = store::holders(&mut *app.db.acquire().await?).await?;
        let late = holders.iter().filter(|holder| !holds(holder));
        Ok::<Vec<String>, sqlx::Error>(late.map(|holder| format!("{} {trouble}", holder.label)).collect())
    };
    for line in late().await? {
        tell(format!("waiting: {line}"))?;
    }
    let come = poll(patience, async || Ok::<_, sqlx::Error>(late().await?.is_empty().then_some(())));
    if come.await?.is_none() {
        bail!("{}; give it the same keys, and run this again", late().await?.join("; "));
    }
    Ok(())
}

/// Goes over all tables until no row is left under another key.
async fn put_all_under(app: &App, key: &str, patience: Duration, tell: Tell<'_>) -> Result<()> {
    // Rows that somebody else writes at the moment are met again in the next round.
    if round(app, key, tell).await?.is_none() {
        let rounds = poll(patience, || round(app, key, tell));
        rounds.await?.context("rows are still locked, or sealed under another key: run this again")?;
    }
    Ok(())
}

/// Goes over all tables once. `None` if rows are left.
async fn round(app: &App, key: &str, tell: Tell<'_>) -> Result<Option<()>> {
    let mut damaged = 0;
    for (table, walked) in each_table!(Rows => (Rows::TABLE, walk::<Rows>(app, key, tell).await?)) {
        if walked.moved > 0 {
            tell(format!("{table}: {} rows are under `{key}` now", walked.moved))?;
        }
        damaged += walked.damaged;
    }
    let left = tables::uses(&mut *app.db.acquire().await?).await?;
    let left: i64 = left.into_iter().filter(|found| found.key_id != key).map(|found| found.rows).sum();
    ensure!(damaged == 0 || u64::try_from(left)? > damaged, "{damaged} rows do not open: the log names them");
    Ok((left == 0).then_some(()))
}
