//! The jobs that a connection waits for.

use anyhow::Result;
use sqlx::PgConnection;

use super::{
    case::{Case, State},
    store::connection as store,
};
use crate::{
    i18n::Language,
    jobs::{self, Waiting},
};

/// A job, with what it is for.
pub(super) struct Job {
    pub(super) title: String,
    pub(super) waiting: Waiting,
}

/// Under which keys a connection's jobs are, each with the word that the history keeps for it.
async fn keys(db: &mut PgConnection, case: &Case) -> Result<Vec<(String, &'static str)>> {
    let mut keys = vec![(format!("events-{}", case.id), "events")];
    if let State::Gone { revocation: Some(revocation), .. } = case.state {
        keys.push((format!("revoke-{revocation}"), "revocation"));
    }
    let mails = store::unsent_mails(db, case.id).await?;
    keys.extend(mails.into_iter().map(|mail| (format!("mail-{mail}"), "mail")));
    Ok(keys)
}

/// Those that wait, the next one first.
pub(super) async fn of(db: &mut PgConnection, t: Language, case: &Case) -> Result<Vec<Job>> {
    let named = keys(db, case).await?;
    let keys: Vec<String> = named.iter().map(|(key, _)| key.clone()).collect();
    let jobs = jobs::waiting(db, &keys).await?.into_iter().filter_map(|waiting| {
        let (_, word) = named.iter().find(|(key, _)| *key == waiting.key)?;
        Some(Job { title: title(t, word), waiting })
    });
    Ok(jobs.collect())
}

fn title(t: Language, word: &str) -> String {
    match word {
        "events" => t.text("console-job-events"),
        "revocation" => t.text("console-job-revocation"),
        _ => t.text("console-job-mail"),
    }
}

/// The word for a job of this connection; `None` for one that is not its.
pub(super) async fn word(db: &mut PgConnection, case: &Case, key: &str) -> Result<Option<&'static str>> {
    Ok(keys(db, case).await?.into_iter().find(|(own, _)| own == key).map(|(_, word)| word))
}
