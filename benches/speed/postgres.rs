//! What PostgreSQL alone does: pgbench on the very server that the bridge uses, with a row as large as an event and one
//! commit for each.

use std::{env, fs, path::Path, time::Duration};

use anyhow::{Context as _, Result, ensure};
use sqlx::{PgPool, postgres::PgConnectOptions};
use tokio::process::Command;

use crate::events::order;

/// Makes the table that it writes to.
pub(crate) async fn prepare(db: &PgPool) -> Result<()> {
    for statement in [
        "create table if not exists baseline (id bigserial primary key, body bytea not null, at timestamptz not null)",
        "truncate baseline",
    ] {
        sqlx::query(statement).execute(db).await?;
    }
    Ok(())
}

/// Rows in a second from so many clients, each waiting for its commit.
pub(crate) async fn inserts(options: &PgConnectOptions, folder: &Path, clients: usize, time: Duration) -> Result<f64> {
    let script = folder.join("baseline.sql");
    // The very bytes of an event. It holds no quote and no backslash.
    fs::write(&script, format!("insert into baseline (body, at) values ('{}', now());\n", order("baseline")))?;
    let program = env::var_os("PGBENCH").context("PGBENCH is set by script/bench")?;
    let output = Command::new(program)
        .args(["--no-vacuum", "--protocol=prepared", "--jobs=2"])
        .arg(format!("--client={clients}"))
        .arg(format!("--time={}", time.as_secs().max(1)))
        .arg("--file")
        .arg(&script)
        .env("PGHOST", options.get_socket().context("the server has no socket")?)
        .env("PGPORT", options.get_port().to_string())
        .env("PGUSER", options.get_username())
        .env("PGDATABASE", options.get_database().context("no database")?)
        .output()
        .await?;
    let told = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success(), "pgbench: {told}{}", String::from_utf8_lossy(&output.stderr));
    let rate = told.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
    rate.with_context(|| format!("pgbench tells no rate: {told}"))
}
