//! HubRise, as a test drives and watches it: the sandbox and its control interface.

use hubrise_sandbox::{ListingForm, Options, Sandbox};
use serde_json::{Value, json};

use super::browser::http_client;

pub(crate) const CLIENT_ID: &str = "459691768564.clients.hubrise.com";
pub(crate) const CLIENT_SECRET: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
/// The person at HubRise who may grant Bella Pizza's locations, and the one for Chez Nestor's.
pub(crate) const THOMAS: &str = "thomas@bellapizza.example";
pub(crate) const NESTOR: &str = "nestor@cheznestor.example";
pub(crate) const PASSWORD: &str = "hubrise-demo";
/// What the bridge asks for at a location.
pub(super) const SCOPE: &str = "location[orders.write,customer_list.read,catalog.read]";

/// The stand-in for HubRise.
#[derive(Debug)]
pub(crate) struct HubRise {
    sandbox: Sandbox,
    http: reqwest::Client,
}

impl HubRise {
    /// A HubRise where the bridge at this address is among the available apps.
    pub(super) async fn start(bridge: &str) -> Self {
        let (client_id, client_secret) = (CLIENT_ID.to_owned(), CLIENT_SECRET.to_owned());
        let listing = ListingForm {
            location_scope: SCOPE.to_owned(),
            connect_url: format!("{bridge}/hubrise_oauth/connect_callback"),
            open_url: format!("{bridge}/hubrise_open"),
            disconnect_url: format!("{bridge}/hubrise_callback/disconnect"),
            ..ListingForm::default()
        };
        let options = Options { client_id, client_secret, listing, ..Options::default() };
        Self { sandbox: Sandbox::start(options).await.unwrap(), http: http_client() }
    }

    pub(crate) fn url(&self) -> &str {
        self.sandbox.url()
    }

    pub(crate) async fn stop(&mut self) {
        self.sandbox.stop().await;
    }

    pub(crate) async fn restart(&mut self) {
        self.sandbox.restart().await.unwrap();
    }

    /// Makes the next `times` calls to a path go wrong.
    pub(crate) async fn fault(&self, path: &str, times: u32, action: Value) {
        self.control("faults", json!({ "path": path, "times": times, "action": action })).await;
    }

    /// Makes all calls to a path go wrong, until the faults are cleared.
    pub(crate) async fn lasting_fault(&self, path: &str, action: Value) {
        self.control("faults", json!({ "path": path, "action": action })).await;
    }

    /// Takes no token back, until the faults are cleared.
    pub(crate) async fn keep_tokens(&self) {
        self.lasting_fault("/oauth2/v1/revoke", json!({ "kind": "status", "status": 503 })).await;
    }

    pub(crate) async fn clear_faults(&self) {
        let request = self.http.delete(format!("{}/control/faults", self.url()));
        assert!(request.send().await.unwrap().status().is_success());
    }

    pub(crate) async fn settings(&self, settings: Value) {
        self.control("settings", settings).await;
    }

    pub(crate) async fn expire_codes(&self) {
        self.control("codes/expire", json!({})).await;
    }

    pub(crate) async fn control(&self, path: &str, body: Value) {
        let request = self.http.post(format!("{}/control/{path}", self.url())).json(&body);
        let response = request.send().await.unwrap();
        assert!(response.status().is_success(), "{path}: {}", response.status());
    }

    /// The calls that HubRise received, as `POST /oauth2/v1/token basic 200`, oldest first.
    pub(crate) async fn calls(&self) -> Vec<String> {
        let calls = self.list("requests").await;
        let words = |call: &Value| {
            let text = |name: &str| call[name].as_str().unwrap_or("-").to_owned();
            let status = call["status"].as_u64().map_or("-".to_owned(), |status| status.to_string());
            format!("{} {} {} {status}", text("method"), text("path"), text("authorization"))
        };
        calls.iter().map(words).filter(|call| !call.contains("/authorize")).collect()
    }

