//! Events that go wrong on demand.

use hubrise_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::browser::http;
use crate::connector::{control, json_of, listing, post, start};
use crate::receiver::{Pair, Received, Receiver, pending};

async fn fault(sandbox: &Sandbox, body: Value) {
    control(sandbox, "/event_faults", body).await;
}

async fn run(sandbox: &Sandbox) {
    control(sandbox, "/deliveries/run", json!({})).await;
}

fn minutes(receiver: &Receiver) -> Vec<u64> {
    receiver.received().iter().map(Received::minutes).collect()
}

#[tokio::test]
async fn a_duplicated_event_is_sent_twice_though_acknowledged() {
    let sandbox = start().await;
    let receiver = Receiver::start().await;
    let pair = Pair::at(&sandbox, "3r4s3-0", Some(&receiver.url)).await;
    fault(&sandbox, json!({ "kind": "duplicate", "times": 1 })).await;
    pair.happens(&sandbox, 31).await;
    pair.happens(&sandbox, 32).await;
    run(&sandbox).await;
    assert_eq!(minutes(&receiver), [31, 31, 32]);
    assert_eq!(receiver.received()[0].json()["id"], receiver.received()[1].json()["id"]);
    assert_eq!(pending(&sandbox, &pair.listener).await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_lost_event_is_never_sent_and_cannot_be_fetched() {
    let sandbox = start().await;
    let receiver = Receiver::start().await;
    let pair = Pair::at(&sandbox, "3r4s3-0", Some(&receiver.url)).await;
    fault(&sandbox, json!({ "kind": "lose", "times": 1 })).await;
    pair.happens(&sandbox, 31).await;
    pair.happens(&sandbox, 32).await;
    run(&sandbox).await;
    assert_eq!(minutes(&receiver), [32]);
    assert_eq!(pending(&sandbox, &pair.listener).await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_late_event_is_sent_when_its_time_has_come() {
    let sandbox = start().await;
    let receiver = Receiver::start().await;
    let pair = Pair::at(&sandbox, "3r4s3-0", Some(&receiver.url)).await;
    fault(&sandbox, json!({ "kind": "delay", "seconds": 900, "times": 1 })).await;
    pair.happens(&sandbox, 31).await;
    pair.happens(&sandbox, 32).await;
    run(&sandbox).await;
    assert_eq!(minutes(&receiver), [32]);
    assert_eq!(pending(&sandbox, &pair.listener).await.len(), 1);
    control(&sandbox, "/clock", json!({ "advance_seconds": 890 })).await;
    assert_eq!(minutes(&receiver), [32]);
    control(&sandbox, "/clock", json!({ "advance_seconds": 10 })).await;
    assert_eq!(minutes(&receiver), [32, 31]);
}

#[tokio::test]
async fn a_reordered_event_comes_after_the_next() {
    let sandbox = start().await;
    let receiver = Receiver::start().await;
    let pair = Pair::at(&sandbox, "3r4s3-0", Some(&receiver.url)).await;
    fault(&sandbox, json!({ "kind": "reorder" })).await;
    for minutes in 31..=34 {
        pair.happens(&sandbox, minutes).await;
    }
    run(&sandbox).await;
    assert_eq!(minutes(&receiver), [32, 31, 34, 33]);
}

#[tokio::test]
async fn an_event_that_nothing_overtakes_comes_after_ten_minutes() {
    let sandbox = start().await;
    let receiver = Receiver::start().await;
    let pair = Pair::at(&sandbox, "3r4s3-0", Some(&receiver.url)).await;
    fault(&sandbox, json!({ "kind": "reorder", "times": 1 })).await;
    pair.happens(&sandbox, 31).await;
    run(&sandbox).await;
    assert_eq!(minutes(&receiver), Vec::<u64>::new());
    control(&sandbox, "/clock", json!({ "advance_seconds": 600 })).await;
    assert_eq!(minutes(&receiver), [31]);
}

#[tokio::test]
async fn a_fault_strikes_only_the_events_it_is_for() {
    let sandbox = start().await;
    let receiver = Receiver::start().await;
    let pair = Pair::at(&sandbox, "3r4s3-0", Some(&receiver.url)).await;
    fault(&sandbox, json!({ "kind": "lose", "resource_type": "order" })).await;
    fault(&sandbox, json!({ "kind": "lose", "event_type": "create" })).await;
    pair.happens(&sandbox, 31).await;
    run(&sandbox).await;
    assert_eq!(minutes(&receiver), [31]);
    fault(&sandbox, json!({ "kind": "lose", "resource_type": "location", "event_type": "update" })).await;
    pair.happens(&sandbox, 32).await;
    run(&sandbox).await;
    assert_eq!(minutes(&receiver), [31]);
}

#[tokio::test]
async fn faults_are_listed_used_up_and_cleared() {
    let sandbox = start().await;
    let receiver = Receiver::start().await;
    let pair = Pair::at(&sandbox, "3r4s3-0", Some(&receiver.url)).await;
    fault(&sandbox, json!({ "kind": "delay", "seconds": 5, "times": 2 })).await;
    pair.happens(&sandbox, 31).await;
    run(&sandbox).await;
    let expected =
        json!([{ "kind": "delay", "seconds": 5, "resource_type": null, "event_type": null, "remaining": 1 }]);
    assert_eq!(listing(&sandbox, "/event_faults").await, expected);
    let cleared = http().delete(format!("{}/control/event_faults", sandbox.url())).send().await.expect("an answer");
    assert_eq!(cleared.status(), 204);
    assert_eq!(listing(&sandbox, "/event_faults").await, json!([]));
    fault(&sandbox, json!({ "kind": "lose" })).await;
    control(&sandbox, "/reset", json!({})).await;
    assert_eq!(listing(&sandbox, "/event_faults").await, json!([]));
}

#[tokio::test]
async fn a_fault_that_makes_no_sense_is_refused() {
    let sandbox = start().await;
    for flawed in [
        json!({ "kind": "explode" }),
        json!({ "kind": "delay" }),
        json!({ "kind": "lose", "seconds": 5 }),
        json!({ "kind": "lose_notice", "resource_type": "order" }),
        json!({ "kind": "lose", "resource_type": "pizza" }),
        json!({ "kind": "lose", "times": -1 }),
    ] {
        let response = post(&sandbox, "/control/event_faults").json(&flawed).send().await.expect("an answer");
        assert_eq!(response.status(), 422, "{flawed}");
    }
    assert_eq!(
        json_of(post(&sandbox, "/control/deliveries/run").send().await.expect("an answer")).await["deliveries"],
        0
    );
    assert_eq!(listing(&sandbox, "/event_faults").await, json!([]));
}
