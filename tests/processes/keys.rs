//! Changing encryption keys under two processes that serve, and what a start refuses.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::{Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use anyhow::{Context as _, Result, ensure};
use hubrise_sandbox::{Options, Sandbox};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use reqwest::StatusCode;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgPool};
use tickncook_hubrise::crypto::{Binding, Keyring, Sealed};
use tickncook_hubrise::polling::poll;
use uuid::Uuid;

use crate::folder::Folder;
use crate::person::{CLIENT_ID, LYON, NICE, PARIS, Person, SECRET, signed_in, start_with};
use crate::server::{Server, configured, person};
use crate::waiting::eventually;

const FIRST: &str = "first:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const OTHER_FIRST: &str = "first:Hx4dHBsaGRgXFhUUExIREA8ODQwLCgkIBwYFBAMCAQA=";

/// A database of its own, and a file with one key.
struct Installation {
    folder: Folder,
    url: String,
    pool: PgPool,
}

impl Installation {
    async fn new(name: &str) -> Result<Self> {
        let folder = Folder::new("data")?;
        let cluster = env::var("TEST_DATABASE_URL").context("TEST_DATABASE_URL is set by script/test")?;
        let database = format!("processes_{name}_{}", std::process::id());
        let mut connection = cluster.parse::<PgConnectOptions>()?.connect().await?;
        sqlx::query(AssertSqlSafe(format!("create database {database}"))).execute(&mut connection).await?;
        connection.close().await?;
        let mut url: url::Url = cluster.parse()?;
        url.set_path(&database);
        let installation = Self { pool: PgPool::connect(url.as_str()).await?, url: url.into(), folder };
        fs::write(installation.keys(), format!("{FIRST}\n"))?;
        Ok(installation)
    }

    fn keys(&self) -> PathBuf {
        self.folder.around().join("keys")
    }

    fn settings(&self) -> Vec<(&'static str, String)> {
        vec![
            ("TICKNCOOK_DATABASE_URL", self.url.clone()),
            ("TICKNCOOK_MAIL__FOLDER", self.folder.around().join("mails").to_string_lossy().into_owned()),
            ("TICKNCOOK_ENCRYPTION_KEYS_FILE", self.keys().to_string_lossy().into_owned()),
        ]
    }

    fn command(&self, arguments: &[&str]) -> Result<std::process::Command> {
        let settings = self.settings();
        let settings: Vec<_> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let mut command = configured(&self.folder, &settings)?;
        command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
        Ok(command)
    }

    fn run(&self, arguments: &[&str]) -> Result<Output> {
        Ok(self.command(arguments)?.output()?)
    }

    /// What a command says that must succeed.
    async fn does(&self, arguments: &[&str]) -> Result<String> {
        let process = tokio::process::Command::from(self.command(arguments)?).output().await?;
        ensure!(process.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&process.stderr));
        Ok(String::from_utf8(process.stdout)?)
    }

    /// What a command says that must fail.
    fn refuses(&self, arguments: &[&str]) -> Result<String> {
        let output = self.run(arguments)?;
        ensure!(!output.status.success(), "{arguments:?} is done");
        Ok(String::from_utf8(output.stderr)?)
    }

    async fn count(&self, sql: &'static str) -> Result<i64> {
        Ok(sqlx::query_scalar(sql).fetch_one(&self.pool).await?)
    }

    /// So many invitations whose links can be copied again.
    async fn add_invitations(&self, count: usize) -> Result<()> {
        let keyring = Keyring::parse(FIRST)?;
        let (mut ids, mut sealed) = (Vec::new(), Vec::new());
        for _ in 0..count {
            let row = tickncook_hubrise::ids::new_id();
            let binding = Binding { table: "invitation", row };
            ids.push(row);
            sealed.push(keyring.seal(&SecretString::from(format!("secret of {row}")), binding)?.ciphertext);
        }
        let added = sqlx::query(
            "insert into invitation (id, organisation_id, role, secret_digest, secret_key_id, secret_ciphertext,
                created_at, expires_at)
             select new.id, (select id from organisation limit 1), 'staff', sha256(new.sealed), 'first', new.sealed, now(),
                now() + interval '7 days'
             from unnest($1::uuid[], $2::bytea[]) as new (id, sealed)",
        );
        added.bind(ids).bind(sealed).execute(&self.pool).await?;
        Ok(())
    }
}