    /// How often HubRise was asked to turn a code into a token.
    pub(crate) async fn exchanges(&self) -> usize {
        self.calls_to("POST /oauth2/v1/token").await
    }

    /// How often HubRise was asked to take a token back.
    pub(crate) async fn revocations(&self) -> usize {
        self.calls_to("POST /oauth2/v1/revoke").await
    }

    async fn calls_to(&self, call: &str) -> usize {
        self.calls().await.iter().filter(|found| found.starts_with(call)).count()
    }

    /// All connections ever granted, as `(location, catalog, status)`; the location is empty for a whole account.
    pub(crate) async fn connections(&self) -> Vec<(String, String, String)> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let list = self.list("connections").await;
        list.iter().map(|c| (text(&c["location_id"]), text(&c["catalog_id"]), text(&c["status"]))).collect()
    }

    /// Whether HubRise's connection to this location lives.
    pub(crate) async fn is_live(&self, location: &str) -> bool {
        self.connections().await.iter().any(|(found, _, status)| found == location && status == "live")
    }

    /// Every token that was ever granted.
    pub(crate) async fn tokens(&self) -> Vec<String> {
        let list = self.list("connections").await;
        list.iter().map(|connection| connection["access_token"].as_str().unwrap().to_owned()).collect()
    }

    /// Asks the API with the token of the newest connection to this location.
    pub(crate) async fn answers_to_token_of(&self, location: &str) -> u16 {
        let request = self.http.get(format!("{}/v1/location", self.url()));
        let request = request.header("X-Access-Token", self.token_of(location).await);
        request.send().await.unwrap().status().as_u16()
    }

    /// The token of the newest connection to this location.
    pub(crate) async fn token_of(&self, location: &str) -> String {
        let list = self.list("connections").await;
        let newest = list.iter().rev().find(|c| c["location_id"] == location).expect("a connection to the location");
        newest["access_token"].as_str().unwrap().to_owned()
    }

    /// The callback of the newest connection to this location.
    pub(crate) async fn callback_of(&self, location: &str) -> Value {
        let request = self.http.get(format!("{}/v1/callback", self.url()));
        let response = request.header("X-Access-Token", self.token_of(location).await).send().await.unwrap();
        response.error_for_status().unwrap().json().await.unwrap()
    }

    /// Gives the newest connection to this location another callback than it has.
    pub(crate) async fn replace_callback_of(&self, location: &str, callback: Value) {
        let request = self.http.post(format!("{}/v1/callback", self.url())).json(&callback);
        let response = request.header("X-Access-Token", self.token_of(location).await).send().await.unwrap();
        response.error_for_status().unwrap();
    }

    /// Another client makes orders at a location, and HubRise tells whoever listens.
    pub(crate) async fn inject_orders(&self, location: &str, count: u32) {
        let orders = json!({ "location_id": location, "kind": "mix", "content": "mix", "count": count });
        self.control("orders", orders).await;
        self.run_deliveries().await;
    }

    /// Waits until all that HubRise has to send now was sent and answered.
    pub(crate) async fn run_deliveries(&self) {
        self.control("deliveries/run", json!({})).await;
    }

    /// Moves HubRise's own time forward; what it has to send meanwhile is sent and answered.
    pub(crate) async fn advance(&self, seconds: u32) {
        self.control("clock", json!({ "advance_seconds": seconds })).await;
    }

    /// What HubRise was answered when it sent something, oldest first.
    pub(crate) async fn deliveries(&self) -> Vec<Option<u64>> {
        self.list("deliveries").await.iter().map(|delivery| delivery["status"].as_u64()).collect()
    }

    async fn list(&self, what: &str) -> Vec<Value> {
        let request = self.http.get(format!("{}/control/{what}", self.url()));
        request.send().await.unwrap().json().await.unwrap()
    }
}
