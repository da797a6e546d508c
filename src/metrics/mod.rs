//! Figures for Prometheus, on a listener of their own: what the process did since its start, and how things stand in
//! the database at that moment. Labels are of this program's own making, never what somebody sent.

mod store;

use anyhow::{Context, Result};
use axum::{Router, extract::State, routing::get};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use crate::{app::App, web::AppError};

/// In seconds: from a page's usual time to a callback's limit.
const SECONDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 2.5, 10.0, 30.0];

/// Starts counting, for the whole process.
///
/// # Errors
/// When something counts already.
pub fn start() -> Result<PrometheusHandle> {
    let builder = PrometheusBuilder::new().set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS);
    builder.context("the buckets are wrong")?.install_recorder().context("figures are counted already")
}

/// `/metrics`
pub fn router(app: App, counted: PrometheusHandle) -> Router {
    let show = async |State((app, counted)): State<(App, PrometheusHandle)>| {
        store::measure(&app).await?;
        counted.run_upkeep();
        Ok::<_, AppError>(counted.render())
    };
    #[expect(clippy::disallowed_methods, reason = "it is none of the public routes")]
    Router::new().route("/metrics", get(show)).with_state((app, counted))
}
