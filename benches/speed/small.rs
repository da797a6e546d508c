//! The work of every day with a few connections in the database: events, pages, connecting; memory and start.

use anyhow::Result;

use crate::{
    Effort,
    callbacks::Managers,
    events,
    load::{Measured, count, milliseconds},
    pages::{self, PAGES},
    postgres,
    process::{memory, peak_memory},
    results::{Bound, Results},
    say,
    site::{RESTAURANTS, Site},
    stall,
};

/// How many ask at once.
const CLIENTS: [usize; 3] = [1, 16, 64];
/// How many connects of each browser are measured in a round.
const CONNECTS: usize = 60;
/// How many of each come before them all: each of the bridge's connections to PostgreSQL has then planned what it asks.
const FIRST_CONNECTS: usize = 60;

/// What the published Rails engine for HubRise does in each of these, as a part of pgbench's rate.
const PEER_EVENTS: [f64; 3] = [0.049, 0.027, 0.030];

pub(crate) async fn measure(effort: Effort, results: &mut Results) -> Result<()> {
    let site = Site::open().await?;
    postgres::prepare(&site.db).await?;
    let (mut site, _) = site.restart().await?;
    results.add_bound("memory", "idle", "MiB", memory(site.server.pid())?, Bound::AtMost(40.0));
    for (name, path) in PAGES {
        let bytes = pages::first_view(&site.host(), &site.manager, path).await?;
        let kilobytes = count(bytes) / 1000.0;
        results.add_bound(name, "first view over the wire", "kB", kilobytes, Bound::AtMost(20.0));
    }
    let mut managers = Managers::sign_in(&site).await?;
    managers.connect(&site, RESTAURANTS, FIRST_CONNECTS).await?;
    for round in 1..=effort.rounds {
        say(&format!("round {round} of {}", effort.rounds));
        self::round(effort, &site, &mut managers, results).await?;
    }
    results.add_bound("memory", "peak", "MiB", peak_memory(site.server.pid())?, Bound::AtMost(150.0));
    results.add_bound("memory", "after", "MiB", memory(site.server.pid())?, Bound::AtMost(60.0));
    for _ in 0..effort.rounds {
        let took;
        (site, took) = site.restart().await?;
        results.add_bound("start", "until ready, with a database", "s", took, Bound::AtMost(0.3));
    }
    site.close().await
}

async fn round(effort: Effort, site: &Site, managers: &mut Managers, results: &mut Results) -> Result<()> {
    let mut baseline = Vec::new();
    for (index, clients) in CLIENTS.into_iter().enumerate() {
        let alone = postgres::inserts(&site.options, site.folder.around(), clients, effort.time).await?;
        results.add(&format!("pgbench, {clients}"), "rate", "/s", alone);
        baseline.push(alone);
        let event = events::measure(&site.host(), &site.key, clients, effort.time).await?;
        let work = format!("event, {clients}");
        add(results, &work, event, alone, Some(0.6));
        results.add(&work, "the peer's ratio to pgbench", "", PEER_EVENTS[index]);
        if clients == 64 {
            results.add_bound(&work, "p99", "ms", milliseconds(event.p99), Bound::AtMost(50.0));
        }
        for (name, path) in PAGES {
            let page = pages::measure(&site.host(), &site.manager, path, clients, effort.time).await?;
            let work = format!("{name}, {clients}");
            add(results, &work, page, alone, (clients < 64).then_some(0.3));
            if clients == 1 {
                results.add_bound(&work, "p50", "ms", milliseconds(page.p50), Bound::AtMost(2.0));
            }
        }
        let to_reach = match clients {
            1 => 0.12,
            16 => 0.07,
            _ => continue,
        };
        let connects = managers.connect(site, clients, CONNECTS).await?;
        add(results, &format!("connect callback, {clients}"), connects, alone, Some(to_reach));
    }
    let [quiet, meanwhile] = stall::measure(site, managers).await?;
    for (work, others) in
        [("ten connects at a HubRise that takes 8 s: before", quiet), ("the same: meanwhile", meanwhile)]
    {
        results.add(work, "event p50", "ms", milliseconds(others.event.p50));
        results.add(work, "event p99", "ms", milliseconds(others.event.p99));
        results.add(work, "page p50", "ms", milliseconds(others.page.p50));
        results.add(work, "page p99", "ms", milliseconds(others.page.p99));
    }
    Ok(())
}

fn add(results: &mut Results, work: &str, measured: Measured, alone: f64, to_reach: Option<f64>) {
    results.add(work, "rate", "/s", measured.rate);
    results.add(work, "p50", "ms", milliseconds(measured.p50));
    results.add(work, "p99", "ms", milliseconds(measured.p99));
    let ratio = measured.rate / alone;
    match to_reach {
        Some(bound) => results.add_bound(work, "ratio to pgbench", "", ratio, Bound::AtLeast(bound)),
        None => results.add(work, "ratio to pgbench", "", ratio),
    }
}
