//! An upgrade as an operator makes it: the schema moves while the previous version serves, then both versions serve,
//! then the new one alone; and back again, should it be needed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use hubrise_sandbox::{Options, Sandbox};
use nix::sys::signal::Signal;
use reqwest::StatusCode;
use sqlx::{ConnectOptions as _, Connection as _, PgPool};
use tickncook_hubrise::{database::embedded::EmbeddedPostgres, polling::poll};
use tokio::task::JoinHandle;

use crate::events::{listen, orders};
use crate::folder::Folder;
use crate::person::{CLIENT_ID, NICE, PARIS, Person, SECRET, signed_in, start_program, start_with};
use crate::server::{Server, configured};
use crate::waiting::eventually;

/// What restaurants and HubRise go on doing at one bridge, each answer of which is the right one.
struct Load {
    stop: Arc<AtomicBool>,
    rounds: Arc<AtomicU32>,
    work: JoinHandle<Result<()>>,
}

impl Load {
    /// In each round somebody looks, connects Nice and disconnects it, and an order comes.
    fn start(sandbox: &Arc<Sandbox>, mut person: Person, bridge: String) -> Self {
        let (stop, rounds) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
        let (sandbox, stopping, counted) = (sandbox.clone(), stop.clone(), rounds.clone());
        let work = tokio::spawn(async move {
            while !stopping.load(SeqCst) {
                look(&mut person, &bridge).await?;
                let back = person.allow(&bridge, &NICE).await?;
                person.read(&back).await?;
                let delete =
                    format!("{bridge}/points-of-sale/{}/delete", connected(&mut person, &bridge, "Nice").await?);
                let receipt = person.post(&delete, &[]).await?;
                ensure!(person.read(&receipt).await?.contains("Nice"), "no receipt");
                ensure!(orders(&sandbox, 1).await?.last() == Some(&200), "an order was not acknowledged");
                counted.fetch_add(1, SeqCst);
            }
            Ok(())
        });
        Self { stop, rounds, work }
    }

    /// Waits for another so many rounds.
    async fn more(&self, rounds: u32) -> Result<()> {
        let goal = self.rounds.load(SeqCst) + rounds;
        eventually("the load goes on", || self.rounds.load(SeqCst) >= goal || self.work.is_finished()).await?;
        ensure!(!self.work.is_finished(), "the load has ended");
        Ok(())
    }

    /// Ends it, and tells what went wrong, if anything did.
    async fn end(self) -> Result<u32> {
        self.stop.store(true, SeqCst);
        self.work.await??;
        Ok(self.rounds.load(SeqCst))
    }
}

async fn look(person: &mut Person, bridge: &str) -> Result<String> {
    let request = person.http.get(format!("{bridge}/services"));
    let response = person.send(request).await?;
    ensure!(response.status() == StatusCode::OK, "the page answers {}", response.status());
    Ok(response.text().await?)
}

/// The point of sale of that name, which is connected.
pub(crate) async fn connected(person: &mut Person, bridge: &str, name: &str) -> Result<String> {
    let list = person.read(&format!("{bridge}/points-of-sale")).await?;
    ensure!(list.contains(&format!("{name} - 3r4s3-")), "{name} is not connected");
    let (before, _) = list.split_once(&format!("\">{name}</th>")).context("it is not in the list")?;
    let (_, id) = before.rsplit_once("id=\"name-").context("it has no name")?;
    Ok(id.to_owned())
}

/// Waits until HubRise was asked about every connection. How many fail.
pub(crate) async fn checked(pool: &PgPool) -> Result<i64> {
    sqlx::query("update connection set checked_at = null, next_check_at = now()").execute(pool).await?;
    let asked = poll(Duration::from_secs(30), async || {
        let left = "select count(*) from connection where checked_at is null";
        sqlx::query_scalar::<_, i64>(left).fetch_one(pool).await.map(|left| (left == 0).then_some(()))
    });
    asked.await?.context("a connection was not checked")?;
    let failing = "select count(*) from connection where failed_since is not null";
    Ok(sqlx::query_scalar(failing).fetch_one(pool).await?)
}

/// Ends it; nothing went wrong while it ran.
async fn end(server: Server) -> Result<()> {
    let printed = server.output()?;
    assert!(server.stop(Signal::SIGTERM).await?.success());
    assert!(!printed.contains("ERROR"), "{printed}");
    Ok(())
}

#[tokio::test]
async fn the_schema_moves_while_the_previous_version_serves_and_the_new_one_takes_over_all_there_is() -> Result<()> {
    let Ok(previous) = std::env::var("PREVIOUS_RELEASE") else {
        return Ok(()); // script/test says so.
    };
    let folder = Folder::new("data")?;
    let postgres = EmbeddedPostgres::start(folder.data()).await?;
    let options = postgres.connect_options();
    let url = options.to_url_lossy();
    let client = Options { client_id: CLIENT_ID.into(), client_secret: SECRET.into(), ..Options::default() };
    let sandbox = Arc::new(Sandbox::start(client).await?);
    let mails = folder.around().join("mails").to_string_lossy().into_owned();
    let settings = [("TICKNCOOK_DATABASE_URL", url.as_str()), ("TICKNCOOK_MAIL__FOLDER", &mails)];
    let old = start_program(&previous, &folder, &sandbox, &settings, &["--migrate", "--demo"]).await?;

    // The previous version's data, and its work while the schema moves.
    let mut person = signed_in(&sandbox, &old.address()).await?;
    let back = person.allow(&old.address(), &PARIS).await?;
    person.read(&back).await?;
    let pool = PgPool::connect_with(options).await?;
    let mut db = pool.acquire().await?.detach();
    listen(&sandbox, &old.address(), &mut db).await?;
    let before = Load::start(&sandbox, person.at(old.port(), old.port()), old.address());
    before.more(2).await?;
    assert!(configured(&folder, &settings)?.arg("migrate").status()?.success());
    before.more(2).await?;

    // Both, on one database.
    let new = start_with(&folder, &sandbox, &settings, &[]).await?;
    before.more(2).await?;
    let rounds = before.end().await?;
    let mut moved = person.at(old.port(), new.port());
    assert!(look(&mut moved, &new.address()).await?.contains("Paris - 3r4s3-0"), "the session holds");
    end(old).await?;

    // The new one alone.
    listen(&sandbox, &new.address(), &mut db).await?;
    let after = Load::start(&sandbox, moved, new.address());
    after.more(2).await?;
    let rounds = rounds + after.end().await?;
    assert_eq!(checked(&pool).await?, 0);
    let kept: i64 = sqlx::query_scalar("select count(*) from hubrise_event").fetch_one(&pool).await?;
    assert_eq!(u32::try_from(kept)?, rounds, "every order that was acknowledged is kept");
    end(new).await?;

    // Back to the previous version, on the new schema.
    let old = start_program(&previous, &folder, &sandbox, &settings, &[]).await?;
    assert_eq!(checked(&pool).await?, 0);
    end(old).await?;
    db.close().await?;
    pool.close().await;
    postgres.stop().await
}
