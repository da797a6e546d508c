//! The hourly wiping of links that have expired.

use graphile_worker::{IntoTaskHandlerResult, TaskHandler, WorkerContext};
use serde::{Deserialize, Serialize};

use super::store;
use crate::{app::App, jobs};

/// Wipes the secrets of links that have expired. Safe to run twice.
#[derive(Debug, Serialize, Deserialize)]
pub struct ExpireConnectionLinks {}

impl TaskHandler for ExpireConnectionLinks {
    const IDENTIFIER: &'static str = "expire_connection_links";

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        let app = context.get_ext::<App>().ok_or("the worker has no app")?;
        jobs::logged(Self::IDENTIFIER, &context, wipe(app)).await
    }
}

async fn wipe(app: &App) -> sqlx::Result<()> {
    store::wipe_expired(&mut *app.db.acquire().await?, app.clock.now()).await
}
