//! The health check of a container without other tools in it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use anyhow::{Context, Result, bail};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Duration, timeout},
};

use crate::config;

pub(super) async fn health() -> Result<()> {
    let listen = config::listen()?;
    timeout(Duration::from_secs(5), ask(listen)).await.context("no answer within 5 seconds")?
}

async fn ask(listen: SocketAddr) -> Result<()> {
    let host = if listen.ip().is_unspecified() { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { listen.ip() };
    let mut stream = TcpStream::connect((host, listen.port())).await.context("the service does not listen")?;
    stream.write_all(b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n").await?;
    let mut answer = [0; 64];
    let length = stream.read(&mut answer).await?;
    if !answer[..length].starts_with(b"HTTP/1.0 200") && !answer[..length].starts_with(b"HTTP/1.1 200") {
        bail!("the service is not healthy");
    }
    super::say("healthy")?;
    Ok(())
}
