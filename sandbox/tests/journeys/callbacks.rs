//! Callbacks: setting one up, and fetching events instead of having them sent.

use serde_json::{Value, json};

use crate::connector::{CLIENT_ID, OTHER_ID, page, start};
use crate::receiver::{ORDERS, Pair, Receiver, call, listen, pending, token_of};

const ALLOWED: [(&str, &str); 13] = [
    ("catalog", "create"),
    ("catalog", "update"),
    ("catalog", "delete"),
    ("customer", "create"),
    ("customer", "update"),
    ("customer_list", "update"),
    ("delivery", "create"),
    ("delivery", "update"),
    ("inventory", "patch"),
    ("inventory", "update"),
    ("location", "update"),
    ("order", "create"),
    ("order", "update"),
];

fn ids(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["id"].as_str().expect("an id")).collect()
}

#[tokio::test]
async fn a_callback_is_created_read_replaced_and_deleted() {
    let sandbox = start().await;
    let token = token_of(&sandbox, CLIENT_ID, ORDERS, "3r4s3-0").await;
    let none = json!({ "url": null, "events": {} });
    assert_eq!(call(&sandbox, &token, "GET", "/callback", None).await, (200, none.clone()));
    let first = json!({ "url": "https://app.example/hook?key=1", "events": { "order": ["create", "update"] } });
    let second = json!({ "url": null, "events": { "catalog": [], "location": ["update"] } });
    for callback in [first, second] {
        assert_eq!(call(&sandbox, &token, "POST", "/callback", Some(&callback)).await, (200, callback.clone()));
        assert_eq!(call(&sandbox, &token, "GET", "/callback", None).await, (200, callback));
    }
    for _ in 0..2 {
        assert_eq!(call(&sandbox, &token, "DELETE", "/callback", None).await, (200, json!({})));
        assert_eq!(call(&sandbox, &token, "GET", "/callback", None).await, (200, none.clone()));
    }
}

#[tokio::test]
async fn only_the_documented_pairs_can_be_listened_to_and_customer_lists() {
    let sandbox = start().await;
    let token = token_of(&sandbox, CLIENT_ID, ORDERS, "3r4s3-0").await;
    for resource in ["catalog", "customer", "customer_list", "delivery", "inventory", "location", "order"] {
        for event in ["create", "delete", "patch", "update"] {
            let callback = json!({ "events": { resource: [event] } });
            let (status, body) = call(&sandbox, &token, "POST", "/callback", Some(&callback)).await;
            if ALLOWED.contains(&(resource, event)) {
                assert_eq!((status, &body["url"]), (200, &Value::Null), "{resource}.{event}");
            } else {
                assert_eq!(status, 422, "{resource}.{event}");
                assert_eq!(body["errors"][0]["field"], format!("events.{resource}"));
            }
        }
    }
}

#[tokio::test]
async fn a_callback_that_cannot_be_is_refused_field_by_field_and_changes_nothing() {
    let sandbox = start().await;
    let token = token_of(&sandbox, CLIENT_ID, ORDERS, "3r4s3-0").await;
    listen(&sandbox, &token, None).await;
    let before = call(&sandbox, &token, "GET", "/callback", None).await;
    for (callback, field) in [
        (json!({ "url": "ftp://app.example/hook", "events": {} }), "url"),
        (json!({ "url": "app.example", "events": {} }), "url"),
        (json!({ "url": "", "events": {} }), "url"),
        (json!({ "url": 5, "events": {} }), "url"),
        (json!({ "events": ["order.create"] }), "events"),
        (json!({ "events": "order" }), "events"),
        (json!({ "events": { "pizza": ["create"] } }), "events.pizza"),
        (json!({ "events": { "order": "create" } }), "events.order"),
        (json!({ "events": { "order": ["create", 7] } }), "events.order"),
    ] {
        let (status, body) = call(&sandbox, &token, "POST", "/callback", Some(&callback)).await;
        assert_eq!((status, &body["errors"][0]["field"]), (422, &json!(field)), "{callback}");
        assert_eq!(body["error_type"], "unprocessable_entity");
    }
    assert_eq!(call(&sandbox, &token, "GET", "/callback", None).await, before);
}

#[tokio::test]
async fn order_events_take_an_orders_scope() {
    let sandbox = start().await;
    let token = token_of(&sandbox, CLIENT_ID, "location[catalog.read]", "3r4s3-0").await;
    let orders = json!({ "events": { "order": ["create"] } });
    let (status, body) = call(&sandbox, &token, "POST", "/callback", Some(&orders)).await;
    assert_eq!((status, &body["errors"][0]["field"]), (422, &json!("events.order")));
    let none = json!({ "events": { "order": [], "catalog": ["update"] } });
    assert_eq!(call(&sandbox, &token, "POST", "/callback", Some(&none)).await.0, 200);
}

