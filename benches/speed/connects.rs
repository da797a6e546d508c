//! Connecting: the callback that brings a new connection, and what it means for others that HubRise takes its time.

use anyhow::Result;

use crate::{
    Effort,
    bare::Bare,
    callbacks::Managers,
    hubrise::HubRise,
    load::milliseconds,
    postgres,
    process::peak_memory,
    results::{Bound, Results},
    say,
    site::{CONNECTING, Site},
    small, stall,
};

/// How many connect at once, and what is to be reached.
const BROWSERS: [(usize, f64); 2] = [(1, 0.12), (16, 0.07)];
/// How many connects of each browser are measured in a round.
const CONNECTS: usize = 60;
/// How many of each come before them all: each of the bridge's connections to PostgreSQL has then planned what it asks.
const FIRST_CONNECTS: usize = 60;
/// How many of the least that connecting can be: they are over sooner.
const BARE_CONNECTS: usize = 600;
/// What the published Rails engine for HubRise does in each of these, as a part of pgbench's rate.
const PEER: [f64; 2] = [0.012, 0.0066];

pub(crate) async fn measure(effort: Effort, results: &mut Results) -> Result<()> {
    let site = Site::open(CONNECTING).await?;
    postgres::prepare(&site.db).await?;
    let mut managers = Managers::sign_in(&site).await?;
    // With nothing else to do.
    let stalled = stall::measure(&site, &mut managers).await?;
    for (work, others) in
        ["ten connects at a HubRise that takes 8 s: before", "the same: meanwhile"].into_iter().zip(stalled)
    {
        results.add(work, "event p50", "ms", milliseconds(others.event.p50));
        results.add(work, "event p99", "ms", milliseconds(others.event.p99));
        results.add(work, "page p50", "ms", milliseconds(others.page.p50));
        results.add(work, "page p99", "ms", milliseconds(others.page.p99));
    }
    managers.connect(&site, CONNECTING.count, FIRST_CONNECTS).await?;
    let hubrise = HubRise::start().await?;
    let mut bare = Bare::start(&site.options, &hubrise).await?;
    for round in 1..=effort.rounds {
        say(&format!("connects, round {round} of {}", effort.rounds));
        for ((browsers, to_reach), peer) in BROWSERS.into_iter().zip(PEER) {
            let alone = postgres::inserts(&site.options, site.folder.around(), browsers, effort.time).await?;
            results.add(&format!("pgbench beside connects, {browsers}"), "rate", "/s", alone);
            let least = bare.connects(browsers, BARE_CONNECTS).await?;
            small::add(results, &format!("bare connect, {browsers}"), least, alone, None);
            let connects = managers.connect(&site, browsers, CONNECTS).await?;
            let work = format!("connect callback, {browsers}");
            small::add(results, &work, connects, alone, Some(to_reach));
            results.add(&work, "the peer's ratio to pgbench", "", peer);
        }
    }
    results.add_bound("memory", "peak, connecting", "MiB", peak_memory(site.server.pid())?, Bound::AtMost(150.0));
    site.close().await
}
