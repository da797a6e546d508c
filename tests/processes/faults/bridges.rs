//! The two bridges, and the supervisor that starts whichever has ended.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::balancer::Balancer;
use super::counts::Counts;
use crate::folder::Folder;
use crate::server::Server;

/// The library of Debian's package `libfaketime` that shows a process another time.
const FAKE_TIME: &str = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";

pub(super) struct Bridges {
    slots: [Option<Server>; 2],
    settings: Vec<(String, String)>,
    clock: Option<PathBuf>,
    counts: Arc<Counts>,
}

impl Bridges {
    /// Under these settings, not started yet. With a clock, it can be stepped.
    pub(super) fn new(
        folder: &Folder,
        settings: &[(&str, &str)],
        has_clock: bool,
        counts: &Arc<Counts>,
    ) -> Result<Self> {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let mut settings: Vec<_> = settings.iter().map(own).collect();
        let clock = has_clock.then(|| folder.around().join("clock"));
        if let Some(clock) = &clock {
            fs::metadata(FAKE_TIME).context("libfaketime is missing: script/faults installs it")?;
            fs::write(clock, "+0\n")?;
            let clock = clock.to_string_lossy();
            for (name, value) in [
                ("LD_PRELOAD", FAKE_TIME),
                ("FAKETIME_TIMESTAMP_FILE", &clock),
                ("FAKETIME_NO_CACHE", "1"),
                ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
                ("NO_FAKE_STAT", "1"),
            ] {
                settings.push((name.to_owned(), value.to_owned()));
            }
        }
        Ok(Self { slots: [None, None], settings, clock, counts: counts.clone() })
    }

    /// Starts whichever does not run.
    pub(super) fn supervise(&mut self, folder: &Folder, balancer: &Balancer) -> Result<()> {
        for slot in 0..2 {
            if let Some(server) = &mut self.slots[slot]
                && !server.has_ended()
            {
                continue;
            }
            if self.slots[slot].take().is_some() {
                self.counts.ends.one();
            }
            let settings: Vec<_> = self.settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let server = Server::spawn_with(folder, &[], &settings)?;
            balancer.set(slot, server.port());
            self.slots[slot] = Some(server);
        }
        Ok(())
    }

    /// Kills one, if it runs.
    pub(super) fn kill(&mut self, slot: usize) {
        // Dropped, it is killed.
        if self.slots[slot].take().is_some() {
            self.counts.kills.one();
        }
    }

    /// Asks one to stop; the supervisor starts it again once it has ended.
    pub(super) fn stop(&self, slot: usize) -> Result<()> {
        if let Some(server) = &self.slots[slot] {
            kill(Pid::from_raw(server.pid().try_into()?), Signal::SIGTERM)?;
            self.counts.stops.one();
        }
        Ok(())
    }

    /// Puts the clock of both forward or back; by nothing, right.
    pub(super) fn set_clock(&self, seconds: i32) -> Result<()> {
        if let Some(clock) = &self.clock {
            // As a whole: a process may read it at any moment.
            let new = clock.with_extension("new");
            fs::write(&new, format!("{seconds:+}\n"))?;
            fs::rename(new, clock)?;
            self.counts.clock_steps.one();
        }
        Ok(())
    }

    /// Waits until both are ready.
    pub(super) async fn ready(&mut self, folder: &Folder, balancer: &Balancer) -> Result<()> {
        for slot in 0..2 {
            loop {
                self.supervise(folder, balancer)?;
                let server = self.slots[slot].as_mut().context("it was started")?;
                // One that ended on the way is started again.
                match server.ready().await {
                    Ok(()) => break,
                    Err(_) if server.has_ended() => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(())
    }

    /// Where they are.
    pub(super) fn addresses(&self) -> Vec<String> {
        self.slots.iter().flatten().map(Server::address).collect()
    }

    /// Stops both, as an operator would.
    pub(super) async fn end(mut self) -> Result<()> {
        for server in self.slots.iter_mut().filter_map(Option::take) {
            anyhow::ensure!(server.stop(Signal::SIGTERM).await?.success(), "a bridge does not stop well");
        }
        Ok(())
    }
}