/// A person and a back office at one process, until they are told to stop: pages, checks, connecting and letting go.
async fn load(
    mut manager: Person,
    bridge: String,
    key: String,
    choices: &'static [(&'static str, &'static str)],
    stop: Arc<AtomicBool>,
    served: Arc<AtomicU32>,
) -> Result<u32> {
    let api = format!("{bridge}/api/v1");
    let mut rounds = 0;
    while !stop.load(Ordering::Relaxed) {
        let back = manager.allow(&bridge, choices).await?;
        let connected = manager.read(&back).await?;
        for _ in 0..3 {
            let services = manager.read(&format!("{bridge}/services")).await?;
            ensure!(services.contains("SERVICES TIERS") || services.contains("Services tiers"), "{services}");
            served.fetch_add(1, Ordering::Relaxed);
        }
        let listed = person()?.get(format!("{api}/connections")).bearer_auth(&key).send().await?.error_for_status()?;
        let listed: Value = listed.json().await?;
        let all = listed["connections"].as_array().context("a list")?;
        let mine = all.iter().find(|found| found["location"]["id"] == choices[0].1);
        let mine = mine.with_context(|| format!("{choices:?} is not connected: {connected}"))?;
        let check = format!("{api}/connections/{}/check", mine["id"].as_str().context("an id")?);
        let checked = person()?.post(check).bearer_auth(&key).send().await?;
        // The other process may have checked it just now. Letting go of it opens its token in any case.
        if checked.status() != StatusCode::TOO_MANY_REQUESTS {
            let checked: Value = checked.error_for_status()?.json().await?;
            ensure!(checked["health"]["status"] == "verified", "{checked}");
        }
        let point_of_sale = mine["point_of_sale"]["id"].as_str().context("an id")?;
        let gone = person()?.delete(format!("{api}/points-of-sale/{point_of_sale}")).bearer_auth(&key).send().await?;
        gone.error_for_status()?;
        served.fetch_add(6, Ordering::Relaxed);
        rounds += 1;
    }
    Ok(rounds)
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_change_under_load_and_a_kill_and_nobody_notices() -> Result<()> {
    let installation = Installation::new("keys").await?;
    let client = Options { client_id: CLIENT_ID.into(), client_secret: SECRET.into(), ..Options::default() };
    let sandbox = Sandbox::start(client).await?;
    let settings = installation.settings();
    let settings: Vec<_> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let one = start_with(&installation.folder, &sandbox, &settings, &["--migrate", "--demo"]).await?;
    let two = start_with(&installation.folder, &sandbox, &settings, &[]).await?;
    let key = installation.does(&["api-key", "add", "load", "--organisation", "Bella Pizza"]).await?;
    let key = key.trim().to_owned();
    installation.add_invitations(10_000).await?;

    // One connection stays from before the change to after it.
    let mut manager = signed_in(&sandbox, &one.address()).await?;
    let back = manager.allow(&one.address(), &PARIS).await?;
    manager.read(&back).await?;

    let (stop, served) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
    let worker = |manager: Person, server: &Server, choices| {
        tokio::spawn(load(manager, server.address(), key.clone(), choices, stop.clone(), served.clone()))
    };
    let second_manager = signed_in(&sandbox, &two.address()).await?;
    let workers = [worker(manager, &one, LYON.as_slice()), worker(second_manager, &two, NICE.as_slice())];

    installation.does(&["keys", "add", "second"]).await?;
    let file = fs::read_to_string(installation.keys())?;
    assert!(file.starts_with(&format!("{FIRST}\nsecond:")), "it is added at the end");
    assert!(installation.refuses(&["keys", "retire", "first"])?.contains("`first` is the current key"));

    // Killed in the middle.
    let mut rotation = installation.command(&["keys", "rotate"])?.spawn()?;
    let begun = poll(std::time::Duration::from_mins(1), async || {
        let moved = installation.count("select count(*) from invitation where secret_key_id = 'second'").await?;
        anyhow::Ok((moved > 0).then_some(()))
    });
    begun.await?.context("the rotation never began")?;
    kill(Pid::from_raw(rotation.id().try_into()?), Signal::SIGKILL)?;
    rotation.wait()?;
    let left = installation.count("select count(*) from invitation where secret_key_id = 'first'").await?;
    assert!(left > 0, "it was killed too late");
    let refusal = installation.refuses(&["keys", "retire", "first"])?;
    assert!(refusal.contains("rows still need the key `first`:"), "{refusal}");

    let told = installation.does(&["keys", "rotate"]).await?;
    assert!(told.contains("`first` can be retired"), "{told}");
    let told = installation.does(&["keys", "list"]).await?;
    assert_eq!(told.matches("seals under `second`").count(), 2, "{told}");
    installation.does(&["keys", "retire", "first"]).await?;
    let before = served.load(Ordering::Relaxed);
    eventually("it goes on being served", || {
        served.load(Ordering::Relaxed) >= before + 20 || workers.iter().any(tokio::task::JoinHandle::is_finished)
    })
    .await?;
    stop.store(true, Ordering::Relaxed);
    for worker in workers {
        assert!(worker.await?? >= 2, "there was no load to speak of");
    }

    // Everything opens with the new key alone.
    let file = fs::read_to_string(installation.keys())?;
    assert!(file.contains("#retired first:"), "the former key is not lost");
    let keyring = Keyring::parse(&file)?;
    assert_eq!(keyring.names(), ["second"]);
    let sealed: Vec<(Uuid, String, Vec<u8>)> =
        sqlx::query_as("select id, secret_key_id, secret_ciphertext from invitation where secret_key_id is not null")
            .fetch_all(&installation.pool)
            .await?;
    assert_eq!(sealed.len(), 10_000);
    for (row, key_id, ciphertext) in sealed {
        let opened = keyring.open(&Sealed { key_id, ciphertext }, Binding { table: "invitation", row })?;
        assert_eq!(opened.expose_secret(), format!("secret of {row}"));
    }
    let connections: Vec<Uuid> = sqlx::query_scalar("select id from connection").fetch_all(&installation.pool).await?;
    assert_eq!(connections.len(), 1);
    for server in [&one, &two] {
        sqlx::query("update connection set checked_at = null").execute(&installation.pool).await?;
        let check = format!("{}/api/v1/connections/{}/check", server.address(), connections[0]);
        let checked: Value = person()?.post(check).bearer_auth(&key).send().await?.json().await?;
        assert_eq!(checked["health"]["status"], "verified", "{checked}");
        assert!(!server.output()?.contains("ERROR"), "{}", server.output()?);
    }
    installation.pool.close().await;
    for server in [one, two] {
        assert!(server.stop(Signal::SIGTERM).await?.success());
    }
    Ok(())
}

/// What the start of a service says that must fail with these keys, and so `check`.
async fn start_is_refused(installation: &Installation, keys: &str) -> Result<String> {
    fs::write(installation.keys(), keys)?;
    let settings = installation.settings();
    let settings: Vec<_> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let mut server = Server::spawn_with(&installation.folder, &[], &settings)?;
    assert!(!server.ended().await?.success(), "it starts with {keys}");
    let (started, checked) = (server.output()?, installation.refuses(&["check"])?);
    let reasons = |text: &str| {
        let lines = text.lines().filter(|line| line.contains("TICKNCOOK_ENCRYPTION_KEYS"));
        lines.map(str::trim).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(reasons(&started), reasons(&checked));
    Ok(reasons(&started))
}

#[tokio::test]
async fn a_key_that_is_needed_retired_or_another_keeps_the_service_from_starting() -> Result<()> {
    let installation = Installation::new("refusals").await?;
    installation.does(&["migrate"]).await?;
    installation.does(&["organisation", "add", "Bella Pizza"]).await?;
    installation.add_invitations(2).await?;

    let wrong = start_is_refused(&installation, OTHER_FIRST).await?;
    assert!(wrong.contains("calls another key `first` than the one that the database knows"), "{wrong}");
    let second = FIRST.replace("first", "second");
    let lacking = start_is_refused(&installation, &second).await?;
    assert!(lacking.contains("lacks the key `first`, which the database still needs"), "{lacking}");

    fs::write(installation.keys(), FIRST)?;
    for (arguments, sentence) in [
        (["keys", "add", "first"], "there is, or was, a key `first`"),
        (["keys", "add", "no name"], "1 to 40 letters"),
        (["keys", "retire", "third"], "there is no key `third`"),
    ] {
        let refusal = installation.refuses(&arguments)?;
        assert!(refusal.contains(sentence), "{refusal}");
    }
    let printed = installation.does(&["keys", "add", "third", "--print"]).await?;
    assert!(printed.starts_with("third:"), "{printed}");
    assert_eq!(fs::read_to_string(installation.keys())?, FIRST, "the file was to be left alone");
    installation.does(&["keys", "add", "second"]).await?;
    let both = fs::read_to_string(installation.keys())?;
    let told = installation.does(&["keys", "rotate"]).await?;
    assert!(told.contains("invitation: 2 rows are under `second` now"), "{told}");
    let told = installation.does(&["keys", "rotate", "--to", "first"]).await?;
    assert!(told.contains("invitation: 2 rows are under `first` now"), "{told}");
    assert!(installation.refuses(&["keys", "retire", "first"])?.contains("is the current key"));
    installation.does(&["keys", "rotate", "--to", "second"]).await?;
    installation.does(&["keys", "retire", "first"]).await?;
    installation.does(&["keys", "retire", "first"]).await?;
    let retired = start_is_refused(&installation, &both).await?;
    assert!(retired.contains("holds the key `first`, which was retired"), "{retired}");

    let sealed = sqlx::query("update invitation set secret_key_id = 'first'").execute(&installation.pool).await;
    assert!(sealed.is_err_and(|error| error.to_string().contains("nothing is sealed under a retired key")));
    installation.pool.close().await;
    Ok(())
}
