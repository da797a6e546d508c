//! One bridge with its own PostgreSQL on a disk that fills up under it. What is acknowledged is kept, the rest is
//! refused, and once there is room again the service recovers by itself.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use nix::sys::signal::{Signal, kill};
use nix::unistd::{geteuid, getuid};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use sqlx::PgPool;
use tickncook_hubrise::database::embedded::running;
use tickncook_hubrise::polling::poll;
use tokio::sync::watch;

use super::balancer::Balancer;
use super::counts::Counts;
use super::hubrise::{self, Control};
use super::people::{Manager, Street, rest};
use super::restaurants::{self, Restaurant};
use super::{tell, verdict};
use crate::folder::Folder;
use crate::server::Server;

const SIZE: &str = "size=160m";
const ROUNDS: usize = 3;

/// A small disk at the data directory of a folder.
struct Disk<'a> {
    folder: &'a Folder,
    filler: PathBuf,
}

impl<'a> Disk<'a> {
    fn mount(folder: &'a Folder) -> Result<Self> {
        fs::create_dir(folder.data())?;
        let options = format!("{SIZE},mode=0755,uid={}", getuid());
        let path = folder.data().to_string_lossy();
        as_root(&["mount", "-t", "tmpfs", "-o", &options, "tickncook-test", &path])?;
        Ok(Self { folder, filler: folder.data().join("filler") })
    }

    /// Leaves no room at all.
    fn fill(&self) -> Result<()> {
        let mut filler = File::create(&self.filler)?;
        for block in [vec![0; 1 << 20], vec![0; 512]] {
            while filler.write_all(&block).is_ok() {}
        }
        Ok(())
    }

    fn free(&self) -> Result<()> {
        Ok(fs::remove_file(&self.filler)?)
    }
}

impl Drop for Disk<'_> {
    fn drop(&mut self) {
        if let Ok(server) = self.folder.server()
            && self.folder.processes().contains(&server.as_raw())
        {
            kill(server, Signal::SIGQUIT).ok();
        }
        as_root(&["umount", "--lazy", &self.folder.data().to_string_lossy()]).ok();
    }
}

fn as_root(command: &[&str]) -> Result<()> {
    let (program, arguments) = command.split_first().context("a program")?;
    let mut command = Command::new(if geteuid().is_root() { program } else { "sudo" });
    if !geteuid().is_root() {
        command.args(["-n", program]);
    }
    let status = command.args(arguments).status().with_context(|| format!("cannot run {program}"))?;
    ensure!(status.success(), "{program} needs root, or sudo without a password");
    Ok(())
}

async fn is_ready(server: &Server) -> bool {
    match reqwest::get(format!("{}/readyz", server.address())).await {
        Ok(answer) => answer.status() == 200,
        Err(_) => false,
    }
}

async fn until(server: &Server, ready: bool, limit: Duration, work: &mut impl AsyncFnMut()) -> Result<bool> {
    let seen = poll(limit, async || {
        let is_ready = is_ready(server).await;
        Ok::<_, anyhow::Error>((is_ready == ready).then_some(()))
    });
    tokio::select! {
        seen = seen => Ok(seen?.is_some()),
        () = async { loop { work().await; } } => Ok(false),
    }
}

/// Has the database begin new files of its log, for which there is no room.
async fn write(data: &Path) {
    if let Ok(Some(options)) = running(data).await
        && let Ok(pool) = PgPool::connect_with(options).await
    {
        let sql = "select pg_switch_wal() where pg_current_xact_id() is not null";
        sqlx::query(sql).execute(&pool).await.ok();
        pool.close().await;
    }
    rest(Duration::from_millis(200)).await;
}

pub(super) async fn play(seed: u64) -> Result<()> {
    let mut dice = StdRng::seed_from_u64(seed);
    let folder = Folder::new("data")?;
    let disk = Disk::mount(&folder)?;
    let balancer = Balancer::start().await?;
    let mut restaurants = Restaurant::all(1);
    let sandbox = hubrise::start(&folder, &balancer.address(), &restaurants).await?;
    let (data, public) = (folder.data().to_string_lossy().into_owned(), balancer.address());
    let (oauth, api) = (format!("{}/oauth2/v1", sandbox.url()), format!("{}/v1", sandbox.url()));
    let settings = [
        ("TICKNCOOK_DATA_DIR", data.as_str()),
        ("TICKNCOOK_PUBLIC_URL", &public),
        ("TICKNCOOK_HUBRISE__OAUTH_URL", &oauth),
        ("TICKNCOOK_HUBRISE__API_URL", &api),
        ("TICKNCOOK_HUBRISE__MANAGER_URL", sandbox.url()),
        ("TICKNCOOK_HUBRISE__CLIENT_SECRET", crate::person::SECRET),
    ];
    let mut server = Server::spawn_with(&folder, &[], &settings)?;
    server.ready().await?;
    (0..2).for_each(|slot| balancer.set(slot, server.port()));
    restaurants::add(&mut restaurants, 1, &folder, &settings)?;

    let counts = Arc::new(Counts::default());
    let (stop, stopped) = watch::channel(false);
    let street = Street {
        bridge: public.clone(),
        hubrise: sandbox.url().to_owned(),
        counts: counts.clone(),
        codes: Arc::new(Mutex::default()),
        patience: Duration::from_secs(12),
        stop: stopped.clone(),
    };
    let control = Control::of(&sandbox)?;
    let email = restaurants[0].manager(0);
    let person = tokio::spawn(Manager::new(&street, &restaurants[0], email, dice.random())?.live());
    let shared = (counts.clone(), stopped);
    let events = hubrise::live(control.clone(), street.hubrise.clone(), restaurants.clone(), dice.random(), shared);
    let events = tokio::spawn(events);

    counts.until_events_come().await?;
    for round in 0..ROUNDS {
        rest(Duration::from_millis(dice.random_range(1_000..4_000))).await;
        disk.fill()?;
        counts.disk_fills.one();
        let is_down = until(&server, false, Duration::from_mins(1), &mut async || write(folder.data()).await).await?;
        ensure!(is_down, "round {round}: the full disk does no harm");
        rest(Duration::from_millis(dice.random_range(1_000..8_000))).await;
        disk.free()?;
        let is_up = until(&server, true, Duration::from_mins(2), &mut async || std::future::pending().await).await?;
        ensure!(is_up && !server.has_ended(), "round {round}: it does not recover: {}", server.output()?);
        let before = counts.acknowledged.get();
        let heard = poll(Duration::from_mins(1), async || {
            Ok::<_, anyhow::Error>((counts.acknowledged.get() > before).then_some(()))
        });
        ensure!(heard.await?.is_some(), "round {round}: events are not taken again: {}", server.output()?);
    }
    stop.send_replace(true);
    person.await??;
    let mut acknowledged = events.await?;
    let options = running(folder.data()).await?.context("no database")?;
    let db = PgPool::connect_with(options).await?;
    verdict::settle(&db).await?;
    control.post("clock", serde_json::json!({ "advance_seconds": verdict::ALL_RETRIES })).await?;
    acknowledged.collect(&control, &counts).await?;
    verdict::settle(&db).await?;
    verdict::events(&counts, &db, &acknowledged).await?;
    let unknown = verdict::grants(&control, &restaurants, &db).await?;
    counts.unaccounted.add(u64::try_from(unknown.len())?);
    db.close().await;
    tell(&format!("With the embedded database on a disk that was full:\n{counts}"));
    ensure!(server.stop(Signal::SIGTERM).await?.success(), "the bridge does not stop well");
    Ok(())
}
