//! An app's server: it keeps what it received, as it came, and answers as told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use hubrise_sandbox::Sandbox;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::browser::http;
use crate::connector::{CLIENT_ID, OTHER_ID, OTHER_SECRET, SECRET, code_by, control, json_of, post, text_of};

pub(crate) const ORDERS: &str = "location[orders.write]";

#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Received {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    /// What the event says the preparation time now is: the tests tell their events apart by it.
    pub(crate) fn minutes(&self) -> u64 {
        self.json()["new_state"]["preparation_time"].as_u64().expect("minutes")
    }
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Answer {
    Status(u16),
    Never,
}

#[derive(Debug, Default)]
struct Inbox {
    received: Mutex<Vec<Received>>,
    /// The answers to come; 200 once they are used up.
    answers: Mutex<VecDeque<Answer>>,
    arrived: Notify,
}

#[derive(Debug)]
pub(crate) struct Receiver {
    pub(crate) url: String,
    inbox: Arc<Inbox>,
    server: JoinHandle<()>,
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let inbox = Arc::new(Inbox::default());
        let router = Router::new().fallback(receive).with_state(inbox.clone());
        let server = tokio::spawn(async move { axum::serve(listener, router).await.expect("it serves") });
        Self { url, inbox, server }
    }

    pub(crate) fn answers(&self, answers: impl IntoIterator<Item = Answer>) {
        self.inbox.answers.lock().expect("the answers").extend(answers);
    }

    pub(crate) fn answers_status(&self, status: u16, times: usize) {
        self.answers(std::iter::repeat_n(Answer::Status(status), times));
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.inbox.received.lock().expect("the calls").clone()
    }

    /// Waits for so many calls in all.
    pub(crate) async fn wait_for(&self, count: usize) -> Vec<Received> {
        let arrival = async {
            while self.received().len() < count {
                self.inbox.arrived.notified().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), arrival).await.expect("calls arrive");
        self.received()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn receive(State(inbox): State<Arc<Inbox>>, request: Request) -> StatusCode {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.expect("a body").to_vec();
    let answer = inbox.answers.lock().expect("the answers").pop_front();
    inbox.received.lock().expect("the calls").push(Received {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        body,
    });
    inbox.arrived.notify_one();
    match answer.unwrap_or(Answer::Status(200)) {
        Answer::Status(status) => StatusCode::from_u16(status).expect("a status"),
        Answer::Never => std::future::pending().await,
    }
}

/// The token of a client at a location.
pub(crate) async fn token_of(sandbox: &Sandbox, client_id: &str, scope: &str, location: &str) -> String {
    let code = code_by(sandbox, client_id, scope, location, &[]).await;
    let secret = if client_id == OTHER_ID { OTHER_SECRET } else { SECRET };
    let request = post(sandbox, "/oauth2/v1/token").basic_auth(client_id, Some(secret)).form(&[("code", code)]);
    text_of(&json_of(request.send().await.expect("an answer")).await["access_token"])
}

pub(crate) async fn call(
    sandbox: &Sandbox,
    token: &str,
    method: &str,
    path: &str,
    body: Option<&Value>,
) -> (u16, Value) {
    let method = method.parse().expect("a method");
    let mut request = http().request(method, format!("{}/v1{path}", sandbox.url())).header("X-Access-Token", token);
    if let Some(body) = body {
        request = request.json(body);
    }
    let response = request.send().await.expect("an answer");
    (response.status().as_u16(), json_of(response).await)
}

/// Has the events of a location sent to an address; `None` keeps them to be fetched.
pub(crate) async fn listen(sandbox: &Sandbox, token: &str, url: Option<&str>) {
    let callback = json!({ "url": url, "events": { "location": ["update"] } });
    let answer = call(sandbox, token, "POST", "/callback", Some(&callback)).await;
    assert_eq!(answer, (200, callback));
}

pub(crate) async fn pending(sandbox: &Sandbox, token: &str) -> Vec<Value> {
    let (status, events) = call(sandbox, token, "GET", "/callback/events", None).await;
    assert_eq!(status, 200);
    events.as_array().expect("a list").clone()
}

/// A client that listens at a location, and another that makes things happen there.
pub(crate) struct Pair {
    pub(crate) listener: String,
    other: String,
}

impl Pair {
    pub(crate) async fn at(sandbox: &Sandbox, location: &str, url: Option<&str>) -> Self {
        let listener = token_of(sandbox, CLIENT_ID, ORDERS, location).await;
        listen(sandbox, &listener, url).await;
        Self { listener, other: token_of(sandbox, OTHER_ID, ORDERS, location).await }
    }

    /// The same at Paris, with one event that the receiver was sent and has answered.
    pub(crate) async fn tried_once(sandbox: &Sandbox, receiver: &Receiver) -> Self {
        let pair = Self::at(sandbox, "3r4s3-0", Some(&receiver.url)).await;
        pair.happens(sandbox, 31).await;
        receiver.wait_for(1).await;
        control(sandbox, "/deliveries/run", json!({})).await;
        pair
    }

    /// Something happens to the location that can be told by a number.
    pub(crate) async fn happens(&self, sandbox: &Sandbox, minutes: u64) {
        let body = json!({ "preparation_time": minutes });
        assert_eq!(call(sandbox, &self.other, "PATCH", "/location", Some(&body)).await.0, 200);
    }

    /// Waits until nothing is to be acknowledged any more.
    pub(crate) async fn settles(&self, sandbox: &Sandbox) {
        let settled = async { while !pending(sandbox, &self.listener).await.is_empty() {} };
        tokio::time::timeout(Duration::from_secs(10), settled).await.expect("all acknowledged");
    }
}
