//! Who is at the other end. Behind a proxy that the operator trusts, `X-Forwarded-For` tells; from anybody else it is
//! ignored, because anybody can write one.

use std::{
    convert::Infallible,
    net::{IpAddr, Ipv4Addr, SocketAddr},
};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, request::Parts},
};
use ipnet::IpNet;

use crate::app::App;

/// The client's address.
#[derive(Clone, Copy, Debug)]
pub struct ClientAddress(pub IpAddr);

impl FromRequestParts<App> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| address.ip());
        let peer = peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        Ok(Self(behind_proxies(peer, &parts.headers, &app.config.trusted_proxies)))
    }
}

/// Walks back from the nearest hop to the first that is not a trusted proxy.
fn behind_proxies(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(&address.to_canonical()));
    let forwarded = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let hops: Vec<&str> = forwarded.flat_map(|value| value.split(',')).map(str::trim).collect();
    let mut client = peer;
    for hop in hops.into_iter().rev() {
        if !is_trusted(client) {
            break;
        }
        let Ok(address) = hop.parse() else { break };
        client = address;
    }
    client.to_canonical()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, forwarded: &str) -> String {
        let headers = [("x-forwarded-for".parse().unwrap(), forwarded.parse().unwrap())].into_iter().collect();
        behind_proxies(peer.parse().unwrap(), &headers, &["10.0.0.0/8".parse().unwrap()]).to_string()
    }

    #[test]
    fn a_forwarded_address_counts_only_from_a_trusted_proxy() {
        assert_eq!(client("203.0.113.7", "198.51.100.1"), "203.0.113.7");
        assert_eq!(client("10.0.0.2", "198.51.100.1"), "198.51.100.1");
        assert_eq!(client("10.0.0.2", "1.2.3.4, 198.51.100.1, 10.0.0.9"), "198.51.100.1");
        assert_eq!(client("::ffff:10.0.0.2", "198.51.100.1"), "198.51.100.1");
        assert_eq!(client("10.0.0.2", "nonsense"), "10.0.0.2");
    }

    #[test]
    fn fuzz_forwarded_addresses() {
        crate::fuzz::bytes("forwarded-addresses", |line| {
            let Ok(value) = axum::http::HeaderValue::from_bytes(line) else { return };
            let headers = [("x-forwarded-for".parse().unwrap(), value)].into_iter().collect();
            let trusted = ["10.0.0.0/8".parse().unwrap()];
            let (stranger, proxy) = ("203.0.113.7".parse().unwrap(), "10.0.0.2".parse().unwrap());
            assert_eq!(behind_proxies(stranger, &headers, &trusted), stranger, "a stranger is not believed");
            let text = String::from_utf8_lossy(line);
            let client = behind_proxies(proxy, &headers, &trusted);
            let told = text.split(',').filter_map(|hop| hop.trim().parse::<IpAddr>().ok());
            assert!(client == proxy || told.map(|hop| hop.to_canonical()).any(|hop| hop == client), "{client}");
        });
    }
}
