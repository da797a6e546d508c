//! A database with a thousand, a hundred thousand and a million connections: support's search, checking them all
//! hourly, and putting them under another key.

use std::{
    cell::Cell,
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use nix::sys::signal::Signal;
use sqlx::{AssertSqlSafe, PgPool, raw_sql};
use tickncook_hubrise::{crypto::Keyring, database::embedded::running, polling::poll};

use crate::{
    Effort,
    folder::Folder,
    hubrise::HubRise,
    load::{count, milliseconds},
    person::SECRET,
    process::{processor, processor_of_children},
    results::{Bound, Results},
    say, sealed,
    search::{self, Support},
    server::{KEY, Server, configured},
};

const SIZES: [(usize, &str); 3] = [(1_000, "1 k"), (100_000, "100 k"), (1_000_000, "1 M")];
/// How often each kind of search is made in a round.
const SEARCHES: usize = 300;
/// How long the checks of a million connections are watched.
const WATCHED: Duration = Duration::from_mins(1);
/// How many connections are due at once, to see how many a second can be checked.
const DUE: i32 = 20_000;

/// A bridge with many connections.
pub(crate) struct Crowd {
    folder: Folder,
    hubrise: HubRise,
    server: Server,
    pub(crate) db: PgPool,
}

impl Crowd {
    async fn of(connections: usize) -> Result<Self> {
        let folder = Folder::new("data")?;
        let hubrise = HubRise::start().await?;
        // A first start makes the database; the bridge has better things to do than to watch while it is filled.
        let server = start(&folder, &hubrise, &["--demo"]).await?;
        let db = database(&folder).await?;
        let wish = "select set_config('seed.connections', $1, false), set_config('seed.key', 'test', false)";
        let mut connection = db.acquire().await?;
        sqlx::query(wish).bind(connections.to_string()).execute(&mut *connection).await?;
        raw_sql(include_str!("seed.sql")).execute(&mut *connection).await?;
        raw_sql("vacuum (analyze)").execute(&mut *connection).await?;
        drop(connection);
        db.close().await;
        server.stop(Signal::SIGTERM).await?;
        let server = start(&folder, &hubrise, &["--demo"]).await?;
        hubrise.sends_to(&server.address())?;
        let db = database(&folder).await?;
        Ok(Self { folder, hubrise, server, db })
    }

    /// What a command of the operator's says.
    async fn run(&self, arguments: &[&str]) -> Result<String> {
        let data = self.folder.data().to_string_lossy().into_owned();
        let mut command = configured(&self.folder, &[("TICKNCOOK_DATA_DIR", &data)])?;
        command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
        let output = tokio::process::Command::from(command).output().await?;
        ensure!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        Ok(String::from_utf8(output.stdout)?)
    }

    async fn close(self) -> Result<()> {
        self.db.close().await;
        self.server.stop(Signal::SIGTERM).await?;
        Ok(())
    }
}

async fn start(folder: &Folder, hubrise: &HubRise, arguments: &[&str]) -> Result<Server> {
    let data = folder.data().to_string_lossy().into_owned();
    let (oauth, api) = (format!("{}/oauth2/v1", hubrise.address()), format!("{}/v1", hubrise.address()));
    let settings = [
        ("TICKNCOOK_DATA_DIR", data.as_str()),
        ("TICKNCOOK_HUBRISE__OAUTH_URL", &oauth),
        ("TICKNCOOK_HUBRISE__API_URL", &api),
        ("TICKNCOOK_HUBRISE__MANAGER_URL", hubrise.address()),
        ("TICKNCOOK_HUBRISE__CLIENT_SECRET", SECRET),
    ];
    let mut server = Server::spawn_with(folder, arguments, &settings)?;
    server.ready().await?;
    Ok(server)
}

async fn database(folder: &Folder) -> Result<PgPool> {
    Ok(PgPool::connect_with(running(folder.data()).await?.context("no bridge runs here")?).await?)
}

pub(crate) async fn measure(effort: Effort, results: &mut Results) -> Result<()> {
    let mut slowest = Vec::new();
    for (connections, size) in SIZES {
        say(&format!("{connections} connections"));
        let crowd = Crowd::of(connections).await?;
        slowest.push(searches(effort, &crowd, size, results).await?);
        if connections == 1_000_000 {
            let size = "select pg_database_size(current_database())::float8 / 1e9";
            results.add(
                "1 M connections",
                "the whole database",
                "GB",
                sqlx::query_scalar(size).fetch_one(&crowd.db).await?,
            );
            sealed::seal_all(&crowd.db, &Keyring::parse(KEY)?).await?;
            raw_sql("vacuum (full, analyze) connection").execute(&crowd.db).await?;
            checks(&crowd, results).await?;
            rotations(effort, &crowd, results).await?;
        }
        crowd.close().await?;
    }
    if let [few, .., many] = slowest.as_slice() {
        for round in 0..effort.rounds {
            let growth = many[round] / few[round];
            results.add_bound("support search", "growth of p99 from 1 k to 1 M", "×", growth, Bound::AtMost(3.0));
        }
    }
    Ok(())
}

/// The p99 of all searches together, once a round.
async fn searches(effort: Effort, crowd: &Crowd, size: &str, results: &mut Results) -> Result<Vec<f64>> {
    let support = Support::sign_in(&crowd.server).await?;
    let kinds = search::kinds(&crowd.db).await?;
    let mut slowest = Vec::new();
    // Once unmeasured: what is read for the first time comes from the disk.
    for (_, queries) in &kinds {
        support.search(queries, queries.len()).await?;
    }
    for _ in 0..effort.rounds {
        let mut worst: f64 = 0.0;
        for (kind, queries) in &kinds {
            let measured = support.search(queries, SEARCHES).await?;
            let work = format!("support search by {kind}, {size}");
            results.add(&work, "p50", "ms", milliseconds(measured.p50));
            let p99 = milliseconds(measured.p99);
            if size == "1 M" {
                results.add_bound(&work, "p99", "ms", p99, Bound::AtMost(20.0));
            } else {
                results.add(&work, "p99", "ms", p99);
            }
            worst = worst.max(p99);
        }
        slowest.push(worst);
    }
    Ok(slowest)
}

/// A million connections, each checked once an hour.
async fn checks(crowd: &Crowd, results: &mut Results) -> Result<()> {
    let (pid, postgres) = (crowd.server.pid(), crowd.folder.server()?.as_raw().unsigned_abs());
    let work = "1 M connections checked hourly";
    // One hour's worth in an hour, from now on.
    // In the order in which the bridge, which is at work meanwhile, takes them.
    let spread = "with taken as materialized (select id from connection order by id for no key update)
        update connection c set next_check_at = now() + random() * interval '1 hour' from taken where c.id = taken.id";
    sqlx::query(spread).execute(&crowd.db).await?;
    raw_sql("vacuum (analyze) connection").execute(&crowd.db).await?;
    let (asked, before, database) = (crowd.hubrise.asked(), processor(pid)?, processor_of_children(postgres)?);
    let started = Instant::now();
    let worst = Cell::new(0.0_f64);
    poll(WATCHED, async || {
        let late = "select coalesce(extract(epoch from now() - min(next_check_at)), 0)::float8 from connection";
        let late: f64 = sqlx::query_scalar(late).fetch_one(&crowd.db).await?;
        worst.set(worst.get().max(late));
        Ok::<_, sqlx::Error>(None::<()>)
    })
    .await?;
    let seconds = started.elapsed().as_secs_f64();
    let share = processor(pid)?.saturating_sub(before).as_secs_f64() / seconds * 100.0;
    let of_database = processor_of_children(postgres)?.saturating_sub(database).as_secs_f64() / seconds * 100.0;
    results.add(work, "checks", "/s", count(crowd.hubrise.asked() - asked) / seconds);
    results.add_bound(work, "the bridge's share of a core", "%", share, Bound::AtMost(50.0));
    results.add(work, "the latest came late by", "s", worst.get());
    results.add(work, "PostgreSQL's share of a core", "%", of_database);

    let due = "update connection set next_check_at = now() where id in (select id from connection
        where failed_since is null and next_check_at > now() + interval '10 minutes' limit $1)";
    let asked = crowd.hubrise.asked();
    let started = Instant::now();
    sqlx::query(due).bind(DUE).execute(&crowd.db).await?;
    let all = usize::try_from(DUE)?;
    let done = poll(Duration::from_mins(10), async || {
        Ok::<_, anyhow::Error>((crowd.hubrise.asked() - asked >= all).then_some(()))
    });
    done.await?.context("what was due is not checked")?;
    results.add(work, "checks where many are due", "/s", count(all) / started.elapsed().as_secs_f64());
    Ok(())
}

async fn rotations(effort: Effort, crowd: &Crowd, results: &mut Results) -> Result<()> {
    let connections: i64 = sqlx::query_scalar("select count(*) from connection").fetch_one(&crowd.db).await?;
    let connections = count(usize::try_from(connections)?);
    for round in 0..effort.rounds {
        let key = format!("speed{round}");
        crowd.run(&["keys", "add", &key]).await?;
        let started = Instant::now();
        crowd.run(&["keys", "rotate", "--to", &key]).await?;
        let rate = connections / started.elapsed().as_secs_f64();
        results.add_bound("key rotation, 1 M connections", "rate", "rows/s", rate, Bound::AtLeast(20_000.0));
        let left = AssertSqlSafe(format!("select count(*) from connection where token_key_id <> '{key}'"));
        let left: i64 = sqlx::query_scalar(left).fetch_one(&crowd.db).await?;
        ensure!(left == 0, "{left} connections are under a former key");
    }
    Ok(())
}
