//! The hourly deletion of what signing in leaves behind.

use graphile_worker::{IntoTaskHandlerResult, TaskHandler, WorkerContext};
use serde::{Deserialize, Serialize};

use super::throttle;
use crate::{app::App, jobs};

/// Deletes expired sessions and old failures. Safe to run twice.
#[derive(Debug, Serialize, Deserialize)]
pub struct PurgeSignIns {}

impl TaskHandler for PurgeSignIns {
    const IDENTIFIER: &'static str = "purge_sign_ins";

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        let app = context.get_ext::<App>().ok_or("the worker has no app")?;
        jobs::logged(Self::IDENTIFIER, &context, purge(app)).await
    }
}

async fn purge(app: &App) -> sqlx::Result<()> {
    app.sessions().purge_expired().await?;
    throttle::purge(&app.db, app.clock.now()).await
}
