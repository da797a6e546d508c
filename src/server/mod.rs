//! The port: how many connections there may be, how long each may keep us waiting, and HTTP/1.1 on them. Knows nothing
//! of what is served, except that a request tells when it has arrived (see [`Caller`]).

mod room;
mod seat;
mod wire;

use std::{convert::Infallible, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{HeaderValue, Request, header},
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use nix::sys::resource::{Resource, getrlimit};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
    time::Instant,
};
use tower::ServiceExt as _;

use room::{Room, Taken};
pub use seat::Caller;
use wire::Wire;

/// More headers than any browser and any proxy send.
const HEADERS: usize = 64;
/// The longest head of a request: its first line and its headers.
const HEAD_SIZE: usize = 32 * 1024;
/// How much of a connection is kept in memory each way.
const BUFFER_SIZE: usize = 64 * 1024;
/// However many files there may be: when all connections want something at once, each waits for a step of all others.
const MOST: usize = 512;
/// Connections that the service needs beside those that it serves: to its database, HubRise and the mail server.
const OWN_FILES: u64 = 256;

/// What connections may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How many there may be. Beyond it the one that has kept us waiting longest makes place for the next: who holds
    /// connections open keeps nobody out, neither HubRise nor those who look after us. Where nobody keeps us waiting,
    /// the next one waits in the system's queue: what is asked is answered within half a minute.
    pub connections: usize,
    /// How long a head may take to arrive, from its first byte.
    pub head: Duration,
    /// How long a body may take to arrive.
    pub body: Duration,
    /// How long a connection may rest between two requests; longer than proxies keep one. Within the same time an
    /// answer must have been taken, with a second more for each ten kilobytes.
    pub rest: Duration,
}

impl Limits {
    /// What this system has room for.
    #[must_use]
    pub fn of_system() -> Self {
        let files = getrlimit(Resource::RLIMIT_NOFILE).map_or(1024, |(now, _)| now);
        let connections = usize::try_from(files.saturating_sub(OWN_FILES)).unwrap_or(usize::MAX).clamp(64, MOST);
        let (head, body) = (Duration::from_secs(10), Duration::from_secs(10));
        Self { connections, head, body, rest: Duration::from_secs(130) }
    }
}

/// Serves until the stop, and then until every request under way has its answer.
pub async fn serve(listener: TcpListener, router: Router, limits: Limits, mut stop: watch::Receiver<bool>) {
    let room = Room::new(limits);
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_) = connections.join_next() => continue,
            () = stopped(&mut stop) => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                rest_after(&error).await;
                continue;
            }
        };
        let taken = tokio::select! { taken = room.take() => taken, () = stopped(&mut stop) => break };
        connections.spawn(converse(stream, peer, router.clone(), taken, stop.clone()));
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

/// A client that went away before it was accepted is no news. Anything else, such as no file left, may pass in a
/// moment.
#[expect(clippy::disallowed_methods, reason = "there is nothing that could be waited for")]
async fn rest_after(error: &std::io::Error) {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if !matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
        tracing::error!(%error, "no connection can be accepted");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// One connection, from its first request to its last.
async fn converse(stream: TcpStream, peer: SocketAddr, router: Router, taken: Taken, mut stop: watch::Receiver<bool>) {
    let seat = taken.seat();
    let service = service_fn(|request: Request<Incoming>| {
        let (router, seat, is_crowded) = (router.clone(), Arc::clone(seat), taken.is_crowded());
        async move {
            seat.is_asked();
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            request.extensions_mut().insert(Caller::new(Arc::clone(&seat)));
            let Ok(mut response) = router.oneshot(request).await;
            seat.has_answered();
            if is_crowded {
                // Said before it is done: who is let go of does not send another request in vain.
                response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            Ok::<_, Infallible>(response)
        }
    });
    let mut http = http1::Builder::new();
    http.max_headers(HEADERS).max_header_size(HEAD_SIZE).max_buf_size(BUFFER_SIZE);
    let mut connection = pin!(http.serve_connection(TokioIo::new(Wire::new(stream, Arc::clone(seat))), service));
    let mut ending = false;
    loop {
        tokio::select! {
            outcome = connection.as_mut() => {
                if let Err(error) = outcome {
                    tracing::debug!(%error, "a connection ended early");
                }
                return;
            }
            () = seat.asked_to_leave() => return,
            () = tokio::time::sleep_until(seat.next_look()) => if seat.is_overdue(Instant::now()) { return },
            () = stopped(&mut stop), if !ending => {
                ending = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}

/// Waits for the stop; a sender that is gone stops, too.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    if stop.wait_for(|stop| *stop).await.is_err() {
        tracing::debug!("whoever could stop the server is gone");
    }
}
