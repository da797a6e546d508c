//! Events on their way to a callback: what they look like, what acknowledges them, and who may hold up whom.

use hmac::{Hmac, KeyInit, Mac};
use hubrise_sandbox::{Options, Sandbox};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::connector::{CLIENT_ID, SECRET, control, json_of, listing, options, post, start};
use crate::persistence::Folder;
use crate::receiver::{Answer, ORDERS, Pair, Receiver, call, listen, pending, token_of};

fn hmac_of(secret: &str, body: &[u8]) -> String {
    let mut hmac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key");
    hmac.update(body);
    hmac.finalize().into_bytes().iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
}

async fn run(sandbox: &Sandbox) -> Value {
    json_of(control(sandbox, "/deliveries/run", json!({})).await).await["deliveries"].clone()
}

#[tokio::test]
async fn an_event_is_posted_as_json_signed_over_its_exact_bytes() {
    let sandbox = start().await;
    let receiver = Receiver::start().await;
    let pair = Pair::at(&sandbox, "3r4s3-0", Some(&format!("{}/hook/é?key=a%20b", receiver.url))).await;
    pair.happens(&sandbox, 31).await;
    let calls = receiver.wait_for(1).await;
    let event = calls[0].json();
    assert_eq!(calls[0].method, "POST");
    assert_eq!(calls[0].path, "/hook/%C3%A9");
    assert_eq!(calls[0].headers["content-type"], "application/json");
    assert_eq!(calls[0].headers["x-hubrise-hmac-sha256"], hmac_of(SECRET, &calls[0].body).as_str());
    assert_eq!((&event["resource_type"], &event["event_type"]), (&json!("location"), &json!("update")));
    assert_eq!((&event["location_id"], &event["account_id"]), (&json!("3r4s3-0"), &json!("3r4s3")));
    assert_eq!(event["previous_state"]["preparation_time"], 20);
    assert_eq!(event["new_state"]["preparation_time"], 31);
    assert!(calls[0].query.starts_with("key=a%20b&app_instance_id="), "{}", calls[0].query);
    let recorded = listing(&sandbox, "/deliveries").await;
    assert_eq!(recorded[0]["body"].as_str().expect("a body").as_bytes(), calls[0].body);
}

#[tokio::test]
async fn any_answer_from_200_to_499_acknowledges() {
    let sandbox = start().await;
    let receiver = Receiver::start().await;
    let pair = Pair::at(&sandbox, "3r4s3-0", Some(&receiver.url)).await;
    for (minutes, status) in (31..).zip([200, 204, 299, 302, 404, 429, 499]) {
        receiver.answers_status(status, 1);
        pair.happens(&sandbox, minutes).await;
        pair.settles(&sandbox).await;
    }
    control(&sandbox, "/clock", json!({ "advance_seconds": 3_780 })).await;
    assert_eq!(receiver.received().len(), 7, "none came twice, and no redirect was followed");
}

#[tokio::test]
async fn a_5xx_a_late_answer_and_a_refused_call_leave_the_event_to_be_fetched() {
    let sandbox = start().await;
    let receiver = Receiver::start().await;
    control(&sandbox, "/settings", json!({ "callback_timeout_milliseconds": 50 })).await;
    receiver.answers([Answer::Status(500), Answer::Status(599), Answer::Never]);
    let pair = Pair::at(&sandbox, "3r4s3-0", Some(&receiver.url)).await;
    for minutes in 31..=33 {
        pair.happens(&sandbox, minutes).await;
    }
    run(&sandbox).await;
    let url = receiver.url.clone();
    drop(receiver);
    pair.happens(&sandbox, 34).await;
    run(&sandbox).await;
    let events = pending(&sandbox, &pair.listener).await;
    assert_eq!(events.len(), 4);
    assert!(events[0].get("new_state").is_none(), "a list has no states");
    let path = format!("/callback/events/{}", events[3]["id"].as_str().expect("an id"));
    assert_eq!(call(&sandbox, &pair.listener, "GET", &path, None).await.1["new_state"]["preparation_time"], 34);
    assert_eq!(call(&sandbox, &pair.listener, "DELETE", &path, None).await, (200, json!({})));
    let sent = listing(&sandbox, "/deliveries").await;
    let statuses: Vec<_> = sent.as_array().expect("a list").iter().map(|sent| sent["status"].clone()).collect();
    assert_eq!(statuses, [json!(500), json!(599), Value::Null, Value::Null], "{url}");
    assert!(sent[2]["error"].as_str().expect("why").contains("50ms"));
    assert_eq!(json_of(control(&sandbox, "/clock", json!({ "advance_seconds": 60 })).await).await["deliveries"], 3);
}

