//! How many calls a connection may make.

use chrono::{DateTime, Timelike, Utc};
use hubrise_sandbox::Sandbox;
use reqwest::Response;
use serde_json::json;

use crate::browser::http;
use crate::connector::{control, json_of, listing, start, text_of, token_for};

async fn get(sandbox: &Sandbox, token: &str, path: &str) -> Response {
    let request = http().get(format!("{}/v1{path}", sandbox.url())).header("X-Access-Token", token);
    request.send().await.expect("an answer")
}

/// Moves the clock to the beginning of the next minute, and says how many seconds that took.
async fn begin_minute(sandbox: &Sandbox) {
    let now: DateTime<Utc> = text_of(&listing(sandbox, "/clock").await["now"]).parse().expect("a time");
    control(sandbox, "/clock", json!({ "advance_seconds": 60 - now.second() })).await;
}

async fn answered(sandbox: &Sandbox, token: &str, path: &str, calls: usize) -> usize {
    let mut answered = 0;
    for _ in 0..calls {
        answered += usize::from(get(sandbox, token, path).await.status() == 200);
    }
    answered
}

#[tokio::test]
async fn ten_heavy_reads_fit_into_a_round_minute() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    begin_minute(&sandbox).await;
    assert_eq!(answered(&sandbox, &token, "/catalogs/psmlf", 6).await, 6);
    assert_eq!(answered(&sandbox, &token, "/customer_lists/xab66/customers", 6).await, 4, "they count together");
    let refused = get(&sandbox, &token, "/location/orders").await;
    assert_eq!(refused.status(), 429);
    let wait = refused.headers()["retry-after"].to_str().expect("a text").parse::<i64>().expect("seconds");
    assert!((1..=60).contains(&wait), "{wait}");
    let body = json_of(refused).await;
    assert_eq!(body, json!({ "message": "Too many requests", "error_type": "too_many_requests" }));
    for light in ["/catalogs/psmlf?hide_data=true", "/location", "/location/catalogs"] {
        assert_eq!(get(&sandbox, &token, light).await.status(), 200, "{light}");
    }
    let other = token_for(&sandbox, "3r4s3-2").await;
    assert_eq!(get(&sandbox, &other, "/location/orders").await.status(), 200, "a limit is a connection's own");
    control(&sandbox, "/clock", json!({ "advance_seconds": wait })).await;
    assert_eq!(get(&sandbox, &token, "/catalogs/psmlf").await.status(), 200, "after the wait that was asked for");
}

#[tokio::test]
async fn five_hundred_calls_fit_into_a_round_minute() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    begin_minute(&sandbox).await;
    assert_eq!(answered(&sandbox, &token, "/location", 501).await, 500);
    begin_minute(&sandbox).await;
    assert_eq!(get(&sandbox, &token, "/location").await.status(), 200);
}

#[tokio::test]
async fn a_refused_call_is_not_counted() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    begin_minute(&sandbox).await;
    assert_eq!(answered(&sandbox, &token, "/location/orders", 15).await, 10);
    assert_eq!(answered(&sandbox, &token, "/location", 491).await, 490, "the five refused calls took no place");
}

#[tokio::test]
async fn a_429_may_be_plain_text_and_limits_may_be_off() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    begin_minute(&sandbox).await;
    assert_eq!(answered(&sandbox, &token, "/catalogs/psmlf", 10).await, 10);
    control(&sandbox, "/settings", json!({ "too_many_requests": "plain_text" })).await;
    let refused = get(&sandbox, &token, "/catalogs/psmlf").await;
    assert_eq!(refused.status(), 429);
    assert!(refused.headers().contains_key("retry-after"));
    assert!(refused.headers()["content-type"].to_str().expect("a text").starts_with("text/plain"));
    assert!(!refused.text().await.expect("a body").contains('{'));
    control(&sandbox, "/settings", json!({ "limits": false })).await;
    assert_eq!(answered(&sandbox, &token, "/catalogs/psmlf", 5).await, 5);
}
