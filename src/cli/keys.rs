//! The operator's commands for encryption keys. They work beside a running service, which follows them.

use std::time::Duration;

use anyhow::Result;
use clap::Subcommand;
use secrecy::ExposeSecret as _;

use super::{operator::with_database, say};
use crate::{
    app::App,
    clock::Clock,
    database,
    key_rotation::service::{self, Key},
};

#[derive(Debug, Subcommand)]
pub(super) enum KeysCommand {
    /// List the keys: which one seals, how many rows need each, and which running process knows which
    List,
    /// Make a key that opens and does not seal yet, at the end of the file that the keys are kept in; where they are
    /// not kept in a file, prints its line, this once
    Add {
        /// What to call it
        name: String,
        /// Leave the file alone, and print the line
        #[arg(long)]
        print: bool,
    },
    /// Change to the newest key, and put every row under it; run again, goes on where it was interrupted
    Rotate {
        /// Change to this key rather than to the newest
        #[arg(long)]
        to: Option<String>,
        /// How many seconds to wait for running processes that do not know the key yet
        #[arg(long, default_value_t = 60)]
        wait: u64,
    },
    /// Have a key that no row needs never be used again, and take it out of the file
    Retire {
        /// Which
        name: String,
    },
}

pub(super) async fn keys(command: KeysCommand) -> Result<()> {
    with_database(async |database, config| {
        if database.is_embedded() {
            database::migrate(&database.pool).await?;
        }
        let app = App::new(config, database.pool.clone(), Clock::System)?;
        match command {
            KeysCommand::List => list(&app).await,
            KeysCommand::Add { name, print } => add(&app, &name, print).await,
            KeysCommand::Rotate { to, wait } => {
                service::rotate(&app, to.as_deref(), Duration::from_secs(wait), &|line| say(&line)).await
            }
            KeysCommand::Retire { name } => {
                service::retire(&app, &name).await?;
                say(&format!("`{name}` is retired: no start with it, and nothing is sealed under it any more"))?;
                Ok(say("keep a copy of it as long as you keep backups of the database that were made before now")?)
            }
        }
    })
    .await
}

async fn list(app: &App) -> Result<()> {
    let (keys, processes) = service::list(app).await?;
    for key in keys {
        let added = key.added_at.map_or_else(|| "never used".to_owned(), |at| format!("since {}", at.format("%F")));
        say(&format!("{:<24} {:<28} {:<18} {} rows", key.name, state(&key), added, key.rows))?;
    }
    for process in processes {
        say(&process)?;
    }
    Ok(())
}

fn state(key: &Key) -> String {
    match key.retired_at {
        Some(at) => format!("retired on {}", at.format("%F")),
        None if key.is_current => "seals".to_owned(),
        None if key.is_held => "opens".to_owned(),
        None => "not among this process's".to_owned(),
    }
}

async fn add(app: &App, name: &str, print: bool) -> Result<()> {
    if let Some(line) = service::add(app, name, print).await? {
        say(line.expose_secret())?;
        return Ok(say("add this line at the end of every process's keys, and keep a copy apart from the backups")?);
    }
    say(&format!("`{name}` is in the file: keep a copy of that apart from the backups"))?;
    Ok(say("it opens, and does not seal yet: `tickncook-hubrise keys rotate` changes to it")?)
}
