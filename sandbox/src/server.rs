//! The port: accepting connections, speaking HTTP on them, cutting them. Knows nothing of what is served, except that
//! an answer marked [`CutConnection`] is not to be sent, and one marked [`CutMidway`] not to its end.

use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::task::{self, Poll};
use std::time::Duration;

use anyhow::{Context, Result};
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{Request, header};
use axum::response::Response;
use hyper::body::{Frame, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use thiserror::Error;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tower::ServiceExt;

/// How long answers under way may take once the server was asked to end.
const PATIENCE: Duration = Duration::from_secs(1);
const BACKLOG: u32 = 1024;

/// Marks, as a response extension, an answer in whose place the connection is closed.
#[derive(Debug, Clone, Copy, Error)]
#[error("the connection is cut on purpose")]
pub(crate) struct CutConnection;

/// Marks, as a response extension, an answer of which only the first half is sent, under the headers of the whole.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CutMidway;

/// A port that is listened to, but not served yet.
pub(crate) struct Listener(TcpListener);

impl Listener {
    pub(crate) fn bind(address: SocketAddr) -> Result<Self> {
        let listener = bound(address).and_then(|socket| socket.listen(BACKLOG));
        listener.map(Self).with_context(|| format!("listening on {address}"))
    }

    pub(crate) fn address(&self) -> Result<SocketAddr> {
        self.0.local_addr().context("asking which port was bound")
    }
}

/// A port that is bound without being listened to: callers are refused, and the system gives it to nobody else.
#[derive(Debug)]
pub(crate) struct Reservation(#[expect(dead_code, reason = "holding it is its use")] TcpSocket);

impl Reservation {
    pub(crate) fn hold(address: SocketAddr) -> Option<Self> {
        bound(address).ok().map(Self)
    }
}

fn bound(address: SocketAddr) -> std::io::Result<TcpSocket> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // Connections that were cut linger in the system's tables, and must not keep a restart off the port.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

pub(crate) fn url_of(address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        format!("http://localhost:{}", address.port())
    } else {
        format!("http://{address}")
    }
}

#[derive(Debug)]
pub(crate) struct Server {
    task: JoinHandle<()>,
    ending: watch::Sender<bool>,
}

impl Server {
    pub(crate) fn start(listener: Listener, router: Router) -> Self {
        let (ending, watching) = watch::channel(false);
        Self { task: tokio::spawn(accept(listener.0, router, watching)), ending }
    }

    /// Closes the port and every connection, now.
    pub(crate) async fn cut(&mut self) {
        self.task.abort();
        // Once the task is gone, so is all that it owned; that it was cancelled is no news.
        if let Err(error) = (&mut self.task).await
            && error.is_panic()
        {
            tracing::error!(%error, "the server had panicked");
        }
    }

    /// Closes the port, lets answers under way finish for a moment, then closes every connection.
    pub(crate) async fn finish(mut self) {
        self.ending.send_replace(true);
        if tokio::time::timeout(PATIENCE, &mut self.task).await.is_err() {
            self.cut().await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, router: Router, mut ending: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(serve(stream, router.clone(), ending.clone()));
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::task::yield_now().await;
                }
            },
            Some(_) = connections.join_next() => {}
            () = ended(&mut ending) => break,
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

async fn serve(stream: TcpStream, router: Router, mut ending: watch::Receiver<bool>) {
    let service = service_fn(move |request: Request<Incoming>| {
        let router = router.clone();
        async move {
            let Ok(response) = router.oneshot(request.map(Body::new)).await;
            match response.extensions().get::<CutConnection>() {
                Some(cut) => Err(*cut),
                None if response.extensions().get::<CutMidway>().is_some() => Ok(half_of(response).await),
                None => Ok(response),
            }
        }
    });
    let connection = http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    let outcome = tokio::select! {
        outcome = connection.as_mut() => outcome,
        () = ended(&mut ending) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = outcome {
        tracing::debug!(%error, "a connection ended early");
    }
}

async fn half_of(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    // The sandbox's own answers are in memory already: reading one cannot fail.
    let whole = to_bytes(body, usize::MAX).await.unwrap_or_default();
    // One byte more than there is, where there is none, so that this answer breaks off too.
    parts.headers.insert(header::CONTENT_LENGTH, whole.len().max(1).into());
    Response::from_parts(parts, Body::new(HalfBody { half: Some(whole.slice(..whole.len() / 2)), sent: false }))
}

/// Half an answer, then an error, upon which the connection is cut.
struct HalfBody {
    half: Option<Bytes>,
    sent: bool,
}

impl hyper::body::Body for HalfBody {
    type Data = Bytes;
    type Error = CutConnection;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut task::Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, CutConnection>>> {
        if let Some(half) = self.half.take() {
            return Poll::Ready(Some(Ok(Frame::data(half))));
        }
        // What was given is sent only when nothing more is to be had for the moment.
        if !self.sent {
            self.sent = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(CutConnection)))
    }
}

/// Waits for the server to be asked to end, or to be gone.
async fn ended(ending: &mut watch::Receiver<bool>) {
    if ending.wait_for(|ending| *ending).await.is_err() {
        tracing::trace!("the server is gone");
    }
}
