//! Requests as bytes, which no client would put together.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::harness::TestApp;

/// What came back, before anybody has made sense of it.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

/// Sends these bytes on a connection of their own. The last line must ask for its end.
pub(crate) async fn send(app: &TestApp, request: &str) -> Answer {
    let mut stream = TcpStream::connect(app.listening().authority()).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
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
