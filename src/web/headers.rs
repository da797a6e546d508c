//! The headers that every answer carries.

use axum::{
    http::{HeaderName, HeaderValue, header},
    response::Response,
};

use crate::app::App;

/// Adds the security headers, and forbids keeping what may be somebody's.
pub(super) fn add(app: &App, response: &mut Response) {
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        headers.insert(name, HeaderValue::from_static(value));
    };
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::X_FRAME_OPTIONS, "DENY");
    // To ourselves alone: a callback's query must not reach anybody. Not `no-referrer`, which would also turn the
    // `Origin` of our own forms into `null`.
    set(header::REFERRER_POLICY, "same-origin");
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    set(HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()");
    if app.config.is_https() {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    if let Ok(policy) = HeaderValue::from_str(&content_security_policy(app)) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}

/// Nothing inline, nothing from elsewhere. Chromium applies `form-action` to redirects as well, and **Autoriser**
/// ends at HubRise: its origin is the one exception.
fn content_security_policy(app: &App) -> String {
    let hubrise = app.config.hubrise.oauth_url.origin().ascii_serialization();
    format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
         form-action 'self' {hubrise}; base-uri 'none'; frame-ancestors 'none'"
    )
}
