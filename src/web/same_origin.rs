//! Requests that change something must come from a page of ours. Browsers say where they come from in
//! `Sec-Fetch-Site` (on https and localhost) and in `Origin`; what is not a browser sends neither and has no cookie
//! to abuse. `same-site` is refused too: another port of our host is another program.

use axum::{
    extract::Request,
    http::{HeaderMap, Method, header},
};

use crate::app::App;

/// Whether a request changes nothing, or comes from where one may.
pub(super) fn is_allowed(app: &App, request: &Request) -> bool {
    let is_safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    // A bearer key is no cookie: browsers do not add it by themselves. Nor does HubRise come with one.
    let path = request.uri().path();
    let uses_no_cookie = path.starts_with("/api/") || path.starts_with(super::FROM_HUBRISE);
    is_safe
        || uses_no_cookie
        || comes_from_here(request.headers(), &app.config.public_url.origin().ascii_serialization())
}

fn comes_from_here(headers: &HeaderMap, origin: &str) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin" || site == "none";
    }
    headers.get(header::ORIGIN).is_none_or(|found| found == origin)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(pairs: &[(&'static str, &str)]) -> bool {
        let headers = pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        comes_from_here(&headers, "http://localhost:8080")
    }

    #[test]
    fn only_this_origin_and_things_without_one_may_change_something() {
        assert!(accepts(&[]));
        assert!(accepts(&[("sec-fetch-site", "same-origin")]));
        assert!(accepts(&[("sec-fetch-site", "none")]));
        assert!(accepts(&[("origin", "http://localhost:8080")]));
        for site in ["cross-site", "same-site", "nonsense"] {
            assert!(!accepts(&[("sec-fetch-site", site)]), "{site}");
            assert!(!accepts(&[("sec-fetch-site", site), ("origin", "http://localhost:8080")]), "{site}");
        }
        for origin in ["null", "http://localhost:8090", "https://localhost:8080", "https://evil.example"] {
            assert!(!accepts(&[("origin", origin)]), "{origin}");
        }
    }
}
