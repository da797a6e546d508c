//! Tokens that are really sealed, in place of the hollow ones of `seed.sql`.

use anyhow::{Result, bail};
use secrecy::{ExposeSecret as _, SecretString};
use sqlx::PgPool;
use tickncook_hubrise::{
    crypto::{Binding, Keyring},
    secrets::Digest,
};
use uuid::Uuid;

/// How many connections get a token together.
const BATCH: i64 = 10_000;

/// The token of a seeded connection, as the sandbox must know it for a call with it to succeed.
pub(crate) fn token_of(connection: Uuid) -> SecretString {
    format!("seeded-{}", connection.simple()).into()
}

/// Gives every connection its token, sealed under the current key, with so many tasks at once. To be followed by
/// `vacuum (full, analyze) connection`, which leaves the table as if its rows had been inserted so.
pub(crate) async fn seal_tokens(db: &PgPool, keyring: &Keyring, tasks: usize) -> Result<u64> {
    let mut running = tokio::task::JoinSet::new();
    let (mut after, mut sealed) = (Uuid::nil(), 0);
    loop {
        let ids = "select id from connection where id > $1 order by id limit $2";
        let ids: Vec<Uuid> = sqlx::query_scalar(ids).bind(after).bind(BATCH).fetch_all(db).await?;
        let Some(last) = ids.last() else { break };
        after = *last;
        if running.len() >= tasks
            && let Some(done) = running.join_next().await
        {
            sealed += done??;
        }
        running.spawn(seal(db.clone(), keyring.clone(), ids));
    }
    while let Some(done) = running.join_next().await {
        sealed += done??;
    }
    Ok(sealed)
}

async fn seal(db: PgPool, keyring: Keyring, ids: Vec<Uuid>) -> Result<u64> {
    let (mut ciphertexts, mut digests) = (Vec::with_capacity(ids.len()), Vec::with_capacity(ids.len()));
    for id in &ids {
        let token = token_of(*id);
        let Ok(sealed) = keyring.seal(&token, Binding { table: "connection", row: *id }) else {
            bail!("a token cannot be sealed");
        };
        ciphertexts.push(sealed.ciphertext);
        digests.push(Digest::of(token.expose_secret()).as_bytes().to_vec());
    }
    let written = "update connection c set token_key_id = $1, token_ciphertext = s.ciphertext, token_digest = s.digest
        from unnest($2::uuid[], $3::bytea[], $4::bytea[]) as s (id, ciphertext, digest) where c.id = s.id";
    let written = sqlx::query(written).bind(keyring.current_name()).bind(&ids).bind(&ciphertexts).bind(&digests);
    Ok(written.execute(&db).await?.rows_affected())
}
