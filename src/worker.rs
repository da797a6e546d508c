//! The background worker: every feature's jobs, and when the regular ones run.

use anyhow::{Context, Result};
use graphile_worker::WorkerOptions;

use crate::{
    alarms::WatchMails,
    app::App,
    authorisations::SweepAttempts,
    connection_links::ExpireConnectionLinks,
    disconnections::{RaiseOverdueRevocations, RevokeToken},
    events::{ApplyEvents, PurgeEvents},
    jobs::{self, PurgeJobs},
    mail::{PurgeMails, SendMail},
    pending_connections::ExpirePendingConnections,
    personal_data::PurgePersonalData,
    team::PurgeAccess,
    users::{PurgeSignIns, SendPasswordLink},
};

/// A worker's settings with all jobs, and without the clock-driven ones.
#[must_use]
pub fn options(app: &App) -> WorkerOptions {
    jobs::worker_options(app.db.clone())
        .add_extension(app.clone())
        .define_job::<RevokeToken>()
        .define_job::<RaiseOverdueRevocations>()
        .define_job::<SendMail>()
        .define_job::<SendPasswordLink>()
        .define_job::<PurgeMails>()
        .define_job::<SweepAttempts>()
        .define_job::<ExpirePendingConnections>()
        .define_job::<ExpireConnectionLinks>()
        .define_job::<PurgeAccess>()
        .define_job::<PurgeSignIns>()
        .define_job::<ApplyEvents>()
        .define_job::<PurgeEvents>()
        .define_job::<PurgePersonalData>()
        .define_job::<PurgeJobs>()
        .define_job::<WatchMails>()
}

/// The same, with the clock-driven ones.
///
/// # Errors
/// When a schedule is not one.
pub fn options_with_schedule(app: &App) -> Result<WorkerOptions> {
    options(app)
        .with_cron(
            "* * * * * sweep_attempts {}\n* * * * * expire_pending_connections {}\n17 * * * * purge_sign_ins {}\n\
             27 * * * * purge_access {}\n37 * * * * expire_connection_links {}\n7 * * * * raise_overdue_revocations {}\n\
             47 * * * * purge_mails {}\n57 * * * * purge_events {}\n33 3 * * * purge_personal_data {}\n\
             51 * * * * purge_jobs {}\n*/5 * * * * watch_mails {}\n",
        )
        .context("the schedule of the regular jobs is wrong")
}
