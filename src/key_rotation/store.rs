//! The keys that the database knows, and the processes that hold them. Who is alive is told by the database's own
//! clock, which all processes share; that of a machine may be wrong.

use chrono::{DateTime, Utc};
use sqlx::{AssertSqlSafe, PgConnection};
use uuid::Uuid;

use crate::secrets::Digest;

/// A key, as the database knows it.
pub(super) struct Known {
    pub(super) name: String,
    pub(super) check_value: Vec<u8>,
    pub(super) added_at: DateTime<Utc>,
    pub(super) retired_at: Option<DateTime<Utc>>,
}

/// Those that were ever used, the oldest first.
pub(super) async fn known(db: &mut PgConnection) -> sqlx::Result<Vec<Known>> {
    let found = sqlx::query_as!(
        Known,
        "select name, check_value, added_at, retired_at from encryption_key order by added_at, name",
    );
    found.fetch_all(db).await
}

/// Notes a key, unless one of this name is known.
pub(super) async fn add(db: &mut PgConnection, name: &str, check: &Digest, now: DateTime<Utc>) -> sqlx::Result<()> {
    let added = sqlx::query!(
        "insert into encryption_key (name, check_value, added_at) values ($1, $2, $3) on conflict do nothing",
        name,
        check.as_bytes(),
        now,
    );
    added.execute(db).await?;
    Ok(())
}

pub(super) async fn retire(db: &mut PgConnection, name: &str, now: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!("update encryption_key set retired_at = $2 where name = $1", name, now).execute(db).await?;
    Ok(())
}

/// Lets nobody write to these tables until the transaction ends, once those who do have finished; waits five seconds
/// for that at most.
pub(super) async fn still(transaction: &mut PgConnection, tables: &[&'static str]) -> sqlx::Result<()> {
    sqlx::query!("set local lock_timeout = '5s'").execute(&mut *transaction).await?;
    let lock = format!("lock table {} in share mode", tables.join(", "));
    // The names are our own.
    sqlx::query(AssertSqlSafe(lock)).execute(transaction).await?;
    Ok(())
}

/// Makes sure that one command at a time changes keys, as long as the connection lives. `false` if another does.
pub(super) async fn be_alone(db: &mut PgConnection) -> sqlx::Result<bool> {
    /// Any number of our own.
    const KEYS_LOCK: i64 = 0x006b_6579_735f_6c6b;
    sqlx::query_scalar!(r#"select pg_try_advisory_lock($1) as "locked!""#, KEYS_LOCK).fetch_one(db).await
}

/// A running process and its keys.
pub(super) struct Holder {
    pub(super) label: String,
    pub(super) knows: Vec<String>,
    pub(super) seals_under: String,
}

/// The processes that told of themselves within half a minute.
pub(super) async fn holders(db: &mut PgConnection) -> sqlx::Result<Vec<Holder>> {
    let found = sqlx::query_as!(
        Holder,
        "select label, knows, seals_under from key_holder where seen_at > now() - interval '30 seconds' order by label",
    );
    found.fetch_all(db).await
}

/// A process tells of itself.
pub(super) async fn note(db: &mut PgConnection, id: Uuid, holder: &Holder) -> sqlx::Result<()> {
    let noted = sqlx::query!(
        "insert into key_holder (id, label, knows, seals_under, seen_at) values ($1, $2, $3, $4, now())
         on conflict (id) do update set knows = excluded.knows, seals_under = excluded.seals_under, seen_at = now()",
        id,
        holder.label,
        &holder.knows,
        holder.seals_under,
    );
    noted.execute(db).await?;
    Ok(())
}

/// A process says that it ends; those are forgotten, too, that could not say so, long ago.
pub(super) async fn leave(db: &mut PgConnection, id: Uuid) -> sqlx::Result<()> {
    let gone = sqlx::query!("delete from key_holder where id = $1 or seen_at < now() - interval '1 hour'", id);
    gone.execute(db).await?;
    Ok(())
}
