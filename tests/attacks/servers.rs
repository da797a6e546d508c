//! Attacks on the server itself: connections holders open, heads and bodies that never end, requests hidden in others.

use std::time::Duration;

use tickncook_hubrise::server::Limits;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use super::wire::{Port, Wire, short};
use crate::harness::{
    MANAGER, PARIS, PARIS_AT_HUBRISE, PASSWORD, TestApp,
    events::{SIGNATURE, event, sign},
    journey, journey_with,
};

const HEALTH: &str = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
const LONG: Duration = Duration::from_mins(1);

/// Limits that no test reaches, but for the number of connections.
fn few(connections: usize) -> Limits {
    Limits { connections, head: LONG, body: LONG, rest: LONG }
}

fn host(app: &TestApp) -> &str {
    app.public().authority()
}

/// A request to sign in, as a page of ours sends it.
fn sign_in(app: &TestApp) -> String {
    let body = format!("email={MANAGER}&password={PASSWORD}");
    let (host, length) = (host(app), body.len());
    let form = "Content-Type: application/x-www-form-urlencoded";
    format!("POST /login HTTP/1.1\r\nHost: {host}\r\n{form}\r\nContent-Length: {length}\r\n\r\n{body}")
}

#[tokio::test]
async fn a_head_that_does_not_end_is_not_waited_for() {
    journey(async |app| {
        let port = Port::open(app, short()).await;
        for beginning in ["", "GET /hea", "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: "] {
            let mut slow = Wire::to(port.address).await;
            slow.send(beginning).await;
            let mut other = Wire::to(port.address).await;
            other.send(HEALTH).await;
            assert_eq!(other.status().await, 200);
            assert!(slow.is_closed().await, "{beginning:?}");
        }
        // Nor is one that trickles, after an answer as well as before.
        let mut slow = Wire::to(port.address).await;
        slow.send(HEALTH).await;
        assert_eq!(slow.status().await, 200);
        let mut sent = 0;
        while slow.send("G").await && slow.is_open().await {
            sent += 1;
            assert!(sent < 50, "it goes on for ever");
        }
        port.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_body_that_does_not_come_is_given_up_on_every_route() {
    journey(async |app| {
        app.signed_in(MANAGER).await.connect(PARIS, PARIS_AT_HUBRISE).await;
        let event = format!("/hubrise_callback/event?key={}", app.callback_key("3r4s3-0").await);
        let port = Port::open(app, short()).await;
        for (path, status) in [
            ("/login", 408),
            ("/services/hubrise/connect", 408),
            ("/api/v1/connections", 408),
            ("/hubrise_callback/disconnect", 408),
            ("/nowhere", 408),
            (&event, 503),
        ] {
            for length in ["Content-Length: 100", "Transfer-Encoding: chunked"] {
                let mut slow = Wire::to(port.address).await;
                let host = host(app);
                slow.send(format!("POST {path} HTTP/1.1\r\nHost: {host}\r\n{length}\r\n\r\n5\r\nemail")).await;
                assert_eq!(slow.status().await, status, "{path} {length}");
                assert!(slow.is_closed().await, "{path} {length}");
            }
        }
        port.close().await;
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_is_not_taken_is_not_kept_for_ever() {
    journey(async |app| {
        let port = Port::open(app, short()).await;
        let mut greedy = Wire::to(port.address).await;
        let host = host(app);
        let page = format!("GET /login HTTP/1.1\r\nHost: {host}\r\n\r\n").repeat(100);
        // Asks and asks, and never reads: at some time the bridge neither writes nor reads any more, and hangs up.
        let mut rounds = 0;
        while greedy.send(&page).await {
            rounds += 1;
            assert!(rounds < 10_000, "it is answered for ever");
        }
        port.close().await;
    })
    .await;
}

#[tokio::test]
async fn who_holds_every_connection_keeps_neither_hubrise_nor_the_operator_out() {
    journey(async |app| {
        app.signed_in(MANAGER).await.connect(PARIS, PARIS_AT_HUBRISE).await;
        let (key, body) = (app.callback_key("3r4s3-0").await, event("a", "order", "3r4s3-0"));
        let port = Port::open(app, few(6)).await;
        let mut holders = Vec::new();
        let unfinished = format!("POST /login HTTP/1.1\r\nHost: {}\r\nContent-Length: 9\r\n\r\n", host(app));
        for beginning in ["", "GET / HTTP/1.1\r\n", &unfinished] {
            for _ in 0..2 {
                let mut one = Wire::to(port.address).await;
                one.send(beginning).await;
                holders.push(one);
            }
        }
        for path in ["/healthz", "/readyz"] {
            let mut operator = Wire::to(port.address).await;
            operator.send(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n")).await;
            assert_eq!(operator.status().await, 200, "{path}");
        }
        let mut hubrise = Wire::to(port.address).await;
        let (signature, length) = (sign(&body), body.len());
        let first_lines = format!("POST /hubrise_callback/event?key={key} HTTP/1.1\r\nHost: {}\r\n", host(app));
        hubrise.send(format!("{first_lines}{SIGNATURE}: {signature}\r\nContent-Length: {length}\r\n\r\n{body}")).await;
        assert_eq!(hubrise.status().await, 200);
        assert!(holders[0].is_closed().await, "the longest holders makes place");
        assert!(holders[5].is_open().await, "and no more than are needed");
        drop(holders);
        port.close().await;
    })
    .await;
}

#[tokio::test]
async fn who_comes_while_every_connection_is_at_work_waits_and_is_answered() {
    journey(async |app| {
        let port = Port::open(app, few(2)).await;
        let hashing = app.app.hashing.clone().acquire_many_owned(4).await.unwrap();
        let mut working = Vec::new();
        for _ in 0..2 {
            let mut one = Wire::to(port.address).await;
            one.send(sign_in(app)).await;
            working.push(one);
        }
        for one in &mut working {
            assert!(one.is_open().await);
        }
        let mut next = Wire::to(port.address).await;
        next.send(HEALTH).await;
        assert!(next.is_open().await, "there is a third connection");
        drop(hashing);
        for one in &mut working {
            assert_eq!(one.status().await, 303, "who was worked for was cut off");
        }
        assert_eq!(next.status().await, 200);
        port.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_stop_finishes_what_is_asked_and_waits_for_nobody_else() {
    journey(async |app| {
        let port = Port::open(app, few(10)).await;
        let mut idle = Wire::to(port.address).await;
        let mut rested = Wire::to(port.address).await;
        rested.send(HEALTH).await;
        assert_eq!(rested.status().await, 200);
        let hashing = app.app.hashing.clone().acquire_many_owned(4).await.unwrap();
        let mut asking = Wire::to(port.address).await;
        asking.send(sign_in(app)).await;
        assert!(asking.is_open().await);
        port.stop.send_replace(true);
        assert!(idle.is_closed().await && rested.is_closed().await);
        assert!(!port.server.is_finished());
        drop(hashing);
        let answer = asking.answer().await.unwrap();
        assert_eq!(answer.status, 303);
        assert!(answer.head.to_lowercase().contains("connection: close"), "{}", answer.head);
        port.close().await;
    })
    .await;
}

#[tokio::test]
async fn floods_of_headers_and_endless_addresses_are_refused() {
    journey(async |app| {
        let host = host(app).to_owned();
        let ask = |path: &str, headers: &str| format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n");
        for (request, status) in [
            (ask("/login", &"X-Flood: 1\r\n".repeat(63)), 200),
            (ask("/login", &"X-Flood: 1\r\n".repeat(64)), 431),
            (ask("/login", &format!("X-Flood: {}\r\n", "a".repeat(30 * 1024))), 200),
            (ask("/login", &format!("X-Flood: {}\r\n", "a".repeat(33 * 1024))), 431),
            (ask(&format!("/login?{}", "a=1&".repeat(1500)), ""), 200),
            (ask(&format!("/login?{}", "a=1&".repeat(2500)), ""), 414),
            (ask(&format!("/api/v1/history?{}", "a".repeat(9000)), ""), 414),
            (ask(&format!("/login?{}", "a".repeat(33 * 1024)), ""), 431),
            (ask(&format!("/login?{}", "a".repeat(200 * 1024)), ""), 431),
        ] {
            let mut wire = Wire::of(app).await;
            wire.send(&request).await;
            let answer = wire.answer().await.expect("an answer");
            assert_eq!(answer.status, status, "{}… {}", &request[..60], answer.body);
        }
    })
    .await;
}

#[tokio::test]
async fn a_request_cannot_be_hidden_in_another_ones_body() {
    journey(async |app| {
        let host = host(app).to_owned();
        let hidden = "GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n";
        let ask = |headers: &str, body: &str| {
            format!("POST /hubrise_callback/disconnect HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n\r\n{body}{hidden}")
        };
        for (headers, body) in [
            ("Content-Length: 5\r\nTransfer-Encoding: chunked", "0\r\n\r\n"),
            ("Transfer-Encoding: chunked\r\nContent-Length: 5", "0\r\n\r\n"),
            ("Content-Length: 0\r\nContent-Length: 41", ""),
            ("Content-Length: 0, 41", ""),
            ("Content-Length: +0", ""),
            ("Content-Length : 0", ""),
            ("Content-Length: 0x0", ""),
            ("Transfer-Encoding: xchunked", "0\r\n\r\n"),
            ("Transfer-Encoding: chunked, identity", "0\r\n\r\n"),
            ("Transfer-Encoding : chunked", "0\r\n\r\n"),
            ("Transfer-Encoding:\r\n chunked", "0\r\n\r\n"),
            ("X-Folded: a\r\n b", ""),
            ("X-Nul: a\0b", ""),
            ("Transfer-Encoding: chunked", "ffffffffffffffff1\r\n\r\n"),
            ("Transfer-Encoding: chunked", "-1\r\n\r\n"),
        ] {
            let mut wire = Wire::of(app).await;
            wire.send(ask(headers, body)).await;
            let first = wire.answer().await.expect("an answer");
            assert!(matches!(first.status, 200 | 400), "{headers}: {}", first.status);
            let second = wire.answer().await;
            assert!(second.is_none(), "{headers}: the hidden request was answered: {second:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn requests_sent_at_once_are_answered_in_their_order_and_apart() {
    journey(async |app| {
        let host = host(app);
        let mut wire = Wire::of(app).await;
        let page = format!("GET /login HTTP/1.1\r\nHost: {host}\r\n\r\n");
        wire.send(format!("{HEALTH}{}{page}{HEALTH}", sign_in(app))).await;
        let mut statuses = Vec::new();
        for _ in 0..4 {
            statuses.push(wire.status().await);
        }
        // The page is asked for without the cookie that the sign-in has just given: it does not know anybody.
        assert_eq!(statuses, [200, 303, 200, 200]);
    })
    .await;
}

#[tokio::test]
async fn hubrise_cannot_lead_the_bridge_to_another_server() {
    // A server that only notes who comes, and a HubRise that sends everybody there.
    let trap = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let lying = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (there, here) = (trap.local_addr().unwrap(), lying.local_addr().unwrap());
    let asked = tokio::spawn(async move {
        let mut asked = 0;
        while let Ok((mut stream, _)) = lying.accept().await {
            let mut request = vec![0; 4096];
            let read = stream.read(&mut request).await.unwrap_or(0);
            if read == 0 {
                continue;
            }
            if request.starts_with(b"QUIT") {
                break;
            }
            asked += 1;
            let answer = format!("HTTP/1.1 307 Elsewhere\r\nLocation: http://{there}/\r\nContent-Length: 0\r\n\r\n");
            stream.write_all(answer.as_bytes()).await.ok();
        }
        asked
    });
    let settings = |layers: &mut tickncook_hubrise::config::Layers| {
        layers.set("hubrise.oauth_url", format!("http://{here}/oauth2/v1"));
        layers.set("hubrise.api_url", format!("http://{here}/v1"));
    };
    journey_with(settings, async |app| {
        let mut browser = app.browser();
        let address = browser.post("/login/hubrise", &[]).await.target();
        let state = address.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
        browser.open(&format!("/hubrise_oauth/login_callback?code=a-code&state={state}")).await;
        assert_ne!(browser.page().status, 500);
        app.finish_tasks().await;
        app.run_jobs().await;
    })
    .await;
    let mut quit = TcpStream::connect(here).await.unwrap();
    quit.write_all(b"QUIT").await.unwrap();
    assert!(asked.await.unwrap() >= 1, "HubRise was never asked");
    let came = tokio::time::timeout(Duration::from_millis(50), trap.accept()).await;
    assert!(came.is_err(), "the bridge went where it was sent");
}
