//! Owns the private PostgreSQL server that runs when no database address is configured: finds or
//! creates its cluster below the data directory, starts it, keeps it running, and stops it with the bridge.
//! It never listens on a network port and never touches a cluster that another process owns.

mod account;
mod binaries;
mod error;
mod folders;
mod leftovers;
mod watch;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{ConnectOptions as _, Connection as _, PgConnection};
use tokio::process::Child;

use account::Account;
use binaries::Binaries;
pub use error::EmbeddedError;
use folders::{DataFolder, Ownership};

/// The database, and the superuser of the private cluster.
const NAME: &str = "tickncook";
/// Only part of the socket's file name: nothing listens on TCP.
const PORT: u16 = 5432;
/// A start after a crash replays the log first.
const START_DEADLINE: Duration = Duration::from_mins(2);
const STOP_DEADLINE: Duration = Duration::from_secs(20);
/// How long an operator's command waits for a server that `serve` is only just starting.
const RUNNING_DEADLINE: Duration = Duration::from_secs(15);

/// A running private PostgreSQL. While this value lives, no other process can start the cluster.
#[derive(Debug)]
pub struct EmbeddedPostgres {
    server: Child,
    folder: DataFolder,
    socket: PathBuf,
    _lock: File,
}

impl EmbeddedPostgres {
    /// Starts the cluster in `data_dir`, creating it and its database at the first start.
    ///
    /// A server that an earlier bridge left behind when it was killed is stopped first.
    ///
    /// # Errors
    ///
    /// When another live process owns the directory, or PostgreSQL is missing or cannot start.
    pub async fn start(data_dir: &Path) -> Result<Self, EmbeddedError> {
        let started = Instant::now();
        let folder = DataFolder::open_or_create(data_dir)?;
        let lock = folder.lock().await?;

        let account = Account::choose(&folder)?;
        leftovers::clear(&folder, &account).await?;
        let binaries = Binaries::for_cluster(&folder.cluster())?;
        account.check_reach(&binaries, &folder).await?;

        let first_start = !folder.cluster().exists();
        if first_start {
            create_cluster(&folder, &binaries, &account).await?;
        }

        let socket = folder.prepare_socket(&account)?;
        let server = spawn_server(&folder, &binaries, &account, &socket)?;
        let mut postgres = Self { server, folder, socket, _lock: lock };
        postgres.wait_until_ready().await?;
        postgres.create_database().await?;
        tracing::info!(
            data_dir = %postgres.folder.path().display(),
            version = binaries.major(),
            first_start,
            elapsed_ms = started.elapsed().as_millis(),
            "the embedded PostgreSQL is running"
        );
        Ok(postgres)
    }

    /// How to connect to the bridge's database.
    #[must_use]
    pub fn connect_options(&self) -> PgConnectOptions {
        options(&self.socket).database(NAME)
    }

    /// Ends open sessions, writes everything out, and waits until the server is gone.
    ///
    /// # Errors
    ///
    /// When the server cannot be signalled or waited for.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        self.signal(Signal::SIGINT);
        if let Ok(exit) = tokio::time::timeout(STOP_DEADLINE, self.server.wait()).await {
            exit.context("waiting for the embedded PostgreSQL to stop")?;
        } else {
            tracing::warn!("the embedded PostgreSQL did not stop in time; stopping it at once");
            self.signal(Signal::SIGQUIT);
            self.server.wait().await.context("waiting for the embedded PostgreSQL to stop")?;
        }
        folders::remove_socket(&self.socket);
        tracing::info!("the embedded PostgreSQL has stopped");
        Ok(())
    }

    async fn wait_until_ready(&mut self) -> Result<(), EmbeddedError> {
        let started = Instant::now();
        loop {
            let exit = self.server.try_wait().map_err(EmbeddedError::io("watch the server of", self.folder.path()))?;
            if let Some(status) = exit {
                return Err(self.start_failed(status.to_string()));
            }
            match options(&self.socket).connect().await {
                Ok(connection) => return close(connection).await,
                Err(cause) if started.elapsed() > START_DEADLINE => {
                    return Err(self.start_failed(cause.to_string()));
                }
                Err(_) => pause().await,
            }
        }
    }

    async fn create_database(&self) -> Result<(), EmbeddedError> {
        let mut connection = options(&self.socket).connect().await?;
        let existing: Option<i32> = sqlx::query_scalar("select 1 from pg_database where datname = $1")
            .bind(NAME)
            .fetch_optional(&mut connection)
            .await?;
        if existing.is_none() {
            sqlx::query("create database tickncook").execute(&mut connection).await?;
        }
        close(connection).await
    }

    fn start_failed(&self, reason: String) -> EmbeddedError {
        EmbeddedError::StartFailed { reason, log: self.folder.log(), last_words: self.folder.last_log_lines() }
    }

    fn signal(&self, signal: Signal) {
        let Some(pid) = self.server.id().and_then(|id| i32::try_from(id).ok()) else {
            return; // it has been waited for already
        };
        if let Err(cause) = kill(Pid::from_raw(pid), signal) {
            tracing::warn!(%cause, %signal, "the embedded PostgreSQL could not be signalled");
        }
    }
}

