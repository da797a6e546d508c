//! The job that sends a link.

use graphile_worker::{IntoTaskHandlerResult, TaskHandler, WorkerContext};
use serde::{Deserialize, Serialize};

use super::service;
use crate::{app::App, ids::PasswordLinkId, jobs};

/// Sends somebody the link that was asked for with their address, if it is an account's. Tried again it sends another
/// secret; the last one counts.
#[derive(Debug, Serialize, Deserialize)]
pub struct SendPasswordLink {
    /// Which one.
    pub(super) link: PasswordLinkId,
}

impl SendPasswordLink {
    /// Under which the queue knows it.
    pub(super) fn key(&self) -> String {
        format!("password-link-{}", self.link)
    }
}

impl TaskHandler for SendPasswordLink {
    const IDENTIFIER: &'static str = "send_password_link";

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        let app = context.get_ext::<App>().ok_or("the worker has no app")?;
        jobs::logged(Self::IDENTIFIER, &context, service::send(app, self.link)).await
    }
}
