//! The service: HTTP, the worker, and the database where it is ours; started together, drained together.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context, Result, bail};
use clap::Args;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::watch,
};

use super::{check, demo};
use crate::{
    app::App,
    clock::Clock,
    config::{Config, Problems},
    database::{self, Database},
    router, upkeep, users, worker,
};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Bring the database's schema up to date first (always done for the embedded database)
    #[arg(long)]
    migrate: bool,
    /// Add the demo's organisation and sign-ins where they are missing; on this machine only
    #[arg(long)]
    demo: bool,
}

pub(super) async fn serve(arguments: Arguments) -> Result<()> {
    let config = match Config::load() {
        Ok(config) => config,
        Err(problems) => bail!(check::with_database(None, problems).await),
    };
    let stop = stop_signal()?;
    // Before the database: a port that is taken must not leave a server behind.
    let listener = match TcpListener::bind(config.listen).await {
        Ok(listener) => listener,
        Err(error) => {
            let mut problems = Problems::default();
            problems.add("listen", format!("cannot listen on {}: {error}", config.listen));
            bail!(check::with_database(Some(&config), problems).await)
        }
    };
    let mut database = Database::open(&config.database).await?;
    let served = Box::pin(run(arguments, config, &mut database, listener, stop)).await;
    let closed = database.close().await;
    served.and(closed)
}

async fn run(
    arguments: Arguments,
    config: Config,
    database: &mut Database,
    listener: TcpListener,
    stop: watch::Receiver<bool>,
) -> Result<()> {
    if arguments.migrate || database.is_embedded() {
        database::migrate(&database.pool).await?;
    } else if database::pending_migrations(&database.pool).await? > 0 {
        bail!("the database lacks migrations: run `tickncook-hubrise migrate`, or `serve --migrate`");
    }
    let mut problems = Problems::default();
    check::check_keys(&database.pool, &config.keyring, &mut problems).await?;
    if !problems.0.is_empty() {
        bail!(problems);
    }
    let app = App::new(config, database.pool.clone(), Clock::System)?;
    if arguments.demo {
        demo::add(&app).await?;
    }
    users::service::prepare_passwords();
    let drain = app.config.drain;
    tracing::info!(listen = %app.config.listen, address = %app.config.public_url, "the bridge is up");
    let service = router::router(app.clone()).into_make_service_with_connect_info::<SocketAddr>();
    let server = axum::serve(listener, service).with_graceful_shutdown(stopped(stop.clone()));
    let http = async {
        tokio::select! {
            ended = async { server.await } => ended.context("the HTTP server failed"),
            () = async { stopped(stop.clone()).await; pause(drain).await } => {
                tracing::warn!("requests were still under way when the time to drain was over");
                Ok(())
            }
        }
    };
    let ended =
        tokio::try_join!(http, work(&app, stop.clone()), tend(&app, stop.clone()), keep(database, stop.clone()));
    app.tasks.close();
    if tokio::time::timeout(drain, app.tasks.wait()).await.is_err() {
        tracing::warn!("calls to HubRise were still under way when the time to drain was over");
    }
    ended?;
    tracing::info!("the bridge has stopped");
    Ok(())
}

/// Runs the worker until the stop. One that fails, as when the database restarts, is started again after a pause.
async fn work(app: &App, stop: watch::Receiver<bool>) -> Result<()> {
    let restart = Duration::from_secs(5);
    while !*stop.borrow() {
        let options = worker::options_with_schedule(app)?
            .shutdown_signal(stopped(stop.clone()))
            .shutdown_grace_period(app.config.drain);
        let outcome = match options.init().await {
            Ok(worker) => worker.run().await.map_err(anyhow::Error::from),
            Err(error) => Err(error.into()),
        };
        if let Err(error) = outcome {
            tracing::error!(error = format!("{error:#}"), "the worker failed; it is started again");
        }
        tokio::select! { () = stopped(stop.clone()) => {} () = pause(restart) => {} }
    }
    Ok(())
}

/// Keeps the database running where it is ours, until the stop.
async fn keep(database: &mut Database, stop: watch::Receiver<bool>) -> Result<()> {
    tokio::select! {
        () = stopped(stop) => Ok(()),
        ended = database.watch() => ended.map(|never| match never {}),
    }
}

/// Checks connections as they are due, until the stop.
async fn tend(app: &App, stop: watch::Receiver<bool>) -> Result<()> {
    let (idle, trouble) = (Duration::from_secs(1), Duration::from_secs(5));
    while !*stop.borrow() {
        let rest = match upkeep::service::run_due(app).await {
            Ok(0) => idle,
            Ok(_) => continue,
            Err(error) => {
                tracing::error!(error = format!("{error:#}"), "connections cannot be checked");
                trouble
            }
        };
        tokio::select! { () = stopped(stop.clone()) => {} () = pause(rest) => {} }
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "limits on draining and on starting again")]
async fn pause(duration: Duration) {
    tokio::time::sleep(duration).await;
}

async fn stopped(mut stop: watch::Receiver<bool>) {
    // An error means that the sender is gone, which only happens when the process ends.
    if stop.wait_for(|stop| *stop).await.is_err() {
        tracing::debug!("the signal handler ended");
    }
}

/// SIGTERM and SIGINT both mean: stop.
fn stop_signal() -> Result<watch::Receiver<bool>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let (sender, receiver) = watch::channel(false);
    tokio::spawn(async move {
        tokio::select! { _ = terminate.recv() => {} _ = interrupt.recv() => {} }
        tracing::info!("stopping: requests under way are finished first");
        sender.send_replace(true);
        sender.closed().await;
    });
    Ok(receiver)
}
