//! The PostgreSQL of a run, with the settings of a real one, and what befalls it.

use std::fs;

use anyhow::{Context as _, Result};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions as _, Connection as _, PgPool};
use tickncook_hubrise::database::embedded::EmbeddedPostgres;

use super::people::rest;
use crate::folder::Folder;

pub(super) struct Database {
    server: Option<EmbeddedPostgres>,
    options: PgConnectOptions,
}

impl Database {
    pub(super) async fn start(folder: &Folder) -> Result<Self> {
        let server = EmbeddedPostgres::start(folder.data()).await?;
        let options = server.connect_options();
        Ok(Self { server: Some(server), options })
    }

    /// Its address, for a bridge.
    pub(super) fn url(&self) -> String {
        self.options.to_url_lossy().to_string()
    }

    /// A few connections of the harness's own.
    pub(super) fn pool(&self) -> PgPool {
        PgPoolOptions::new().max_connections(3).connect_lazy_with(self.options.clone().application_name("harness"))
    }

    /// Stops it so, and starts it again. Killed, its processes may be in the way for a moment.
    pub(super) async fn restart(&mut self, folder: &Folder, signal: Signal) -> Result<()> {
        let postmaster = folder.server()?;
        if signal == Signal::SIGINT {
            self.server.take().context("it runs")?.stop().await?;
        } else {
            kill(postmaster, signal)?;
            // Its lock goes with it, so that the next one may start.
            drop(self.server.take());
        }
        for _ in 0..20 {
            match EmbeddedPostgres::start(folder.data()).await {
                Ok(server) => {
                    self.server = Some(server);
                    return Ok(());
                }
                Err(_) => rest(std::time::Duration::from_millis(500)).await,
            }
        }
        self.server = Some(EmbeddedPostgres::start(folder.data()).await?);
        Ok(())
    }

    /// Kills one of its processes, upon which it ends all sessions and recovers.
    pub(super) fn kill_a_backend(folder: &Folder, pick: usize) -> Result<()> {
        let postmaster = folder.server()?;
        let children = fs::read_to_string(format!("/proc/{postmaster}/task/{postmaster}/children"))?;
        let children: Vec<i32> = children.split_whitespace().filter_map(|pid| pid.parse().ok()).collect();
        if let Some(pid) = children.get(pick % children.len().max(1)) {
            kill(Pid::from_raw(*pid), Signal::SIGKILL).ok();
        }
        Ok(())
    }

    /// Ends all sessions of the bridges.
    pub(super) async fn terminate(&self) -> Result<()> {
        let mut connection = self.options.clone().application_name("harness").connect().await?;
        let ended = "select pg_terminate_backend(pid) from pg_stat_activity
            where datname = current_database() and application_name <> 'harness'";
        sqlx::query(ended).execute(&mut connection).await?;
        Ok(connection.close().await?)
    }

    pub(super) async fn stop(mut self) -> Result<()> {
        self.server.take().context("it runs")?.stop().await
    }
}
