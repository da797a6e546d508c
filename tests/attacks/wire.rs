//! Bytes on a connection, as no browser would send them.

use std::{net::SocketAddr, time::Duration};

use tickncook_hubrise::{
    router::router,
    server::{self, Limits},
};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
    time::timeout,
};

use crate::harness::TestApp;

/// Longer than anything here takes.
const DEADLINE: Duration = Duration::from_secs(20);

/// An answer as it came.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

/// A connection.
pub(super) struct Wire(BufReader<TcpStream>);

impl Wire {
    pub(super) async fn to(address: SocketAddr) -> Self {
        Self(BufReader::new(TcpStream::connect(address).await.unwrap()))
    }

    pub(super) async fn of(app: &TestApp) -> Self {
        Self::to(app.listening().socket_addrs(|| None).unwrap()[0]).await
    }

    /// Sends bytes; `false` when the other side does not want any more.
    pub(super) async fn send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        timeout(DEADLINE, self.0.write_all(bytes.as_ref())).await.unwrap().is_ok()
    }

    /// The next answer, unless the connection ends first.
    pub(super) async fn answer(&mut self) -> Option<Answer> {
        timeout(DEADLINE, self.read_answer()).await.expect("neither an answer nor an end")
    }

    /// The status of the next answer; 0 where the connection ends first.
    pub(super) async fn status(&mut self) -> u16 {
        self.answer().await.map_or(0, |answer| answer.status)
    }

    async fn read_answer(&mut self) -> Option<Answer> {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if self.0.read_line(&mut head).await.unwrap_or(0) == 0 {
                return None;
            }
        }
        let status = head.split(' ').nth(1)?.parse().ok()?;
        let lower = head.to_lowercase();
        let length = lower.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()?.parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        self.0.read_exact(&mut body).await.ok()?;
        Some(Answer { status, head, body: String::from_utf8_lossy(&body).into_owned() })
    }

    /// Waits until the other side has closed the connection without another answer.
    pub(super) async fn is_closed(&mut self) -> bool {
        let mut rest = Vec::new();
        timeout(DEADLINE, self.0.read_to_end(&mut rest)).await.expect("the connection stays open").is_err()
            || rest.is_empty()
    }

    /// Whether it is open and silent for a moment.
    pub(super) async fn is_open(&mut self) -> bool {
        timeout(Duration::from_millis(100), self.0.fill_buf()).await.is_err()
    }
}

/// Sends these bytes on a connection of their own, and reads to its end, for which the last line must ask.
pub(crate) async fn send(app: &TestApp, request: &str) -> Answer {
    let mut wire = Wire::of(app).await;
    assert!(wire.send(request).await);
    let mut bytes = Vec::new();
    timeout(DEADLINE, wire.0.read_to_end(&mut bytes)).await.expect("the connection stays open").unwrap();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.unwrap_or_else(|| panic!("no answer to {request:?}: {text:?}"));
    Answer { status, head: head.to_owned(), body: body.to_owned() }
}

/// Asks for a target just as it is written.
pub(crate) async fn get(app: &TestApp, target: &str) -> Answer {
    let host = app.public().authority();
    send(app, &format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")).await
}

/// The same bridge at another port, with limits of its own.
pub(super) struct Port {
    pub(super) address: SocketAddr,
    pub(super) stop: watch::Sender<bool>,
    pub(super) server: JoinHandle<()>,
}

/// Limits that are reached within a test.
pub(super) fn short() -> Limits {
    let (head, body, rest) = (Duration::from_millis(200), Duration::from_millis(200), Duration::from_millis(400));
    Limits { connections: 100, head, body, rest }
}

impl Port {
    pub(super) async fn open(app: &TestApp, limits: Limits) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = watch::channel(false);
        let server = tokio::spawn(server::serve(listener, router(app.app.clone()), limits, stopped));
        Self { address, stop, server }
    }

    pub(super) async fn close(self) {
        self.stop.send_replace(true);
        timeout(DEADLINE, self.server).await.expect("the server goes on for ever").unwrap();
    }
}
