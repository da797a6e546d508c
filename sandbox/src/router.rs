//! Puts the three sides of HubRise behind one address, with what surrounds every request: the log line, the
//! record, the faults.

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::Response;

use crate::app::App;
use crate::server::CutConnection;
use crate::{api, back_office, control, oauth, sign_up, traffic, web};

pub(crate) fn build(app: &Arc<App>) -> Router {
    let pages = Router::new()
        .merge(oauth::pages())
        .merge(back_office::router())
        .merge(sign_up::router())
        .merge(web::router())
        .fallback(web::not_found)
        .method_not_allowed_fallback(web::not_found)
        .layer(from_fn(web::refuse_cross_site_posts))
        .layer(from_fn(web::secure_headers));
    // The record is outside, so that it also sees the calls that a fault swallows.
    let mut router = Router::new()
        .nest("/v1", api::service(app))
        .nest("/oauth2/v1", oauth::endpoints())
        .merge(pages)
        .layer(from_fn_with_state(app.clone(), control::inject_faults))
        .layer(from_fn_with_state(app.clone(), traffic::keep_record));
    if app.control {
        router = router.nest("/control", control::router());
    }
    router.layer(from_fn(log)).with_state(app.clone())
}

/// One line a request. The query is left out on purpose: it carries codes and states.
async fn log(request: Request, next: Next) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let started = Instant::now();
    let response = next.run(request).await;
    let milliseconds = started.elapsed().as_millis();
    if response.extensions().get::<CutConnection>().is_some() {
        tracing::info!(%method, path, milliseconds, "connection cut");
    } else {
        tracing::info!(%method, path, status = response.status().as_u16(), milliseconds, "answered");
    }
    response
}
