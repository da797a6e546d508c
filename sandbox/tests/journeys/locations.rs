//! What a client reads and changes of accounts and locations.

use serde_json::{Value, json};

use crate::connector::{api, connect, control, send, start, text_of, token_for};

#[tokio::test]
async fn a_location_is_changed_in_both_forms_and_by_the_legacy_put() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    let week = json!({
        "monday": [{ "from": "09:00", "to": "12:30" }, { "from": "18:00", "to": "01:30" }], "tuesday": [],
    });
    let change = json!({
        "cutoff_time": "05:00", "opening_hours": week, "preparation_time": 25,
        "custom_fields": { "delivery": { "door_time": "35" } }, "name": "ignored",
    });
    let (status, location) = send(&sandbox, &token, "PATCH", "/location", change).await;
    assert_eq!((status, &location["cutoff_time"], &location["name"]), (200, &json!("05:00"), &json!("Paris")));
    assert_eq!((&location["opening_hours"], &location["preparation_time"]), (&week, &json!(25)));
    assert_eq!(location["custom_fields"]["delivery"]["door_time"], "35");
    assert_eq!(api(&sandbox, &token, "/location").await, (200, location));
    let (status, location) =
        send(&sandbox, &token, "PUT", "/locations/3r4s3-0", json!({ "opening_hours": null })).await;
    assert_eq!((status, &location["opening_hours"], &location["cutoff_time"]), (200, &Value::Null, &json!("05:00")));
    let account = text_of(&connect(&sandbox, "account[orders.read]", "3r4s3", &[]).await["access_token"]);
    let change = json!({ "preparation_time": 0 });
    assert_eq!(send(&sandbox, &account, "PATCH", "/locations/3r4s3-1", change.clone()).await.0, 200);
    assert_eq!(send(&sandbox, &account, "PATCH", "/location", change.clone()).await.0, 403);
    assert_eq!(send(&sandbox, &token, "PATCH", "/locations/3r4s3-1", change).await.0, 404);
}

#[tokio::test]
async fn orders_are_accepted_as_usual_with_a_delay_or_not_at_all() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    let busy = json!({ "mode": "busy", "resume_at": "2099-06-04T17:30:00Z", "extra_preparation_time": 25 });
    let (_, location) = send(&sandbox, &token, "PATCH", "/location", json!({ "order_acceptance": busy })).await;
    let local = json!({ "mode": "busy", "resume_at": "2099-06-04T19:30:00+02:00", "extra_preparation_time": 25 });
    assert_eq!(location["order_acceptance"], local);
    let paused = json!({ "mode": "paused", "reason": "No more dough" });
    let (_, location) = send(&sandbox, &token, "PATCH", "/location", json!({ "order_acceptance": paused })).await;
    let shown = json!({ "mode": "paused", "reason": "No more dough", "resume_at": null });
    assert_eq!(location["order_acceptance"], shown);
    let past = json!({ "mode": "paused", "resume_at": "2020-01-01T00:00:00Z" });
    let (_, location) = send(&sandbox, &token, "PATCH", "/location", json!({ "order_acceptance": past })).await;
    assert_eq!(location["order_acceptance"], json!({ "mode": "online" }), "a pause ends by itself");
    for mode in ["online", "normal"] {
        let change = json!({ "order_acceptance": { "mode": mode } });
        let (_, location) = send(&sandbox, &token, "PATCH", "/location", change).await;
        assert_eq!(location["order_acceptance"], json!({ "mode": "online" }));
    }
    control(&sandbox, "/settings", json!({ "taking_orders": "normal" })).await;
    assert_eq!(api(&sandbox, &token, "/location").await.1["order_acceptance"], json!({ "mode": "normal" }));
}

#[tokio::test]
async fn a_change_that_makes_no_sense_is_422_and_changes_nothing() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    let before = api(&sandbox, &token, "/location").await;
    let monday = |slots: Value| json!({ "opening_hours": { "monday": slots } });
    for (field, change) in [
        ("cutoff_time", json!({ "cutoff_time": "25:00", "preparation_time": 1 })),
        ("preparation_time", json!({ "preparation_time": -1 })),
        ("preparation_time", json!({ "preparation_time": "20" })),
        ("custom_fields", json!({ "custom_fields": [] })),
        ("opening_hours", json!({ "opening_hours": {} })),
        ("opening_hours", json!({ "opening_hours": { "monday": [] } })),
        ("opening_hours.someday", json!({ "opening_hours": { "someday": [] } })),
        ("opening_hours.monday", monday(json!([{ "from": "12:00", "to": "11:00" }]))),
        ("opening_hours.monday", monday(json!([{ "from": "12:00" }]))),
        (
            "opening_hours.monday",
            monday(json!([{ "from": "12:00", "to": "14:00" }, { "from": "13:00", "to": "15:00" }])),
        ),
        ("order_acceptance.mode", json!({ "order_acceptance": { "mode": "closed" } })),
        ("order_acceptance.reason", json!({ "order_acceptance": { "mode": "online", "reason": "why" } })),
        ("order_acceptance.extra_preparation_time", json!({ "order_acceptance": { "mode": "busy" } })),
        ("order_acceptance.resume_at", json!({ "order_acceptance": { "mode": "paused", "resume_at": "soon" } })),
    ] {
        let (status, body) = send(&sandbox, &token, "PATCH", "/location", change.clone()).await;
        assert_eq!((status, &body["errors"][0]["field"]), (422, &json!(field)), "{change}");
    }
    assert_eq!(api(&sandbox, &token, "/location").await, before);
}

#[tokio::test]
async fn an_account_lists_its_locations() {
    let sandbox = start().await;
    let token = text_of(&connect(&sandbox, "account[orders.read]", "3r4s3", &[]).await["access_token"]);
    let (status, locations) = api(&sandbox, &token, "/locations").await;
    let ids: Vec<_> = locations.as_array().expect("a list").iter().map(|location| text_of(&location["id"])).collect();
    assert_eq!((status, ids), (200, ["3r4s3-0", "3r4s3-1", "3r4s3-2"].map(str::to_owned).to_vec()));
    assert_eq!(locations[1], api(&sandbox, &token, "/locations/3r4s3-1").await.1);
    assert_eq!(api(&sandbox, &token, "/accounts").await.1[0]["name"], "Bella Pizza");
    assert_eq!(api(&sandbox, &token, "/accounts/3r4s3").await.1["currency"], "EUR");
    assert_eq!(api(&sandbox, &token, "/accounts/z6q31").await.0, 404);
    let location = token_for(&sandbox, "3r4s3-0").await;
    for path in ["/locations", "/accounts", "/accounts/3r4s3"] {
        assert_eq!(api(&sandbox, &location, path).await.0, 403, "{path}");
    }
}
