//! Calls that go wrong on demand.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::connector::{
    CLIENT_ID, SCOPE, SECRET, api, code_for, exchange, fault, json_of, listing, post, start, token_for,
};

const TOKEN: &str = "/oauth2/v1/token";

#[tokio::test]
async fn a_call_is_answered_by_a_status_as_often_as_asked() {
    let sandbox = start().await;
    let code = code_for(&sandbox, SCOPE, "3r4s3-0", &[]).await;
    let action = json!({ "kind": "status", "status": 503, "body": "try later", "headers": { "Retry-After": "5" } });
    fault(&sandbox, TOKEN, Some(2), action).await;
    for _ in 0..2 {
        let answer = exchange(&sandbox, &code).await;
        assert_eq!(answer.status(), 503);
        assert_eq!(answer.headers()["retry-after"], "5");
        assert_eq!(answer.text().await.expect("a body"), "try later");
    }
    assert_eq!(listing(&sandbox, "/faults").await[0]["remaining"], 0);
    assert_eq!(exchange(&sandbox, &code).await.status(), 200, "the code was not used up");
}

#[tokio::test]
async fn a_fault_without_a_count_lasts_until_it_is_cleared() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    fault(&sandbox, "/v1/*", None, json!({ "kind": "status", "status": 500, "body": "{}" })).await;
    for path in ["/location", "/location/catalogs", "/nonsense"] {
        assert_eq!(api(&sandbox, &token, path).await.0, 500);
    }
    let cleared = crate::browser::http().delete(format!("{}/control/faults", sandbox.url())).send().await;
    assert_eq!(cleared.expect("an answer").status(), 204);
    assert_eq!(api(&sandbox, &token, "/location").await.0, 200);
    assert_eq!(listing(&sandbox, "/faults").await, json!([]));
}

#[tokio::test]
async fn a_fault_strikes_its_method_and_path_only() {
    let sandbox = start().await;
    let body = json!({ "method": "POST", "path": "/v1/location", "action": { "kind": "drop" } });
    crate::connector::control(&sandbox, "/faults", body).await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    assert_eq!(api(&sandbox, &token, "/location").await.0, 200);
    let dropped = post(&sandbox, "/v1/location").header("X-Access-Token", token).send().await;
    assert!(dropped.is_err());
}

#[tokio::test]
async fn a_dropped_call_was_not_processed() {
    let sandbox = start().await;
    let code = code_for(&sandbox, SCOPE, "3r4s3-0", &[]).await;
    fault(&sandbox, TOKEN, Some(1), json!({ "kind": "drop" })).await;
    let call = post(&sandbox, TOKEN).basic_auth(CLIENT_ID, Some(SECRET)).form(&[("code", &code)]);
    let error = call.send().await.expect_err("no answer");
    assert!(!error.is_connect(), "it connected, and was cut: {error:?}");
    let calls = listing(&sandbox, "/requests").await;
    let last = calls.as_array().and_then(|calls| calls.last()).expect("a call");
    assert_eq!((&last["path"], &last["status"]), (&json!(TOKEN), &Value::Null));
    assert_eq!(exchange(&sandbox, &code).await.status(), 200);
}

#[tokio::test]
async fn a_lost_answer_was_processed() {
    let sandbox = start().await;
    let code = code_for(&sandbox, SCOPE, "3r4s3-0", &[]).await;
    fault(&sandbox, TOKEN, Some(1), json!({ "kind": "drop_after" })).await;
    let call = post(&sandbox, TOKEN).basic_auth(CLIENT_ID, Some(SECRET)).form(&[("code", &code)]);
    assert!(call.send().await.is_err());
    assert_eq!(listing(&sandbox, "/connections").await[0]["status"], "live");
    assert_eq!(exchange(&sandbox, &code).await.status(), 400);
}

#[tokio::test]
async fn a_call_is_late_before_or_after_it_is_processed() {
    let sandbox = start().await;
    for kind in ["delay", "delay_after"] {
        let code = code_for(&sandbox, SCOPE, "3r4s3-0", &[]).await;
        fault(&sandbox, TOKEN, Some(1), json!({ "kind": kind, "milliseconds": 80 })).await;
        let asked = Instant::now();
        assert_eq!(exchange(&sandbox, &code).await.status(), 200);
        assert!(asked.elapsed() >= Duration::from_millis(80), "{kind}");
    }
}

#[tokio::test]
async fn a_late_call_is_processed_late_and_a_late_answer_is_not() {
    let sandbox = start().await;
    for (kind, processed) in [("delay", 0), ("delay_after", 1)] {
        let code = code_for(&sandbox, SCOPE, "3r4s3-0", &[]).await;
        fault(&sandbox, TOKEN, Some(1), json!({ "kind": kind, "milliseconds": 60_000 })).await;
        let call = post(&sandbox, TOKEN).basic_auth(CLIENT_ID, Some(SECRET)).form(&[("code", &code)]);
        let call = call.timeout(Duration::from_millis(200));
        assert!(call.send().await.expect_err("no answer in time").is_timeout());
        let connections = listing(&sandbox, "/connections").await;
        assert_eq!(connections.as_array().map(Vec::len), Some(processed), "{kind}");
    }
}

