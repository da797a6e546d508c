//! How transactions begin: wholly, or not at all. Where a `begin` is cut short by a time-out, or by a reader who goes
//! away, sqlx (0.9.0) does not know of the transaction that the server has begun all the same: what the next user of
//! the connection writes would not be kept. sqlx knows of every other end: what is cut short later is rolled back.

use sqlx::{PgPool, Postgres, SqlSafeStr, Transaction};

use crate::to_its_end::to_its_end;

/// Begins a transaction. One that nobody waits for any more is rolled back.
///
/// # Errors
/// When the database does not answer.
pub async fn begin(pool: &PgPool) -> sqlx::Result<Transaction<'static, Postgres>> {
    begin_as(pool, None).await
}

/// Begins a transaction that writes nothing and sees everything as it is at one moment.
///
/// # Errors
/// When the database does not answer.
pub async fn begin_snapshot(pool: &PgPool) -> sqlx::Result<Transaction<'static, Postgres>> {
    begin_as(pool, Some("begin isolation level repeatable read, read only")).await
}

async fn begin_as(pool: &PgPool, statement: Option<&'static str>) -> sqlx::Result<Transaction<'static, Postgres>> {
    // Waiting for a connection may be cut short: it holds nothing.
    let connection = pool.acquire().await?;
    #[expect(clippy::disallowed_methods, reason = "this is where it is seen to its end")]
    let beginning = Transaction::begin(connection, statement.map(SqlSafeStr::into_sql_str));
    to_its_end(beginning).await
}
