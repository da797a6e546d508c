//! The disconnect callback.

use hubrise_sandbox::{ListingForm, Options, Sandbox};
use serde_json::{Value, json};

use crate::connector::{CLIENT_ID, OTHER_ID, api, control, json_of, listing, options, post, revoke};
use crate::receiver::{ORDERS, Receiver, token_of};

async fn listed(receiver: &Receiver) -> Sandbox {
    let disconnect_url = format!("{}/gone?key=a%20b", receiver.url);
    let listing = ListingForm { location_scope: ORDERS.to_owned(), disconnect_url, ..ListingForm::default() };
    Sandbox::start(Options { listing, ..options() }).await.expect("a sandbox")
}

async fn run(sandbox: &Sandbox) -> Value {
    json_of(control(sandbox, "/deliveries/run", json!({})).await).await["deliveries"].clone()
}

async fn disconnect(sandbox: &Sandbox) {
    control(sandbox, "/connections/disconnect", json!({ "location_id": "3r4s3-0" })).await;
}

#[tokio::test]
async fn an_app_is_told_that_it_was_disconnected_with_its_app_instance_and_no_signature() {
    let receiver = Receiver::start().await;
    let sandbox = listed(&receiver).await;
    let token = token_of(&sandbox, CLIENT_ID, ORDERS, "3r4s3-0").await;
    let instance = listing(&sandbox, "/connections").await[0]["app_instance_id"].clone();
    disconnect(&sandbox).await;
    assert_eq!(api(&sandbox, &token, "/location").await.0, 401, "the token is of no use before the app is told");
    let calls = receiver.wait_for(1).await;
    let expected = format!("key=a%20b&app_instance_id={}", instance.as_str().expect("an id"));
    assert_eq!((calls[0].method.as_str(), calls[0].path.as_str(), &calls[0].query), ("GET", "/gone", &expected));
    assert!(calls[0].body.is_empty());
    assert!(!calls[0].headers.contains_key("x-hubrise-hmac-sha256"));
    run(&sandbox).await;
    let sent = listing(&sandbox, "/deliveries").await;
    assert_eq!((&sent[0]["status"], &sent[0]["query"]), (&json!(200), &json!(expected)));
}

#[tokio::test]
async fn a_notice_that_fails_is_not_sent_again() {
    let receiver = Receiver::start().await;
    receiver.answers_status(500, 1);
    let sandbox = listed(&receiver).await;
    token_of(&sandbox, CLIENT_ID, ORDERS, "3r4s3-0").await;
    disconnect(&sandbox).await;
    receiver.wait_for(1).await;
    run(&sandbox).await;
    control(&sandbox, "/clock", json!({ "advance_seconds": 86_400 })).await;
    assert_eq!(receiver.received().len(), 1);
}

#[tokio::test]
async fn a_plain_client_is_told_nothing() {
    let receiver = Receiver::start().await;
    let sandbox = listed(&receiver).await;
    token_of(&sandbox, OTHER_ID, ORDERS, "3r4s3-0").await;
    disconnect(&sandbox).await;
    assert_eq!(run(&sandbox).await, 0);
    assert_eq!(listing(&sandbox, "/deliveries").await, json!([]));
}

#[tokio::test]
async fn a_notice_is_lost_or_repeated_as_a_fault_says() {
    let receiver = Receiver::start().await;
    let sandbox = listed(&receiver).await;
    control(&sandbox, "/event_faults", json!({ "kind": "lose_notice", "times": 1 })).await;
    control(&sandbox, "/event_faults", json!({ "kind": "repeat_notice", "times": 1 })).await;
    token_of(&sandbox, CLIENT_ID, ORDERS, "3r4s3-0").await;
    disconnect(&sandbox).await;
    run(&sandbox).await;
    assert_eq!(receiver.received().len(), 0, "lost");
    token_of(&sandbox, CLIENT_ID, ORDERS, "3r4s3-0").await;
    disconnect(&sandbox).await;
    run(&sandbox).await;
    let calls = receiver.received();
    assert_eq!(calls.len(), 2, "sent twice");
    assert_eq!(calls[0].query, calls[1].query);
    token_of(&sandbox, CLIENT_ID, ORDERS, "3r4s3-0").await;
    disconnect(&sandbox).await;
    run(&sandbox).await;
    assert_eq!(receiver.received().len(), 3, "the faults are used up");
}

#[tokio::test]
async fn whether_an_app_hears_of_its_own_revoke_a_block_and_a_suspension_is_up_to_switches() {
    let receiver = Receiver::start().await;
    let sandbox = listed(&receiver).await;
    for told in [false, true] {
        let settings = json!({
            "notice_after_own_revoke": told, "notice_after_block": told, "notice_after_suspension": told,
        });
        control(&sandbox, "/settings", settings).await;
        let before = receiver.received().len();
        let token = token_of(&sandbox, CLIENT_ID, ORDERS, "3r4s3-0").await;
        control(&sandbox, "/connections/block", json!({ "location_id": "3r4s3-0" })).await;
        run(&sandbox).await;
        assert_eq!(receiver.received().len(), before + usize::from(told), "block");
        control(&sandbox, "/connections/unblock", json!({ "location_id": "3r4s3-0" })).await;
        control(&sandbox, "/accounts/3r4s3/suspend", json!({})).await;
        run(&sandbox).await;
        assert_eq!(receiver.received().len(), before + 2 * usize::from(told), "suspension");
        control(&sandbox, "/accounts/3r4s3/resume", json!({})).await;
        assert_eq!(revoke(&sandbox, &token).await.status(), 200);
        run(&sandbox).await;
        assert_eq!(receiver.received().len(), before + 3 * usize::from(told), "revoke");
    }
}

#[tokio::test]
async fn an_app_that_is_down_keeps_nobody_waiting() {
    let receiver = Receiver::start().await;
    let sandbox = listed(&receiver).await;
    drop(receiver);
    token_of(&sandbox, CLIENT_ID, ORDERS, "3r4s3-0").await;
    disconnect(&sandbox).await;
    run(&sandbox).await;
    let sent = listing(&sandbox, "/deliveries").await;
    assert_eq!(sent[0]["status"], Value::Null);
    assert!(sent[0]["error"].is_string());
    let again = post(&sandbox, "/control/deliveries/run").send().await.expect("an answer");
    assert_eq!(json_of(again).await, json!({ "deliveries": 0 }));
}
