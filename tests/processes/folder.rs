//! A data directory for one test, removed with everything that still runs in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::Context as _;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

static NUMBER: AtomicU32 = AtomicU32::new(0);

pub(crate) struct Folder {
    root: PathBuf,
    data: PathBuf,
}

impl Folder {
    /// A data directory that does not exist yet, `below` a new folder of the temporary directory.
    pub(crate) fn new(below: &str) -> anyhow::Result<Self> {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let root = std::env::temp_dir().join(format!("tickncook-test-{}-{number}", std::process::id()));
        fs::create_dir(&root)?;
        Ok(Self { data: root.join(below), root })
    }

    /// The data directory.
    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    /// The folder around it.
    pub(crate) fn around(&self) -> &Path {
        &self.root
    }

    /// The names in the data directory.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.data).into_iter().flatten().flatten();
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
    }

    /// The server's process, by its own account.
    pub(crate) fn server(&self) -> anyhow::Result<Pid> {
        let text = fs::read_to_string(self.data.join("postgres/postmaster.pid"))?;
        let pid = text.lines().next().context("postmaster.pid is empty")?.trim().parse()?;
        Ok(Pid::from_raw(pid))
    }

    /// Every process that has this data directory on its command line, a bridge's PostgreSQL above all.
    pub(crate) fn processes(&self) -> Vec<i32> {
        let data = self.data.to_string_lossy();
        fs::read_dir("/proc")
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
            .filter(|pid: &i32| {
                let command_line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
                String::from_utf8_lossy(&command_line).contains(&*data)
            })
            .collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Ok(server) = self.server()
            && self.processes().contains(&server.as_raw())
        {
            kill(server, Signal::SIGQUIT).ok();
        }
        fs::remove_dir_all(&self.root).ok();
    }
}
