//! What a browser may call from a page of another origin: the API, and nothing else.

use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName};

use crate::browser::http;
use crate::connector::start;

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
