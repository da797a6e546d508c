//! What can go wrong with the embedded PostgreSQL, each as a sentence that tells the operator
//! what to do.

use std::io;
use std::path::{Path, PathBuf};

/// Why the embedded PostgreSQL is not available.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// No server program was found.
    #[error(
        "no PostgreSQL server programs (initdb, postgres) were found: install them \
         (Debian and Ubuntu: apt-get install postgresql; macOS: brew install postgresql@17), \
         put their folder on PATH, or configure the address of a database"
    )]
    NoBinaries,
    /// The cluster needs a PostgreSQL of another major version than those installed.
    #[error(
        "the database in {} was created by PostgreSQL {needed}, but only version {found} is \
         installed: install PostgreSQL {needed}, or move that folder away to start afresh",
        .cluster.display()
    )]
    WrongVersion {
        /// The cluster's folder.
        cluster: PathBuf,
        /// The major version that wrote it.
        needed: u32,
        /// The major versions found, as a list.
        found: String,
    },
    /// Another live process owns the data directory.
    #[error(
        "the data directory {} is in use by process {pid}: stop that process first, or choose \
         another data directory",
        .data_dir.display()
    )]
    InUse {
        /// The owner's process id, as it wrote it down.
        pid: String,
        /// The directory both want.
        data_dir: PathBuf,
    },
    /// A live process owns the data directory, but its server does not answer.
    #[error(
        "process {pid} owns the data directory {}, but its database does not answer ({reason}): \
         see postgres.log there, or restart that process",
        .data_dir.display()
    )]
    Unreachable {
        /// The owner's process id, as it wrote it down.
        pid: String,
        /// The owner's directory.
        data_dir: PathBuf,
        /// What the last attempt said.
        reason: String,
    },
    /// The data directory belongs to somebody else.
    #[error(
        "{} belongs to another user: run this as the user who runs the bridge, or choose another \
         data directory",
        .path.display()
    )]
    Forbidden {
        /// The file that could not be opened.
        path: PathBuf,
    },
    /// Running as root, and there is no user to run the server as.
    #[error(
        "PostgreSQL refuses to run as root, and this system has neither a user `postgres` nor a \
         user `nobody` to run it as: create one of them, or run the bridge as an ordinary user"
    )]
    NoServerUser,
    /// The user who runs the server cannot enter a folder on the way to the data directory.
    #[error(
        "PostgreSQL runs as user `{user}`, who cannot enter {}, and so cannot reach the data \
         directory {}: run `chmod o+x` on the former, or choose a data directory elsewhere, for \
         example below /var/lib",
        .barrier.display(), .data_dir.display()
    )]
    OutOfReach {
        /// The user who runs the server.
        user: String,
        /// The first folder on the way that stops them.
        barrier: PathBuf,
        /// Where they should get to.
        data_dir: PathBuf,
    },
    /// The user who runs the server cannot run the server's program.
    #[error(
        "user `{user}` cannot run {} ({source}): make it executable for everybody, or install \
         PostgreSQL from the system's packages",
        .program.display()
    )]
    NotExecutable {
        /// The user who runs the server.
        user: String,
        /// The program.
        program: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The short folder for the socket exists and is not safe to use.
    #[error(
        "{}, the folder for the database's socket, {why}: remove it, or choose a data directory \
         with a shorter path",
        .path.display()
    )]
    UnsafeSocketFolder {
        /// The folder.
        path: PathBuf,
        /// What is wrong with it, to follow its name.
        why: &'static str,
    },
    /// `initdb` failed.
    #[error("the database in {} could not be created ({status}): {output}", .data_dir.display())]
    InitFailed {
        /// How `initdb` ended.
        status: String,
        /// Where the cluster was to be.
        data_dir: PathBuf,
        /// What it said.
        output: String,
    },
    /// The server ended, or did not come up in time.
    #[error(
        "the embedded PostgreSQL did not start ({reason}). The end of {}:\n{last_words}",
        .log.display()
    )]
    StartFailed {
        /// How it ended, or why it could not be reached.
        reason: String,
        /// Its log.
        log: PathBuf,
        /// The last lines of that log.
        last_words: String,
    },
    /// A server that an earlier bridge left behind cannot be stopped.
    #[error(
        "an earlier PostgreSQL still runs on {} (processes {pids}) and cannot be stopped: stop \
         it by hand, then start again",
        .cluster.display()
    )]
    OrphanRemains {
        /// The cluster it runs on.
        cluster: PathBuf,
        /// Its processes.
        pids: String,
    },
    /// The running server refused what was asked of it.
    #[error("the embedded PostgreSQL refused: {0}")]
    Database(#[from] sqlx::Error),
    /// The system refused.
    #[error("cannot {doing} {}: {source}", .path.display())]
    Io {
        /// A verb.
        doing: &'static str,
        /// Its object.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl EmbeddedError {
    /// For `map_err`: adds what was being done, and to what.
    pub(super) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { doing, path, source }
    }
}
