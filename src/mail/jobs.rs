//! The job behind a mail.

use anyhow::{Context, Result};
use chrono::TimeDelta;
use graphile_worker::{IntoTaskHandlerResult, TaskHandler, WorkerContext};
use serde::{Deserialize, Serialize};

use super::outbox;
use crate::{
    app::App,
    ids::MailId,
    jobs::{self, Urgency},
};

/// After this long, what a mail says is no news any more.
const GIVE_UP_AFTER: TimeDelta = TimeDelta::days(2);
/// How long a mail can be looked at.
const KEEP_FOR: TimeDelta = TimeDelta::days(30);

/// Hands a mail to the mail server, until it has taken it. After a crash in between it may be sent twice, under the
/// same Message-ID.
#[derive(Debug, Serialize, Deserialize)]
pub struct SendMail {
    /// Which one.
    pub mail: MailId,
}

impl SendMail {
    /// Under which the queue knows it.
    #[must_use]
    pub fn key(&self) -> String {
        format!("mail-{}", self.mail)
    }
}

impl TaskHandler for SendMail {
    const IDENTIFIER: &'static str = "send_mail";

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        let app = context.get_ext::<App>().ok_or("the worker has no app")?;
        jobs::logged(Self::IDENTIFIER, &context, send(app, self.mail)).await
    }
}

async fn send(app: &App, id: MailId) -> Result<()> {
    let Some(mail) = outbox::to_send(&mut *app.db.acquire().await?, id).await? else { return Ok(()) };
    let now = app.clock.now();
    if now - mail.created_at > GIVE_UP_AFTER {
        tracing::error!(mail = %id, "a mail could not be sent for days, and is given up");
        return Ok(outbox::give_up(&mut *app.db.acquire().await?, id, now).await?);
    }
    app.mail.send(id, &mail).await.context("the mail is not sent")?;
    Ok(outbox::sent(&mut *app.db.acquire().await?, id, now).await?)
}

/// So many at a time.
const WAITING: i64 = 300;

/// Has the mails sent that wait, those with a secret too, once the mail server answers: their next try may be hours
/// away. While it does not, they would only keep the worker from its other jobs.
///
/// # Errors
/// When the database does not answer.
pub async fn send_waiting(app: &App) -> Result<()> {
    if !app.mail.answers().await {
        return Ok(());
    }
    let hastened = jobs::hasten_failed(&mut *app.db.acquire().await?, Urgency::Mails, WAITING).await?;
    if hastened > 0 {
        tracing::info!(hastened, "mails that the mail server did not take are tried again");
    }
    Ok(())
}

/// Forgets old mails.
#[derive(Debug, Serialize, Deserialize)]
pub struct PurgeMails {}

impl TaskHandler for PurgeMails {
    const IDENTIFIER: &'static str = "purge_mails";

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        let app = context.get_ext::<App>().ok_or("the worker has no app")?;
        jobs::logged(Self::IDENTIFIER, &context, purge(app)).await
    }
}

async fn purge(app: &App) -> Result<()> {
    Ok(outbox::purge(&mut *app.db.acquire().await?, app.clock.now() - KEEP_FOR).await?)
}
