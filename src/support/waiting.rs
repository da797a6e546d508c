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

/// Under which key a job would be, and what people call it.
struct Named {
    key: String,
    title: &'static str,
    recipient: Option<String>,
}

/// Every job that a connection can have.
async fn named(db: &mut PgConnection, case: &Case) -> Result<Vec<Named>> {
    let mut named = vec![Named { key: format!("events-{}", case.id), title: "console-job-events", recipient: None }];
    if let State::Gone { revocation: Some(revocation), .. } = case.state {
        let key = format!("revoke-{revocation}");
        named.push(Named { key, title: "console-job-revocation", recipient: None });
    }
    let mails = store::unsent_mails(db, case.id).await?.into_iter();
    named.extend(mails.map(|(mail, recipient)| Named {
        key: format!("mail-{mail}"),
        title: "console-job-mail",
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
        let title = [Some(t.text(named.title)), named.recipient.clone()].into_iter().flatten();
        Some(Job { title: title.collect::<Vec<_>>().join(" · "), waiting })
    });
    Ok(jobs.collect())
}

/// The key of what people call a job of this connection; `None` for one that is not its.
pub(super) async fn title(db: &mut PgConnection, case: &Case, key: &str) -> Result<Option<&'static str>> {
    Ok(named(db, case).await?.into_iter().find(|named| named.key == key).map(|named| named.title))
}
