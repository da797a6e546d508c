//! A process that owns an embedded PostgreSQL until it is told to stop: this test program again, running one test
//! that is ignored otherwise.

use std::env;
use std::ffi::OsStr;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

use anyhow::Context as _;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use sqlx::postgres::PgConnectOptions;
use tickncook_hubrise::database::embedded::{self, EmbeddedPostgres};
use tokio::signal::unix::{SignalKind, signal};

use crate::waiting::eventually;

const DATA_DIR: &str = "PROCESSES_TEST_DATA_DIR";

#[tokio::test]
#[ignore = "only for Owner, who runs it as a process of its own"]
async fn own_a_data_directory() -> anyhow::Result<()> {
    let Some(data_dir) = env::var_os(DATA_DIR) else {
        return Ok(());
    };
    let mut stop = signal(SignalKind::terminate())?;
    let postgres = EmbeddedPostgres::start(Path::new(&data_dir)).await?;
    stop.recv().await;
    postgres.stop().await
}

pub(crate) struct Owner {
    process: Child,
}

impl Owner {
    /// Begins to start; see `ready`.
    pub(crate) fn spawn(data_dir: &Path) -> anyhow::Result<Self> {
        Self::spawn_with(env::current_exe()?.as_os_str(), data_dir, None)
    }

    /// The same from a copy of this program, and as another user.
    pub(crate) fn spawn_with(program: &OsStr, data_dir: &Path, user: Option<u32>) -> anyhow::Result<Self> {
        let mut command = Command::new(program);
        command
            .args(["--exact", "owner::own_a_data_directory", "--ignored"])
            .env(DATA_DIR, data_dir)
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if let Some(user) = user {
            command.uid(user).gid(user);
        }
        Ok(Self { process: command.spawn()? })
    }

    /// Waits until the database answers.
    pub(crate) async fn ready(&mut self, data_dir: &Path) -> anyhow::Result<PgConnectOptions> {
        let lock = data_dir.join("owner.lock");
        eventually("the owner has taken its data directory", || {
            std::fs::metadata(&lock).is_ok_and(|lock| lock.len() > 0) || self.has_ended()
        })
        .await?;
        embedded::running(data_dir).await?.context("the owner has gone")
    }

    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }

    pub(crate) fn has_ended(&mut self) -> bool {
        !matches!(self.process.try_wait(), Ok(None))
    }

    pub(crate) fn kill(mut self) -> anyhow::Result<()> {
        self.process.kill()?;
        self.process.wait()?;
        Ok(())
    }

    /// Tells it to stop, and waits.
    pub(crate) fn stop(mut self) -> anyhow::Result<ExitStatus> {
        kill(Pid::from_raw(self.process.id().try_into()?), Signal::SIGTERM)?;
        Ok(self.process.wait()?)
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}
