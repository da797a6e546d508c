//! Keeps the server running: one that ends by itself, killed or for lack of room on its disk, is started again.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use super::account::Account;
use super::binaries::Binaries;
use super::error::EmbeddedError;
use super::{EmbeddedPostgres, leftovers, spawn_server};

/// A server that ran for so long was well.
const CALM: Duration = Duration::from_mins(1);
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// Since when the server does not stay up, and how long the next start is put off.
struct Trouble {
    since: Instant,
    pause: Duration,
}

impl EmbeddedPostgres {
    /// Starts the server again whenever it ends by itself. Sessions that were open are lost, what was committed is not.
    ///
    /// # Errors
    ///
    /// When it has not stayed up for `patience`.
    pub async fn watch(&mut self, patience: Duration) -> Result<Infallible, EmbeddedError> {
        let mut trouble: Option<Trouble> = None;
        loop {
            let started = Instant::now();
            let exit =
                self.server.wait().await.map_err(EmbeddedError::io("watch the server of", self.folder.path()))?;
            let last_words = self.folder.last_log_lines();
            tracing::error!(%exit, last_words, "the embedded PostgreSQL has ended by itself; it is started again");
            trouble = trouble.filter(|_| started.elapsed() < CALM);
            let trouble = trouble.get_or_insert_with(|| Trouble { since: Instant::now(), pause: FIRST_PAUSE });
            while let Err(error) = self.start_again().await {
                if trouble.since.elapsed() > patience {
                    return Err(error);
                }
                tracing::error!(%error, "the embedded PostgreSQL cannot be started; it is tried again");
                trouble.rest().await;
            }
            tracing::warn!("the embedded PostgreSQL is running again");
        }
    }

    /// What a killed server has left is cleared away first: its sessions may outlive it for a moment.
    async fn start_again(&mut self) -> Result<(), EmbeddedError> {
        let account = Account::choose(&self.folder)?;
        leftovers::clear(&self.folder, &account).await?;
        let binaries = Binaries::for_cluster(&self.folder.cluster())?;
        self.socket = self.folder.prepare_socket(&account)?;
        self.server = spawn_server(&self.folder, &binaries, &account, &self.socket)?;
        self.wait_until_ready().await
    }
}

impl Trouble {
    #[expect(clippy::disallowed_methods, reason = "the pause before the next try")]
    async fn rest(&mut self) {
        tokio::time::sleep(self.pause).await;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
    }
}
