//! What a test must not leave behind: jobs that nobody expects, and tokens anywhere but at HubRise.

use sqlx::{AssertSqlSafe, PgPool};

use super::{browser::Received, logs};

pub(super) async fn assert_jobs(db: &PgPool, expected: usize) {
    let jobs: Vec<(String, Option<String>)> = sqlx::query_as(
        "select task.identifier, job.last_error
         from graphile_worker._private_jobs job join graphile_worker._private_tasks task on task.id = job.task_id",
    )
    .fetch_all(db)
    .await
    .unwrap();
    assert_eq!(jobs.len(), expected, "jobs were left behind: {jobs:?}");
}

/// No token may be in an answer, a log line or, readable, in the database.
pub(super) async fn assert_no_token(tokens: &[String], received: &Received, db: &PgPool) {
    for token in tokens {
        assert!(token.len() >= 16, "HubRise's tokens are long");
        let answers = received.containing(token);
        assert!(answers.is_empty(), "a token was sent to a browser: {answers:?}");
        let lines = logs::containing(token);
        assert!(lines.is_empty(), "a token was logged: {lines:?}");
        let tables = tables_containing(db, token).await;
        assert!(tables.is_empty(), "a token stands readable in {tables:?}");
    }
}

/// The tables with a row in which this text stands: in the clear, or as bytes.
pub(crate) async fn tables_containing(db: &PgPool, text: &str) -> Vec<String> {
    let tables: Vec<String> = sqlx::query_scalar(
        "select format('%I.%I', table_schema, table_name) from information_schema.tables
         where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')",
    )
    .fetch_all(db)
    .await
    .unwrap();
    let selects = tables.iter().map(|table| {
        format!(
            "select '{table}' where exists (select from {table} as found
             where strpos(found::text, $1) > 0 or strpos(found::text, encode(convert_to($1, 'UTF8'), 'hex')) > 0)"
        )
    });
    let sql = selects.collect::<Vec<_>>().join(" union all ");
    sqlx::query_scalar(AssertSqlSafe(sql)).bind(text).fetch_all(db).await.unwrap()
}
