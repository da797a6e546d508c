//! A backup taken while the bridge serves, and brought back after the world went on without it.

use std::path::PathBuf;
use std::process::{Command, Output};

use anyhow::{Context as _, Result, ensure};
use hubrise_sandbox::{Options, Sandbox};
use nix::sys::signal::Signal;
use serde_json::Value;
use sqlx::{ConnectOptions as _, PgPool};
use tickncook_hubrise::database::embedded::EmbeddedPostgres;
use url::Url;

use crate::folder::Folder;
use crate::person::{CLIENT_ID, LYON, NICE, PARIS, Person, SECRET, signed_in, start_with};
use crate::server::configured;
use crate::upgrade::{checked, connected};

/// One of PostgreSQL's programs for operators, of the version that serves.
fn postgres_program(name: &str) -> Result<PathBuf> {
    let found =
        Command::new("sh").args(["-c", "ls /usr/lib/postgresql/*/bin/postgres | sort -V | tail -n 1"]).output()?;
    let server = PathBuf::from(String::from_utf8(found.stdout)?.trim());
    Ok(server.parent().context("no PostgreSQL")?.join(name))
}

/// The address as PostgreSQL's programs know it: they mind what only the bridge's library understands.
fn for_programs(address: &Url) -> Url {
    let mut bare = address.clone();
    bare.set_query(None);
    let known = address.query_pairs().filter(|(name, _)| name == "host");
    bare.query_pairs_mut().extend_pairs(known);
    bare
}

fn succeeded(output: &Output) -> Result<String> {
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The locations that HubRise lets the bridge into.
async fn granted(sandbox: &Sandbox) -> Result<Vec<String>> {
    let connections: Value = reqwest::get(format!("{}/control/connections", sandbox.url())).await?.json().await?;
    let live = connections.as_array().context("no list")?.iter().filter(|connection| connection["status"] == "live");
    let mut locations: Vec<_> = live.filter_map(|one| one["location_id"].as_str().map(str::to_owned)).collect();
    locations.sort();
    Ok(locations)
}

async fn connect(person: &mut Person, bridge: &str, choices: &[(&str, &str)]) -> Result<()> {
    let back = person.allow(bridge, choices).await?;
    person.read(&back).await?;
    Ok(())
}

#[tokio::test]
async fn a_restored_backup_tells_what_was_cut_since_and_takes_up_what_was_connected_since() -> Result<()> {
    let folder = Folder::new("data")?;
    let postgres = EmbeddedPostgres::start(folder.data()).await?;
    let options = postgres.connect_options();
    let mut address = options.to_url_lossy();
    let client = Options { client_id: CLIENT_ID.into(), client_secret: SECRET.into(), ..Options::default() };
    let sandbox = Sandbox::start(client).await?;
    let mails = folder.around().join("mails").to_string_lossy().into_owned();
    let settings = [("TICKNCOOK_DATABASE_URL", address.as_str()), ("TICKNCOOK_MAIL__FOLDER", &mails)];
    let server = start_with(&folder, &sandbox, &settings, &["--migrate", "--demo"]).await?;
    let bridge = server.address();
    let mut person = signed_in(&sandbox, &bridge).await?;
    connect(&mut person, &bridge, &PARIS).await?;
    connect(&mut person, &bridge, &NICE).await?;

    // The backup, with a link that somebody may have used since; then Nice is cut, and Lyon connected.
    person.post(&format!("{bridge}/login/password"), &[("email", "gerant@bellapizza.example")]).await?;
    let backup = folder.around().join("bridge.backup");
    let mut dump = Command::new(postgres_program("pg_dump")?);
    succeeded(&dump.args(["--format=custom", "--file"]).arg(&backup).arg(for_programs(&address).as_str()).output()?)?;
    let nice = connected(&mut person, &bridge, "Nice").await?;
    person.post(&format!("{bridge}/points-of-sale/{nice}/delete"), &[]).await?;
    connect(&mut person, &bridge, &LYON).await?;
    assert_eq!(granted(&sandbox).await?, ["3r4s3-0", "3r4s3-1"]);
    assert!(server.stop(Signal::SIGTERM).await?.success());

    // The disk is lost.
    let pool = PgPool::connect_with(options.clone()).await?;
    sqlx::query("create database restored").execute(&pool).await?;
    pool.close().await;
    address.set_path("restored");
    let mut restore = Command::new(postgres_program("pg_restore")?);
    restore.args(["--exit-on-error", "--no-owner", "--dbname", for_programs(&address).as_str()]);
    succeeded(&restore.arg(&backup).output()?)?;
    let settings = [("TICKNCOOK_DATABASE_URL", address.as_str()), ("TICKNCOOK_MAIL__FOLDER", &mails)];
    let told = succeeded(&configured(&folder, &settings)?.arg("after-restore").output()?)?;
    assert!(told.contains("sessions ended                 1"), "{told}");
    assert!(told.contains("links for passwords ended      1"), "{told}");
    assert!(told.contains("connections to be checked      2"), "{told}");
    let server = start_with(&folder, &sandbox, &settings, &[]).await?;
    let bridge = server.address();
    let pool = PgPool::connect_with(options.database("restored")).await?;

    // Nobody is signed in any more; Nice is told to be cut, and the rest works.
    let request = person.http.get(format!("{bridge}/services"));
    assert_eq!(person.send(request).await?.status(), 303, "the old session is dead");
    checked(&pool).await?;
    let mut person = signed_in(&sandbox, &bridge).await?;
    let services = person.read(&format!("{bridge}/services")).await?;
    assert!(services.contains("Nice - 3r4s3-2") && services.contains("En échec depuis"), "{services}");
    let failing = sqlx::query_scalar::<_, String>("select location_id from connection where failed_since is not null");
    assert_eq!(failing.fetch_all(&pool).await?, ["3r4s3-2"]);

    // What is done again ends with HubRise and the bridge agreeing.
    connect(&mut person, &bridge, &LYON).await?;
    let nice = connected(&mut person, &bridge, "Nice").await?;
    let receipt = person.post(&format!("{bridge}/points-of-sale/{nice}/delete"), &[]).await?;
    assert!(person.read(&receipt).await?.contains("Nice"));
    let here = sqlx::query_scalar::<_, String>("select location_id from connection order by location_id");
    assert_eq!(here.fetch_all(&pool).await?, granted(&sandbox).await?);
    assert_eq!(granted(&sandbox).await?, ["3r4s3-0", "3r4s3-1"]);
    pool.close().await;
    assert!(server.stop(Signal::SIGTERM).await?.success());
    postgres.stop().await
}
