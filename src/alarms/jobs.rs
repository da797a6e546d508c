//! The regular look for mails that nobody takes: without it, whoever is to be told of trouble by mail would not be, and
//! nobody would know.

use anyhow::Result;
use chrono::TimeDelta;
use graphile_worker::{IntoTaskHandlerResult, TaskHandler, WorkerContext};
use serde::{Deserialize, Serialize};

use super::service::{self, About, Kind, OURSELVES};
use crate::{
    app::App,
    database,
    jobs::{self, Urgency},
    mail,
};

/// A mail that waits for longer has been refused several times.
const WAITING_FOR: TimeDelta = TimeDelta::minutes(15);

/// Raises the alarm while mails wait for long, ends it, and has them tried again. Safe to run twice.
#[derive(Debug, Serialize, Deserialize)]
pub struct WatchMails {}

impl TaskHandler for WatchMails {
    const IDENTIFIER: &'static str = "watch_mails";

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        let app = context.get_ext::<App>().ok_or("the worker has no app")?;
        jobs::logged(Self::IDENTIFIER, &context, watch(app)).await
    }
}

async fn watch(app: &App) -> Result<()> {
    let now = app.clock.now();
    let mut transaction = database::begin(&app.db).await?;
    let last_unkept = jobs::last_failing_for(&mut transaction, Urgency::Mails, WAITING_FOR).await?;
    let refusals = mail::refusals(&mut transaction, now - WAITING_FOR, last_unkept).await?;
    if refusals.none_is_taken {
        service::raise(app, &mut transaction, Kind::MailsRefused, OURSELVES, About::default(), None).await?;
    } else if !refusals.may_wait_still {
        service::end(&mut transaction, Kind::MailsRefused, OURSELVES, now).await?;
    }
    transaction.commit().await?;
    // One address that nobody has is not tried the more often for it where others are taken.
    if refusals.may_wait_still { mail::send_waiting(app).await } else { Ok(()) }
}
