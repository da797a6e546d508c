//! The work of every day with a few connections in the database: events and pages; memory and start.

use std::fs;

use anyhow::Result;

use crate::{
    Effort,
    bare::Bare,
    callbacks::Managers,
    events,
    hubrise::HubRise,
    load::{Measured, count, milliseconds},
    pages::{self, PAGES},
    person::Person,
    postgres,
    process::{memory, peak_memory},
    results::{Bound, Results},
    say,
    server::PROGRAM,
    site::{LOOKING, Site},
};

/// How many ask at once.
const CLIENTS: [usize; 3] = [1, 16, 64];
/// What the published Rails engine for HubRise does in each of these, as a part of pgbench's rate.
const PEER_EVENTS: [f64; 3] = [0.049, 0.027, 0.030];
/// The same of its signed-in page, which was not asked for by 64 at once.
const PEER_PAGES: [f64; 2] = [0.034, 0.018];

pub(crate) async fn measure(effort: Effort, results: &mut Results) -> Result<()> {
    let site = Site::open(LOOKING).await?;
    postgres::prepare(&site.db).await?;
    let people = Managers::who_have_connected(&site).await?;
    let before = site.server.port();
    let (mut site, _) = site.restart().await?;
    let people: Vec<Person> = people.iter().map(|person| person.at(before, site.server.port())).collect();
    results.add_bound("memory", "idle", "MiB", memory(site.server.pid())?, Bound::AtMost(40.0));
    for (name, path) in PAGES {
        let bytes = pages::first_view(&site.host(), &site.manager, path).await?;
        let kilobytes = count(bytes) / 1000.0;
        results.add_bound(name, "first view over the wire", "kB", kilobytes, Bound::AtMost(20.0));
    }
    let hubrise = HubRise::start().await?;
    let bare = Bare::start(&site.options, &hubrise).await?;
    for round in 1..=effort.rounds {
        say(&format!("round {round} of {}", effort.rounds));
        self::round(effort, (&site, &people, &bare), results).await?;
    }
    drop(bare);
    results.add_bound("memory", "peak", "MiB", peak_memory(site.server.pid())?, Bound::AtMost(150.0));
    results.add_bound("memory", "after", "MiB", memory(site.server.pid())?, Bound::AtMost(60.0));
    for _ in 0..effort.rounds {
        let took;
        (site, took) = site.restart().await?;
        results.add_bound("start", "until ready, with a database", "s", took, Bound::AtMost(0.3));
    }
    let kilobytes = u32::try_from(fs::metadata(PROGRAM)?.len() / 1000)?;
    results.add("program", "size", "MB", f64::from(kilobytes) / 1000.0);
    site.close().await
}

async fn round(effort: Effort, (site, people, bare): (&Site, &[Person], &Bare), results: &mut Results) -> Result<()> {
    for (index, clients) in CLIENTS.into_iter().enumerate() {
        let alone = postgres::inserts(&site.options, site.folder.around(), clients, effort.time).await?;
        results.add(&format!("pgbench, {clients}"), "rate", "/s", alone);
        let least = bare.events(clients, effort.time).await?;
        add(results, &format!("bare event, {clients}"), least, alone, None);
        let event = events::measure(&site.host(), &site.key, clients, effort.time).await?;
        let work = format!("event, {clients}");
        add(results, &work, event, alone, Some(0.6));
        results.add(&work, "the peer's ratio to pgbench", "", PEER_EVENTS[index]);
        if clients == 64 {
            results.add_bound(&work, "p99", "ms", milliseconds(event.p99), Bound::AtMost(50.0));
        }
        for (name, path) in PAGES {
            let page = pages::measure(&site.host(), people, path, clients, effort.time).await?;
            let work = format!("{name}, {clients}");
            add(results, &work, page, alone, (clients < 64).then_some(0.3));
            if let Some(peer) = PEER_PAGES.get(index) {
                results.add(&work, "the peer's ratio to pgbench", "", *peer);
            }
            if clients == 1 {
                results.add_bound(&work, "p50", "ms", milliseconds(page.p50), Bound::AtMost(2.0));
            }
        }
    }
    Ok(())
}

/// A rate, and how it stands to that of PostgreSQL alone.
pub(crate) fn add(results: &mut Results, work: &str, measured: Measured, alone: f64, to_reach: Option<f64>) {
    results.add(work, "rate", "/s", measured.rate);
    results.add(work, "p50", "ms", milliseconds(measured.p50));
    results.add(work, "p99", "ms", milliseconds(measured.p99));
    let ratio = measured.rate / alone;
    match to_reach {
        Some(bound) => results.add_bound(work, "ratio to pgbench", "", ratio, Bound::AtLeast(bound)),
        None => results.add(work, "ratio to pgbench", "", ratio),
    }
}
