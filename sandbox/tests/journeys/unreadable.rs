//! Calls that cannot be read: refused in the form of the side that they were made to, and recorded.

use serde_json::{Value, json};

use crate::browser::http;
use crate::connector::{CLIENT_ID, SECRET, api, json_of, listing, post, start, token_for};

/// One byte more than is read.
const TOO_LONG: usize = (16 << 20) + 1;

#[tokio::test]
async fn an_address_or_a_query_that_cannot_be_read_is_refused_in_the_api_s_form() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    for path in [
        "/locations/%ff",
        "/location/orders/%C3%28",
        "/callback/events/%ff",
        "/callback/events?count=1&count=2",
        "/location/orders?status=new&status=new",
    ] {
        let (status, body) = api(&sandbox, &token, path).await;
        assert_eq!((status, &body["error_type"]), (400, &json!("unprocessable_entity")), "{path}");
        assert!(body["message"].as_str().is_some_and(|message| !message.is_empty()), "{path}");
    }
}

#[tokio::test]
async fn a_body_that_is_too_long_is_refused_in_the_api_s_form_and_recorded() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    let request = http().post(format!("{}/v1/location/orders", sandbox.url())).header("X-Access-Token", &token);
    let answer = request.body(vec![b' '; TOO_LONG]).send().await.expect("an answer");
    assert_eq!(answer.status(), 413);
    assert_eq!(answer.headers()["access-control-allow-origin"], "*");
    assert_eq!(
        json_of(answer).await,
        json!({ "error_type": "unprocessable_entity", "message": "The body is too long" })
    );
    let requests = listing(&sandbox, "/requests").await;
    let last = requests.as_array().and_then(|all| all.last()).cloned().unwrap_or(Value::Null);
    assert_eq!((&last["path"], &last["status"]), (&json!("/v1/location/orders"), &json!(413)));
}

#[tokio::test]
async fn a_body_that_is_too_long_is_refused_in_oauth_s_form() {
    let sandbox = start().await;
    for path in ["/oauth2/v1/token", "/oauth2/v1/revoke"] {
        let request = post(&sandbox, path).basic_auth(CLIENT_ID, Some(SECRET));
        let answer = request.body(vec![b' '; TOO_LONG]).send().await.expect("an answer");
        assert_eq!(answer.status(), 413, "{path}");
        assert_eq!(answer.headers().get("access-control-allow-origin"), None);
        assert_eq!(json_of(answer).await["error"], "invalid_request", "{path}");
    }
}
