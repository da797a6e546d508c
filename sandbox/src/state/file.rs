//! The records in a JSON file that is only ever whole: written aside, then renamed. It holds access tokens, so only
//! its owner may read it.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

use super::Records;

const VERSION: u32 = 1;

#[derive(Debug)]
pub(super) struct StateFile {
    path: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct Saved<R> {
    version: u32,
    #[serde(flatten)]
    records: R,
}

impl StateFile {
    pub(super) fn new(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    /// What was saved last; nothing, if the file does not exist yet.
    pub(super) fn load(&self) -> Result<Records> {
        let name = self.path.display();
        let text = match fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Records::default()),
            Err(error) => return Err(error).with_context(|| format!("reading the state file {name}")),
        };
        let saved: Saved<Records> =
            serde_json::from_str(&text).with_context(|| format!("understanding the state file {name}"))?;
        ensure!(saved.version == VERSION, "the state file {name} is of version {}, not {VERSION}", saved.version);
        Ok(saved.records)
    }

    pub(super) fn save(&self, records: &Records) -> Result<()> {
        self.write(records).with_context(|| format!("saving the state file {}", self.path.display()))
    }

    fn write(&self, records: &Records) -> io::Result<()> {
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
        file.write_all(&serde_json::to_vec_pretty(&Saved { version: VERSION, records })?)?;
        file.sync_all()?;
        fs::rename(&beside, &self.path)
    }
}
