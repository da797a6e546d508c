//! Routes that know their own paths. axum does not tell which it answers; the attacks of the tests are made on every
//! one of them, and a route that was forgotten there fails them.

use axum::{Router, routing::MethodRouter};
use utoipa::openapi::OpenApi;

use crate::app::App;

/// Some routes, and the paths at which they are.
#[derive(Debug, Default)]
pub struct Routes {
    router: Router<App>,
    paths: Vec<String>,
}

impl Routes {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Routes that a document describes.
    #[must_use]
    pub fn described(router: Router<App>, document: &OpenApi) -> Self {
        Self { router, paths: document.paths.paths.keys().cloned().collect() }
    }

    /// Adds a path and what answers there.
    #[must_use]
    pub fn route(mut self, path: &str, methods: MethodRouter<App>) -> Self {
        #[expect(clippy::disallowed_methods, reason = "the path is noted here")]
        let router = self.router.route(path, methods);
        self.paths.push(path.to_owned());
        Self { router, ..self }
    }

    /// Adds others.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.paths.extend(other.paths);
        Self { router: self.router.merge(other.router), ..self }
    }

    /// Adds others, below a path.
    #[must_use]
    pub fn nest(mut self, path: &str, other: Self) -> Self {
        self.paths.extend(other.paths.into_iter().map(|below| format!("{path}{below}")));
        Self { router: self.router.nest(path, other.router), ..self }
    }

    /// Changes what is around them.
    #[must_use]
    pub fn within(self, layers: impl FnOnce(Router<App>) -> Router<App>) -> Self {
        Self { router: layers(self.router), ..self }
    }

    /// The paths, each once, as they are written: `/receipts/{id}`.
    #[must_use]
    pub fn into_paths(mut self) -> Vec<String> {
        self.paths.sort();
        self.paths.dedup();
        self.paths
    }

    /// What answers at the paths.
    pub fn into_router(self) -> Router<App> {
        self.router
    }
}
