//! Putting rows under another key, a batch a transaction: it can end at any moment, and goes on where rows are left. It
//! waits for no row, and holds one no longer than a batch takes, so that nobody who serves has to wait for it.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use futures_util::future::try_join_all;
use tokio::sync::Mutex;
use uuid::Uuid;

use super::service::Tell;
use crate::{
    app::App,
    crypto::{SealedRow, SealedRows, Stretch},
    database,
};

/// How many rows change together, about.
const BATCH: i64 = 1000;
/// Rows that lie beside each other change in so many batches. The new version of a row is written beside the former,
/// where a page has room, and no index is written then: each batch needs the room of a part of the rows, and leaves as
/// much.
const PARTS: i32 = 4;
/// So many batches are under way at once: one is opened and sealed while another one is written.
const AT_ONCE: usize = 2;
/// How often progress is told.
const PACE: Duration = Duration::from_secs(1);

/// What became of a table's rows.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Walked {
    /// So many are under the new key now.
    pub(super) moved: u64,
    /// So many do not open, and stay as they are.
    pub(super) damaged: u64,
}

/// How far it is.
struct Progress {
    after: Uuid,
    walked: Walked,
    told: Instant,
}

/// Puts a table's rows under the current key, which has this name.
pub(super) async fn walk<Rows: SealedRows>(app: &App, key: &str, tell: Tell<'_>) -> Result<Walked> {
    let start = Progress { after: Uuid::nil(), walked: Walked::default(), told: Instant::now() };
    let progress = Mutex::new(start);
    try_join_all((0..AT_ONCE).map(|_| stretches::<Rows>(app, key, &progress, tell))).await?;
    Ok(progress.into_inner().walked)
}

/// Takes one stretch after the other, beside others who do the same.
async fn stretches<Rows: SealedRows>(app: &App, key: &str, progress: &Mutex<Progress>, tell: Tell<'_>) -> Result<()> {
    while let Some(stretch) = next::<Rows>(app, key, progress).await? {
        let parts = if stretch.rows > BATCH { PARTS } else { 1 };
        for part in 0..parts {
            let changed = batch::<Rows>(app, key, stretch, part, parts).await?;
            let mut progress = progress.lock().await;
            progress.walked.moved += changed.moved;
            progress.walked.damaged += changed.damaged;
            if progress.told.elapsed() >= PACE {
                progress.told = Instant::now();
                tell(format!("{}: {} rows so far", Rows::TABLE, progress.walked.moved))?;
            }
        }
    }
    Ok(())
}

async fn next<Rows: SealedRows>(app: &App, key: &str, progress: &Mutex<Progress>) -> Result<Option<Stretch>> {
    let mut progress = progress.lock().await;
    let limit = BATCH * i64::from(PARTS);
    let stretch = Rows::next_others(&mut *app.db.acquire().await?, key, progress.after, limit).await?;
    if let Some(stretch) = stretch {
        progress.after = stretch.last;
    }
    Ok(stretch)
}

/// Puts a part of a stretch under the key, in one transaction.
async fn batch<Rows: SealedRows>(app: &App, key: &str, stretch: Stretch, part: i32, parts: i32) -> Result<Walked> {
    let mut transaction = database::begin(&app.db).await?;
    let rows = Rows::lock_others(&mut transaction, key, stretch, part, parts).await?;
    let (mut ids, mut ciphertexts) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
    let mut damaged = 0;
    for row in rows {
        match anew::<Rows>(app, key, &row)? {
            Some(ciphertext) => {
                ids.push(row.id);
                ciphertexts.push(ciphertext);
            }
            None => damaged += 1,
        }
    }
    let moved = if ids.is_empty() { 0 } else { Rows::reseal(&mut transaction, key, &ids, &ciphertexts).await? };
    transaction.commit().await?;
    Ok(Walked { moved, damaged })
}

/// What a row holds, sealed under the current key; `None` if it does not open.
fn anew<Rows: SealedRows>(app: &App, key: &str, row: &SealedRow) -> Result<Option<Vec<u8>>> {
    let (keyring, binding) = (&app.config.keyring, Rows::binding(row.id));
    let secret = match keyring.open(&row.sealed, binding) {
        Ok(secret) => secret,
        Err(error) => {
            tracing::error!(table = Rows::TABLE, row = %row.id, %error, "a row stays under its key");
            return Ok(None);
        }
    };
    let sealed = keyring.seal(&secret, binding)?;
    ensure!(sealed.key_id == key, "the current key has changed to `{}` meanwhile", sealed.key_id);
    Ok(Some(sealed.ciphertext))
}
