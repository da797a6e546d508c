//! The job behind a revocation.

use graphile_worker::{IntoTaskHandlerResult, TaskHandler, WorkerContext};
use serde::{Deserialize, Serialize};

use super::revocation;
use crate::{app::App, ids::RevocationId, jobs};

/// Asks HubRise to take a token back, until it has. Safe to run twice.
#[derive(Debug, Serialize, Deserialize)]
pub struct RevokeToken {
    /// Which one.
    pub revocation: RevocationId,
}

impl TaskHandler for RevokeToken {
    const IDENTIFIER: &'static str = "revoke_token";

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        let app = context.get_ext::<App>().ok_or("the worker has no app")?;
        jobs::logged(Self::IDENTIFIER, &context, revocation::revoke(app, self.revocation)).await
    }
}
