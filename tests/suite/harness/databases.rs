//! A database for each test, copied from a template that is built once: migrated, the job queue's schema included,
//! and seeded. The template's name holds what it was built from, so that a change makes another one.

use std::{
    env,
    hash::{DefaultHasher, Hasher},
    str::FromStr,
};

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, PgPool, postgres::PgConnectOptions};
use tickncook_hubrise::{
    database::{self, MIGRATIONS, pool_options},
    ids::new_id,
};
use tokio::sync::OnceCell;

use super::seed;

/// Any number; it keeps two test programs from building the template at once.
const TEMPLATE_LOCK: i64 = 0x71c4_c00c;

/// More than any test uses at once.
const CONNECTIONS: u32 = 12;

/// An empty database would be the same for every test: this one holds the seed.
pub(super) async fn create() -> PgPool {
    create_with(CONNECTIONS).await
}

/// The same with so many connections to it.
pub(super) async fn create_with(connections: u32) -> PgPool {
    static TEMPLATE: OnceCell<String> = OnceCell::const_new();
    let template = TEMPLATE.get_or_init(prepare_template).await;
    let mut admin = administrator().await;
    let name = format!("suite_{}", new_id().simple());
    run(&mut admin, format!("create database {name} template {template} strategy file_copy")).await;
    admin.close().await.unwrap();
    open(&name, connections).await
}

/// Drops what [`create`] made, once nobody is connected: some six hundred of them would fill a small disk.
pub(super) async fn discard(db: &PgPool) {
    let options = db.connect_options();
    let mut admin = administrator().await;
    run(&mut admin, format!("drop database {}", options.get_database().unwrap())).await;
    admin.close().await.unwrap();
}

async fn prepare_template() -> String {
    let template = template_name();
    let mut admin = administrator().await;
    run(&mut admin, format!("select pg_advisory_lock({TEMPLATE_LOCK})")).await;
    let known = sqlx::query_scalar::<_, i32>("select 1 from pg_database where datname = $1").bind(&template);
    if known.fetch_optional(&mut admin).await.unwrap().is_none() {
        // Under another name until it is whole.
        let unfinished = format!("{template}_unfinished");
        run(&mut admin, format!("drop database if exists {unfinished} with (force)")).await;
        run(&mut admin, format!("create database {unfinished}")).await;
        let pool = open(&unfinished, CONNECTIONS).await;
        database::migrate(&pool).await.unwrap();
        seed::sow(&pool).await;
        pool.close().await;
        // The seed is written out, or every copy of the template would have to wait for it.
        run(&mut admin, "checkpoint".to_owned()).await;
        run(&mut admin, format!("alter database {unfinished} rename to {template}")).await;
    }
    admin.close().await.unwrap();
    template
}

fn template_name() -> String {
    let mut hasher = DefaultHasher::new();
    for migration in MIGRATIONS.iter() {
        hasher.write(&migration.checksum);
    }
    hasher.write(include_bytes!("seed.rs"));
    format!("suite_template_{:016x}", hasher.finish())
}

fn options() -> PgConnectOptions {
    let url = env::var("TEST_DATABASE_URL").expect("TEST_DATABASE_URL: run script/test, which sets it");
    PgConnectOptions::from_str(&url).expect("a database address in TEST_DATABASE_URL")
}

async fn administrator() -> PgConnection {
    PgConnection::connect_with(&options()).await.expect("the database of TEST_DATABASE_URL")
}

async fn open(name: &str, connections: u32) -> PgPool {
    pool_options().max_connections(connections).connect_with(options().database(name)).await.unwrap()
}

async fn run(connection: &mut PgConnection, sql: String) {
    connection.execute(AssertSqlSafe(sql)).await.unwrap();
}
