//! Every route of the service, with its methods: what the generated attacks are made from.

use reqwest::{Method, Url};
use tickncook_hubrise::router;

use super::ground::{Ground, Id};
use crate::harness::TestApp;

/// One thing that the service can be asked.
#[derive(Clone, Debug)]
pub(crate) struct Route {
    pub(crate) method: Method,
    /// As its feature writes it: `/receipts/{id}`.
    pub(crate) path: String,
}

impl Route {
    /// How the tables call it: `GET /receipts/{id}`.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    pub(crate) fn changes_something(&self) -> bool {
        self.method != Method::GET
    }

    pub(crate) fn is_api(&self) -> bool {
        self.path.starts_with("/api/")
    }

    /// Whether it comes from HubRise itself, which has no cookie.
    pub(crate) fn is_from_hubrise(&self) -> bool {
        self.path.starts_with("/hubrise_callback/")
    }

    /// Whether its path names something.
    pub(crate) fn takes_id(&self) -> bool {
        self.path.contains('{')
    }
}

/// All routes. The methods are those that the service names where it is asked with one that it does not know.
pub(crate) async fn all(app: &TestApp, ground: &Ground) -> Vec<Route> {
    let mut all = Vec::new();
    for path in router::paths() {
        let mut nobody = app.browser();
        let answer = nobody.ask(Method::PATCH, &ground.fill(&path, Id::Real), "", &[]).await;
        assert_eq!(answer.status, 405, "{path}: {}", answer.body);
        let allowed = answer.header("allow").unwrap_or_else(|| panic!("{path} does not tell its methods"));
        let methods = allowed.split(',').map(str::trim).filter(|method| *method != "HEAD");
        all.extend(methods.map(|method| Route { method: method.parse().unwrap(), path: path.clone() }));
    }
    assert!(all.len() > 70, "the routes were not found: {all:?}");
    all
}

/// Only the path and the query: hosts and ports differ from test to test.
pub(crate) fn local(url: &Url) -> String {
    url[url::Position::BeforePath..].to_owned()
}