#[tokio::test]
async fn a_call_is_answered_by_any_body() {
    let sandbox = start().await;
    fault(&sandbox, TOKEN, Some(1), json!({ "kind": "body", "body": "<html>", "content_type": "text/html" })).await;
    let answer = exchange(&sandbox, "whatever").await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "text/html");
    assert_eq!(answer.text().await.expect("a body"), "<html>");
}

#[tokio::test]
async fn fields_are_taken_out_of_an_answer_or_put_into_it() {
    let sandbox = start().await;
    fault(&sandbox, TOKEN, Some(1), json!({ "kind": "without", "fields": ["token_type", "location_name"] })).await;
    let answer = json_of(exchange(&sandbox, &code_for(&sandbox, SCOPE, "3r4s3-0", &[]).await).await).await;
    assert_eq!((answer.get("token_type"), answer.get("location_name")), (None, None));
    assert_eq!(answer["account_name"], "Bella Pizza");
    fault(&sandbox, TOKEN, Some(1), json!({ "kind": "with", "fields": { "catalog_id": "other", "new": 1 } })).await;
    let answer = json_of(exchange(&sandbox, &code_for(&sandbox, SCOPE, "3r4s3-0", &[]).await).await).await;
    assert_eq!((&answer["catalog_id"], &answer["new"]), (&json!("other"), &json!(1)));
    assert_eq!(listing(&sandbox, "/connections").await[0]["catalog_id"], "psmlf", "only the answer was changed");
}

#[tokio::test]
async fn a_fault_that_makes_no_sense_is_refused() {
    let sandbox = start().await;
    for action in [
        json!({ "kind": "explode" }),
        json!({ "kind": "status", "status": 42 }),
        json!({ "kind": "status", "status": 500, "headers": { "bad name": "x" } }),
        json!({ "kind": "status", "status": 500, "headers": { "Content-Length": "3" } }),
        json!({ "kind": "body", "body": "", "content_type": "a\nb" }),
        json!({ "kind": "delay", "milliseconds": 1, "misspelt": true }),
    ] {
        let body = json!({ "path": "/v1/*", "action": action });
        let answer = post(&sandbox, "/control/faults").json(&body).send().await.expect("an answer");
        assert_eq!(answer.status(), 422, "{action}");
    }
    assert_eq!(listing(&sandbox, "/faults").await, json!([]));
}

#[tokio::test]
async fn a_fault_whose_path_is_none_is_refused_with_the_reason() {
    let sandbox = start().await;
    let body = json!({ "path": "v1/location", "action": { "kind": "drop" } });
    let answer = post(&sandbox, "/control/faults").json(&body).send().await.expect("an answer");
    assert_eq!(answer.status(), 422);
    assert!(answer.text().await.expect("a reason").contains("v1/location"));
}

#[tokio::test]
async fn an_answer_is_cut_in_the_middle_under_the_headers_of_the_whole() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    let call = || {
        let address = format!("{}/v1/location", sandbox.url());
        crate::browser::http().get(address).header("X-Access-Token", &token).send()
    };
    let whole = call().await.expect("an answer").bytes().await.expect("a body");
    fault(&sandbox, "/v1/location", Some(1), json!({ "kind": "truncate" })).await;
    let mut answer = call().await.expect("the headers");
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.content_length(), Some(whole.len() as u64));
    let mut received = Vec::new();
    let ended = loop {
        match answer.chunk().await {
            Ok(Some(chunk)) => received.extend_from_slice(&chunk),
            other => break other,
        }
    };
    assert!(ended.is_err(), "the connection was cut");
    assert_eq!(received, whole[..whole.len() / 2]);
    assert_eq!(api(&sandbox, &token, "/location").await.0, 200);
}

#[tokio::test]
async fn a_call_whose_answer_was_cut_was_processed() {
    let sandbox = start().await;
    let code = code_for(&sandbox, SCOPE, "3r4s3-0", &[]).await;
    fault(&sandbox, TOKEN, Some(1), json!({ "kind": "truncate" })).await;
    assert!(exchange(&sandbox, &code).await.bytes().await.is_err());
    assert_eq!(exchange(&sandbox, &code).await.status(), 400, "the code was used up");
}

#[tokio::test]
async fn a_call_is_answered_by_broken_json_of_the_right_status_and_length() {
    let sandbox = start().await;
    let code = code_for(&sandbox, SCOPE, "3r4s3-0", &[]).await;
    fault(&sandbox, "/oauth2/v1/*", Some(3), json!({ "kind": "broken_json" })).await;
    for (code, status) in [(code.as_str(), 200), ("unknown", 400)] {
        let answer = exchange(&sandbox, code).await;
        assert_eq!(answer.status(), status);
        assert_eq!(answer.headers()["content-type"], "application/json");
        let length = answer.content_length();
        let body = answer.text().await.expect("a whole body");
        assert_eq!(length, Some(body.len() as u64));
        assert!(serde_json::from_str::<Value>(&body).is_err(), "{body}");
    }
    let token = listing(&sandbox, "/connections").await[0]["access_token"].as_str().expect("a token").to_owned();
    let revoked = crate::connector::revoke(&sandbox, &token).await;
    assert_eq!(revoked.status(), 200);
    let body = revoked.text().await.expect("a whole body");
    assert!(serde_json::from_str::<Value>(&body).is_err(), "{body}");
}
