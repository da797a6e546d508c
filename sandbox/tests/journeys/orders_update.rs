//! Orders that change: fields, elements, private refs, and the events that tell of it.

use reqwest::Method;
use serde_json::{Value, json};

use crate::connector::{api, start, text_of};
use crate::orders::{create, orders_token, other_token, patch, refused_fields, send};

#[tokio::test]
async fn the_documented_fields_change_and_all_others_stay() {
    let sandbox = start().await;
    let token = orders_token(&sandbox, "3r4s3-0").await;
    let order = create(&sandbox, &token, json!({ "status": "new", "ref": "17", "seller_notes": "soon" })).await;
    let body = json!({
        "status": "accepted", "confirmed_time": "2026-11-24T20:00:00Z", "collection_code": "A7",
        "private_ref": "6986", "custom_fields": { "kds": { "screen": 2 } },
        "ref": "18", "service_type": "eat_in", "total": "1.00 EUR", "created_by": "me",
    });
    let (status, changed) = patch(&sandbox, &token, &order, body).await;
    assert_eq!(status, 200);
    let mut expected = order.clone();
    expected["status"] = json!("accepted");
    expected["confirmed_time"] = json!("2026-11-24T21:00:00+01:00");
    expected["collection_code"] = json!("A7");
    expected["private_ref"] = json!("6986");
    expected["custom_fields"] = json!({ "kds": { "screen": 2 } });
    assert_eq!(changed, expected);
    let cleared = json!({ "seller_notes": null, "confirmed_time": null });
    let path = format!("/location/orders/{}", text_of(&order["id"]));
    let (status, changed) = send(&sandbox, Method::PUT, &token, &path, &cleared).await;
    assert_eq!((status, &changed["seller_notes"], &changed["confirmed_time"]), (200, &Value::Null, &Value::Null));
    assert_eq!(changed["status"], "accepted", "the legacy PUT is partial too");
}

#[tokio::test]
async fn elements_are_added_and_deleted_and_the_totals_follow() {
    let sandbox = start().await;
    let token = orders_token(&sandbox, "3r4s3-0").await;
    let body = json!({
        "status": "new",
        "items": [{ "product_name": "Carbonara", "price": "11.90 EUR", "quantity": "1" }],
        "charges": [{ "name": "Courier", "price": "2.00 EUR" }],
    });
    let order = create(&sandbox, &token, body).await;
    let body = json!({
        "items": [
            { "id": order["items"][0]["id"], "deleted": true },
            { "product_name": "Calzone", "price": "10.00 EUR", "quantity": "2" },
        ],
        "discounts": [{ "name": "1€ off", "price_off": "1.00 EUR" }],
        "payments": [{ "name": "Cash", "ref": "CSH", "amount": "21.00 EUR" }],
    });
    let (status, changed) = patch(&sandbox, &token, &order, body).await;
    assert_eq!(status, 200, "{changed}");
    assert_eq!(changed["items"][0]["deleted"], true, "deleted elements are still shown");
    assert_eq!((&changed["total"], &changed["payment_discrepancy"]), (&json!("21.00 EUR"), &json!("0.00 EUR")));
    let revived = json!({ "items": [{ "id": order["items"][0]["id"], "deleted": false }] });
    assert_eq!(refused_fields(&patch(&sandbox, &token, &order, revived).await), ["items[0].deleted"]);
}

#[tokio::test]
async fn an_element_cannot_be_modified_and_a_refusal_changes_nothing() {
    let sandbox = start().await;
    let token = orders_token(&sandbox, "3r4s3-0").await;
    let body = json!({ "status": "new", "charges": [{ "name": "Courier", "price": "2.00 EUR" }] });
    let order = create(&sandbox, &token, body).await;
    let body = json!({
        "status": "accepted",
        "charges": [{ "id": order["charges"][0]["id"], "price": "3.00 EUR" }, { "id": "nonsense", "deleted": true }],
        "items": [{ "product_name": "Brownie", "price": "3.00 EUR", "quantity": "1", "deal_line": { "deal_key": "0" } }],
    });
    let mut fields = refused_fields(&patch(&sandbox, &token, &order, body).await);
    fields.sort();
    assert_eq!(fields, ["charges[0].price", "charges[1].id", "items[0].deal_line.deal_key"]);
    assert_eq!(api(&sandbox, &token, &format!("/location/orders/{}", text_of(&order["id"]))).await, (200, order));
}

#[tokio::test]
async fn private_refs_are_seen_by_the_client_that_set_them() {
    let sandbox = start().await;
    let token = orders_token(&sandbox, "3r4s3-0").await;
    let other = other_token(&sandbox, "location[orders.write]", "3r4s3-0").await;
    let body = json!({
        "status": "new", "private_ref": "A1",
        "items": [{ "product_name": "Calzone", "price": "9.00 EUR", "quantity": "1", "private_ref": "line" }],
    });
    let order = create(&sandbox, &token, body).await;
    assert_eq!((&order["private_ref"], &order["items"][0]["private_ref"]), (&json!("A1"), &json!("line")));
    let path = format!("/location/orders/{}", text_of(&order["id"]));
    let seen = api(&sandbox, &other, &path).await.1;
    assert_eq!((&seen["private_ref"], &seen["items"][0]["private_ref"]), (&Value::Null, &Value::Null));
    let body = json!({ "private_ref": "B1", "items": [{ "id": order["items"][0]["id"], "private_ref": "96" }] });
    let seen = patch(&sandbox, &other, &order, body).await.1;
    assert_eq!((&seen["private_ref"], &seen["items"][0]["private_ref"]), (&json!("B1"), &json!("96")));
    assert_eq!(api(&sandbox, &token, &path).await.1, order, "the first client's are as they were");
}

#[tokio::test]
async fn a_private_ref_is_unique_at_its_location() {
    let sandbox = start().await;
    let token = orders_token(&sandbox, "3r4s3-0").await;
    let lyon = orders_token(&sandbox, "3r4s3-1").await;
    let body = json!({ "status": "new", "private_ref": "A1" });
    let first = create(&sandbox, &token, body.clone()).await;
    let again = send(&sandbox, Method::POST, &token, "/location/orders", &body).await;
    assert_eq!(refused_fields(&again), ["private_ref"]);
    create(&sandbox, &lyon, body.clone()).await;
    let second = create(&sandbox, &token, json!({ "status": "new" })).await;
    let refusal = patch(&sandbox, &token, &second, json!({ "private_ref": "A1" })).await;
    assert_eq!(refused_fields(&refusal), ["private_ref"]);
    assert_eq!(patch(&sandbox, &token, &first, json!({ "private_ref": "A1" })).await.0, 200, "its own");
}

#[tokio::test]
async fn a_body_that_is_no_object_changes_nothing() {
    let sandbox = start().await;
    let token = orders_token(&sandbox, "3r4s3-0").await;
    let order = create(&sandbox, &token, json!({ "status": "new" })).await;
    for body in [json!([]), json!("new"), json!({ "items": "all" }), json!({ "items": [7] }), json!({ "status": 7 })] {
        assert_eq!(patch(&sandbox, &token, &order, body.clone()).await.0, 422, "{body}");
    }
}
