//! HubRise's events while the database goes away and comes back under a bridge that runs on.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use hubrise_sandbox::{Options, Sandbox};
use nix::sys::signal::Signal;
use serde_json::{Value, json};
use sqlx::{ConnectOptions as _, Connection as _, PgConnection, PgPool};
use tickncook_hubrise::database::embedded::EmbeddedPostgres;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

use crate::folder::Folder;
use crate::person::{CLIENT_ID, SECRET, grant, signature, start_with};
use crate::server::Server;

pub(crate) async fn control(sandbox: &Sandbox, path: &str, body: Value) -> Result<()> {
    let client = crate::server::person()?;
    client.post(format!("{}/control/{path}", sandbox.url())).json(&body).send().await?.error_for_status()?;
    Ok(())
}

/// Another client makes orders, of which the bridge is told. The answers to all that was sent so far.
pub(crate) async fn orders(sandbox: &Sandbox, count: u32) -> Result<Vec<u64>> {
    control(sandbox, "orders", json!({ "location_id": "3r4s3-0", "count": count })).await?;
    control(sandbox, "deliveries/run", json!({})).await?;
    answers(sandbox).await
}

pub(crate) async fn answers(sandbox: &Sandbox) -> Result<Vec<u64>> {
    let sent: Vec<Value> = reqwest::get(format!("{}/control/deliveries", sandbox.url())).await?.json().await?;
    Ok(sent.iter().map(|delivery| delivery["status"].as_u64().unwrap_or_default()).collect())
}

/// Has HubRise send the events of Paris to the bridge; the key in their address.
pub(crate) async fn listen(sandbox: &Sandbox, bridge: &str, db: &mut PgConnection) -> Result<String> {
    let key: String = sqlx::query_scalar("select callback_key from connection").fetch_one(db).await?;
    let connections: Value = reqwest::get(format!("{}/control/connections", sandbox.url())).await?.json().await?;
    let token = connections[0]["access_token"].as_str().context("a token")?;
    let url = format!("{bridge}/hubrise_callback/event?key={key}");
    let callback = json!({ "url": url, "events": { "order": ["create", "update"] } });
    let request = crate::server::person()?.post(format!("{}/v1/callback", sandbox.url()));
    request.header("X-Access-Token", token).json(&callback).send().await?.error_for_status()?;
    Ok(key)
}

/// A signed event, of which the bridge waits for the body.
async fn begin(server: &Server, key: &str, body: &str) -> Result<BufReader<TcpStream>> {
    let signature = signature(body)?;
    let address = server.address();
    let host = address.strip_prefix("http://").context("an address")?;
    let head = format!(
        "POST /hubrise_callback/event?key={key} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {}\r\n\
         X-HubRise-Hmac-SHA256: {signature}\r\nExpect: 100-continue\r\n\r\n",
        body.len()
    );
    let mut stream = BufReader::new(TcpStream::connect(host).await?);
    stream.write_all(head.as_bytes()).await?;
    let mut line = String::new();
    stream.read_line(&mut line).await?;
    assert!(line.starts_with("HTTP/1.1 100 "), "{line}");
    stream.read_line(&mut line).await?;
    Ok(stream)
}

#[tokio::test]
async fn a_database_that_stops_in_the_middle_of_an_event_costs_none() -> Result<()> {
    let folder = Folder::new("data")?;
    let postgres = EmbeddedPostgres::start(folder.data()).await?;
    let options = postgres.connect_options();
    let url = options.to_url_lossy();
    let client = Options { client_id: CLIENT_ID.into(), client_secret: SECRET.into(), ..Options::default() };
    let sandbox = Sandbox::start(client).await?;
    let mails = folder.around().join("mails").to_string_lossy().into_owned();
    let settings = [("TICKNCOOK_DATABASE_URL", url.as_str()), ("TICKNCOOK_MAIL__FOLDER", &mails)];
    let mut server = start_with(&folder, &sandbox, &settings, &["--migrate", "--demo"]).await?;
    let (mut person, back) = grant(&sandbox, &server.address()).await?;
    person.read(&back).await?;
    let mut db = options.connect().await?;
    let key = listen(&sandbox, &server.address(), &mut db).await?;
    db.close().await?;
    assert_eq!(orders(&sandbox, 3).await?, [200; 3]);

    let body = json!({ "id": "middle", "resource_type": "order" }).to_string();
    let mut request = begin(&server, &key, &body).await?;
    postgres.stop().await?;
    let started = Instant::now();
    request.write_all(body.as_bytes()).await?;
    let mut line = String::new();
    request.read_line(&mut line).await?;
    assert!(line.starts_with("HTTP/1.1 503 "), "{line}");
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
    assert_eq!(orders(&sandbox, 3).await?[3..], [503; 3]);

    let postgres = EmbeddedPostgres::start(folder.data()).await?;
    server.ready().await?;
    control(&sandbox, "clock", json!({ "advance_seconds": 60 })).await?;
    assert_eq!(answers(&sandbox).await?[6..], [200; 3]);
    let pool = PgPool::connect_with(options).await?;
    let kept: i64 = sqlx::query_scalar("select count(*) from hubrise_event").fetch_one(&pool).await?;
    assert_eq!(kept, 6, "all that HubRise believes to be received, and nothing else");
    pool.close().await;
    assert!(server.stop(Signal::SIGTERM).await?.success());
    postgres.stop().await
}
