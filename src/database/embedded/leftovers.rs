//! Cleans up after a bridge that was killed: a server or an `initdb` that outlived it, a
//! `postmaster.pid` whose process is long gone, half a cluster. Only for whoever holds the lock.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::account::Account;
use super::error::EmbeddedError;
use super::folders::DataFolder;
use super::pause;

/// Each signal harder than the one before, and how long it may take.
const ESCALATION: [(Signal, Duration); 3] = [
    (Signal::SIGINT, Duration::from_secs(20)),
    (Signal::SIGQUIT, Duration::from_secs(5)),
    (Signal::SIGKILL, Duration::from_secs(5)),
];

/// After this no process of an earlier bridge uses the cluster.
pub(super) async fn clear(folder: &DataFolder, account: &Account) -> Result<(), EmbeddedError> {
    stop_orphans(folder, account).await?;
    remove_stale_pid_file(folder)?;
    for unfinished in folder.unfinished_clusters()? {
        remove_unfinished(&unfinished).await?;
    }
    Ok(())
}

async fn stop_orphans(folder: &DataFolder, account: &Account) -> Result<(), EmbeddedError> {
    if Orphans::find(folder, account).is_none() {
        return Ok(());
    }
    tracing::warn!("stopping a PostgreSQL that an earlier bridge left behind");
    for (signal, patience) in ESCALATION {
        if let Some(orphans) = Orphans::find(folder, account) {
            orphans.signal(signal);
        }
        let started = Instant::now();
        while started.elapsed() < patience {
            if Orphans::find(folder, account).is_none() {
                return Ok(());
            }
            pause().await;
        }
    }
    match Orphans::find(folder, account) {
        None => Ok(()),
        Some(orphans) => {
            let pids: Vec<String> = orphans.all().map(Pid::to_string).collect();
            Err(EmbeddedError::OrphanRemains { cluster: folder.cluster(), pids: pids.join(", ") })
        }
    }
}

/// The processes that outlived an earlier bridge. They are known by what the process list shows,
/// and not by the number in `postmaster.pid`, which may be anybody's by now.
#[derive(Default)]
struct Orphans {
    /// The server, or an `initdb`: each ends its own children.
    parents: Vec<Pid>,
    /// The server's sessions and workers.
    children: Vec<Pid>,
}

impl Orphans {
    /// Where there is no `/proc` none are found, and PostgreSQL's own check has to do.
    fn find(folder: &DataFolder, account: &Account) -> Option<Self> {
        let name = folder.cluster_name();
        let server_argument = format!("cluster_name={name}");
        let child_title = format!("postgres: {name}: ");
        let unfinished = folder.path().join("postgres.unfinished.");
        let unfinished = unfinished.to_string_lossy();

        let mut found = Self::default();
        for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
            let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
                continue;
            };
            if entry.metadata().is_ok_and(|process| process.uid() != account.uid()) {
                continue;
            }
            // A process that has gone meanwhile has no file, a zombie an empty one.
            let Ok(command_line) = fs::read(entry.path().join("cmdline")) else { continue };
            let command_line = String::from_utf8_lossy(&command_line);
            let mut words = command_line.split('\0');
            let program = words.next().and_then(|program| Path::new(program).file_name());
            let is_parent = match program.and_then(|name| name.to_str()) {
                Some("postgres") => words.any(|word| word == server_argument),
                Some("initdb") => words.any(|word| word.starts_with(&*unfinished)),
                _ => false,
            };
            if is_parent {
                found.parents.push(Pid::from_raw(pid));
            } else if command_line.starts_with(&child_title) {
                found.children.push(Pid::from_raw(pid));
            }
        }
        let any = !(found.parents.is_empty() && found.children.is_empty());
        any.then_some(found)
    }

    fn all(&self) -> impl Iterator<Item = &Pid> {
        self.parents.iter().chain(&self.children)
    }

    /// To the children only when their server is gone: to them, the same signals mean other things.
    fn signal(&self, signal: Signal) {
        let targets = if self.parents.is_empty() { &self.children } else { &self.parents };
        for pid in targets {
            if let Err(cause) = kill(*pid, signal) {
                tracing::debug!(%cause, %pid, "an orphan had gone before the signal");
            }
        }
    }
}

/// With no process left, `postmaster.pid` is stale. It is removed because its number may belong
/// to another process of the same user by now, and then PostgreSQL would refuse to start.
fn remove_stale_pid_file(folder: &DataFolder) -> Result<(), EmbeddedError> {
    if !Path::new("/proc/self/cmdline").exists() {
        return Ok(()); // nobody looked for orphans
    }
    let path = folder.postmaster_pid();
    match fs::remove_file(&path) {
        Err(cause) if cause.kind() != io::ErrorKind::NotFound => Err(EmbeddedError::io("remove", &path)(cause)),
        _ => Ok(()),
    }
}

/// The child of a killed `initdb` may still be writing for an instant.
async fn remove_unfinished(path: &Path) -> Result<(), EmbeddedError> {
    let started = Instant::now();
    loop {
        match fs::remove_dir_all(path) {
            Ok(()) => return Ok(()),
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(cause) if started.elapsed() > Duration::from_secs(10) => {
                return Err(EmbeddedError::io("remove", path)(cause));
            }
            Err(_) => pause().await,
        }
    }
}
