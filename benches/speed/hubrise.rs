//! A HubRise that knows every token there is, and answers at once: the sandbox remembers what it gave, and nobody can have
//! authorised a million connections there. A token names its location.

use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use anyhow::Result;
use http_body_util::Full;
use hyper::{Request, Response, body::Bytes, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

pub(crate) struct HubRise {
    address: String,
    /// How many times it was asked what a token opens.
    asked: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl HubRise {
    pub(crate) async fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = format!("http://{}", listener.local_addr()?);
        let asked = Arc::new(AtomicUsize::new(0));
        let task = tokio::spawn(serve(listener, Arc::clone(&asked)));
        Ok(Self { address, asked, task })
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

async fn serve(listener: TcpListener, asked: Arc<AtomicUsize>) {
    while let Ok((stream, _)) = listener.accept().await {
        let asked = Arc::clone(&asked);
        let service = service_fn(move |request| {
            let answer = answer(&request, &asked);
            async move { Ok::<_, Infallible>(Response::new(Full::new(Bytes::from(answer.to_string())))) }
        });
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

fn answer(request: &Request<Incoming>, asked: &AtomicUsize) -> Value {
    let token = request.headers().get("x-access-token").and_then(|token| token.to_str().ok()).unwrap_or_default();
    let location = token.trim_start_matches(TOKEN);
    let account = location.split('-').next().unwrap_or_default();
    match request.uri().path() {
        "/v1/location" => {
            asked.fetch_add(1, Ordering::Relaxed);
            // No names: another than the one that is known would be a change, which is written down.
            json!({ "id": location, "name": null, "account": { "id": account, "name": null } })
        }
        // A catalog, a customer list, or a callback that was not there.
        _ => json!({ "name": "Carte" }),
    }
}

/// What every token begins with; the rest of it is the location's id.
pub(crate) const TOKEN: &str = "opens-";
