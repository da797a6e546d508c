//! A HubRise that knows every token there is, and answers at once: the sandbox remembers what it gave, and nobody can
//! have authorised a million connections there. A token names its location.

use std::{
    convert::Infallible,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use anyhow::{Result, anyhow};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use http_body_util::Full;
use hyper::{Method, Request, Response, body::Bytes, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tickncook_hubrise::secrets::Digest;
use tokio::{net::TcpListener, task::JoinHandle};

pub(crate) struct HubRise {
    address: String,
    /// How many times it was asked what a token opens.
    asked: Arc<AtomicUsize>,
    /// Where it is said to send events, once that is known.
    events: Arc<OnceLock<String>>,
    task: JoinHandle<()>,
}

impl HubRise {
    pub(crate) async fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = format!("http://{}", listener.local_addr()?);
        let asked = Arc::new(AtomicUsize::new(0));
        let events = Arc::new(OnceLock::new());
        let task = tokio::spawn(serve(listener, Arc::clone(&asked), Arc::clone(&events)));
        Ok(Self { address, asked, events, task })
    }

    /// It has a callback of the bridge at this address for each token, as `seed.sql` gives out the keys.
    pub(crate) fn sends_to(&self, bridge: &str) -> Result<()> {
        let set = self.events.set(format!("{bridge}/hubrise_callback/event"));
        set.map_err(|former| anyhow!("it sends events to {former} already"))
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

impl Drop for HubRise {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(listener: TcpListener, asked: Arc<AtomicUsize>, events: Arc<OnceLock<String>>) {
    while let Ok((stream, _)) = listener.accept().await {
        let (asked, events) = (Arc::clone(&asked), Arc::clone(&events));
        let service = service_fn(move |request| {
            let answer = answer(&request, &asked, events.get());
            async move { Ok::<_, Infallible>(Response::new(Full::new(Bytes::from(answer.to_string())))) }
        });
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

fn answer(request: &Request<Incoming>, asked: &AtomicUsize, events: Option<&String>) -> Value {
    let token = request.headers().get("x-access-token").and_then(|token| token.to_str().ok()).unwrap_or_default();
    let location = token.trim_start_matches(TOKEN);
    let account = location.split('-').next().unwrap_or_default();
    match request.uri().path() {
        "/v1/location" => {
            asked.fetch_add(1, Ordering::Relaxed);
            // No names: another than the one that is known would be a change, which is written down.
            json!({ "id": location, "name": null, "account": { "id": account, "name": null } })
        }
        "/v1/callback" if *request.method() == Method::GET => {
            let key = BASE64_URL_SAFE_NO_PAD.encode(Digest::of(location).as_bytes());
            let url = events.map(|events| format!("{events}?key={key}"));
            let update = ["update"];
            json!({ "url": url, "events": {
                "order": ["create", "update"], "location": update, "catalog": update, "customer_list": update,
            } })
        }
        // Nothing waits.
        "/v1/callback/events" => json!([]),
        // A catalog, a customer list, or a callback that was not there.
        _ => json!({ "name": "Carte" }),
    }
}

/// What every token begins with; the rest of it is the location's id.
pub(crate) const TOKEN: &str = "opens-";
