//! The world in a JSON file that is only ever whole: written aside, then renamed. It holds access tokens, so only its
//! owner may read it.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

use super::Records;
use super::directory::Directory;

const VERSION: u32 = 2;
/// The first version kept the records alone.
const VERSION_WITHOUT_DIRECTORY: u32 = 1;

#[derive(Debug)]
pub(super) struct StateFile {
    path: PathBuf,
}

/// What the file has beside the records.
#[derive(Serialize, Deserialize)]
struct Saved<D, R> {
    version: u32,
    /// Fingerprint of the seed that the directory began as.
    #[serde(default)]
    seed: String,
    directory: Option<D>,
    #[serde(flatten)]
    records: R,
}

/// What an earlier run left.
#[derive(Default)]
pub(super) struct Loaded {
    pub(super) seed: String,
    pub(super) directory: Option<Directory>,
    pub(super) records: Records,
}

impl StateFile {
    pub(super) fn new(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    /// What was saved last; nothing, if the file does not exist yet.
    pub(super) fn load(&self) -> Result<Loaded> {
        let name = self.path.display();
        let text = match fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Loaded::default()),
            Err(error) => return Err(error).with_context(|| format!("reading the state file {name}")),
        };
        let saved: Saved<Directory, Records> =
            serde_json::from_str(&text).with_context(|| format!("understanding the state file {name}"))?;
        let known = matches!(saved.version, VERSION | VERSION_WITHOUT_DIRECTORY);
        ensure!(known, "the state file {name} is of version {}, not {VERSION}", saved.version);
        Ok(Loaded { seed: saved.seed, directory: saved.directory, records: saved.records })
    }

    pub(super) fn save(&self, seed: &str, directory: &Directory, records: &Records) -> Result<()> {
        let saved = Saved { version: VERSION, seed: seed.to_owned(), directory: Some(directory), records };
        self.write(&saved).with_context(|| format!("saving the state file {}", self.path.display()))
    }

    fn write(&self, saved: &impl Serialize) -> io::Result<()> {
        let mut beside = self.path.clone().into_os_string();
        beside.push(".new");
        // A leftover of an interrupted save may have another mode.
        if let Err(error) = fs::remove_file(&beside)
            && error.kind() != io::ErrorKind::NotFound
        {
            return Err(error);
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&beside)?;
        file.write_all(&serde_json::to_vec(saved)?)?;
        file.sync_all()?;
        fs::rename(&beside, &self.path)
    }
}
