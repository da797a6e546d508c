//! The bridge beside a HubRise: what it owes HubRise, it does across a stop and a kill; with nothing to do, it rests.

use std::time::Duration;

use anyhow::{Context as _, Result};
use hubrise_sandbox::{Options, Sandbox};
use nix::sys::signal::Signal;
use serde_json::{Value, json};
use tickncook_hubrise::database::embedded::running;

use crate::folder::Folder;
use crate::person::{CLIENT_ID, Person, SECRET, grant, start_with};
use crate::server::Server;

/// A bridge with its demo data, and the HubRise that it knows.
async fn start(folder: &Folder) -> Result<(Sandbox, Server)> {
    let options = Options { client_id: CLIENT_ID.into(), client_secret: SECRET.into(), ..Options::default() };
    let sandbox = Sandbox::start(options).await?;
    let server = start_again(folder, &sandbox).await?;
    Ok((sandbox, server))
}

async fn start_again(folder: &Folder, sandbox: &Sandbox) -> Result<Server> {
    let data = folder.data().to_string_lossy().into_owned();
    start_with(folder, sandbox, &[("TICKNCOOK_DATA_DIR", &data)], &["--demo"]).await
}

async fn add_fault(person: &Person, sandbox: &Sandbox, path: &str, action: Value) -> Result<()> {
    let fault = json!({ "method": "POST", "path": path, "action": action });
    person.http.post(format!("{}/control/faults", sandbox.url())).json(&fault).send().await?.error_for_status()?;
    Ok(())
}

/// The database of the bridge that runs here.
async fn database(folder: &Folder) -> Result<sqlx::PgPool> {
    let options = running(folder.data()).await?.context("no bridge runs here")?;
    Ok(sqlx::PgPool::connect_with(options).await?)
}

