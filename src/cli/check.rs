//! `check`: everything that would keep the service from starting, in one list.

use anyhow::{Result, bail};
use sqlx::PgPool;

use crate::{
    config::{Config, DatabaseConfig, Layers, Problems},
    crypto::Keyring,
    database::{self, Database},
    key_rotation,
};

pub(super) async fn check() -> Result<()> {
    let problems = match Config::load() {
        Ok(config) => with_database(Some(&config), Problems::default()).await,
        Err(problems) => with_database(None, problems).await,
    };
    if !problems.0.is_empty() {
        bail!(problems);
    }
    super::say("everything is in place")?;
    Ok(())
}

/// These problems, and those of the database. It is looked at even if something else is wrong, so that the list is
/// whole.
pub(super) async fn with_database(config: Option<&Config>, mut problems: Problems) -> Problems {
    let database = match config {
        Some(config) => Some(config.database.clone()),
        None => database_alone(),
    };
    if let Some(database) = database {
        check_database(&database, config, &mut problems).await;
    }
    problems
}

fn database_alone() -> Option<DatabaseConfig> {
    let layers = Layers::of_this_process();
    match layers.value("database_url") {
        Some(url) => {
            url.parse::<sqlx::postgres::PgConnectOptions>().ok()?;
            Some(DatabaseConfig::External(url.into()))
        }
        None => layers.value("data_dir").map(|directory| DatabaseConfig::Embedded(directory.into())),
    }
}

/// Notes what keeps the keys from being used with this database.
async fn check_keys(pool: &PgPool, keyring: &Keyring, problems: &mut Problems) -> Result<()> {
    for fault in key_rotation::faults(&mut *pool.acquire().await?, keyring).await? {
        problems.add("encryption_keys", fault);
    }
    Ok(())
}

async fn check_database(database: &DatabaseConfig, config: Option<&Config>, problems: &mut Problems) {
    let key = match database {
        DatabaseConfig::External(_) => "database_url",
        DatabaseConfig::Embedded(_) => "data_dir",
    };
    let is_embedded = matches!(database, DatabaseConfig::Embedded(_));
    let database = match Database::open_for_command(database).await {
        Ok(database) => database,
        Err(error) => return problems.add(key, format!("{error:#}")),
    };
    match database::pending_migrations(&database.pool).await {
        Ok(0) => {
            if let Some(config) = config
                && let Err(error) = check_keys(&database.pool, &config.keyring, problems).await
            {
                problems.add(key, format!("{error:#}"));
            }
        }
        // The embedded database is brought up to date at every start.
        Ok(_) if is_embedded => {}
        Ok(missing) => problems.add(key, format!("lacks {missing} migrations: run `tickncook-hubrise migrate`")),
        Err(error) => problems.add(key, format!("{error:#}")),
    }
    if let Err(error) = database.close().await {
        problems.add(key, format!("{error:#}"));
    }
}
