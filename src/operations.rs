//! What machines ask about the service itself.

use axum::{extract::State, http::StatusCode, routing::get};

use crate::{app::App, database, web::Routes};

/// `/healthz`, `/readyz`
pub fn router() -> Routes {
    Routes::new().route("/healthz", get(async || "ok\n")).route("/readyz", get(readiness))
}

/// Ready is who reaches the database and finds all of this version's migrations there.
async fn readiness(State(app): State<App>) -> (StatusCode, &'static str) {
    match database::pending_migrations(app.urgent_db.pool()).await {
        Ok(0) => (StatusCode::OK, "ready\n"),
        Ok(_) => (StatusCode::SERVICE_UNAVAILABLE, "the database lacks migrations\n"),
        Err(error) => {
            tracing::error!(%error, "not ready: the database does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n")
        }
    }
}
