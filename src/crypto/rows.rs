//! Rows that hold something sealed, as whoever changes keys sees them: which key each needs, and how to put one under
//! another. The tables are their features', who say so with `sealed_rows!` in their stores.

use std::future::Future;

use sqlx::PgConnection;
use uuid::Uuid;

use super::{Binding, Sealed};

/// How many rows need a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyUse {
    /// The key's name.
    pub key_id: String,
    /// So many rows.
    pub rows: i64,
}

/// One row's secret under lock.
#[derive(Clone, Debug)]
pub struct SealedRow {
    /// The row.
    pub id: Uuid,
    /// Its secret.
    pub sealed: Sealed,
}

/// A part of a table, by its rows' ids.
#[derive(Clone, Copy, Debug)]
pub struct Stretch {
    /// It begins after this one.
    pub after: Uuid,
    /// It ends with this one.
    pub last: Uuid,
    /// So many rows in it are under another key.
    pub rows: i64,
}

/// A table that holds something sealed.
pub trait SealedRows {
    /// Its name, to which what it holds is bound, usually.
    const TABLE: &'static str;
    /// What it is bound to, where a table holds two kinds.
    const BOUND: &'static str = Self::TABLE;

    /// How many rows need which key.
    ///
    /// # Errors
    /// When the database does not answer.
    fn uses(db: &mut PgConnection) -> impl Future<Output = sqlx::Result<Vec<KeyUse>>> + Send;

    /// The next rows, by their ids, that are sealed under another key than this one, as many at most. `None` if there
    /// are none.
    ///
    /// # Errors
    /// When the database does not answer.
    fn next_others(
        db: &mut PgConnection,
        key_id: &str,
        after: Uuid,
        limit: i64,
    ) -> impl Future<Output = sqlx::Result<Option<Stretch>>> + Send;

    /// Locks those rows of a stretch that are sealed under another key than this one: one part of so many, which are
    /// mixed. It waits for nobody: rows that somebody else writes right now are left out.
    ///
    /// # Errors
    /// When the database does not answer.
    fn lock_others(
        transaction: &mut PgConnection,
        key_id: &str,
        stretch: Stretch,
        part: i32,
        parts: i32,
    ) -> impl Future<Output = sqlx::Result<Vec<SealedRow>>> + Send;

    /// Puts rows that the transaction has locked under this key; how many.
    ///
    /// # Errors
    /// When the database does not answer.
    fn reseal(
        transaction: &mut PgConnection,
        key_id: &str,
        ids: &[Uuid],
        ciphertexts: &[Vec<u8>],
    ) -> impl Future<Output = sqlx::Result<u64>> + Send;

    /// What a row's secret is bound to.
    #[must_use]
    fn binding(row: Uuid) -> Binding {
        Binding { table: Self::BOUND, row }
    }
}

/// Defines a type that is [`SealedRows`] for one table: its name, the column with the key's name, and that with the
/// ciphertext.
macro_rules! sealed_rows {
    ($(#[$doc:meta])* $name:ident, $table:literal, $key:literal, $ciphertext:literal
     $(, bound to $bound:literal)?) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name;

        impl crate::crypto::SealedRows for $name {
            const TABLE: &'static str = $table;
            $(const BOUND: &'static str = $bound;)?

            async fn uses(db: &mut sqlx::PgConnection) -> sqlx::Result<Vec<crate::crypto::KeyUse>> {
                let found = sqlx::query_as!(
                    crate::crypto::KeyUse,
                    "select " + $key + r#" as "key_id!", count(*) as "rows!" from "# + $table
                        + " where " + $key + " is not null group by 1 order by 1"
                );
                found.fetch_all(db).await
            }

            async fn next_others(
                db: &mut sqlx::PgConnection,
                key_id: &str,
                after: uuid::Uuid,
                limit: i64,
            ) -> sqlx::Result<Option<crate::crypto::Stretch>> {
                let found = sqlx::query!(
                    r#"select (array_agg(id order by id desc))[1] as last, count(*) as "rows!" from (select id from "#
                        + $table + " where " + $key + " <> $1 and id > $2 order by id limit $3) others",
                    key_id,
                    after,
                    limit,
                );
                let found = found.fetch_one(db).await?;
                Ok(found.last.map(|last| crate::crypto::Stretch { after, last, rows: found.rows }))
            }

            async fn lock_others(
                transaction: &mut sqlx::PgConnection,
                key_id: &str,
                stretch: crate::crypto::Stretch,
                part: i32,
                parts: i32,
            ) -> sqlx::Result<Vec<crate::crypto::SealedRow>> {
                let found = sqlx::query!(
                    "select id, " + $key + r#" as "key_id!", "# + $ciphertext + r#" as "ciphertext!" from "# + $table
                        + " where " + $key + " <> $1 and id > $2 and id <= $3
                            and get_byte(uuid_send(id), 15) % $5 = $4 for no key update skip locked",
                    key_id,
                    stretch.after,
                    stretch.last,
                    part,
                    parts,
                );
                let rows = found.fetch_all(transaction).await?.into_iter().map(|row| crate::crypto::SealedRow {
                    id: row.id,
                    sealed: crate::crypto::Sealed { key_id: row.key_id, ciphertext: row.ciphertext },
                });
                Ok(rows.collect())
            }

            async fn reseal(
                transaction: &mut sqlx::PgConnection,
                key_id: &str,
                ids: &[uuid::Uuid],
                ciphertexts: &[Vec<u8>],
            ) -> sqlx::Result<u64> {
                let resealed = sqlx::query!(
                    "update " + $table + " as kept set " + $key + " = $1, " + $ciphertext + " = changed.ciphertext
                     from unnest($2::uuid[], $3::bytea[]) as changed (id, ciphertext) where kept.id = changed.id",
                    key_id,
                    ids,
                    ciphertexts,
                );
                Ok(resealed.execute(transaction).await?.rows_affected())
            }
        }
    };
}

pub(crate) use sealed_rows;
