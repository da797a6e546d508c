//! The regular look for mails that nobody takes: without it, whoever is to be told of trouble by mail would not be, and
//! nobody would know.

use anyhow::Result;
use chrono::TimeDelta;
use graphile_worker::{IntoTaskHandlerResult, TaskHandler, WorkerContext};
use serde::{Deserialize, Serialize};

use super::service::{self, About, Kind, OURSELVES};
use crate::{app::App, database, jobs, mail};

/// A mail that waits for longer has been refused several times.
const WAITING_FOR: TimeDelta = TimeDelta::minutes(15);

/// Raises the alarm while mails wait for long, and ends it. Safe to run twice.
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
    if mail::none_is_taken_since(&mut transaction, now - WAITING_FOR).await? {
        service::raise(app, &mut transaction, Kind::MailsRefused, OURSELVES, About::default(), None).await?;
    } else {
        service::end(&mut transaction, Kind::MailsRefused, OURSELVES, now).await?;
    }
    Ok(transaction.commit().await?)
}
