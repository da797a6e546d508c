//! What a browser sends of what it was given.

use axum::http::{HeaderMap, header};

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
