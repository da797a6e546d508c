//! The job behind a revocation, and the regular look for those that take too long.

use graphile_worker::{IntoTaskHandlerResult, TaskHandler, WorkerContext};
use serde::{Deserialize, Serialize};

use super::{revocation, trail};
use crate::{app::App, ids::RevocationId, jobs};

/// Asks HubRise to take a token back, until it has. Safe to run twice.
#[derive(Debug, Serialize, Deserialize)]
pub struct RevokeToken {
    /// Which one.
    pub revocation: RevocationId,
}

impl RevokeToken {
    /// Under which the queue knows it.
    #[must_use]
    pub fn key(&self) -> String {
        format!("revoke-{}", self.revocation)
    }
}

impl TaskHandler for RevokeToken {
    const IDENTIFIER: &'static str = "revoke_token";

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        let app = context.get_ext::<App>().ok_or("the worker has no app")?;
        jobs::logged(Self::IDENTIFIER, &context, revocation::revoke(app, self.revocation)).await
    }
}

/// Raises an alarm for every revocation that HubRise has not confirmed within a day. Safe to run twice.
#[derive(Debug, Serialize, Deserialize)]
pub struct RaiseOverdueRevocations {}

impl TaskHandler for RaiseOverdueRevocations {
    const IDENTIFIER: &'static str = "raise_overdue_revocations";

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        let app = context.get_ext::<App>().ok_or("the worker has no app")?;
        jobs::logged(Self::IDENTIFIER, &context, trail::raise_overdue(app, None)).await
    }
}
