//! HubRise goes down and comes back.

use std::time::Duration;

use serde_json::json;

use crate::browser::http;
use crate::connector::{api, fault, listing, post, start, token_for};

#[tokio::test]
async fn while_it_is_stopped_nobody_answers_and_after_a_restart_all_is_as_before() {
    let mut sandbox = start().await;
    let url = sandbox.url().to_owned();
    let token = token_for(&sandbox, "3r4s3-0").await;
    sandbox.stop().await;
    sandbox.stop().await;
    let refused = http().get(&url).send().await.expect_err("nobody is there");
    assert!(refused.is_connect(), "{refused:?}");
    sandbox.restart().await.expect("the same port");
    sandbox.restart().await.expect("nothing to do");
    assert_eq!(sandbox.url(), url);
    assert_eq!(api(&sandbox, &token, "/location").await.0, 200);
}

#[tokio::test]
async fn stopping_cuts_the_call_that_is_being_answered() {
    let mut sandbox = start().await;
    fault(&sandbox, "/v1/location", Some(1), json!({ "kind": "delay", "milliseconds": 60_000 })).await;
    let waiting = tokio::spawn(http().get(format!("{}/v1/location", sandbox.url())).send());
    while listing(&sandbox, "/requests").await == json!([]) {
        tokio::task::yield_now().await;
    }
    sandbox.stop().await;
    let cut = tokio::time::timeout(Duration::from_secs(5), waiting).await.expect("at once").expect("no panic");
    assert!(cut.is_err());
}

#[tokio::test]
async fn stopping_cuts_a_kept_connection_and_a_restart_takes_a_new_one() {
    let mut sandbox = start().await;
    let client = http();
    let address = format!("{}/assets/icon.svg", sandbox.url());
    let first = client.get(&address).send().await.expect("an answer");
    first.bytes().await.expect("the connection is free again");
    sandbox.stop().await;
    assert!(client.get(&address).send().await.is_err());
    sandbox.restart().await.expect("what is left of the connection does not hold the port");
    assert_eq!(client.get(&address).send().await.expect("an answer").status(), 200);
}

#[tokio::test]
async fn shutting_down_does_not_wait_for_a_late_answer() {
    let sandbox = start().await;
    fault(&sandbox, "/v1/location", Some(1), json!({ "kind": "delay", "milliseconds": 60_000 })).await;
    let waiting = tokio::spawn(post(&sandbox, "/v1/location").send());
    while listing(&sandbox, "/requests").await == json!([]) {
        tokio::task::yield_now().await;
    }
    tokio::time::timeout(Duration::from_secs(5), sandbox.shut_down()).await.expect("within a second or two");
    assert!(waiting.await.expect("no panic").is_err());
}
