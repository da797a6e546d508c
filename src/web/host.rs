//! One address for everything: a browser that comes under another name (127.0.0.1 for localhost) is sent to the public
//! one, where its cookies and HubRise's way back are. What is not a page to read is refused there.

use axum::{
    extract::Request,
    http::{Method, header},
    response::{IntoResponse, Redirect, Response},
};

use super::AppError;
use crate::app::App;

/// What a request is answered that came under another name.
pub(super) fn answer_elsewhere(app: &App, request: &Request) -> Option<Response> {
    let public = &app.config.public_url;
    let path = request.uri().path();
    let is_for_machines =
        matches!(path, "/healthz" | "/readyz") || path.starts_with("/api/") || path.starts_with(super::FROM_HUBRISE);
    // HTTP/2 puts it into the address instead of a header.
    let in_address = request.uri().authority().map(http::uri::Authority::as_str);
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).or(in_address);
    if is_for_machines || host == Some(public.authority()) {
        return None;
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Some(AppError::CrossSite.into_response());
    }
    let path_and_query = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let address = format!("{}{path_and_query}", public.origin().ascii_serialization());
    Some(Redirect::temporary(&address).into_response())
}
