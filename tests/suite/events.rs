//! Events that HubRise sends: kept before they are acknowledged, once each, and refused in a way that makes HubRise
//! come again.

use std::time::Duration;

use chrono::TimeDelta;
use futures_util::future::join_all;
use serde_json::Value;
use tickncook_hubrise::database;
use tokio::time::timeout;

use crate::harness::{
    BAKER_STREET, BAKER_STREET_AT_HUBRISE, MANAGER, NESTOR, PARIS, PARIS_AT_HUBRISE, TestApp,
    events::{SIGNATURE, Slow, event, sign, sign_with},
    eventually, http_client, journey, journey_with, logs,
};

const LOCATION: &str = "3r4s3-0";
const EVENTS: &str = "select count(*) from hubrise_event";
const ALARMS: &str = "select count(*) from alarm where ended_at is null";
const LIMIT: usize = 5 * 1024 * 1024;

async fn connect(app: &TestApp) {
    app.signed_in(MANAGER).await.connect(PARIS, PARIS_AT_HUBRISE).await;
}

/// An event of exactly this size.
fn event_of_size(size: usize) -> Vec<u8> {
    let event = event("large", "order", LOCATION);
    let padding = " ".repeat(size - event.len());
    format!("{event}{padding}").into_bytes()
}

#[tokio::test]
async fn an_order_at_hubrise_arrives_whole_and_is_kept_as_it_came() {
    journey(async |app| {
        connect(app).await;
        app.look_after_callback(LOCATION).await.unwrap();
        app.hubrise.inject_orders(LOCATION, 3).await;
        assert_eq!(app.hubrise.deliveries().await, [Some(200); 3]);
        let rows: Vec<(String, String, String, Vec<u8>)> =
            sqlx::query_as("select event_id, resource_type || '.' || event_type, status, body from hubrise_event")
                .fetch_all(app.db())
                .await
                .unwrap();
        assert_eq!(rows.len(), 3);
        for (id, kind, status, body) in rows {
            assert_eq!((kind.as_str(), status.as_str()), ("order.create", "kept"));
            let body: Value = serde_json::from_slice(&body).unwrap();
            assert_eq!((body["id"].as_str(), body["new_state"]["status"].as_str()), (Some(id.as_str()), Some("new")));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_copies_at_once_are_all_acknowledged_and_make_one_row() {
    journey(async |app| {
        connect(app).await;
        let (body, key) = (event("5dpm9", "order", LOCATION), app.callback_key(LOCATION).await);
        join_all((0..200).map(|_| app.send_until_taken(&key, body.clone()))).await;
        assert_eq!(app.count(EVENTS).await, 1);
        assert!(app.count("select times::bigint from hubrise_event").await >= 200);
    })
    .await;
}

#[tokio::test]
async fn while_the_secret_is_being_changed_either_signs_and_no_third_one() {
    let settings = |layers: &mut tickncook_hubrise::config::Layers| {
        layers.set("hubrise.other_client_secret", "the next secret");
    };
    journey_with(settings, async |app| {
        connect(app).await;
        let body = event("a", "order", LOCATION);
        assert_eq!(app.send_good(LOCATION, body).await, 200);
        let body = event("b", "order", LOCATION);
        let signature = sign_with("the next secret", &body);
        assert_eq!(app.send_event(LOCATION, Some(&signature), body.clone()).await.status(), 200);
        assert_eq!(app.count(ALARMS).await, 0);

        let signature = sign_with("somebody else's", &body);
        for _ in 0..2 {
            let answer = app.send_event(LOCATION, Some(&signature), event("c", "order", LOCATION)).await;
            assert_eq!(answer.status(), 503);
        }
        assert_eq!(app.count(EVENTS).await, 2);
        assert_eq!(app.count(ALARMS).await, 1);
        let about = "select count(*) from alarm a join connection c on c.id = a.connection_id
            where a.kind = 'bad_signature' and a.organisation_id = c.organisation_id and a.times = 2";
        assert_eq!(app.count(about).await, 1);

        assert_eq!(app.send_good(LOCATION, event("d", "order", LOCATION)).await, 200);
        assert_eq!(app.count(ALARMS).await, 0, "the alarm ends with a good signature");
    })
    .await;
}

#[tokio::test]
async fn a_signature_that_is_not_exactly_right_is_503_and_nothing_is_kept() {
    journey(async |app| {
        connect(app).await;
        let body = event("5dpm9", "order", LOCATION);
        let good = sign(&body);
        let bad = [
            None,
            Some(String::new()),
            Some(good.to_uppercase()),
            Some(good[..62].to_owned()),
            Some(format!("{good}00")),
            Some(format!("sha256={good}")),
            Some(sign(event("other", "order", LOCATION))),
            Some(sign(b"")),
        ];
        for signature in bad {
            let answer = app.send_event(LOCATION, signature.as_deref(), body.clone()).await;
            assert_eq!(answer.status(), 503, "{signature:?}");
            assert!(answer.headers().contains_key("retry-after"));
        }
        assert_eq!((app.count(EVENTS).await, app.count(ALARMS).await), (0, 1));
        assert_eq!(app.send_good(LOCATION, body).await, 200);
    })
    .await;
}

#[tokio::test]
async fn an_address_that_is_nobody_s_is_404_before_the_body_is_read() {
    journey(async |app| {
        connect(app).await;
        let key = app.callback_key(LOCATION).await;
        let (unknown, cut) = ("a".repeat(43), key[..42].to_owned());
        let mut answers = Vec::new();
        for key in [&unknown, &cut, "", "é", &format!("{key}%00"), &key.to_uppercase()] {
            let body = event("5dpm9", "order", LOCATION);
            let answer = app.send_event_to(key, Some(&sign(&body)), body).await;
            answers.push((answer.status().as_u16(), answer.headers().len(), answer.text().await.unwrap()));
        }
        let bare = app.listening().join("/hubrise_callback/event").unwrap();
        let answer = http_client().post(bare).body("{}").send().await.unwrap();
        answers.push((answer.status().as_u16(), answer.headers().len(), answer.text().await.unwrap()));
        answers.dedup();
        assert_eq!(answers.len(), 1, "they tell nothing apart: {answers:?}");
        assert_eq!((answers[0].0, answers[0].2.as_str()), (404, "not found\n"));
        assert_eq!((app.count(EVENTS).await, app.count(ALARMS).await), (0, 0));

        // A stranger's body is not waited for; a connection's is.
        let mut strange = Slow::begin(app, &unknown, "Content-Length: 100").await;
        assert_eq!(strange.status().await, 404);
        let mut known = Slow::begin(app, &key, "Content-Length: 100").await;
        assert!(timeout(Duration::from_millis(200), known.status()).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn an_event_of_five_megabytes_is_read_and_no_byte_more() {
    journey(async |app| {
        connect(app).await;
        app.send_until_taken(&app.callback_key(LOCATION).await, event_of_size(LIMIT)).await;
        assert_eq!((app.count(EVENTS).await, app.count(ALARMS).await), (1, 0));

        let larger = event_of_size(LIMIT + 1);
        assert_eq!(app.send_good(LOCATION, larger.clone()).await, 503);
        // Of one that never ends, nothing is read after the limit.
        let mut endless = Slow::begin(app, &app.callback_key(LOCATION).await, "Transfer-Encoding: chunked").await;
        for part in larger.chunks(64 * 1024) {
            endless.chunk(part).await;
        }
        assert_eq!(endless.status().await, 503);
        assert_eq!((app.count(EVENTS).await, app.count(ALARMS).await), (1, 1));
        assert_eq!(app.count("select count(*) from alarm where kind = 'oversized_event' and times = 2").await, 1);

        // HubRise has given up long since.
        app.run_regular("purge_events").await;
        assert_eq!(app.count(ALARMS).await, 1);
        app.advance(TimeDelta::hours(25));
        app.run_regular("purge_events").await;
        assert_eq!(app.count(ALARMS).await, 0);
    })
    .await;
}

#[tokio::test]
async fn an_event_without_a_length_is_read_to_its_end() {
    journey(async |app| {
        connect(app).await;
        let body = event("5dpm9", "order", LOCATION);
        let lines = format!("Transfer-Encoding: chunked\r\n{SIGNATURE}: {}", sign(&body));
        let mut slow = Slow::begin(app, &app.callback_key(LOCATION).await, &lines).await;
        for part in body.as_bytes().chunks(7) {
            slow.chunk(part).await;
        }
        slow.chunk(b"").await;
        assert_eq!(slow.status().await, 200);
        assert_eq!(app.count(EVENTS).await, 1);
    })
    .await;
}

#[tokio::test]
async fn what_is_signed_and_cannot_be_understood_is_kept_under_its_digest() {
    journey(async |app| {
        connect(app).await;
        for body in ["not JSON", "", "{\"resource_type\":\"location\"}", "not JSON"] {
            assert_eq!(app.send_good(LOCATION, body).await, 200, "{body}");
        }
        let kept = "select count(*) from hubrise_event
            where event_id ~ '^sha256:[0-9a-f]{64}$' and status = 'kept' and resource_type is null";
        assert_eq!((app.count(EVENTS).await, app.count(kept).await), (3, 3));
    })
    .await;
}

#[tokio::test]
async fn the_same_id_at_another_connection_is_another_event() {
    journey(async |app| {
        connect(app).await;
        app.signed_in(NESTOR).await.connect(BAKER_STREET, BAKER_STREET_AT_HUBRISE).await;
        for location in [LOCATION, "z6q31-0"] {
            assert_eq!(app.send_good(location, event("5dpm9", "order", location)).await, 200);
        }
        let own = "select count(*) from hubrise_event e join connection c on c.id = e.connection_id
            where e.organisation_id = c.organisation_id and e.times = 1";
        assert_eq!(app.count(own).await, 2);
    })
    .await;
}

#[tokio::test]
async fn an_event_is_taken_under_any_name_of_the_host_and_whatever_a_proxy_adds() {
    journey(async |app| {
        connect(app).await;
        let body = event("5dpm9", "order", LOCATION);
        let mut address = app.listening().join("/hubrise_callback/event").unwrap();
        address
            .query_pairs_mut()
            .append_pair("app_instance_id", "x")
            .append_pair("key", &app.callback_key(LOCATION).await);
        let request = http_client().post(address).header(SIGNATURE, sign(&body)).body(body);
        let request = request.header("host", "10.0.0.7:8080").header("origin", "https://manager.hubrise.example");
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200);
        assert!(!answer.headers().contains_key("set-cookie"));
    })
    .await;
}

#[tokio::test]
async fn a_database_that_hangs_is_503_within_a_second_and_hubrise_comes_again() {
    journey(async |app| {
        connect(app).await;
        app.look_after_callback(LOCATION).await.unwrap();
        let mut lock = database::begin(app.db()).await.unwrap();
        sqlx::query("lock table hubrise_event").execute(&mut *lock).await.unwrap();
        let body = event("5dpm9", "order", LOCATION);
        let answer = timeout(Duration::from_secs(2), app.send_good(LOCATION, body)).await;
        assert_eq!(answer.expect("an answer in time"), 503);
        app.hubrise.inject_orders(LOCATION, 1).await;
        lock.rollback().await.unwrap();
        assert_eq!(app.hubrise.deliveries().await, [Some(503)]);
        app.hubrise.advance(60).await;
        assert_eq!(app.hubrise.deliveries().await, [Some(503), Some(200)]);
        assert_eq!(app.count("select count(*) from hubrise_event where resource_type = 'order'").await, 1);
    })
    .await;
}

#[tokio::test]
async fn with_no_room_for_more_bodies_it_is_503_at_once() {
    journey(async |app| {
        connect(app).await;
        let room = app.app.event_room.clone();
        let key = app.callback_key(LOCATION).await;
        let body = event("5dpm9", "order", LOCATION);
        let mut slow = Vec::new();
        while room.available_permits() > 0 {
            let before = room.available_permits();
            // The largest that fits: one without a length may be of any size.
            let lines = if before >= LIMIT / 1024 { "Transfer-Encoding: chunked" } else { "Content-Length: 9" };
            slow.push(Slow::begin(app, &key, lines).await);
            eventually("its body is waited for", async || room.available_permits() < before).await;
        }
        assert_eq!(slow.len(), 25 + 6);
        let answer = app.send_event(LOCATION, Some(&sign(&body)), body.clone()).await;
        assert_eq!((answer.status().as_u16(), answer.headers().contains_key("retry-after")), (503, true));
        assert_eq!(app.send_event_to(&"a".repeat(43), None, "").await.status(), 404);
        drop(slow);
        eventually("there is room again", async || room.available_permits() >= 512).await;
        assert_eq!(app.send_good(LOCATION, body).await, 200);
    })
    .await;
}

#[tokio::test]
async fn neither_key_nor_signature_nor_body_is_ever_logged() {
    journey(async |app| {
        connect(app).await;
        app.look_after_callback(LOCATION).await.unwrap();
        let (body, key) = (event("5dpm9", "location", LOCATION), app.callback_key(LOCATION).await);
        let (good, bad) = (sign(&body), sign_with("nobody's", &body));
        app.send_event(LOCATION, Some(&bad), body.clone()).await;
        let mut lock = database::begin(app.db()).await.unwrap();
        sqlx::query("lock table hubrise_event").execute(&mut *lock).await.unwrap();
        assert_eq!(app.send_good(LOCATION, body.clone()).await, 503);
        lock.rollback().await.unwrap();
        assert_eq!(app.send_good(LOCATION, body).await, 200);
        app.run_jobs().await;
        for secret in [&key, &good, &bad, "jamais dans le journal"] {
            let lines = logs::containing(secret);
            assert!(lines.is_empty(), "{secret}: {lines:?}");
        }
        assert!(!logs::containing("\"route\":\"/hubrise_callback/event\"").is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_events_that_wait_together_none_fails_for_one_whose_restaurant_is_deleted_meanwhile() {
    journey(async |app| {
        connect(app).await;
        app.signed_in(NESTOR).await.connect(BAKER_STREET, BAKER_STREET_AT_HUBRISE).await;
        let keys = [app.callback_key(LOCATION).await, app.callback_key("z6q31-0").await];
        let mut deletion = database::begin(app.db()).await.unwrap();
        for sql in [
            "lock table hubrise_event",
            "delete from connection where location_id = 'z6q31-0'",
            "delete from organisation where name = 'Chez Nestor'",
        ] {
            sqlx::query(sql).execute(&mut *deletion).await.unwrap();
        }
        let send = async |number: usize| {
            let body = event(&format!("event-{number}"), "order", LOCATION);
            loop {
                let answer = app.send_event_to(&keys[number % 2], Some(&sign(&body)), body.clone()).await;
                // A busy machine may be too slow for it.
                if answer.status() != 503 {
                    break answer.status().as_u16();
                }
            }
        };
        let room = app.app.event_room.clone();
        let left = room.available_permits() - 12 * 512;
        let all = join_all((0..12).map(send));
        let delete = async {
            eventually("all wait", async || room.available_permits() == left).await;
            deletion.commit().await.unwrap();
        };
        let (answers, ()) = tokio::join!(all, delete);
        assert_eq!(answers, [200, 404].repeat(6));
        assert_eq!(app.count(EVENTS).await, 6);
    })
    .await;
}
