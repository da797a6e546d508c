//! What a browser may call from a page of another origin: the API, and nothing else.

use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName};
use serde_json::json;

use crate::browser::http;
use crate::connector::{fault, start};

const CLOSED: [&str; 6] = [
    "/oauth2/v1/token",
    "/oauth2/v1/revoke",
    "/oauth2/v1/authorize",
    "/oauth2/v1/nonsense",
    "/control/connections",
    "/",
];

#[tokio::test]
async fn browsers_of_any_origin_may_call_the_api_and_none_the_oauth_server() {
    let sandbox = start().await;
    let origin = |path: &'static str| {
        let request = http().get(format!("{}{path}", sandbox.url())).header("Origin", "https://app.example");
        async { request.send().await.expect("an answer").headers().get("access-control-allow-origin").cloned() }
    };
    for open in ["/v1/location", "/v1/nonsense"] {
        assert_eq!(origin(open).await.expect("the header"), "*", "{open}");
    }
    for closed in CLOSED {
        assert_eq!(origin(closed).await, None, "{closed}");
    }
}

#[tokio::test]
async fn a_browser_may_read_what_a_fault_answers_in_the_api_s_place() {
    let sandbox = start().await;
    let busy = json!({ "kind": "status", "status": 503, "headers": { "Retry-After": "5" } });
    for action in [busy, json!({ "kind": "body", "body": "{}" })] {
        fault(&sandbox, "*", Some(2), action).await;
        for (path, expected) in [("/v1/location", Some("*")), ("/oauth2/v1/token", None)] {
            let request = http().get(format!("{}{path}", sandbox.url())).header("Origin", "https://app.example");
            let answer = request.send().await.expect("an answer");
            let header = |name| answer.headers().get(name).map(|value| value.to_str().expect("a text"));
            assert_eq!(header("access-control-allow-origin"), expected, "{path}");
            let exposed = header("access-control-expose-headers");
            assert_eq!(exposed.is_some_and(|names| names.contains("retry-after")), expected.is_some(), "{path}");
        }
    }
}

#[tokio::test]
async fn a_browser_that_asks_first_may_use_every_method_of_the_api() {
    let sandbox = start().await;
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
        let asked = "content-type,x-access-token,x-http-method-override";
        let (status, headers) = preflight(sandbox.url(), "/v1/location", method, asked).await;
        assert_eq!(status, 200, "{method}");
        assert_eq!(headers["access-control-allow-origin"], "*");
        let allowed = |name: &str| headers[name].to_str().expect("text").to_ascii_lowercase();
        assert!(allowed("access-control-allow-methods").contains(&method.to_ascii_lowercase()), "{method}");
        for header in asked.split(',') {
            assert!(allowed("access-control-allow-headers").contains(header), "{header}");
        }
    }
}

#[tokio::test]
async fn a_browser_that_asks_first_is_not_let_into_the_oauth_server() {
    let sandbox = start().await;
    for path in CLOSED {
        let (_, headers) = preflight(sandbox.url(), path, "POST", "authorization").await;
        let open = headers.keys().map(HeaderName::as_str).find(|name| name.starts_with("access-control-"));
        assert_eq!(open, None, "{path}");
    }
}

async fn preflight(host: &str, path: &str, method: &str, headers: &str) -> (u16, HeaderMap) {
    let request = http()
        .request(Method::OPTIONS, format!("{host}{path}"))
        .header("Origin", "https://app.example")
        .header("Access-Control-Request-Method", method)
        .header("Access-Control-Request-Headers", headers);
    let answer = request.send().await.expect("an answer");
    (answer.status().as_u16(), answer.headers().clone())
}