#[tokio::test]
async fn the_app_instance_is_in_the_query_in_the_body_in_both_or_nowhere() {
    let sandbox = start().await;
    let receiver = Receiver::start().await;
    let pair = Pair::at(&sandbox, "3r4s3-0", Some(&receiver.url)).await;
    let instance = listing(&sandbox, "/connections").await[0]["app_instance_id"].clone();
    let query = format!("app_instance_id={}", instance.as_str().expect("an id"));
    for (index, (setting, in_query, in_body)) in
        [("query", true, false), ("body", false, true), ("both", true, true), ("neither", false, false)]
            .into_iter()
            .enumerate()
    {
        control(&sandbox, "/settings", json!({ "app_instance_id_in": setting })).await;
        pair.happens(&sandbox, 31 + u64::try_from(index).expect("a number")).await;
        let call = receiver.wait_for(index + 1).await.pop().expect("a call");
        assert_eq!(call.query, if in_query { query.as_str() } else { "" }, "{setting}");
        let expected = if in_body { instance.clone() } else { Value::Null };
        assert_eq!(call.json()["app_instance_id"], expected, "{setting}");
        assert_eq!(call.headers["x-hubrise-hmac-sha256"], hmac_of(SECRET, &call.body).as_str());
    }
}

#[tokio::test]
async fn events_of_a_connection_are_sent_in_order_and_one_at_a_time() {
    let sandbox = start().await;
    let receiver = Receiver::start().await;
    let pair = Pair::at(&sandbox, "3r4s3-0", Some(&receiver.url)).await;
    for minutes in 31..41 {
        pair.happens(&sandbox, minutes).await;
    }
    let minutes: Vec<u64> = receiver.wait_for(10).await.iter().map(crate::receiver::Received::minutes).collect();
    assert_eq!(minutes, (31..41).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_receiver_that_does_not_answer_holds_up_no_other() {
    let sandbox = start().await;
    let (silent, quick) = (Receiver::start().await, Receiver::start().await);
    silent.answers([Answer::Never]);
    let first = Pair::at(&sandbox, "3r4s3-0", Some(&silent.url)).await;
    let second = Pair::at(&sandbox, "3r4s3-1", Some(&quick.url)).await;
    first.happens(&sandbox, 31).await;
    silent.wait_for(1).await;
    second.happens(&sandbox, 32).await;
    quick.wait_for(1).await;
    second.settles(&sandbox).await;
    assert_eq!(pending(&sandbox, &first.listener).await.len(), 1);
}

#[tokio::test]
async fn a_receiver_may_call_the_api_before_it_answers() {
    let sandbox = start().await;
    let receiver = Receiver::start().await;
    receiver.answers([Answer::Never]);
    let pair = Pair::at(&sandbox, "3r4s3-0", Some(&receiver.url)).await;
    pair.happens(&sandbox, 31).await;
    let event = receiver.wait_for(1).await[0].json();
    // It is still being answered.
    let body = json!({ "preparation_time": 45 });
    assert_eq!(call(&sandbox, &pair.listener, "PATCH", "/location", Some(&body)).await.0, 200);
    let path = format!("/callback/events/{}", event["id"].as_str().expect("an id"));
    assert_eq!(call(&sandbox, &pair.listener, "DELETE", &path, None).await.0, 200);
    assert_eq!(pending(&sandbox, &pair.listener).await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_blocked_connection_gets_nothing_and_its_attempts_pass() {
    let sandbox = start().await;
    let receiver = Receiver::start().await;
    receiver.answers_status(500, 1);
    let pair = Pair::tried_once(&sandbox, &receiver).await;
    let paris = json!({ "location_id": "3r4s3-0" });
    control(&sandbox, "/connections/block", paris.clone()).await;
    control(&sandbox, "/clock", json!({ "advance_seconds": 60 })).await;
    assert_eq!(receiver.received().len(), 1);
    control(&sandbox, "/connections/unblock", paris.clone()).await;
    assert_eq!(pending(&sandbox, &pair.listener).await.len(), 1);
    control(&sandbox, "/clock", json!({ "advance_seconds": 120 })).await;
    assert_eq!(receiver.received().len(), 2, "the second retry is made");
}

#[tokio::test]
async fn a_disconnected_app_gets_no_event_any_more() {
    let sandbox = start().await;
    let receiver = Receiver::start().await;
    receiver.answers_status(500, 1);
    let pair = Pair::at(&sandbox, "3r4s3-0", Some(&receiver.url)).await;
    pair.happens(&sandbox, 31).await;
    receiver.wait_for(1).await;
    control(&sandbox, "/connections/disconnect", json!({ "location_id": "3r4s3-0" })).await;
    control(&sandbox, "/clock", json!({ "advance_seconds": 3_780 })).await;
    assert_eq!(receiver.received().len(), 1);
}

#[tokio::test]
async fn a_callback_that_moved_gets_the_retries_at_its_new_address() {
    let sandbox = start().await;
    let (old, new) = (Receiver::start().await, Receiver::start().await);
    old.answers_status(500, 1);
    let pair = Pair::at(&sandbox, "3r4s3-0", Some(&old.url)).await;
    pair.happens(&sandbox, 31).await;
    old.wait_for(1).await;
    listen(&sandbox, &pair.listener, Some(&new.url)).await;
    control(&sandbox, "/clock", json!({ "advance_seconds": 60 })).await;
    assert_eq!((old.received().len(), new.received().len()), (1, 1));
}

#[tokio::test]
async fn a_restarted_sandbox_sends_what_was_left() {
    let mut sandbox = start().await;
    let receiver = Receiver::start().await;
    receiver.answers([Answer::Never]);
    let pair = Pair::at(&sandbox, "3r4s3-0", Some(&receiver.url)).await;
    pair.happens(&sandbox, 31).await;
    receiver.wait_for(1).await;
    sandbox.stop().await;
    sandbox.restart().await.expect("the same port");
    let calls = receiver.wait_for(2).await;
    assert_eq!(calls[0].body, calls[1].body);
    pair.settles(&sandbox).await;
}

#[tokio::test]
async fn a_caller_who_goes_away_interrupts_no_delivery() {
    let sandbox = start().await;
    let receiver = Receiver::start().await;
    receiver.answers_status(500, 1);
    let pair = Pair::tried_once(&sandbox, &receiver).await;
    control(&sandbox, "/settings", json!({ "callback_timeout_milliseconds": 500 })).await;
    receiver.answers([Answer::Never]);
    let advance = post(&sandbox, "/control/clock").json(&json!({ "advance_seconds": 60 })).send();
    let caller = tokio::spawn(advance);
    receiver.wait_for(2).await;
    caller.abort();
    run(&sandbox).await;
    let sent = listing(&sandbox, "/deliveries").await;
    assert!(sent[1]["error"].is_string(), "the attempt ended by itself: {sent}");
    assert_eq!(pending(&sandbox, &pair.listener).await.len(), 1);
}

#[tokio::test]
async fn a_state_file_keeps_callbacks_and_what_is_still_to_be_sent() {
    let folder = Folder::new("events");
    let state = Some(folder.file("state.json"));
    let sandbox = Sandbox::start(Options { state: state.clone(), ..options() }).await.expect("a sandbox");
    let receiver = Receiver::start().await;
    receiver.answers([Answer::Never]);
    let pair = Pair::at(&sandbox, "3r4s3-0", Some(&receiver.url)).await;
    pair.happens(&sandbox, 31).await;
    receiver.wait_for(1).await;
    sandbox.shut_down().await;
    let sandbox = Sandbox::start(Options { state, ..options() }).await.expect("a sandbox");
    let calls = receiver.wait_for(2).await;
    assert_eq!(calls[0].body, calls[1].body);
    pair.settles(&sandbox).await;
    pair.happens(&sandbox, 32).await;
    receiver.wait_for(3).await;
}

#[tokio::test]
async fn a_client_is_not_told_of_its_own_doing() {
    let sandbox = start().await;
    let receiver = Receiver::start().await;
    let own = token_of(&sandbox, CLIENT_ID, ORDERS, "3r4s3-0").await;
    listen(&sandbox, &own, Some(&receiver.url)).await;
    let body = json!({ "preparation_time": 31 });
    assert_eq!(call(&sandbox, &own, "PATCH", "/location", Some(&body)).await.0, 200);
    run(&sandbox).await;
    assert_eq!(pending(&sandbox, &own).await, Vec::<Value>::new());
    assert_eq!(listing(&sandbox, "/deliveries").await, json!([]));
}
