//! Tokens that are really sealed, in place of the hollow ones of `seed.sql`.

use anyhow::{Result, bail};
use secrecy::SecretString;
use sqlx::PgPool;
use tickncook_hubrise::{
    connections::SealedTokens,
    crypto::{Keyring, SealedRows as _},
};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::hubrise::TOKEN;

/// How many connections get a token together.
const BATCH: i64 = 10_000;
/// How many batches are under way at once.
const AT_ONCE: usize = 3;

/// Gives every connection its own token, sealed under the current key. To be followed by
/// `vacuum (full, analyze) connection`, which leaves the table as if its rows had been inserted so.
pub(crate) async fn seal_all(db: &PgPool, keyring: &Keyring) -> Result<()> {
    let mut running = JoinSet::new();
    let mut after = Uuid::nil();
    loop {
        let next = "select id, location_id from connection where id > $1 order by id limit $2";
        let next: Vec<(Uuid, String)> = sqlx::query_as(next).bind(after).bind(BATCH).fetch_all(db).await?;
        let Some((last, _)) = next.last() else { break };
        after = *last;
        if running.len() >= AT_ONCE
            && let Some(done) = running.join_next().await
        {
            done??;
        }
        running.spawn(seal(db.clone(), keyring.clone(), next));
    }
    while let Some(done) = running.join_next().await {
        done??;
    }
    Ok(())
}

async fn seal(db: PgPool, keyring: Keyring, connections: Vec<(Uuid, String)>) -> Result<()> {
    let (mut ids, mut ciphertexts) = (Vec::new(), Vec::new());
    for (id, location) in connections {
        let token = format!("{TOKEN}{location}");
        let Ok(sealed) = keyring.seal(&SecretString::from(token), SealedTokens::binding(id)) else {
            bail!("a token cannot be sealed");
        };
        ciphertexts.push(sealed.ciphertext);
        ids.push(id);
    }
    // In the order in which the bridge, which is at work meanwhile, takes them.
    let written = "with taken as materialized (select c.id, s.ciphertext
            from unnest($2::uuid[], $3::bytea[]) as s (id, ciphertext) join connection c on c.id = s.id
            order by c.id for no key update of c)
        update connection c set token_key_id = $1, token_ciphertext = t.ciphertext from taken t where c.id = t.id";
    let written = sqlx::query(written).bind(keyring.current_name()).bind(&ids).bind(&ciphertexts);
    written.execute(&db).await?;
    Ok(())
}
