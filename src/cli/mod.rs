//! The command line: the service and what its operator needs. Answers go to standard output, logs and errors to
//! standard error.

mod check;
mod customer;
mod demo;
mod health;
mod keys;
mod operator;
mod restored;
mod serve;

use std::{
    io::{self, IsTerminal as _, Write},
    process::ExitCode,
};

use anyhow::Result;
use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use crate::config::LogConfig;

/// Connects TicknCook points of sale to HubRise locations.
#[derive(Debug, Parser)]
#[command(name = "tickncook-hubrise", version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the service, until SIGTERM or Ctrl-C
    Serve(serve::Arguments),
    /// Bring the database's schema up to date
    Migrate,
    /// List everything that is missing or wrong, without starting the service
    Check,
    /// After the database was restored from a backup, and before the service starts: end what was ended since, and have
    /// every connection checked
    AfterRestore,
    /// Ask the running service whether it is healthy (for container health checks)
    Health,
    /// People who can sign in
    #[command(subcommand)]
    User(operator::UserCommand),
    /// TicknCook's customers
    #[command(subcommand)]
    Organisation(operator::OrganisationCommand),
    /// Keys of the API
    #[command(subcommand)]
    ApiKey(operator::ApiKeyCommand),
    /// The keys that secrets are encrypted under
    #[command(subcommand)]
    Keys(keys::KeysCommand),
}

/// Runs the command that the process was started with.
#[must_use]
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let log = LogConfig::load();
    start_logging(&log);
    let outcome = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(anyhow::Error::from)
        .and_then(|runtime| runtime.block_on(execute(arguments.command)));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The error may be a whole list: it goes out as it is, for a person to read.
            let written = writeln!(io::stderr(), "tickncook-hubrise: {error:#}");
            if written.is_err() {
                tracing::error!("standard error cannot be written");
            }
            ExitCode::FAILURE
        }
    }
}

async fn execute(command: Command) -> Result<()> {
    match command {
        Command::Serve(arguments) => serve::serve(arguments).await,
        Command::Migrate => operator::migrate().await,
        Command::Check => check::check().await,
        Command::AfterRestore => restored::after_restore().await,
        Command::Health => health::health().await,
        Command::User(command) => operator::user(command).await,
        Command::Organisation(command) => operator::organisation(command).await,
        Command::ApiKey(command) => operator::api_key(command).await,
        Command::Keys(command) => keys::keys(command).await,
    }
}

/// One line of an answer.
fn say(line: &str) -> io::Result<()> {
    writeln!(io::stdout(), "{line}")
}

/// Libraries that would log what they should not (payloads, session ids) or say every little thing are kept quiet.
const QUIET: &str = "graphile_worker=error,graphile_worker_queries=error,tower_sessions=error,tower_sessions_core=error,\
                     sqlx=warn,hyper=warn,reqwest=warn";

fn start_logging(log: &LogConfig) {
    let filter = EnvFilter::try_new(format!("{QUIET},{}", log.filter)).unwrap_or_else(|_| EnvFilter::new("info"));
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_target(false);
    // Colours are for eyes; in a file they are in the way. The library itself heeds `NO_COLOR`.
    let subscriber = if io::stderr().is_terminal() { subscriber } else { subscriber.with_ansi(false) };
    if log.json { subscriber.json().flatten_event(true).init() } else { subscriber.init() }
}
