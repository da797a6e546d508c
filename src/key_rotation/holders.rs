//! What each running process does about keys: it follows the file that they are kept in, and tells the others which it
//! knows and which it seals under.

use std::{fs, process};

use anyhow::{Context as _, Result};
use uuid::Uuid;

use super::{
    register::register,
    store::{self, Holder},
};
use crate::{app::App, config::Problems, crypto::Keyring, ids::new_id};

/// One process, as long as it runs.
#[derive(Debug)]
pub struct Follower {
    id: Uuid,
    label: String,
    /// A change of the file that could not be followed, so that it is told once.
    refused: Option<Keyring>,
}

impl Follower {
    /// Registers the process's keys, and begins to tell of them: before anything is sealed.
    ///
    /// # Errors
    /// When the keys cannot be used with this database, or that does not answer.
    pub async fn start(app: &App) -> Result<Self> {
        register(&app.db, &app.config.keyring, &app.clock).await?;
        let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        let label = format!("process {} at {} on {}", process::id(), app.config.listen, host.trim());
        let follower = Self { id: new_id(), label, refused: None };
        follower.tell(app).await?;
        Ok(follower)
    }

    /// Follows a change of the file, if there is one, and tells of the keys. A change that cannot be followed leaves
    /// the process with the keys that it has.
    ///
    /// # Errors
    /// When the file or the database cannot be read: to be tried again.
    pub async fn step(&mut self, app: &App) -> Result<()> {
        let followed = self.follow(app).await;
        // Also with a file that cannot be used: the process lives, and seals.
        self.tell(app).await?;
        followed
    }

    async fn follow(&mut self, app: &App) -> Result<()> {
        let keyring = &app.config.keyring;
        let Some(kept) = keyring.kept()? else { return Ok(()) };
        if kept == *keyring || self.refused.as_ref() == Some(&kept) {
            return Ok(());
        }
        if let Err(error) = register(&app.db, &kept, &app.clock).await {
            if error.is::<Problems>() {
                self.refused = Some(kept);
            }
            return Err(error.context("the file has changed, and is not used"));
        }
        keyring.adopt(&kept);
        self.refused = None;
        tracing::info!(keys = ?keyring, "the encryption keys have changed; the first one seals");
        Ok(())
    }

    async fn tell(&self, app: &App) -> Result<()> {
        let keyring = &app.config.keyring;
        let (label, seals_under) = (self.label.clone(), keyring.current_name());
        let holder = Holder { label, knows: keyring.names(), seals_under };
        let mut db = app.db.acquire().await?;
        store::note(&mut db, self.id, &holder).await.context("cannot tell which keys this process knows")
    }

    /// Tells that the process ends.
    ///
    /// # Errors
    /// When the database does not answer: after half a minute of silence, it counts as ended all the same.
    pub async fn leave(self, app: &App) -> Result<()> {
        Ok(store::leave(&mut *app.db.acquire().await?, self.id).await?)
    }
}
