//! Finds the server programs: those of the cluster's own major version, or the newest for a new
//! cluster.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::error::EmbeddedError;

/// The programs of one PostgreSQL version.
#[derive(Debug)]
pub(super) struct Binaries {
    folder: PathBuf,
    major: u32,
}

impl Binaries {
    /// Those that can run `cluster`; the newest if it does not exist yet.
    pub(super) fn for_cluster(cluster: &Path) -> Result<Self, EmbeddedError> {
        let mut installed = installed();
        match version_of_cluster(cluster)? {
            None => {
                let (major, folder) = installed.pop_last().ok_or(EmbeddedError::NoBinaries)?;
                Ok(Self { folder, major })
            }
            Some(major) => match installed.remove(&major) {
                Some(folder) => Ok(Self { folder, major }),
                None if installed.is_empty() => Err(EmbeddedError::NoBinaries),
                None => Err(EmbeddedError::WrongVersion {
                    cluster: cluster.to_owned(),
                    needed: major,
                    found: installed.keys().map(u32::to_string).collect::<Vec<_>>().join(", "),
                }),
            },
        }
    }

    pub(super) fn major(&self) -> u32 {
        self.major
    }

    pub(super) fn initdb(&self) -> PathBuf {
        self.folder.join("initdb")
    }

    pub(super) fn postgres(&self) -> PathBuf {
        self.folder.join("postgres")
    }
}

/// Every version found, by major version; for one version the first place wins.
fn installed() -> BTreeMap<u32, PathBuf> {
    let mut found = BTreeMap::new();
    for folder in likely_folders() {
        // Distributions link single programs into a folder on PATH; the server looks for its
        // neighbours beside the real one.
        let Ok(postgres) = folder.join("postgres").canonicalize() else { continue };
        let Some(folder) = postgres.parent().filter(|real| real.join("initdb").is_file()) else {
            continue;
        };
        if found.values().any(|known| known == folder) {
            continue;
        }
        if let Some(major) = major_version(&postgres) {
            found.entry(major).or_insert_with(|| folder.to_owned());
        }
    }
    found
}

fn likely_folders() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> =
        env::var_os("PATH").map(|path| env::split_paths(&path).collect()).unwrap_or_default();
    for root in ["/usr/lib/postgresql", "/usr", "/opt/homebrew/opt", "/usr/local/opt"] {
        for entry in fs::read_dir(root).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let versioned = name.starts_with(|first: char| first.is_ascii_digit());
            if versioned || name.starts_with("pgsql") || name.starts_with("postgresql") {
                folders.push(entry.path().join("bin"));
            }
        }
    }
    folders
}

/// `postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)` → 15
fn major_version(postgres: &Path) -> Option<u32> {
    let output = Command::new(postgres).arg("--version").output().ok()?;
    parse_major(&String::from_utf8(output.stdout).ok()?)
}

fn parse_major(version: &str) -> Option<u32> {
    let number = version.split_whitespace().nth(2)?;
    number.split(|digit: char| !digit.is_ascii_digit()).next()?.parse().ok()
}

fn version_of_cluster(cluster: &Path) -> Result<Option<u32>, EmbeddedError> {
    let file = cluster.join("PG_VERSION");
    match fs::read_to_string(&file) {
        Ok(text) => Ok(text.trim().parse().ok()),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(EmbeddedError::io("read", &file)(cause)),
    }
}

#[cfg(test)]
mod tests {
    use super::parse_major;

    #[test]
    fn the_major_version_is_read_from_released_and_unreleased_servers() {
        assert_eq!(parse_major("postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)"), Some(15));
        assert_eq!(parse_major("postgres (PostgreSQL) 18beta2"), Some(18));
        assert_eq!(parse_major("something else"), None);
    }
}
