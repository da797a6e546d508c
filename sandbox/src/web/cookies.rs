//! The sandbox's cookies. Their names hold the port: browsers share cookies between the ports of a host, and two
//! sandboxes, or a sandbox and its client, may run side by side.

use axum::http::{HeaderMap, HeaderValue, header};

pub(crate) const SESSION: &str = "session";
pub(super) const LANGUAGE: &str = "lang";
pub(super) const PLACE: &str = "place";

fn full_name(name: &str, port: u16) -> String {
    format!("hubrise_sandbox_{name}_{port}")
}

pub(super) fn read<'a>(headers: &'a HeaderMap, name: &str, port: u16) -> Option<&'a str> {
    let wanted = full_name(name, port);
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(name, value)| (name == wanted).then_some(value))
}

/// The header that sets a cookie until the browser closes. The value is the sandbox's own and needs no escaping.
pub(crate) fn cookie(name: &str, port: u16, value: &str) -> [(header::HeaderName, HeaderValue); 1] {
    set_cookie(&format!("{}={value}; Path=/; HttpOnly; SameSite=Lax", full_name(name, port)))
}

/// The header that takes a cookie away.
pub(crate) fn expired_cookie(name: &str, port: u16) -> [(header::HeaderName, HeaderValue); 1] {
    set_cookie(&format!("{}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0", full_name(name, port)))
}

fn set_cookie(text: &str) -> [(header::HeaderName, HeaderValue); 1] {
    // Only a control character could make it fail, and none can be in it.
    [(header::SET_COOKIE, HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static("")))]
}
