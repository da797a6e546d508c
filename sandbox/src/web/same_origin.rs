//! Refuses forms that another site's page posts. `SameSite` cookies do not: to them all ports of a host are one site,
//! and in a demo the client is on another port of the same host.

use axum::extract::Request;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

pub(crate) async fn refuse_cross_site_posts(request: Request, next: Next) -> Response {
    let changes_something = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if changes_something && !is_own(request.headers()) {
        return (StatusCode::FORBIDDEN, "This form was sent from another site. / Formulaire venu d'un autre site.\n")
            .into_response();
    }
    next.run(request).await
}

/// Programs send neither header, and carry no browser's cookies either.
fn is_own(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    if let Some(site) = text(header::HeaderName::from_static("sec-fetch-site")) {
        return matches!(site, "same-origin" | "none");
    }
    let Some(origin) = text(header::ORIGIN) else {
        return true;
    };
    let authority = origin.split_once("://").map(|(_, authority)| authority);
    authority.is_some() && authority == text(header::HOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(pairs: &[(&'static str, &'static str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, header::HeaderValue::from_static(value));
        }
        is_own(&headers)
    }

    #[test]
    fn a_form_of_another_port_of_the_host_is_foreign() {
        assert!(!own(&[("sec-fetch-site", "same-site")]));
        assert!(!own(&[("host", "localhost:8090"), ("origin", "http://localhost:8080")]));
    }

    #[test]
    fn a_form_of_another_or_an_opaque_origin_is_foreign() {
        assert!(!own(&[("sec-fetch-site", "cross-site")]));
        assert!(!own(&[("host", "localhost:8090"), ("origin", "https://evil.example")]));
        assert!(!own(&[("host", "localhost:8090"), ("origin", "null")]));
    }

    #[test]
    fn the_sandbox_s_own_forms_and_programs_pass() {
        assert!(own(&[("sec-fetch-site", "same-origin")]));
        assert!(own(&[("host", "localhost:8090"), ("origin", "http://localhost:8090")]));
        assert!(own(&[("host", "localhost:8090")]));
    }
}
