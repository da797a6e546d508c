//! `serve` from its start to its end, however that comes.

use std::env;

use anyhow::Context as _;
use nix::sys::signal::{Signal, kill};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};
use tickncook_hubrise::database::embedded::running;

use crate::folder::Folder;
use crate::server::{Server, bridge, configured};
use crate::waiting::eventually;

const NO_PROCESS: Vec<i32> = Vec::new();

/// Leaves something in the database of the bridge that runs here.
async fn write(folder: &Folder) -> anyhow::Result<()> {
    let options = running(folder.data()).await?.context("no bridge runs here")?;
    let mut connection = options.connect().await?;
    sqlx::query("create table kept as select 'bella'::text as word").execute(&mut connection).await?;
    Ok(connection.close().await?)
}

/// That the bridge starts here with what `write` wrote.
async fn starts_with_its_data(folder: &Folder) -> anyhow::Result<()> {
    let mut server = Server::spawn(folder)?;
    server.ready().await?;
    let options = running(folder.data()).await?.context("no bridge runs here")?;
    let mut connection = options.connect().await?;
    let word: String = sqlx::query_scalar("select word from kept").fetch_one(&mut connection).await?;
    connection.close().await?;
    assert_eq!(word, "bella");
    assert!(server.stop(Signal::SIGTERM).await?.success());
    Ok(())
}

#[tokio::test]
async fn sigterm_ends_it_with_success_and_the_next_start_keeps_the_data() -> anyhow::Result<()> {
    let folder = Folder::new("data")?;
    let mut server = Server::spawn(&folder)?;
    server.ready().await?;
    write(&folder).await?;
    assert_eq!(server.stop(Signal::SIGTERM).await?.code(), Some(0));
    assert_eq!(folder.processes(), NO_PROCESS);

    starts_with_its_data(&folder).await
}

#[tokio::test]
async fn ctrl_c_ends_it_with_success_and_leaves_no_process() -> anyhow::Result<()> {
    let folder = Folder::new("data")?;
    let mut server = Server::spawn(&folder)?;
    server.ready().await?;
    assert_eq!(server.interrupt_group().await?.code(), Some(0));
    assert_eq!(folder.processes(), NO_PROCESS);
    Ok(())
}

#[tokio::test]
async fn a_second_one_on_the_same_data_directory_says_which_process_is_in_the_way() -> anyhow::Result<()> {
    let folder = Folder::new("data")?;
    let mut first = Server::spawn(&folder)?;
    first.ready().await?;

    let mut second = Server::spawn(&folder)?;
    assert!(!second.ended().await?.success());
    let sentence = format!("in use by process {}", first.pid());
    assert!(second.output()?.contains(&sentence), "{}", second.output()?);

    assert!(first.stop(Signal::SIGTERM).await?.success(), "the first one was not disturbed");
    Ok(())
}

#[tokio::test]
async fn killed_alone_or_with_its_database_it_starts_again_with_its_data() -> anyhow::Result<()> {
    let folder = Folder::new("data")?;
    let mut server = Server::spawn(&folder)?;
    server.ready().await?;
    write(&folder).await?;
    server.stop(Signal::SIGKILL).await?;
    starts_with_its_data(&folder).await?;

    let mut server = Server::spawn(&folder)?;
    server.ready().await?;
    let database = folder.server()?;
    server.stop(Signal::SIGKILL).await?;
    kill(database, Signal::SIGKILL)?;
    starts_with_its_data(&folder).await?;
    assert_eq!(folder.processes(), NO_PROCESS);
    Ok(())
}

#[tokio::test]
async fn a_database_that_is_killed_under_it_is_started_again_with_its_data() -> anyhow::Result<()> {
    let folder = Folder::new("data")?;
    let mut server = Server::spawn(&folder)?;
    server.ready().await?;
    write(&folder).await?;
    for signal in [Signal::SIGKILL, Signal::SIGQUIT, Signal::SIGINT] {
        let database = folder.server()?;
        kill(database, signal)?;
        eventually("another database runs", || folder.server().is_ok_and(|found| found != database)).await?;
        server.ready().await?;
    }
    assert!(server.output()?.contains("the embedded PostgreSQL is running again"), "{}", server.output()?);
    assert!(server.stop(Signal::SIGTERM).await?.success());
    assert_eq!(folder.processes(), NO_PROCESS);
    starts_with_its_data(&folder).await
}

#[tokio::test]
async fn with_the_address_of_a_database_it_starts_none_of_its_own() -> anyhow::Result<()> {
    let folder = Folder::new("data")?;
    let cluster = env::var("TEST_DATABASE_URL").context("TEST_DATABASE_URL is set by script/test")?;
    let database = format!("processes_{}", std::process::id());
    let mut connection = cluster.parse::<PgConnectOptions>()?.connect().await?;
    sqlx::query(AssertSqlSafe(format!("create database {database}"))).execute(&mut connection).await?;
    connection.close().await?;

    let mut address: url::Url = cluster.parse()?;
    address.set_path(&database);
    let mails = folder.around().join("mails").to_string_lossy().into_owned();
    let settings = [("TICKNCOOK_DATABASE_URL", address.as_str()), ("TICKNCOOK_MAIL__FOLDER", &mails)];
    let mut early = Server::spawn_with(&folder, &[], &settings)?;
    assert!(!early.ended().await?.success());
    assert!(early.output()?.contains("run `tickncook-hubrise migrate`"), "{}", early.output()?);
    assert!(configured(&folder, &settings)?.arg("migrate").status()?.success());

    let mut server = Server::spawn_with(&folder, &[], &settings)?;
    server.ready().await?;
    let server_process = format!("/proc/{0}/task/{0}/children", server.pid());
    assert_eq!(std::fs::read_to_string(server_process).unwrap_or_default(), "", "it has started nothing");
    assert!(server.stop(Signal::SIGTERM).await?.success());
    Ok(())
}

#[test]
fn with_nothing_configured_it_lists_all_that_is_missing() -> anyhow::Result<()> {
    let output = bridge().arg("serve").output()?;
    assert!(!output.status.success());
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    for variable in [
        "TICKNCOOK_PUBLIC_URL",
        "TICKNCOOK_DATABASE_URL",
        "TICKNCOOK_ENCRYPTION_KEYS",
        "TICKNCOOK_MAIL__SMTP_URL",
        "TICKNCOOK_HUBRISE__CLIENT_ID",
        "TICKNCOOK_HUBRISE__CLIENT_SECRET",
    ] {
        assert!(text.contains(variable), "{variable} is not in:\n{text}");
    }
    Ok(())
}
