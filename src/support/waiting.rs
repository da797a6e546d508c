//! The jobs that a connection waits for.

use anyhow::Result;
use sqlx::PgConnection;

use super::{
    case::{Case, State},
    store::connection as store,
};
use crate::{
    disconnections::RevokeToken,
    events::ApplyEvents,
    i18n::Language,
    jobs::{self, Waiting},
    mail::SendMail,
};

/// A job, with what it is for.
pub(super) struct Job {
    pub(super) title: String,
    pub(super) waiting: Waiting,
}

/// Under which key a job would be, the word that the history keeps for it, and to whom it writes.
struct Named {
    key: String,
    word: &'static str,
    recipient: Option<String>,
}

/// Every job that a connection can have.
async fn named(db: &mut PgConnection, case: &Case) -> Result<Vec<Named>> {
    let mut named = vec![Named { key: ApplyEvents { connection: case.id }.key(), word: "events", recipient: None }];
    if let State::Gone { revocation: Some(revocation), .. } = case.state {
        named.push(Named { key: RevokeToken { revocation }.key(), word: "revocation", recipient: None });
    }
    let mails = store::unsent_mails(db, case.id).await?.into_iter();
    named.extend(mails.map(|(mail, recipient)| Named {
        key: SendMail { mail }.key(),
        word: "mail",
        recipient: Some(recipient),
    }));
    Ok(named)
}

/// Those that wait, the next one first.
pub(super) async fn of(db: &mut PgConnection, t: Language, case: &Case) -> Result<Vec<Job>> {
    let named = named(db, case).await?;
    let keys: Vec<String> = named.iter().map(|named| named.key.clone()).collect();
    let jobs = jobs::waiting(db, &keys).await?.into_iter().filter_map(|waiting| {
        let named = named.iter().find(|named| named.key == waiting.key)?;
        let title = [Some(title(t, named.word)), named.recipient.clone()].into_iter().flatten();
        Some(Job { title: title.collect::<Vec<_>>().join(" · "), waiting })
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
    Ok(named(db, case).await?.into_iter().find(|named| named.key == key).map(|named| named.word))
}