async fn status_at_hubrise(sandbox: &Sandbox) -> Result<String> {
    let connections: Value = reqwest::get(format!("{}/control/connections", sandbox.url())).await?.json().await?;
    Ok(connections[0]["status"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn a_revocation_that_hubrise_has_not_confirmed_is_done_after_a_kill_and_a_restart() -> Result<()> {
    let folder = Folder::new("data")?;
    let (sandbox, server) = start(&folder).await?;
    let bridge = server.address();
    let (mut person, back) = grant(&sandbox, &bridge).await?;
    person.read(&back).await?;
    assert_eq!(status_at_hubrise(&sandbox).await?, "live");

    // Disconnect it while HubRise fails, and kill the bridge.
    add_fault(&person, &sandbox, "/oauth2/v1/revoke", json!({ "kind": "status", "status": 503 })).await?;
    let services = person.read(&format!("{bridge}/services")).await?;
    let (_, rest) = services.split_once("/services/hubrise/connections/").context("nothing is connected")?;
    let connection = rest.split('/').next().context("no id")?;
    let disconnect = format!("{bridge}/services/hubrise/connections/{connection}/disconnect");
    let receipt = person.post(&disconnect, &[]).await?;
    assert!(person.read(&receipt).await?.contains("la révocation chez HubRise est en cours"));
    server.stop(Signal::SIGKILL).await?;
    assert_eq!(status_at_hubrise(&sandbox).await?, "live");

    // HubRise is well again, and so is the bridge.
    person.http.delete(format!("{}/control/faults", sandbox.url())).send().await?.error_for_status()?;
    let server = start_again(&folder, &sandbox).await?;
    let pool = database(&folder).await?;
    // The job's time has come.
    let due = sqlx::query("update graphile_worker._private_jobs set run_at = now()").execute(&pool).await?;
    assert_eq!(due.rows_affected(), 1, "the job outlived the kill");
    let confirmed = tickncook_hubrise::polling::poll(Duration::from_secs(30), || async {
        let left: i64 =
            sqlx::query_scalar("select count(*) from revocation where status <> 'confirmed'").fetch_one(&pool).await?;
        Ok::<_, sqlx::Error>((left == 0).then_some(()))
    });
    confirmed.await?.context("the revocation was never confirmed")?;
    assert_eq!(status_at_hubrise(&sandbox).await?, "revoked");
    let kept: i64 = sqlx::query_scalar("select count(*) from revocation where token_ciphertext is not null")
        .fetch_one(&pool)
        .await?;
    assert_eq!(kept, 0, "the last copy of the token is wiped");
    pool.close().await;
    assert!(server.stop(Signal::SIGTERM).await?.success());
    Ok(())
}

#[tokio::test]
async fn an_exchange_whose_browser_hung_up_is_finished_before_a_stop() -> Result<()> {
    let folder = Folder::new("data")?;
    let (sandbox, server) = start(&folder).await?;
    let (mut person, back) = grant(&sandbox, &server.address()).await?;
    add_fault(&person, &sandbox, "/oauth2/v1/token", json!({ "kind": "delay_after", "milliseconds": 2000 })).await?;
    let callback = person.http.get(&back).timeout(Duration::from_millis(500));
    assert!(person.send(callback).await.is_err(), "the browser did not hang up");
    assert!(server.stop(Signal::SIGTERM).await?.success());

    let server = start_again(&folder, &sandbox).await?;
    let pool = database(&folder).await?;
    let connected: i64 = sqlx::query_scalar("select count(*) from connection").fetch_one(&pool).await?;
    assert_eq!((connected, status_at_hubrise(&sandbox).await?.as_str()), (1, "live"));
    pool.close().await;
    assert!(server.stop(Signal::SIGTERM).await?.success());
    Ok(())
}

#[tokio::test]
async fn a_kill_between_hubrise_s_answer_and_our_keeping_it_is_an_alarm_until_somebody_starts_again() -> Result<()> {
    let folder = Folder::new("data")?;
    let (sandbox, server) = start(&folder).await?;
    let (mut person, back) = grant(&sandbox, &server.address()).await?;
    add_fault(&person, &sandbox, "/oauth2/v1/token", json!({ "kind": "delay_after", "milliseconds": 20_000 })).await?;
    let callback = tokio::spawn(async move { person.read(&back).await });
    let granted = tickncook_hubrise::polling::poll(Duration::from_secs(10), || async {
        Ok::<_, anyhow::Error>((status_at_hubrise(&sandbox).await? == "live").then_some(()))
    });
    granted.await?.context("HubRise gives nothing")?;
    server.stop(Signal::SIGKILL).await?;
    assert!(callback.await?.is_err(), "the browser has an answer");

    let http = crate::server::person()?;
    http.delete(format!("{}/control/faults", sandbox.url())).send().await?.error_for_status()?;
    let server = start_again(&folder, &sandbox).await?;
    let pool = database(&folder).await?;
    for passing in [
        "update authorisation_attempt set claimed_at = claimed_at - interval '4 minutes'",
        "select graphile_worker.add_job('sweep_attempts', '{}'::json)",
    ] {
        sqlx::query(passing).execute(&pool).await?;
    }
    let alarms = async || {
        let alarms = "select count(*) from alarm where kind = 'grant_unaccounted' and ended_at is null";
        sqlx::query_scalar::<_, i64>(alarms).fetch_one(&pool).await
    };
    let raised = tickncook_hubrise::polling::poll(Duration::from_secs(20), || async {
        alarms().await.map(|alarms| (alarms == 1).then_some(()))
    });
    raised.await?.context("nobody is told")?;
    assert_eq!(status_at_hubrise(&sandbox).await?, "live");

    let (mut person, back) = grant(&sandbox, &server.address()).await?;
    person.read(&back).await?;
    let connected: i64 = sqlx::query_scalar("select count(*) from connection").fetch_one(&pool).await?;
    assert_eq!((connected, alarms().await?), (1, 0));
    pool.close().await;
    assert!(server.stop(Signal::SIGTERM).await?.success());
    Ok(())
}

#[tokio::test]
async fn an_idle_bridge_leaves_its_database_alone() -> Result<()> {
    let folder = Folder::new("data")?;
    let (_sandbox, server) = start(&folder).await?;
    let pool = database(&folder).await?;
    let commits = async || {
        sqlx::query_scalar::<_, i64>("select xact_commit from pg_stat_database where datname = current_database()")
            .fetch_one(&pool)
            .await
    };
    let before = commits().await?;
    // Three seconds in which nothing happens; this look costs 30 transactions itself.
    let looks = tickncook_hubrise::polling::poll(Duration::from_secs(3), async || {
        commits().await.map(|now| (now - before > 500).then_some(now - before))
    });
    assert_eq!(looks.await?, None, "the idle bridge keeps the database busy");
    pool.close().await;
    assert!(server.stop(Signal::SIGTERM).await?.success());
    Ok(())
}
