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
    key_rotation::Follower,
    metrics, router,
    server::{self, Limits},
    upkeep, worker,
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
    let listeners = match listeners(&config).await {
        Ok(listeners) => listeners,
        Err(problems) => bail!(check::with_database(Some(&config), problems).await),
    };
    let mut database = Database::open(&config.database).await?;
    let served = Box::pin(run(arguments, config, &mut database, listeners, stop)).await;
    let closed = database.close().await;
    served.and(closed)
}

/// Where people and HubRise come, and where Prometheus does, if anywhere.
struct Listeners {
    public: TcpListener,
    metrics: Option<TcpListener>,
}

async fn listeners(config: &Config) -> Result<Listeners, Problems> {
    let mut problems = Problems::default();
    let public = listen(config.listen, "listen", &mut problems).await;
    let metrics = match config.metrics_listen {
        Some(address) => listen(address, "metrics_listen", &mut problems).await,
        None => None,
    };
    public.filter(|_| problems.0.is_empty()).map(|public| Listeners { public, metrics }).ok_or(problems)
}

async fn listen(address: SocketAddr, key: &str, problems: &mut Problems) -> Option<TcpListener> {
    let listener = TcpListener::bind(address).await;
    listener.map_err(|error| problems.add(key, format!("cannot listen on {address}: {error}"))).ok()
}

async fn run(
    arguments: Arguments,
    config: Config,
    database: &mut Database,
    listeners: Listeners,
    stop: watch::Receiver<bool>,
) -> Result<()> {
    if arguments.migrate || database.is_embedded() {
        database::migrate(&database.pool).await?;
    } else {
        database::refuse_outdated(&database.pool).await?;
    }
    let app = App::new(config, database.pool.clone(), Clock::System)?;
    let mut follower = Box::pin(Follower::start(&app)).await?;
    if arguments.demo {
        demo::add(&app).await?;
    }
    let drain = app.config.drain;
    tracing::info!(listen = %app.config.listen, address = %app.config.public_url, "the bridge is up");
    let server =
        Box::pin(server::serve(listeners.public, router::router(app.clone()), Limits::of_system(), stop.clone()));
    let http = async {
        server.await;
        Ok(())
    };
    let figures = show_figures(&app, listeners.metrics, stop.clone());
    let ended = tokio::try_join!(
        drained(http, drain, stop.clone()),
        drained(figures, drain, stop.clone()),
        work(&app, stop.clone()),
        tend(&app, stop.clone()),
        // Its state is large, and would be so in the whole service's.
        Box::pin(follow(&app, &mut follower, stop.clone())),
        keep(database, stop.clone()),
    );
    app.tasks.close();
    if tokio::time::timeout(drain, app.tasks.wait()).await.is_err() {
        tracing::warn!("calls to HubRise were still under way when the time to drain was over");
    }
    if let Err(error) = follower.leave(&app).await {
        tracing::warn!(error = format!("{error:#}"), "cannot tell that this process no longer holds keys");
    }
    database::closed(app.loaders.db.close()).await;
    database::closed(app.urgent_db.close()).await;
    ended?;
    tracing::info!("the bridge has stopped");
    Ok(())
}

/// Answers requests until the stop, and those that are under way then for as long as it may take to drain.
async fn drained(server: impl Future<Output = Result<()>>, drain: Duration, stop: watch::Receiver<bool>) -> Result<()> {
    tokio::select! {
        ended = server => ended,
        () = async { stopped(stop).await; pause(drain).await } => {
            tracing::warn!("requests were still under way when the time to drain was over");
            Ok(())
        }
    }
}

/// Answers Prometheus until the stop.
async fn show_figures(app: &App, listener: Option<TcpListener>, stop: watch::Receiver<bool>) -> Result<()> {
    let Some(listener) = listener else { return Ok(()) };
    let router = metrics::router(app.clone(), metrics::start()?);
    axum::serve(listener, router).with_graceful_shutdown(stopped(stop)).await.context("the figures' server failed")
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
    let room = upkeep::service::Room::default();
    while !*stop.borrow() {
        let rest = match upkeep::service::begin_due(app, &room).await {
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

/// Follows the encryption keys until the stop. A trouble that lasts is told once.
async fn follow(app: &App, follower: &mut Follower, stop: watch::Receiver<bool>) -> Result<()> {
    let (pace, mut told) = (Duration::from_secs(2), String::new());
    while !*stop.borrow() {
        tokio::select! { () = stopped(stop.clone()) => {} () = pause(pace) => {} }
        let trouble = follower.step(app).await.err().map(|error| format!("{error:#}")).unwrap_or_default();
        if !trouble.is_empty() && trouble != told {
            tracing::error!(error = trouble, "the encryption keys cannot be followed");
        }
        told = trouble;
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
