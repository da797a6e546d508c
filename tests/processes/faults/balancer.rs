//! A tiny load balancer: takes connections in turn to two bridges, and to the other one where the first refuses. It
//! does not ask the bridges how they are, so it goes on sending people to one that is stopping.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::broadcast;
use tokio::task::JoinHandle;

pub(super) struct Balancer {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

struct Shared {
    backends: Mutex<[u16; 2]>,
    turn: AtomicUsize,
    /// Connections that nobody took.
    refused: AtomicU64,
    cuts: broadcast::Sender<()>,
}

impl Balancer {
    pub(super) async fn start() -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let shared = Arc::new(Shared {
            backends: Mutex::default(),
            turn: AtomicUsize::default(),
            refused: AtomicU64::default(),
            cuts: broadcast::channel(1).0,
        });
        Ok(Self {
            address: listener.local_addr()?,
            shared: shared.clone(),
            accepting: tokio::spawn(accept(listener, shared)),
        })
    }

    /// The public address of both bridges.
    pub(super) fn address(&self) -> String {
        format!("http://localhost:{}", self.address.port())
    }

    /// Where one of the bridges is now.
    pub(super) fn set(&self, slot: usize, port: u16) {
        self.shared.backends.lock().unwrap_or_else(PoisonError::into_inner)[slot] = port;
    }

    /// Cuts every connection that is open.
    pub(super) fn cut(&self) {
        self.shared.cuts.send(()).ok();
    }

    pub(super) fn refused(&self) -> u64 {
        self.shared.refused.load(Ordering::Relaxed)
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((client, _)) = listener.accept().await {
        let shared = shared.clone();
        tokio::spawn(async move {
            let mut cuts = shared.cuts.subscribe();
            tokio::select! { () = carry(client, &shared) => {} _ = cuts.recv() => {} }
        });
    }
}

async fn carry(mut client: TcpStream, shared: &Shared) {
    let turn = shared.turn.fetch_add(1, Ordering::Relaxed);
    for offset in 0..2 {
        let port = shared.backends.lock().unwrap_or_else(PoisonError::into_inner)[(turn + offset) % 2];
        if let Ok(mut bridge) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await {
            copy_bidirectional(&mut client, &mut bridge).await.ok();
            return;
        }
    }
    shared.refused.fetch_add(1, Ordering::Relaxed);
}
