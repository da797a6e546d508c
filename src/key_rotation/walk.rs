//! Putting rows under another key, a batch a transaction: it can end at any moment, and goes on where rows are left. It
//! waits for no row, and holds one no longer than a batch takes, so that nobody who serves has to wait for it.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use uuid::Uuid;

use super::service::Tell;
use crate::{
    app::App,
    crypto::{SealedRow, SealedRows},
    database,
};

/// How many rows change together.
const BATCH: i64 = 1000;
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

/// Puts a table's rows under the current key, which has this name.
pub(super) async fn walk<Rows: SealedRows>(app: &App, key: &str, tell: Tell<'_>) -> Result<Walked> {
    let (mut after, mut walked, mut told) = (Uuid::nil(), Walked::default(), Instant::now());
    loop {
        let mut transaction = database::begin(&app.db).await?;
        let rows = Rows::lock_others(&mut transaction, key, after, BATCH).await?;
        let Some(last) = rows.last() else { return Ok(walked) };
        after = last.id;
        let (mut ids, mut ciphertexts) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
        for row in rows {
            let Some(ciphertext) = anew::<Rows>(app, key, &row)? else {
                walked.damaged += 1;
                continue;
            };
            ids.push(row.id);
            ciphertexts.push(ciphertext);
        }
        walked.moved += Rows::reseal(&mut transaction, key, &ids, &ciphertexts).await?;
        transaction.commit().await?;
        if told.elapsed() >= PACE {
            told = Instant::now();
            tell(format!("{}: {} rows so far", Rows::TABLE, walked.moved))?;
        }
    }
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
