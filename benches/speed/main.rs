//! What the bridge does in a second, and how that stands to what PostgreSQL alone does on the same machine in the same
//! minute. `script/bench` runs it; each figure is the median of some rounds.

mod bare;
mod callbacks;
mod connects;
mod crowd;
mod events;
#[expect(dead_code, reason = "shared with the tests of whole processes, which use more of it")]
#[path = "../../tests/processes/folder.rs"]
mod folder;
mod hubrise;
mod load;
mod pages;
#[expect(dead_code, reason = "as above")]
#[path = "../../tests/processes/person.rs"]
mod person;
mod postgres;
mod process;
mod processes;
mod results;
mod sealed;
mod search;
#[expect(dead_code, reason = "as above")]
#[path = "../../tests/processes/server.rs"]
mod server;
mod site;
mod small;
mod stall;
#[path = "../../tests/processes/waiting.rs"]
mod waiting;

use std::{env, path::PathBuf, time::Duration};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use results::Results;

/// How much is measured.
#[derive(Clone, Copy)]
pub(crate) struct Effort {
    pub(crate) rounds: usize,
    /// How long one measurement of a round takes.
    pub(crate) time: Duration,
}

/// On one thread: whoever measures must not take more of the machine than it needs.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let number = |name: &str, default: usize| env::var(name).map_or(Ok(default), |text| text.parse());
    let effort = Effort {
        rounds: number("BENCH_ROUNDS", 3)?,
        time: Duration::from_secs(u64::try_from(number("BENCH_SECONDS", 4)?)?),
    };
    // `cargo bench` adds a flag of its own.
    let chosen: Vec<String> = env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let mut results = Results::default();
    let outcome = measure(&chosen, effort, &mut results).await;
    // What was measured before something broke is worth seeing.
    let folder = PathBuf::from(env::var_os("BENCH_RESULTS").context("BENCH_RESULTS is set by script/bench")?);
    results.write(&folder, &machine())?;
    say(&results.table());
    outcome
}

/// The chosen parts, or all.
async fn measure(chosen: &[String], effort: Effort, results: &mut Results) -> Result<()> {
    let is_chosen = |part: &str| chosen.is_empty() || chosen.iter().any(|name| name == part);
    if is_chosen("small") {
        small::measure(effort, results).await.context("with a few connections")?;
    }
    if is_chosen("connects") {
        connects::measure(effort, results).await.context("connecting")?;
    }
    if is_chosen("processes") {
        processes::measure(effort, results).await.context("with several processes")?;
    }
    if is_chosen("crowd") {
        crowd::measure(effort, results).await.context("with many connections")?;
    }
    Ok(())
}

/// What the figures hold for.
fn machine() -> Value {
    let told = |name: &str| env::var(name).unwrap_or_default();
    json!({ "commit": told("BENCH_COMMIT"), "date": told("BENCH_DATE"), "machine": told("BENCH_MACHINE") })
}

/// Tells whoever waits.
#[expect(clippy::print_stderr, reason = "the one place that prints")]
pub(crate) fn say(text: &str) {
    eprintln!("{text}");
}
