//! Clients that ask over and over, each on a connection of its own that it keeps, as browsers and HubRise do.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use http_body_util::{BodyExt as _, Full};
use hyper::{
    Request, Response, StatusCode,
    body::Bytes,
    client::conn::http1::{self, SendRequest},
};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, task::JoinSet};

pub(crate) type Ask = Request<Full<Bytes>>;

/// One connection.
pub(crate) struct Client(SendRequest<Full<Bytes>>);

impl Client {
    pub(crate) async fn connect(host: &str) -> Result<Self> {
        let stream = TcpStream::connect(host).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Self(sender))
    }

    /// The whole answer, as it came over the wire.
    pub(crate) async fn ask(&mut self, request: Ask) -> Result<Response<Bytes>> {
        self.0.ready().await?;
        let (parts, body) = self.0.send_request(request).await?.into_parts();
        Ok(Response::from_parts(parts, body.collect().await?.to_bytes()))
    }
}

/// What came of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measured {
    /// Answers in a second.
    pub(crate) rate: f64,
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
}

impl Measured {
    /// Of what each answer took, all of them in so much time.
    pub(crate) fn of(mut took: Vec<Duration>, time: Duration) -> Result<Self> {
        ensure!(!took.is_empty(), "nothing was answered");
        took.sort_unstable();
        let at = |percent: usize| took[(took.len() * percent / 100).min(took.len() - 1)];
        Ok(Self { rate: count(took.len()) / time.as_secs_f64(), p50: at(50), p99: at(99) })
    }
}

/// As many clients ask as there are makers of requests; one whose maker has no more leaves. Any answer but the expected
/// one ends the measurement.
pub(crate) async fn ask_all<M>(host: &str, makers: Vec<M>, expected: StatusCode) -> Result<Measured>
where
    M: FnMut() -> Option<Ask> + Send + 'static,
{
    let mut clients = Vec::new();
    for maker in makers {
        clients.push((Client::connect(host).await?, maker));
    }
    let started = Instant::now();
    let mut asking = JoinSet::new();
    for (mut client, mut next) in clients {
        asking.spawn(async move {
            let mut took = Vec::new();
            while let Some(request) = next() {
                let asked = Instant::now();
                let answer = client.ask(request).await?;
                took.push(asked.elapsed());
                let body = || String::from_utf8_lossy(answer.body()).chars().take(300).collect::<String>();
                ensure!(answer.status() == expected, "{}: {}", answer.status(), body());
            }
            Ok(took)
        });
    }
    let mut took = Vec::new();
    for each in asking.join_all().await {
        took.extend(each.context("a client did not get what it asked for")?);
    }
    Measured::of(took, started.elapsed())
}

/// Makes the same request until the time is over.
pub(crate) fn for_a_while(time: Duration, mut make: impl FnMut() -> Ask) -> impl FnMut() -> Option<Ask> {
    let mut started = None;
    move || (started.get_or_insert_with(Instant::now).elapsed() < time).then(&mut make)
}

/// Counts here are far below what a float holds exactly.
#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
pub(crate) fn count(number: usize) -> f64 {
    number as f64
}

pub(crate) fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
