//! Moving time, and HubRise's schedule of retries on it.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::connector::{CLIENT_ID, SCOPE, code_for, control, exchange, json_of, listing, post, start};
use crate::receiver::{Pair, Receiver, pending};

/// Seconds after which a failing event is tried again, one after the other.
const WAITS: [i64; 6] = [60, 120, 240, 480, 960, 1_920];

fn moments(deliveries: &Value) -> Vec<DateTime<Utc>> {
    let at = |delivery: &Value| delivery["at"].as_str().expect("a time").parse().expect("a time");
    deliveries.as_array().expect("a list").iter().map(at).collect()
}

async fn advance(sandbox: &hubrise_sandbox::Sandbox, seconds: i64) -> Value {
    json_of(control(sandbox, "/clock", json!({ "advance_seconds": seconds })).await).await
}

#[tokio::test]
async fn a_failing_event_is_tried_again_after_1_2_4_8_16_and_32_minutes_and_then_lost() {
    let sandbox = start().await;
    let receiver = Receiver::start().await;
    receiver.answers_status(500, 100);
    let pair = Pair::tried_once(&sandbox, &receiver).await;
    for (index, wait) in WAITS.into_iter().enumerate() {
        assert_eq!(pending(&sandbox, &pair.listener).await.len(), 1);
        assert_eq!(advance(&sandbox, wait - 5).await["deliveries"], 0, "not before {wait} seconds");
        assert_eq!(advance(&sandbox, 5).await["deliveries"], 1, "after {wait} seconds");
        assert_eq!(receiver.received().len(), index + 2);
    }
    assert_eq!(pending(&sandbox, &pair.listener).await, Vec::<Value>::new());
    assert_eq!(advance(&sandbox, 86_400).await["deliveries"], 0, "it is lost");
}

#[tokio::test]
async fn what_is_due_shortly_after_a_move_is_sent_on_time() {
    let sandbox = start().await;
    let receiver = Receiver::start().await;
    receiver.answers_status(500, 1);
    Pair::tried_once(&sandbox, &receiver).await;
    advance(&sandbox, 58).await;
    receiver.wait_for(2).await;
    let moments = moments(&listing(&sandbox, "/deliveries").await);
    assert_eq!(moments[1] - moments[0], TimeDelta::seconds(60));
}

#[tokio::test]
async fn one_move_of_63_minutes_plays_the_whole_schedule_each_try_at_its_moment() {
    let sandbox = start().await;
    let receiver = Receiver::start().await;
    receiver.answers_status(503, 100);
    let pair = Pair::tried_once(&sandbox, &receiver).await;
    let answer = advance(&sandbox, 3_780).await;
    assert_eq!(answer["deliveries"], 6);
    assert!(answer["ahead_seconds"].as_i64().expect("seconds") >= 3_779);
    let moments = moments(&listing(&sandbox, "/deliveries").await);
    let waits: Vec<TimeDelta> = moments.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert_eq!(waits, WAITS.map(TimeDelta::seconds));
    let bodies: Vec<_> = receiver.received().into_iter().map(|call| call.body).collect();
    assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]), "the same event each time");
    assert_eq!(pending(&sandbox, &pair.listener).await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_retry_that_is_acknowledged_ends_the_schedule() {
    let sandbox = start().await;
    let receiver = Receiver::start().await;
    receiver.answers_status(500, 2);
    Pair::tried_once(&sandbox, &receiver).await;
    assert_eq!(advance(&sandbox, 3_780).await["deliveries"], 2);
    assert_eq!(receiver.received().len(), 3);
}

#[tokio::test]
async fn a_failing_event_does_not_hold_up_those_after_it() {
    let sandbox = start().await;
    let receiver = Receiver::start().await;
    receiver.answers_status(500, 1);
    let pair = Pair::at(&sandbox, "3r4s3-0", Some(&receiver.url)).await;
    pair.happens(&sandbox, 31).await;
    pair.happens(&sandbox, 32).await;
    receiver.wait_for(2).await;
    advance(&sandbox, 60).await;
    let minutes: Vec<u64> = receiver.received().iter().map(crate::receiver::Received::minutes).collect();
    assert_eq!(minutes, [31, 32, 31]);
}

#[tokio::test]
async fn the_clock_is_shown_moved_and_set_back_by_a_reset() {
    let sandbox = start().await;
    assert_eq!(listing(&sandbox, "/clock").await["ahead_seconds"], 0);
    let before: DateTime<Utc> =
        listing(&sandbox, "/clock").await["now"].as_str().expect("a time").parse().expect("one");
    let moved = advance(&sandbox, 600).await;
    let after: DateTime<Utc> = moved["now"].as_str().expect("a time").parse().expect("a time");
    assert!(after - before >= TimeDelta::seconds(600));
    control(&sandbox, "/reset", json!({})).await;
    assert_eq!(listing(&sandbox, "/clock").await["ahead_seconds"], 0);
}

#[tokio::test]
async fn what_expires_goes_by_the_clock() {
    let sandbox = start().await;
    let code = code_for(&sandbox, SCOPE, "3r4s3-0", &[]).await;
    advance(&sandbox, 601).await;
    assert_eq!(exchange(&sandbox, &code).await.status(), 400, "{CLIENT_ID}'s code has expired");
}

#[tokio::test]
async fn the_clock_goes_neither_back_nor_further_than_a_month_at_a_time() {
    let sandbox = start().await;
    for refused in [json!(-1), json!(31 * 86_400 + 1), json!(i64::MAX), json!(i64::MIN), json!("60"), json!(1.5)] {
        let body = json!({ "advance_seconds": refused });
        let response = post(&sandbox, "/control/clock").json(&body).send().await.expect("an answer");
        assert_eq!(response.status(), 422, "{refused}");
    }
    assert_eq!(listing(&sandbox, "/clock").await["ahead_seconds"], 0);
    assert_eq!(advance(&sandbox, 31 * 86_400).await["deliveries"], 0);
}