#[tokio::test]
async fn events_of_a_passive_callback_are_listed_read_and_deleted() {
    let sandbox = start().await;
    let pair = Pair::at(&sandbox, "3r4s3-0", None).await;
    pair.happens(&sandbox, 31).await;
    pair.happens(&sandbox, 32).await;
    let events = pending(&sandbox, &pair.listener).await;
    assert_eq!(events.len(), 2);
    let id = events[0]["id"].as_str().expect("an id");
    let summary = json!({
        "id": id, "resource_type": "location", "event_type": "update", "created_at": events[0]["created_at"],
        "location_id": "3r4s3-0", "account_id": "3r4s3",
    });
    assert_eq!(events[0], summary);
    let created_at = events[0]["created_at"].as_str().expect("a time");
    assert!(created_at.len() == 25 && created_at.contains("+0"), "in seconds, at the location: {created_at}");
    let path = format!("/callback/events/{id}");
    let (status, event) = call(&sandbox, &pair.listener, "GET", &path, None).await;
    assert_eq!((status, &event["new_state"]["preparation_time"]), (200, &json!(31)), "oldest first");
    assert_eq!(event["previous_state"]["preparation_time"], 20);
    assert_eq!(call(&sandbox, &pair.listener, "DELETE", &path, None).await, (200, json!({})));
    for method in ["GET", "DELETE"] {
        let (status, body) = call(&sandbox, &pair.listener, method, &path, None).await;
        assert_eq!((status, &body["message"]), (404, &json!("Event does not exist")), "{method}");
    }
    assert_eq!(pending(&sandbox, &pair.listener).await, events[1..]);
}

#[tokio::test]
async fn a_connection_sees_no_event_of_another() {
    let sandbox = start().await;
    let pair = Pair::at(&sandbox, "3r4s3-0", None).await;
    pair.happens(&sandbox, 31).await;
    let id = pending(&sandbox, &pair.listener).await[0]["id"].clone();
    let elsewhere = token_of(&sandbox, OTHER_ID, ORDERS, "3r4s3-1").await;
    assert_eq!(pending(&sandbox, &elsewhere).await, Vec::<Value>::new());
    let path = format!("/callback/events/{}", id.as_str().expect("an id"));
    for method in ["GET", "DELETE"] {
        assert_eq!(call(&sandbox, &elsewhere, method, &path, None).await.0, 404, "{method}");
    }
    assert_eq!(pending(&sandbox, &pair.listener).await.len(), 1);
}

#[tokio::test]
async fn pending_events_come_in_pages() {
    let sandbox = start().await;
    let pair = Pair::at(&sandbox, "3r4s3-0", None).await;
    for minutes in 31..34 {
        pair.happens(&sandbox, minutes).await;
    }
    let all = pending(&sandbox, &pair.listener).await;
    let (first, cursor) = page(&sandbox, &pair.listener, "/callback/events?count=2").await;
    assert_eq!(ids(&first), ids(&all)[..2]);
    let rest = format!("/callback/events?count=2&cursor={}", cursor.expect("a cursor"));
    let (rest, none) = page(&sandbox, &pair.listener, &rest).await;
    assert_eq!((ids(&rest), none), (ids(&all)[2..].to_vec(), None));
}

#[tokio::test]
async fn a_cursor_leads_on_when_its_event_was_acknowledged() {
    let sandbox = start().await;
    let pair = Pair::at(&sandbox, "3r4s3-0", None).await;
    for minutes in 31..36 {
        pair.happens(&sandbox, minutes).await;
    }
    let all = pending(&sandbox, &pair.listener).await;
    let cursor = page(&sandbox, &pair.listener, "/callback/events?count=2").await.1.expect("a cursor");
    for event in &all[..3] {
        let path = format!("/callback/events/{}", event["id"].as_str().expect("an id"));
        assert_eq!(call(&sandbox, &pair.listener, "DELETE", &path, None).await.0, 200);
    }
    let rest = page(&sandbox, &pair.listener, &format!("/callback/events?cursor={cursor}")).await;
    assert_eq!(rest, (all[3..].to_vec(), None));
    for path in ["/callback/events?cursor=x", "/callback/events?cursor=-1", "/callback/events?cursor=1000"] {
        let (status, body) = call(&sandbox, &pair.listener, "GET", path, None).await;
        assert_eq!((status, &body["errors"][0]["field"]), (422, &json!("cursor")), "{path}");
    }
}

#[tokio::test]
async fn a_deleted_callback_takes_its_pending_events_with_it() {
    let sandbox = start().await;
    let pair = Pair::at(&sandbox, "3r4s3-0", None).await;
    pair.happens(&sandbox, 31).await;
    call(&sandbox, &pair.listener, "DELETE", "/callback", None).await;
    pair.happens(&sandbox, 32).await;
    assert_eq!(pending(&sandbox, &pair.listener).await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_replaced_callback_keeps_its_pending_events_and_sends_them_once_it_has_an_address() {
    let sandbox = start().await;
    let receiver = Receiver::start().await;
    let pair = Pair::at(&sandbox, "3r4s3-0", None).await;
    pair.happens(&sandbox, 31).await;
    listen(&sandbox, &pair.listener, Some(&receiver.url)).await;
    let calls = receiver.wait_for(1).await;
    assert_eq!(calls[0].minutes(), 31);
    pair.settles(&sandbox).await;
}

#[tokio::test]
async fn an_account_s_connection_hears_of_each_of_its_locations() {
    let sandbox = start().await;
    let account = token_of(&sandbox, CLIENT_ID, "account[orders.read]", "3r4s3").await;
    listen(&sandbox, &account, None).await;
    for location in ["3r4s3-0", "3r4s3-1"] {
        let other = token_of(&sandbox, OTHER_ID, ORDERS, location).await;
        let body = json!({ "preparation_time": 33 });
        assert_eq!(call(&sandbox, &other, "PATCH", "/location", Some(&body)).await.0, 200);
    }
    let events = pending(&sandbox, &account).await;
    let locations: Vec<_> = events.iter().map(|event| event["location_id"].as_str().expect("an id")).collect();
    assert_eq!(locations, ["3r4s3-0", "3r4s3-1"]);
}
