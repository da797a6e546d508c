//! What lies in the data directory, under which name, with which permissions, and who owns it now:
//! `owner.lock`, `postgres/` (the cluster), `socket/`, `postgres.log`.

use std::env;
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nix::unistd::geteuid;
use sha2::{Digest as _, Sha256};

use super::account::Account;
use super::error::EmbeddedError;
use super::pause;

/// Longest path of a Unix socket, without the closing zero byte.
const SOCKET_PATH_MAX: usize = 107;
const LOG_MAX_BYTES: u64 = 10_000_000;
/// An operator's command holds the lock for an instant while it looks whether anybody does.
const LOCK_PATIENCE: Duration = Duration::from_millis(500);

/// The data directory, by its real path.
#[derive(Debug)]
pub(super) struct DataFolder(PathBuf);

/// Whether a live process owns the data directory.
pub(super) enum Ownership {
    Free,
    /// By the process of this id, as it wrote it down.
    HeldBy(String),
}

/// What the server says about itself in `postmaster.pid`.
pub(super) struct Postmaster {
    pub(super) socket: PathBuf,
}

impl DataFolder {
    pub(super) fn open_or_create(path: &Path) -> Result<Self, EmbeddedError> {
        create_reachable(path)?;
        let path = path.canonicalize().map_err(EmbeddedError::io("find", path))?;
        if geteuid().is_root() {
            // The server's user passes through; what lies in here protects itself.
            let mode = path.metadata().map_err(EmbeddedError::io("read", &path))?.mode();
            if mode & 0o011 != 0o011 {
                fs::set_permissions(&path, Permissions::from_mode(mode & 0o7777 | 0o011))
                    .map_err(EmbeddedError::io("open the way through", &path))?;
            }
        }
        Ok(Self(path))
    }

    /// `None` if no bridge was ever started on it.
    pub(super) fn open_existing(path: &Path) -> Result<Option<Self>, EmbeddedError> {
        match path.canonicalize() {
            Ok(path) => Ok(Some(Self(path))),
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(cause) => Err(forbidden_or("find", path)(cause)),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    pub(super) fn into_path(self) -> PathBuf {
        self.0
    }

    pub(super) fn cluster(&self) -> PathBuf {
        self.0.join("postgres")
    }

    pub(super) fn log(&self) -> PathBuf {
        self.0.join("postgres.log")
    }

    /// Where `initdb` works in this process.
    pub(super) fn unfinished_cluster(&self) -> PathBuf {
        self.0.join(format!("postgres.unfinished.{}", std::process::id()))
    }

    /// What earlier processes did not finish.
    pub(super) fn unfinished_clusters(&self) -> Result<Vec<PathBuf>, EmbeddedError> {
        let entries = fs::read_dir(&self.0).map_err(EmbeddedError::io("list", &self.0))?;
        Ok(entries
            .flatten()
            .filter(|entry| entry.file_name().to_string_lossy().starts_with("postgres.unfinished."))
            .map(|entry| entry.path())
            .collect())
    }

    /// Gives a finished cluster its name, for good.
    pub(super) fn adopt_cluster(&self, finished: &Path) -> Result<(), EmbeddedError> {
        fs::rename(finished, self.cluster()).map_err(EmbeddedError::io("rename", finished))?;
        File::open(&self.0).and_then(|folder| folder.sync_all()).map_err(EmbeddedError::io("write out", &self.0))
    }

    /// How the server's processes are told from those of any other cluster.
    pub(super) fn cluster_name(&self) -> String {
        format!("tickncook-{}", self.digest())
    }

    fn digest(&self) -> String {
        let digest = Sha256::digest(self.0.as_os_str().as_encoded_bytes());
        let start = digest.iter().take(8).fold(0, |start: u64, byte| start << 8 | u64::from(*byte));
        format!("{start:016x}")
    }

    /// The kernel releases the lock when its holder dies, however it dies. The server does not
    /// inherit it: its file is closed on exec.
    pub(super) async fn lock(&self) -> Result<File, EmbeddedError> {
        let path = self.lock_path();
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .mode(0o600)
            .open(&path)
            .map_err(forbidden_or("open", &path))?;
        let started = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(cause)) => {
                    return Err(EmbeddedError::io("lock", &path)(cause));
                }
                Err(TryLockError::WouldBlock) if started.elapsed() > LOCK_PATIENCE => {
                    return Err(EmbeddedError::InUse {
                        pid: written_pid(&mut file).map_err(EmbeddedError::io("read", &path))?,
                        data_dir: self.0.clone(),
                    });
                }
                Err(TryLockError::WouldBlock) => {
                    pause().await;
                }
            }
        }
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| writeln!(file, "{}", std::process::id()))
            .map_err(EmbeddedError::io("write", &path))?;
        Ok(file)
    }

    pub(super) fn ownership(&self) -> Result<Ownership, EmbeddedError> {
        let path = self.lock_path();
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(Ownership::Free),
            Err(cause) => return Err(forbidden_or("open", &path)(cause)),
        };
        match file.try_lock_shared() {
            Ok(()) => Ok(Ownership::Free),
            Err(TryLockError::WouldBlock) => {
                let pid = written_pid(&mut file).map_err(EmbeddedError::io("read", &path))?;
                Ok(Ownership::HeldBy(pid))
            }
            Err(TryLockError::Error(cause)) => Err(EmbeddedError::io("lock", &path)(cause)),
        }
    }

    /// What the running server wrote down, once it has written it all.
    pub(super) fn postmaster(&self) -> Result<Option<Postmaster>, EmbeddedError> {
        let path = self.postmaster_pid();
        match fs::read_to_string(&path) {
            // Lines: pid, data folder, start time, port, socket folder, …
            Ok(text) => Ok(text
                .lines()
                .nth(4)
                .filter(|line| !line.is_empty())
                .map(|socket| Postmaster { socket: socket.into() })),
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(cause) => Err(forbidden_or("read", &path)(cause)),
        }
    }

    pub(super) fn postmaster_pid(&self) -> PathBuf {
        self.cluster().join("postmaster.pid")
    }

    fn lock_path(&self) -> PathBuf {
        self.0.join("owner.lock")
    }

    /// An empty folder for the socket that only the server's user and root can enter: in the data
    /// directory, or below the temporary directory if the path would be too long for a socket.
    pub(super) fn prepare_socket(&self, account: &Account) -> Result<PathBuf, EmbeddedError> {
        let within = self.0.join("socket");
        let fits = within.join(".s.PGSQL.5432").as_os_str().len() <= SOCKET_PATH_MAX;
        let socket = if fits { within } else { env::temp_dir().join(self.cluster_name()) };
        if socket.symlink_metadata().is_ok() {
            if !fits {
                check_private(&socket, account)?;
            }
            fs::remove_dir_all(&socket).map_err(EmbeddedError::io("empty", &socket))?;
        }
        create_private(&socket)?;
        account.own(&socket)?;
        Ok(socket)
    }

    /// Appends, so that the end of a crashed server is kept; the one before last is not.
    pub(super) fn open_log(&self) -> Result<File, EmbeddedError> {
        let path = self.log();
        if path.metadata().is_ok_and(|log| log.len() > LOG_MAX_BYTES) {
            fs::rename(&path, self.0.join("postgres.log.old")).map_err(EmbeddedError::io("rename", &path))?;
        }
        OpenOptions::new().create(true).append(true).mode(0o600).open(&path).map_err(EmbeddedError::io("open", &path))
    }

    pub(super) fn last_log_lines(&self) -> String {
        let tail = File::open(self.log()).and_then(|mut log| {
            let length = log.metadata()?.len();
            log.seek(SeekFrom::Start(length.saturating_sub(4_000)))?;
            let mut tail = Vec::new();
            log.read_to_end(&mut tail)?;
            Ok(String::from_utf8_lossy(&tail).into_owned())
        });
        let tail = tail.unwrap_or_else(|cause| format!("(it cannot be read: {cause})"));
        let lines: Vec<&str> = tail.lines().rev().take(12).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }
}

