//! A client of HubRise, as little of one as the tests need, with the users that it sends to the consent pages.

use hubrise_sandbox::{Client, Options, Sandbox};
use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};

use crate::browser::{Browser, THOMAS, http};

pub(crate) const CLIENT_ID: &str = "459691768564.clients.hubrise.com";
pub(crate) const SECRET: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
pub(crate) const OTHER_ID: &str = "112233445566.clients.hubrise.com";
pub(crate) const OTHER_SECRET: &str = "ffeeddccbbaa99887766554433221100";
pub(crate) const SCOPE: &str = "location[orders.write,customer_list.write,catalog.read]";
pub(crate) const CALLBACK: &str = "http://127.0.0.1:9/callback?kept=yes";

pub(crate) fn options() -> Options {
    Options {
        client_id: CLIENT_ID.into(),
        client_secret: SECRET.into(),
        other_clients: vec![Client::new(OTHER_ID, OTHER_SECRET, "Another app")],
        ..Options::default()
    }
}

pub(crate) async fn start() -> Sandbox {
    Sandbox::start(options()).await.expect("a sandbox")
}

/// Path and query of the authorise page.
pub(crate) fn authorise_path(client_id: &str, scope: &str) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("client_id", client_id), ("redirect_uri", CALLBACK), ("scope", scope), ("state", "a state&b")])
        .finish();
    format!("/oauth2/v1/authorize?{query}")
}

/// The code that Thomas gives the first client for a location, picking what there is to pick.
pub(crate) async fn code_for(sandbox: &Sandbox, scope: &str, location: &str, picked: &[(&str, &str)]) -> String {
    code_by(sandbox, CLIENT_ID, scope, location, picked).await
}

pub(crate) async fn code_by(
    sandbox: &Sandbox,
    client_id: &str,
    scope: &str,
    location: &str,
    picked: &[(&str, &str)],
) -> String {
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    let path = authorise_path(client_id, scope);
    let place = [("decision", "allow"), ("location_id", location), ("account_id", location)];
    let mut page = browser.submit(&path, &place).await;
    if !picked.is_empty() {
        let fields = [&[("decision", "allow")], picked].concat();
        page = browser.submit(page.target(), &fields).await;
    }
    page.target_parameter("code").expect("a code")
}

pub(crate) fn post(sandbox: &Sandbox, path: &str) -> RequestBuilder {
    http().post(format!("{}{path}", sandbox.url()))
}

pub(crate) async fn exchange(sandbox: &Sandbox, code: &str) -> Response {
    let request = post(sandbox, "/oauth2/v1/token").basic_auth(CLIENT_ID, Some(SECRET)).form(&[("code", code)]);
    request.send().await.expect("an answer")
}

/// The answer of a grant that goes well.
pub(crate) async fn connect(sandbox: &Sandbox, scope: &str, location: &str, picked: &[(&str, &str)]) -> Value {
    let response = exchange(sandbox, &code_for(sandbox, scope, location, picked).await).await;
    assert_eq!(response.status(), 200);
    json_of(response).await
}

pub(crate) async fn token_for(sandbox: &Sandbox, location: &str) -> String {
    text_of(&connect(sandbox, SCOPE, location, &[]).await["access_token"])
}

pub(crate) async fn revoke(sandbox: &Sandbox, token: &str) -> Response {
    let request = post(sandbox, "/oauth2/v1/revoke").basic_auth(CLIENT_ID, Some(SECRET)).form(&[("token", token)]);
    request.send().await.expect("an answer")
}

pub(crate) async fn api(sandbox: &Sandbox, token: &str, path: &str) -> (u16, Value) {
    let request = http().get(format!("{}/v1{path}", sandbox.url())).header("X-Access-Token", token);
    let response = request.send().await.expect("an answer");
    (response.status().as_u16(), json_of(response).await)
}

/// A page of a list, and the cursor of the next one.
pub(crate) async fn page(sandbox: &Sandbox, token: &str, path: &str) -> (Vec<Value>, Option<String>) {
    let request = http().get(format!("{}/v1{path}", sandbox.url())).header("X-Access-Token", token);
    let response = request.send().await.expect("an answer");
    assert_eq!(response.status(), 200, "{path}");
    let next = response.headers().get("x-cursor-next").map(|next| next.to_str().expect("a text").to_owned());
    (json_of(response).await.as_array().expect("a list").clone(), next)
}

/// A call with a JSON body.
pub(crate) async fn send(sandbox: &Sandbox, token: &str, method: &str, path: &str, body: Value) -> (u16, Value) {
    let method = method.parse().expect("a method");
    let request = http().request(method, format!("{}/v1{path}", sandbox.url())).header("X-Access-Token", token);
    let response = request.json(&body).send().await.expect("an answer");
    (response.status().as_u16(), json_of(response).await)
}

pub(crate) async fn control(sandbox: &Sandbox, path: &str, body: Value) -> Response {
    let response = post(sandbox, &format!("/control{path}")).json(&body).send().await.expect("an answer");
    assert!(response.status().is_success(), "{path}: {}", response.status());
    response
}

pub(crate) async fn fault(sandbox: &Sandbox, path: &str, times: Option<u32>, action: Value) {
    control(sandbox, "/faults", json!({ "path": path, "times": times, "action": action })).await;
}

pub(crate) async fn listing(sandbox: &Sandbox, path: &str) -> Value {
    json_of(http().get(format!("{}/control{path}", sandbox.url())).send().await.expect("an answer")).await
}

pub(crate) async fn json_of(response: Response) -> Value {
    response.json().await.expect("JSON")
}

pub(crate) fn text_of(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}
