//! `check`: everything that would keep the service from starting, in one list.

use anyhow::{Result, bail};

use crate::{
    config::{Config, DatabaseConfig, Layers, Problems},
    database::{self, Database},
};

pub(super) async fn check() -> Result<()> {
    let (config, mut problems) = match Config::load() {
        Ok(config) => (Some(config), Problems::default()),
        Err(problems) => (None, problems),
    };
    // The database is looked at even if something else is wrong, so that the list is whole.
    let database = match &config {
        Some(config) => Some(config.database.clone()),
        None => database_alone(),
    };
    if let Some(database) = database {
        check_database(&database, &mut problems).await;
    }
    if !problems.0.is_empty() {
        bail!(problems);
    }
    super::say("everything is in place")?;
    Ok(())
}

fn database_alone() -> Option<DatabaseConfig> {
    let layers = Layers::of_this_process().ok()?;
    let url = layers.value("database_url").filter(|url| url.parse::<sqlx::postgres::PgConnectOptions>().is_ok())?;
    Some(DatabaseConfig::External(url.into()))
}

async fn check_database(config: &DatabaseConfig, problems: &mut Problems) {
    let key = match config {
        DatabaseConfig::External(_) => "database_url",
        DatabaseConfig::Embedded(_) => "data_dir",
    };
    let database = match Database::open_for_command(config).await {
        Ok(database) => database,
        Err(error) => return problems.add(key, format!("{error:#}")),
    };
    match database::pending_migrations(&database.pool).await {
        // The embedded database is brought up to date at every start.
        Ok(0) => {}
        Ok(_) if matches!(config, DatabaseConfig::Embedded(_)) => {}
        Ok(missing) => problems.add(key, format!("lacks {missing} migrations: run `tickncook-hubrise migrate`")),
        Err(error) => problems.add(key, format!("{error:#}")),
    }
    if let Err(error) = database.close().await {
        problems.add(key, format!("{error:#}"));
    }
}