/// Whoever forgets `stop`, or fails between start and stop, leaves no server behind.
impl Drop for EmbeddedPostgres {
    fn drop(&mut self) {
        self.signal(Signal::SIGINT);
    }
}

/// How to connect to the cluster in `data_dir` that another live process runs, or `None` if no
/// process does. Starts nothing.
///
/// # Errors
///
/// When the directory belongs to another user, or its owner's server does not answer.
pub async fn running(data_dir: &Path) -> Result<Option<PgConnectOptions>, EmbeddedError> {
    let Some(folder) = DataFolder::open_existing(data_dir)? else {
        return Ok(None);
    };
    let started = Instant::now();
    loop {
        let Ownership::HeldBy(pid) = folder.ownership()? else {
            return Ok(None);
        };
        let reason = match folder.postmaster()? {
            Some(postmaster) => match options(&postmaster.socket).database(NAME).connect().await {
                Ok(connection) => {
                    close(connection).await?;
                    return Ok(Some(options(&postmaster.socket).database(NAME)));
                }
                Err(cause) => cause.to_string(),
            },
            None => "it has not started its server yet".to_owned(),
        };
        if started.elapsed() > RUNNING_DEADLINE {
            return Err(EmbeddedError::Unreachable { pid, data_dir: folder.into_path(), reason });
        }
        pause().await;
    }
}

/// A whole cluster, or none: `initdb` works under a temporary name, because its first files make
/// a folder look like a cluster long before it is one.
async fn create_cluster(folder: &DataFolder, binaries: &Binaries, account: &Account) -> Result<(), EmbeddedError> {
    let unfinished = folder.unfinished_cluster();
    folders::create_private(&unfinished)?;
    account.own(&unfinished)?;
    let output = account
        .command(&binaries.initdb())
        .arg("-D")
        .arg(&unfinished)
        .args(["--username", NAME, "--auth", "trust", "--encoding", "UTF8", "--no-locale"])
        .arg("--data-checksums")
        .kill_on_drop(true)
        .output()
        .await
        .map_err(EmbeddedError::io("run", &binaries.initdb()))?;
    if !output.status.success() {
        return Err(EmbeddedError::InitFailed {
            status: output.status.to_string(),
            data_dir: folder.path().to_owned(),
            output: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        });
    }
    folder.adopt_cluster(&unfinished)
}

fn spawn_server(
    folder: &DataFolder,
    binaries: &Binaries,
    account: &Account,
    socket: &Path,
) -> Result<Child, EmbeddedError> {
    let log = folder.open_log()?;
    let log_too = log.try_clone().map_err(EmbeddedError::io("open", &folder.log()))?;
    let mut command = account.command(&binaries.postgres());
    command.arg("-D").arg(folder.cluster()).arg("-k").arg(socket);
    // Given here and not in postgresql.conf, so that an old cluster gets today's settings. The
    // name comes first: it is how the next bridge recognises an orphan in the process list.
    for setting in [
        format!("cluster_name={}", folder.cluster_name()),
        format!("port={PORT}"),
        "listen_addresses=".to_owned(),
        "unix_socket_permissions=0700".to_owned(),
        // Enough for several processes beside this one, and for an operator.
        "max_connections=120".to_owned(),
        "shared_buffers=64MB".to_owned(),
        "fsync=on".to_owned(),
        "timezone=UTC".to_owned(),
        "log_timezone=UTC".to_owned(),
        "log_destination=stderr".to_owned(),
        "logging_collector=off".to_owned(),
        // Details of an error quote rows; rows hold people's addresses.
        "log_error_verbosity=terse".to_owned(),
    ] {
        command.arg("-c").arg(setting);
    }
    command.stdout(log).stderr(log_too).spawn().map_err(EmbeddedError::io("run", &binaries.postgres()))
}

/// Trust, because the socket's folder lets in nobody but the server's own user and root.
fn options(socket: &Path) -> PgConnectOptions {
    PgConnectOptions::new_without_pgpass()
        .socket(socket)
        .port(PORT)
        .username(NAME)
        .database("postgres")
        .ssl_mode(PgSslMode::Disable)
        .application_name("tickncook-hubrise")
}

async fn close(connection: PgConnection) -> Result<(), EmbeddedError> {
    connection.close().await?;
    Ok(())
}

/// Between two looks at another process, which cannot tell us when it is ready.
#[expect(clippy::disallowed_methods, reason = "another process is watched by looking again")]
async fn pause() {
    tokio::time::sleep(Duration::from_millis(20)).await;
}
