//! Two bridges on one PostgreSQL behind a tiny load balancer, people and a HubRise that keep them busy, and everything
//! that can go wrong under them. Afterwards nothing is lost, nothing is left over, and nothing was told that must not
//! be.

mod balancer;
mod bridges;
mod counts;
mod database;
mod disk;
mod hubrise;
mod people;
mod restaurants;
mod run;
mod verdict;

use std::time::Duration;

use anyhow::{Context as _, Result};
use run::{Plan, Run};

/// A run tells what happened.
#[expect(clippy::print_stdout, reason = "whoever starts a run reads it there")]
fn tell(what: &str) {
    println!("{what}");
}

fn variable(name: &str, default: u64) -> Result<u64> {
    std::env::var(name).map_or(Ok(default), |value| value.parse().with_context(|| format!("{name} is no number")))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_short_run_of_kills_a_dead_database_and_cut_connections_loses_nothing() -> Result<()> {
    let plan = Plan {
        seed: variable("FAULTS_SEED", 7)?,
        restaurants: 3,
        people: 3,
        least: Duration::from_secs(1),
        kills: 10,
        longest_pause: Duration::from_millis(900),
        patience: Duration::from_secs(2),
        is_full: false,
    };
    Run::play(plan).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes a quarter of an hour: script/faults runs it"]
async fn the_full_run() -> Result<()> {
    let plan = Plan {
        seed: variable("FAULTS_SEED", 1)?,
        restaurants: 6,
        people: 12,
        least: Duration::from_secs(variable("FAULTS_SECONDS", 600)?),
        kills: variable("FAULTS_KILLS", 200)?,
        longest_pause: Duration::from_secs(4),
        patience: Duration::from_secs(12),
        is_full: true,
    };
    Run::play(plan).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "mounts a small disk: script/faults runs it"]
async fn a_full_disk_costs_nothing_that_was_acknowledged() -> Result<()> {
    disk::play(variable("FAULTS_SEED", 1)?).await
}
