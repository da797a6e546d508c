//! What other clients hear of orders and deliveries, through passive callbacks.

use hubrise_sandbox::Sandbox;
use reqwest::Method;
use serde_json::{Value, json};

use crate::connector::{api, start, text_of};
use crate::orders::{ORDERS, create, orders_token, other_token, patch, send};

async fn listen(sandbox: &Sandbox, token: &str) {
    let events = json!({ "order": ["create", "update"], "delivery": ["create", "update"] });
    let body = json!({ "url": null, "events": events });
    assert_eq!(send(sandbox, Method::POST, token, "/callback", &body).await.0, 200);
}

/// Those that wait, whole.
pub(crate) async fn events(sandbox: &Sandbox, token: &str) -> Vec<Value> {
    let (_, list) = api(sandbox, token, "/callback/events").await;
    let mut whole = Vec::new();
    for event in list.as_array().expect("a list") {
        whole.push(api(sandbox, token, &format!("/callback/events/{}", text_of(&event["id"]))).await.1);
    }
    whole
}

fn kinds(events: &[Value]) -> Vec<String> {
    events
        .iter()
        .map(|event| format!("{}.{}", text_of(&event["resource_type"]), text_of(&event["event_type"])))
        .collect()
}

#[tokio::test]
async fn others_hear_of_a_new_order_and_its_changes_with_both_states() {
    let sandbox = start().await;
    let pos = orders_token(&sandbox, "3r4s3-0").await;
    let shop = other_token(&sandbox, ORDERS, "3r4s3-0").await;
    listen(&sandbox, &pos).await;
    listen(&sandbox, &shop).await;
    let order = create(&sandbox, &shop, json!({ "status": "new", "private_ref": "shop's own" })).await;
    patch(&sandbox, &pos, &order, json!({ "private_ref": "pos's own" })).await;
    patch(&sandbox, &shop, &order, json!({ "status": "cancelled" })).await;
    let heard = events(&sandbox, &pos).await;
    assert_eq!(kinds(&heard), ["order.create", "order.update"]);
    for event in &heard {
        assert_eq!((&event["order_id"], &event["location_id"]), (&order["id"], &json!("3r4s3-0")));
        assert_ne!(event["new_state"]["private_ref"], "shop's own");
    }
    assert_eq!((&heard[0]["previous_state"], &heard[0]["new_state"]["status"]), (&Value::Null, &json!("new")));
    assert_eq!(heard[1]["previous_state"]["status"], "new");
    assert_eq!(heard[1]["new_state"]["status"], "cancelled");
    assert_eq!(heard[1]["new_state"]["private_ref"], "pos's own");
    assert_eq!(events(&sandbox, &shop).await, Vec::<Value>::new(), "nobody hears of what they did themselves");
}

#[tokio::test]
async fn a_change_that_nobody_else_can_see_is_no_event() {
    let sandbox = start().await;
    let pos = orders_token(&sandbox, "3r4s3-0").await;
    let shop = other_token(&sandbox, ORDERS, "3r4s3-0").await;
    let order = create(&sandbox, &shop, json!({ "status": "new" })).await;
    listen(&sandbox, &pos).await;
    for body in [json!({}), json!({ "status": "new" }), json!({ "private_ref": "1" }), json!({ "status": "cooked" })] {
        patch(&sandbox, &shop, &order, body).await;
    }
    assert_eq!(events(&sandbox, &pos).await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_delivery_is_heard_of_by_itself_and_with_its_order() {
    let sandbox = start().await;
    let pos = orders_token(&sandbox, "3r4s3-0").await;
    let carrier = other_token(&sandbox, ORDERS, "3r4s3-0").await;
    let order = create(&sandbox, &pos, json!({ "status": "new", "service_type": "delivery" })).await;
    listen(&sandbox, &pos).await;
    let path = format!("/location/orders/{}/delivery", text_of(&order["id"]));
    let body = json!({ "carrier": "UPS", "status": "pending" });
    assert_eq!(send(&sandbox, Method::POST, &carrier, &path, &body).await.0, 200);
    let moved = json!({ "driver_latitude": "48.856614", "driver_longitude": "2.3522219" });
    assert_eq!(send(&sandbox, Method::PATCH, &carrier, &path, &moved).await.0, 200);
    assert_eq!(send(&sandbox, Method::PATCH, &carrier, &path, &json!({ "status": "delivered" })).await.0, 200);
    let heard = events(&sandbox, &pos).await;
    let expected = ["delivery.create", "order.update", "delivery.update", "delivery.update", "order.update"];
    assert_eq!(kinds(&heard), expected, "where the driver is changes no order");
    assert_eq!(heard[1]["new_state"]["delivery"]["carrier"], "UPS");
    assert_eq!(heard[2]["new_state"]["driver_latitude"], "48.856614");
}