/// A new folder that nobody else can enter.
pub(super) fn create_private(path: &Path) -> Result<(), EmbeddedError> {
    DirBuilder::new().mode(0o700).create(path).map_err(EmbeddedError::io("create", path))
}

/// After the server has gone; a folder that is not empty or not there any more is no trouble.
pub(super) fn remove_socket(path: &Path) {
    if let Err(cause) = fs::remove_dir(path) {
        tracing::debug!(%cause, "the socket's folder was not removed");
    }
}

/// Root's new folders let the server's user pass, whatever the umask says; anybody else's are
/// private.
fn create_reachable(path: &Path) -> Result<(), EmbeddedError> {
    let missing: Vec<&Path> =
        path.ancestors().take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists()).collect();
    let mode = if geteuid().is_root() { 0o711 } else { 0o700 };
    for folder in missing.into_iter().rev() {
        match fs::create_dir(folder) {
            Ok(()) => fs::set_permissions(folder, Permissions::from_mode(mode))
                .map_err(EmbeddedError::io("set the permissions of", folder))?,
            Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => {}
            Err(cause) => return Err(forbidden_or("create", folder)(cause)),
        }
    }
    Ok(())
}

/// Anybody may have made a folder of this name in the temporary directory before us.
fn check_private(path: &Path, account: &Account) -> Result<(), EmbeddedError> {
    let found = path.symlink_metadata().map_err(EmbeddedError::io("read", path))?;
    let why = if !found.is_dir() {
        "is not a folder"
    } else if found.uid() != account.uid() && found.uid() != geteuid().as_raw() {
        "belongs to another user"
    } else if found.mode() & 0o7777 != 0o700 {
        "is open to other users"
    } else {
        return Ok(());
    };
    Err(EmbeddedError::UnsafeSocketFolder { path: path.to_owned(), why })
}

fn written_pid(lock: &mut File) -> io::Result<String> {
    let mut pid = String::new();
    lock.read_to_string(&mut pid)?;
    let pid = pid.trim();
    Ok(if pid.is_empty() { "(unknown)" } else { pid }.to_owned())
}

fn forbidden_or(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> EmbeddedError {
    let path = path.to_owned();
    move |cause| match cause.kind() {
        io::ErrorKind::PermissionDenied => EmbeddedError::Forbidden { path },
        _ => EmbeddedError::Io { doing, path, source: cause },
    }
}
