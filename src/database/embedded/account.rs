//! Who runs the server. PostgreSQL refuses root, so root hands it to a user without rights;
//! everybody else runs it as themselves.

use std::io;
use std::os::unix::fs::{MetadataExt as _, lchown};
use std::path::Path;
use std::process::Stdio;

use nix::unistd::{Uid, User, geteuid};
use tokio::process::Command;

use super::binaries::Binaries;
use super::error::EmbeddedError;
use super::folders::DataFolder;

/// The user who runs the server; `None` is the bridge's own.
#[derive(Debug)]
pub(super) struct Account(Option<User>);

impl Account {
    /// As root: whoever owns the cluster already, else `postgres`, else `nobody`.
    pub(super) fn choose(folder: &DataFolder) -> Result<Self, EmbeddedError> {
        if !geteuid().is_root() {
            return Ok(Self(None));
        }
        let owner = folder.cluster().metadata().ok().map(|found| Uid::from_raw(found.uid()));
        owner
            .filter(|uid| !uid.is_root())
            .and_then(|uid| User::from_uid(uid).ok().flatten())
            .or_else(|| ["postgres", "nobody"].iter().find_map(|name| User::from_name(name).ok().flatten()))
            .map(|user| Self(Some(user)))
            .ok_or(EmbeddedError::NoServerUser)
    }

    pub(super) fn uid(&self) -> u32 {
        self.0.as_ref().map_or_else(geteuid, |user| user.uid).as_raw()
    }

    /// Gives a folder of ours to the server's user.
    pub(super) fn own(&self, path: &Path) -> Result<(), EmbeddedError> {
        let Some(user) = &self.0 else { return Ok(()) };
        lchown(path, Some(user.uid.as_raw()), Some(user.gid.as_raw()))
            .map_err(EmbeddedError::io("change the owner of", path))
    }

    /// A server program, run by the server's user in a process group of its own: Ctrl-C in the
    /// terminal must reach the bridge only, which still needs its database while it drains. It
    /// inherits nothing of the bridge's environment, where secrets may be.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .env("LC_ALL", "C")
            .current_dir("/")
            .process_group(0)
            .stdin(Stdio::null());
        if let Some(user) = &self.0 {
            command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
        }
        command
    }

    /// That the server's user can run the programs and get to the data directory; asked of the
    /// system rather than of permission bits, which do not tell everything.
    pub(super) async fn check_reach(&self, binaries: &Binaries, folder: &DataFolder) -> Result<(), EmbeddedError> {
        let Some(user) = &self.0 else { return Ok(()) };
        let program = binaries.postgres();
        if let Err(source) = self.run_in(&program, Path::new("/")).await {
            return Err(EmbeddedError::NotExecutable { user: user.name.clone(), program, source });
        }
        if self.run_in(&program, folder.path()).await.is_ok() {
            return Ok(());
        }
        let mut way: Vec<&Path> = folder.path().ancestors().collect();
        way.reverse();
        for step in way {
            if let Err(source) = self.run_in(&program, step).await {
                return Err(match source.kind() {
                    io::ErrorKind::PermissionDenied => EmbeddedError::OutOfReach {
                        user: user.name.clone(),
                        barrier: step.to_owned(),
                        data_dir: folder.path().to_owned(),
                    },
                    _ => EmbeddedError::io("enter", step)(source),
                });
            }
        }
        Ok(())
    }

    async fn run_in(&self, program: &Path, folder: &Path) -> io::Result<()> {
        let mut probe = self.command(program);
        probe.arg("--version").current_dir(folder);
        probe.stdout(Stdio::null()).stderr(Stdio::null());
        probe.status().await.map(drop)
    }
}
