//! The delivery of an order.

use reqwest::Method;
use serde_json::{Value, json};

use crate::connector::{api, connect, start, text_of};
use crate::orders::{create, orders_token, refused_fields, send};

#[tokio::test]
async fn a_delivery_is_attached_read_and_updated() {
    let sandbox = start().await;
    let token = orders_token(&sandbox, "3r4s3-0").await;
    let order = create(&sandbox, &token, json!({ "status": "new", "service_type": "delivery" })).await;
    assert_eq!(order["delivery"], Value::Null);
    let path = format!("/location/orders/{}/delivery", text_of(&order["id"]));
    let (status, body) = api(&sandbox, &token, &path).await;
    assert_eq!((status, &body["message"]), (404, &json!("Delivery does not exist")));
    assert_eq!(send(&sandbox, Method::PATCH, &token, &path, &json!({ "status": "cancelled" })).await.0, 404);
    let body = json!({
        "carrier": "UPS", "carrier_ref": "ups", "ref": "1Z", "status": "pending", "fee": "4.50 EUR",
        "estimated_pickup_at": "2026-01-01T12:00:00+01:00", "driver_latitude": "48.856614", "colour": "brown",
    });
    let (status, delivery) = send(&sandbox, Method::POST, &token, &path, &body).await;
    assert_eq!(status, 200, "{delivery}");
    assert_eq!((&delivery["order_id"], &delivery["location_id"]), (&order["id"], &json!("3r4s3-0")));
    assert_eq!(delivery["estimated_pickup_at"], "2026-01-01T12:00:00+01:00");
    assert_eq!(delivery["assigned_at"], Value::Null);
    let body = json!({ "status": "pickup_enroute", "driver_name": "John", "carrier": "DHL", "fee": "9.00 EUR" });
    let (_, updated) = send(&sandbox, Method::PATCH, &token, &path, &body).await;
    assert_eq!((&updated["driver_name"], &updated["carrier"]), (&json!("John"), &json!("UPS")), "no other carrier");
    assert_eq!(updated["fee"], "4.50 EUR");
    assert!(updated["assigned_at"].is_string(), "the status sets its time");
    let body = json!({ "status": "delivered", "delivered_at": "2026-01-01T13:00:00+01:00" });
    let (_, updated) = send(&sandbox, Method::PATCH, &token, &path, &body).await;
    assert_eq!(updated["delivered_at"], "2026-01-01T13:00:00+01:00", "unless it is given");
    assert_eq!(api(&sandbox, &token, &path).await, (200, updated));
    let shown =
        api(&sandbox, &token, &format!("/location/orders/{}", text_of(&order["id"]))).await.1["delivery"].clone();
    assert_eq!((&shown["carrier"], &shown["status"]), (&json!("UPS"), &json!("delivered")));
    assert_eq!(shown.get("driver_latitude"), None, "an order does not say where the driver is");
}

#[tokio::test]
async fn a_delivery_that_cannot_be_is_refused() {
    let sandbox = start().await;
    let token = orders_token(&sandbox, "3r4s3-0").await;
    let collected = create(&sandbox, &token, json!({ "status": "new", "service_type": "collection" })).await;
    let delivered = create(&sandbox, &token, json!({ "status": "new", "service_type": "delivery" })).await;
    let path = |order: &Value| format!("/location/orders/{}/delivery", text_of(&order["id"]));
    let body = json!({ "carrier": "UPS", "status": "pending" });
    let refusal = send(&sandbox, Method::POST, &token, &path(&collected), &body).await;
    assert_eq!(refused_fields(&refusal), ["service_type"]);
    let wrong = json!({ "status": "flying", "fee": "4.5", "pickup_at": "soon", "driver_latitude": true });
    let mut fields = refused_fields(&send(&sandbox, Method::POST, &token, &path(&delivered), &wrong).await);
    fields.sort();
    assert_eq!(fields, ["carrier", "driver_latitude", "fee", "pickup_at", "status"]);
    assert_eq!(send(&sandbox, Method::POST, &token, &path(&delivered), &body).await.0, 200);
    let again = send(&sandbox, Method::POST, &token, &path(&delivered), &body).await;
    assert_eq!(refused_fields(&again), ["delivery"], "one an order");
    assert_eq!(send(&sandbox, Method::POST, &token, "/location/orders/x/delivery", &body).await.0, 404);
}

#[tokio::test]
async fn deliveries_need_the_scope_of_orders() {
    let sandbox = start().await;
    let reader = text_of(&connect(&sandbox, "location[orders.read]", "3r4s3-0", &[]).await["access_token"]);
    for (method, status) in [(Method::POST, 403), (Method::PATCH, 403)] {
        assert_eq!(send(&sandbox, method, &reader, "/location/orders/x/delivery", &json!({})).await.0, status);
    }
    assert_eq!(api(&sandbox, &reader, "/location/orders/x/delivery").await.0, 404);
}
