//! Two and four bridges on one database, as far as the cores of this machine go.

use anyhow::{Context as _, Result};
use tokio::task::JoinSet;

use crate::{
    Effort,
    callbacks::Managers,
    events,
    load::Measured,
    pages,
    person::Person,
    results::Results,
    say,
    server::Server,
    site::{LOOKING, Site},
};

const PROCESSES: [usize; 3] = [1, 2, 4];
/// How many ask at once, of all processes together.
const SENDERS: usize = 64;
const BROWSERS: usize = 16;

pub(crate) async fn measure(effort: Effort, results: &mut Results) -> Result<()> {
    let site = Site::open(LOOKING).await?;
    let people = Managers::who_have_connected(&site).await?;
    let mut others: Vec<Server> = Vec::new();
    for processes in PROCESSES {
        while others.len() + 1 < processes {
            others.push(site.another().await?);
        }
        say(&format!("{processes} processes"));
        for _ in 0..effort.rounds {
            let ports: Vec<u16> = others.iter().chain([&site.server]).map(Server::port).collect();
            let work = if processes == 1 { "1 process".to_owned() } else { format!("{processes} processes") };
            let rate = events(effort, &site, &ports).await?;
            results.add(&work, "events, 64 senders", "/s", rate);
            let rate = pages(effort, &site, &people, &ports).await?;
            results.add(&work, "Services tiers, 16 browsers", "/s", rate);
        }
    }
    for other in others {
        other.stop(nix::sys::signal::Signal::SIGTERM).await?;
    }
    site.close().await
}

async fn events(effort: Effort, site: &Site, ports: &[u16]) -> Result<f64> {
    let mut asking = JoinSet::new();
    for port in ports {
        let (host, key, each) = (format!("localhost:{port}"), site.key.clone(), SENDERS / ports.len());
        asking.spawn(async move { events::measure(&host, &key, each, effort.time).await });
    }
    total(asking).await
}

async fn pages(effort: Effort, site: &Site, people: &[Person], ports: &[u16]) -> Result<f64> {
    let mut asking = JoinSet::new();
    let each = BROWSERS / ports.len();
    for (port, people) in ports.iter().zip(people.chunks(each)) {
        let host = format!("localhost:{port}");
        let people: Vec<Person> = people.iter().map(|person| person.at(site.server.port(), *port)).collect();
        asking.spawn(async move { pages::measure(&host, &people, "/services", each, effort.time).await });
    }
    total(asking).await
}

/// Of all together, in a second.
async fn total(asking: JoinSet<Result<Measured>>) -> Result<f64> {
    let mut rate = 0.0;
    for measured in asking.join_all().await {
        rate += measured.context("one of the processes")?.rate;
    }
    Ok(rate)
}
