//! What happened in a run, counted.

use std::convert::Infallible;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result};
use tickncook_hubrise::polling::poll;

macro_rules! counts {
    ($($name:ident: $label:literal;)*) => {
        #[derive(Default)]
        pub(super) struct Counts {
            $(pub(super) $name: Count,)*
        }

        impl fmt::Display for Counts {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                $(writeln!(f, "{:>8}  {}", self.$name.get(), $label)?;)*
                Ok(())
            }
        }
    };
}

counts! {
    kills: "processes killed with SIGKILL";
    stops: "processes stopped with SIGTERM";
    ends: "processes that ended by themselves, as without a database, and were started again";
    database_restarts: "stops of PostgreSQL, fast or immediate";
    database_kills: "kills of PostgreSQL";
    backend_kills: "kills of one of PostgreSQL's processes";
    terminations: "rounds of pg_terminate_backend";
    cuts: "cuts of all connections in the balancer";
    clock_steps: "steps of the bridges' clock, by an hour";
    disk_fills: "times that the disk was full";
    hubrise_stops: "times that HubRise was down";
    hubrise_faults: "faults of HubRise: slow, failing or lying";
    requests: "requests of people";
    reloads: "of them answered by an error or not at all, and made again";
    connects: "connections made or renewed";
    interruptions: "times that people were told to start again, or gave up waiting";
    refusals: "connections refused: the location or the point of sale is taken";
    switches: "connections moved to another location";
    disconnects: "disconnections and deletions";
    departures: "disconnections and blocks in HubRise's back office";
    orders: "orders made at HubRise";
    renames: "things renamed at HubRise";
    deliveries: "events sent by HubRise, retries included";
    acknowledged: "events acknowledged";
    stored: "events in the database";
    refused: "events not acknowledged when they were sent, of which HubRise sends again what is not older than an hour";
    gone: "events for connections that had gone";
    recovered: "attempts of dead processes that were ended";
    alarms: "alarms of grants that nobody knew";
    unaccounted: "grants at HubRise that nobody knew at the end of the run, each with its alarm";
    adopted: "of them taken up by starting again";
    pages: "pages looked at in the end, all answered";
    log_bytes: "bytes of logs searched for secrets";
}

impl Counts {
    /// Waits for the first events: before them, a run could lose none.
    pub(super) async fn until_events_come(&self) -> Result<()> {
        let come =
            poll(Duration::from_mins(2), async || Ok::<_, Infallible>((self.acknowledged.get() > 2).then_some(())));
        come.await?.context("no events come")
    }
}

#[derive(Default)]
pub(super) struct Count(AtomicU64);

impl Count {
    pub(super) fn one(&self) {
        self.add(1);
    }

    pub(super) fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    pub(super) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
