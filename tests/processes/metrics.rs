//! What Prometheus reads.

use nix::sys::signal::Signal;

use crate::folder::Folder;
use crate::server::{Server, free_port, person};

#[tokio::test]
async fn prometheus_reads_what_was_asked_and_how_things_stand_and_the_public_address_shows_neither()
-> anyhow::Result<()> {
    let folder = Folder::new("data")?;
    let (data, metrics) = (folder.data().to_string_lossy().into_owned(), format!("127.0.0.1:{}", free_port()?));
    let settings = [("TICKNCOOK_DATA_DIR", data.as_str()), ("TICKNCOOK_METRICS_LISTEN", &metrics)];
    let mut server = Server::spawn_with(&folder, &[], &settings)?;
    server.ready().await?;
    let person = person()?;
    for _ in 0..3 {
        person.get(format!("{}/help/support-access?x=1", server.address())).send().await?.error_for_status()?;
    }
    let figures = person.get(format!("http://{metrics}/metrics")).send().await?.error_for_status()?.text().await?;
    for line in [
        "tickncook_http_requests_total{method=\"GET\",route=\"/help/support-access\",status=\"200\"} 3",
        "tickncook_http_request_seconds_count{route=\"/help/support-access\"} 3",
        "tickncook_connections 0",
        "tickncook_alarms_open 0",
    ] {
        assert!(figures.lines().any(|found| found == line), "{line} is not in:\n{figures}");
    }
    let outside = person.get(format!("{}/metrics", server.address())).send().await?;
    assert_eq!(outside.status(), 404);
    assert!(server.stop(Signal::SIGTERM).await?.success());
    Ok(())
}

#[tokio::test]
async fn a_taken_port_for_prometheus_is_named_before_anything_starts() -> anyhow::Result<()> {
    let folder = Folder::new("data")?;
    let taken = std::net::TcpListener::bind("127.0.0.1:0")?;
    let (data, metrics) = (folder.data().to_string_lossy().into_owned(), taken.local_addr()?.to_string());
    let settings = [("TICKNCOOK_DATA_DIR", data.as_str()), ("TICKNCOOK_METRICS_LISTEN", &metrics)];
    let mut server = Server::spawn_with(&folder, &[], &settings)?;
    assert!(!server.ended().await?.success());
    assert!(server.output()?.contains(&format!("cannot listen on {metrics}")), "{}", server.output()?);
    Ok(())
}
