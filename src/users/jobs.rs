//! The hourly deletion of what signing in leaves behind.

use anyhow::Result;
use chrono::TimeDelta;
use graphile_worker::{IntoTaskHandlerResult, TaskHandler, WorkerContext};
use serde::{Deserialize, Serialize};

use super::{known_device, leaving, password_links, store, throttle};
use crate::{app::App, jobs};

/// Deletes expired sessions and links to choose a password by, old failures, browsers that nobody signs in with any
/// more, what HubRise said of people who have no account after a day, and accounts without an organisation after a
/// month. Safe to run twice.
#[derive(Debug, Serialize, Deserialize)]
pub struct PurgeSignIns {}

impl TaskHandler for PurgeSignIns {
    const IDENTIFIER: &'static str = "purge_sign_ins";

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        let app = context.get_ext::<App>().ok_or("the worker has no app")?;
        jobs::logged(Self::IDENTIFIER, &context, purge(app)).await
    }
}

async fn purge(app: &App) -> Result<()> {
    app.sessions().purge_expired().await?;
    store::purge_identities(&mut *app.db.acquire().await?, app.clock.now() - TimeDelta::days(1)).await?;
    known_device::purge(app).await?;
    throttle::purge(&app.db, app.clock.now()).await?;
    password_links::purge(&mut *app.db.acquire().await?, app.clock.now()).await?;
    leaving::purge_alone(app).await?;
    Ok(store::purge_sessions_of_nobody(&mut *app.db.acquire().await?).await?)
}
