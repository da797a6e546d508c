//! Cookies of our own, beside the session's: what a browser is given, and what it sends of it.

use anyhow::Result;
use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use chrono::TimeDelta;

use crate::app::App;

/// Has the browser that this answer goes to keep a value under this name, for our own pages alone.
///
/// # Errors
/// When the value does not fit a header.
pub fn set_cookie(app: &App, answer: &mut Response, name: &str, value: &str, lifetime: TimeDelta) -> Result<()> {
    let secure = if app.config.is_https() { "; Secure" } else { "" };
    let (name, seconds) = (app.config.cookie_name(name), lifetime.num_seconds());
    let line = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    answer.headers_mut().append(header::SET_COOKIE, HeaderValue::from_str(&line)?);
    Ok(())
}

/// The value of the cookie of this name.
#[must_use]
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(found, _)| *found == name).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fuzz_cookies() {
        crate::fuzz::bytes("cookies", |line| {
            let Ok(value) = axum::http::HeaderValue::from_bytes(line) else { return };
            let headers = [(header::COOKIE, value)].into_iter().collect();
            if let Some(found) = cookie(&headers, "device") {
                assert!(!found.contains(';') && String::from_utf8_lossy(line).contains(&format!("device={found}")));
            }
        });
    }
}
