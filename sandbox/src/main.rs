//! Runs a sandbox until it is told to end.

mod command_line;

use std::io::{IsTerminal, Write, stderr, stdout};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;
use command_line::CommandLine;
use hubrise_sandbox::Sandbox;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    // Colours are for people; a log that goes to a file or a test is plain.
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(stderr).with_ansi(stderr().is_terminal()).init();
    match run(CommandLine::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command_line: CommandLine) -> Result<()> {
    let client_given = command_line.client_given();
    let mut interrupted = signal(SignalKind::interrupt()).context("listening to SIGINT")?;
    let mut terminated = signal(SignalKind::terminate()).context("listening to SIGTERM")?;
    let sandbox = Sandbox::start(command_line.options()?).await?;
    announce(&sandbox, client_given).context("writing to standard output")?;
    tokio::select! {
        _ = interrupted.recv() => {}
        _ = terminated.recv() => {}
    }
    sandbox.shut_down().await;
    Ok(())
}

fn announce(sandbox: &Sandbox, client_given: bool) -> std::io::Result<()> {
    let mut out = stdout().lock();
    let sign_in = sandbox.sign_ins().into_iter().next();
    let sign_in = sign_in.map_or_else(String::new, |(email, password)| format!(", sign in as {email} / {password}"));
    writeln!(out, "HubRise sandbox on {}{sign_in}", sandbox.url())?;
    if !client_given {
        for client in sandbox.clients() {
            writeln!(out, "client id {}, client secret {}", client.id(), client.secret())?;
        }
    }
    out.flush()
}
