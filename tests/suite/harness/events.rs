//! Events made by hand, and callbacks.

use hmac::{Hmac, KeyInit, Mac};
use reqwest::Response;
use sha2::Sha256;
use tickncook_hubrise::upkeep;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

use super::{TestApp, http_client, hubrise::CLIENT_SECRET};

/// The header of a signature.
pub(crate) const SIGNATURE: &str = "X-HubRise-Hmac-SHA256";

/// The signature that HubRise makes with our secret.
pub(crate) fn sign(body: impl AsRef<[u8]>) -> String {
    sign_with(CLIENT_SECRET, body)
}

pub(crate) fn sign_with(secret: &str, body: impl AsRef<[u8]>) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body.as_ref());
    mac.finalize().into_bytes().iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
}

/// An event of a location, as HubRise tells it.
pub(crate) fn event(id: &str, resource: &str, location: &str) -> String {
    serde_json::json!({
        "id": id, "resource_type": resource, "event_type": "update", "created_at": "2026-11-23T18:02:00+01:00",
        "location_id": location, "new_state": { "note": "jamais dans le journal" },
    })
    .to_string()
}

impl TestApp {
    /// Looks after the callback of the connection to a location.
    pub(crate) async fn look_after_callback(&self, location: &str) -> anyhow::Result<()> {
        let id = self.connection(location).await.parse().unwrap();
        upkeep::service::look_after_callback(&self.app, id).await
    }

    /// What stands in the address of the events for a location.
    pub(crate) async fn callback_key(&self, location: &str) -> String {
        let key = sqlx::query_scalar("select callback_key from connection where location_id = $1").bind(location);
        key.fetch_one(self.db()).await.unwrap()
    }

    /// Sends an event to a location's address.
    pub(crate) async fn send_event(
        &self,
        location: &str,
        signature: Option<&str>,
        body: impl Into<Vec<u8>>,
    ) -> Response {
        self.send_event_to(&self.callback_key(location).await, signature, body).await
    }

    /// Sends an event to the address with this key.
    pub(crate) async fn send_event_to(&self, key: &str, signature: Option<&str>, body: impl Into<Vec<u8>>) -> Response {
        let mut address = self.listening().join("/hubrise_callback/event").unwrap();
        address.query_pairs_mut().append_pair("key", key);
        let mut request = http_client().post(address).body(body.into());
        if let Some(signature) = signature {
            request = request.header(SIGNATURE, signature);
        }
        request.send().await.unwrap()
    }

    /// Sends a signed event until it is taken: a busy machine may ask HubRise to come again, and it does.
    pub(crate) async fn send_until_taken(&self, key: &str, body: impl Into<Vec<u8>>) {
        let body = body.into();
        let signature = sign(&body);
        for _ in 0..100 {
            match self.send_event_to(key, Some(&signature), body.clone()).await.status().as_u16() {
                200 => return,
                status => assert_eq!(status, 503),
            }
        }
        panic!("an event is never taken");
    }

    /// Sends an event that is signed as it should be; the status.
    pub(crate) async fn send_good(&self, location: &str, body: impl Into<Vec<u8>>) -> u16 {
        let body = body.into();
        self.send_event(location, Some(&sign(&body)), body).await.status().as_u16()
    }
}

/// An event that arrives bit by bit.
pub(crate) struct Slow(TcpStream);

impl Slow {
    /// Sends the head of a request to the address with this key, with these lines in it.
    pub(crate) async fn begin(app: &TestApp, key: &str, lines: &str) -> Self {
        let host = app.listening().authority().to_owned();
        let head = format!("POST /hubrise_callback/event?key={key} HTTP/1.1\r\nHost: {host}\r\n{lines}\r\n\r\n");
        let mut slow = Self(TcpStream::connect(&host).await.unwrap());
        slow.send(head.as_bytes()).await;
        slow
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).await.unwrap();
    }

    /// Sends a chunk of a body that does not tell its length.
    pub(crate) async fn chunk(&mut self, bytes: &[u8]) {
        self.send(format!("{:x}\r\n", bytes.len()).as_bytes()).await;
        self.send(bytes).await;
        self.send(b"\r\n").await;
    }

    /// The status of the answer.
    pub(crate) async fn status(&mut self) -> u16 {
        let line = BufReader::new(&mut self.0).lines().next_line().await.unwrap().expect("an answer");
        line.split(' ').nth(1).expect("a status").parse().unwrap()
    }
}
