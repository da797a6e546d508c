//! Orders through the API: created, read, and what is refused.

use chrono::DateTime;
use hubrise_sandbox::{Options, Sandbox};
use reqwest::Method;
use serde_json::{Value, json};

use crate::browser::http;
use crate::connector::{OTHER_ID, OTHER_SECRET, api, code_by, connect, json_of, options, post, start, text_of};
use crate::persistence::Folder;

pub(crate) const ORDERS: &str = "location[orders.write]";

/// A call with a body.
pub(crate) async fn send(sandbox: &Sandbox, method: Method, token: &str, path: &str, body: &Value) -> (u16, Value) {
    let request = http().request(method, format!("{}/v1{path}", sandbox.url())).header("X-Access-Token", token);
    let response = request.json(body).send().await.expect("an answer");
    (response.status().as_u16(), json_of(response).await)
}

pub(crate) async fn create(sandbox: &Sandbox, token: &str, body: Value) -> Value {
    let (status, order) = send(sandbox, Method::POST, token, "/location/orders", &body).await;
    assert_eq!(status, 200, "{order}");
    order
}

pub(crate) async fn patch(sandbox: &Sandbox, token: &str, order: &Value, body: Value) -> (u16, Value) {
    send(sandbox, Method::PATCH, token, &format!("/location/orders/{}", text_of(&order["id"])), &body).await
}

pub(crate) async fn orders_token(sandbox: &Sandbox, location: &str) -> String {
    text_of(&connect(sandbox, ORDERS, location, &[]).await["access_token"])
}

/// A token of the second client.
pub(crate) async fn other_token(sandbox: &Sandbox, scope: &str, location: &str) -> String {
    let code = code_by(sandbox, OTHER_ID, scope, location, &[]).await;
    let request = post(sandbox, "/oauth2/v1/token").basic_auth(OTHER_ID, Some(OTHER_SECRET)).form(&[("code", code)]);
    text_of(&json_of(request.send().await.expect("an answer")).await["access_token"])
}

/// The fields that a refusal names.
pub(crate) fn refused_fields((status, body): &(u16, Value)) -> Vec<String> {
    assert_eq!((*status, &body["error_type"]), (422, &json!("unprocessable_entity")), "{body}");
    body["errors"].as_array().expect("errors").iter().map(|error| text_of(&error["field"])).collect()
}

pub(crate) fn documented_order() -> Value {
    json!({
        "ref": "17654321", "status": "new", "service_type": "delivery", "service_type_ref": "WEBSITE-DEL",
        "expected_time": "2021-06-24T11:30:00+02:00",
        "items": [
            { "product_name": "Margarita", "sku_name": "Small", "sku_ref": "MAR-SM", "price": "9.00 EUR", "quantity": "2",
              "options": [{ "option_list_name": "Sauce", "name": "Barbecue", "ref": "BBQ", "price": "1.00 EUR", "quantity": 1 }] },
            { "product_name": "Brownie", "sku_ref": "BROWN", "price": "3.00 EUR", "quantity": "1",
              "deal_line": { "deal_key": "sweet", "label": "Dessert" } },
            { "product_name": "Wings BBQ", "sku_ref": "WBBQ", "price": "4.00 EUR", "quantity": "1", "points_used": "5.0" }
        ],
        "deals": { "sweet": { "name": "Buy a dessert, get a drink for 1€", "ref": "FREEDRINK" } },
        "discounts": [{ "name": "5€ off your order", "ref": "5OFF", "price_off": "5.00 EUR" }],
        "charges": [{ "name": "Delivery < 15 km", "ref": "DEL", "price": "1.50 EUR" }],
        "payments": [{ "name": "PayPal", "ref": "PP", "amount": "20.50 EUR", "info": { "email": "john@doe.com" } }],
        "customer": { "first_name": "John", "phone": "+33123456789" },
        "custom_fields": { "shop": { "table": 4 } }
    })
}

#[tokio::test]
async fn a_created_order_is_answered_whole_with_ids_and_totals() {
    let sandbox = start().await;
    let token = orders_token(&sandbox, "3r4s3-0").await;
    let order = create(&sandbox, &token, documented_order()).await;
    let (status, read) = api(&sandbox, &token, &format!("/location/orders/{}", text_of(&order["id"]))).await;
    assert_eq!((status, &read), (200, &order));
    assert_eq!(api(&sandbox, &token, &format!("/locations/3r4s3-0/orders/{}", text_of(&order["id"]))).await.1, order);
    assert_eq!(order["location_id"], "3r4s3-0");
    assert_eq!(order["created_by"], "TicknCook");
    assert_eq!(order["total"], "23.50 EUR");
    assert_eq!(order["payment_discrepancy"], "3.00 EUR");
    assert_eq!(order["total_discrepancy"], Value::Null);
    assert_eq!(order["expected_time"], "2021-06-24T11:30:00+02:00");
    assert_eq!(order["coupon_codes"], json!([]));
    assert_eq!(order["custom_fields"], json!({ "shop": { "table": 4 } }));
    let created_at = DateTime::parse_from_rfc3339(order["created_at"].as_str().expect("a time")).expect("a time");
    assert!([3_600, 7_200].contains(&created_at.offset().local_minus_utc()), "the offset of Paris");
    assert_eq!(
        order["items"][0],
        json!({
            "id": order["items"][0]["id"], "private_ref": null, "product_name": "Margarita", "sku_name": "Small",
            "sku_ref": "MAR-SM", "price": "9.00 EUR", "quantity": "2.0", "subtotal": "20.00 EUR", "tax_rate": null,
            "customer_notes": null, "points_earned": null, "points_used": null, "deleted": false,
            "options": [{ "option_list_name": "Sauce", "name": "Barbecue", "ref": "BBQ", "price": "1.00 EUR",
                          "quantity": 1, "removed": false }],
        })
    );
    assert_eq!(order["items"][1]["deal_line"]["deal_key"], "0", "keys are renumbered");
    assert_eq!(order["deals"], json!({ "0": { "name": "Buy a dessert, get a drink for 1€", "ref": "FREEDRINK" } }));
    assert_eq!(order["items"][2]["points_used"], "5.0");
    assert_eq!(order["discounts"][0]["pricing_value"], "5.00 EUR");
    assert_eq!(order["charges"][0]["charge_price"], "1.50 EUR");
    assert_eq!(order["payments"][0]["info"], json!({ "email": "john@doe.com" }));
    assert_eq!(order["customer"]["id"], Value::Null, "a guest");
    assert_eq!(order["customer"]["first_name"], "John");
}

#[tokio::test]
async fn an_order_needs_only_a_status() {
    let sandbox = start().await;
    let token = orders_token(&sandbox, "3r4s3-0").await;
    let order = create(&sandbox, &token, json!({ "status": "new" })).await;
    assert_eq!((&order["total"], &order["items"], &order["deals"]), (&json!("0.00 EUR"), &json!([]), &json!({})));
    for (body, field) in
        [(json!({}), "status"), (json!({ "status": null }), "status"), (json!({ "status": "cooked" }), "status")]
    {
        let refusal = send(&sandbox, Method::POST, &token, "/location/orders", &body).await;
        assert_eq!(refused_fields(&refusal), [field], "{body}");
    }
}

#[tokio::test]
async fn each_documented_status_is_one_and_may_follow_any_other() {
    let sandbox = start().await;
    let token = orders_token(&sandbox, "3r4s3-0").await;
    let order = create(&sandbox, &token, json!({ "status": "completed" })).await;
    for status in [
        "new",
        "received",
        "accepted",
        "in_preparation",
        "awaiting_shipment",
        "awaiting_collection",
        "in_delivery",
        "completed",
        "rejected",
        "cancelled",
        "delivery_failed",
    ] {
        let (code, changed) = patch(&sandbox, &token, &order, json!({ "status": status })).await;
        assert_eq!((code, &changed["status"]), (200, &json!(status)));
    }
    assert_eq!(refused_fields(&patch(&sandbox, &token, &order, json!({ "status": "ready" })).await), ["status"]);
}

#[tokio::test]
async fn all_that_is_wrong_with_an_order_is_named_at_once_and_nothing_is_kept() {
    let sandbox = start().await;
    let token = orders_token(&sandbox, "3r4s3-0").await;
    let body = json!({
        "status": "new", "service_type": "drone", "expected_time": "tomorrow", "private_ref": "x".repeat(256),
        "coupon_codes": ["A", 1], "custom_fields": "none",
        "items": [
            { "product_name": "Margarita", "price": "8.9 EUR", "quantity": "2",
              "options": [{ "option_list_name": "Size", "name": "Large", "price": "1.00 USD", "quantity": 1.5 }] },
            { "price": 9, "quantity": "two", "deal_line": { "deal_key": "7" } },
            "Brownie"
        ],
        "discounts": [{ "name": "Off" }], "payments": { "amount": "1.00 EUR" },
    });
    let refusal = send(&sandbox, Method::POST, &token, "/location/orders", &body).await;
    let mut fields = refused_fields(&refusal);
    fields.sort();
    let expected = [
        "coupon_codes[1]",
        "custom_fields",
        "discounts[0].price_off",
        "expected_time",
        "items[0].options[0].price",
        "items[0].options[0].quantity",
        "items[0].price",
        "items[1].deal_line.deal_key",
        "items[1].price",
        "items[1].product_name",
        "items[1].quantity",
        "items[2]",
        "payments",
        "private_ref",
        "service_type",
    ];
    assert_eq!(fields, expected);
    assert_eq!(refusal.1["message"], "Validation failed");
    let price = refusal.1["errors"].as_array().expect("errors").iter().find(|error| error["field"] == "items[0].price");
    assert_eq!(price.expect("an error")["message"], "'8.9 EUR' is not a valid monetary amount");
    assert_eq!(api(&sandbox, &token, "/location/orders").await, (200, json!([])));
}

#[tokio::test]
async fn what_integrations_send_beside_the_documented_fields_is_tolerated() {
    let sandbox = start().await;
    let token = orders_token(&sandbox, "3r4s3-0").await;
    let body = json!({
        "status": "new", "id": "mine", "created_at": "yesterday", "total": "999.00 EUR", "created_by": "me",
        "customer_notes": null, "expected_time": "2021-06-24T19:07:52.000Z", "colour": "blue", "deals": [],
        "items": [{ "product_name": "Calzone", "sku_name": "", "price": "3.33 EUR", "quantity": 1.5, "options": null }],
    });
    let order = create(&sandbox, &token, body).await;
    assert_ne!(order["id"], "mine");
    assert_eq!(order["total"], "5.00 EUR", "half a cent is rounded up");
    assert_eq!(order["items"][0]["quantity"], "1.5");
    assert_eq!(order["expected_time"], "2021-06-24T21:07:52+02:00");
    assert_eq!(order["colour"], Value::Null);
}

#[tokio::test]
async fn orders_need_their_scope_and_their_level() {
    let sandbox = start().await;
    let reader = text_of(&connect(&sandbox, "location[orders.read]", "3r4s3-0", &[]).await["access_token"]);
    let (status, body) = send(&sandbox, Method::POST, &reader, "/location/orders", &json!({ "status": "new" })).await;
    assert_eq!((status, &body["message"]), (403, &json!("A 'orders' write scope is required")));
    assert_eq!(send(&sandbox, Method::PATCH, &reader, "/location/orders/x", &json!({})).await.0, 403);
    let stranger = text_of(&connect(&sandbox, "location[inventory.read]", "3r4s3-1", &[]).await["access_token"]);
    for path in ["/location/orders", "/location/orders/x", "/locations/3r4s3-1/orders"] {
        let (status, body) = api(&sandbox, &stranger, path).await;
        assert_eq!((status, &body["message"]), (403, &json!("A 'orders' read scope is required")), "{path}");
    }
    let account = text_of(&connect(&sandbox, "account[orders.write]", "3r4s3", &[]).await["access_token"]);
    assert_eq!(api(&sandbox, &account, "/location/orders").await.0, 403, "a short form is for a location's token");
    assert_eq!(api(&sandbox, &reader, "/account/orders").await.0, 403);
    assert_eq!(api(&sandbox, &reader, "/accounts/3r4s3/orders").await.0, 403);
    assert_eq!(api(&sandbox, &account, "/accounts/z6q31/orders").await.0, 404);
    let (status, order) =
        send(&sandbox, Method::POST, &account, "/locations/3r4s3-1/orders", &json!({ "status": "new" })).await;
    assert_eq!((status, &order["location_id"]), (200, &json!("3r4s3-1")));
}

#[tokio::test]
async fn an_order_survives_in_the_state_file() {
    let folder = Folder::new("orders");
    let open = || Options { state: Some(folder.file("state.json")), ..options() };
    let sandbox = Sandbox::start(open()).await.expect("a sandbox");
    let token = orders_token(&sandbox, "3r4s3-0").await;
    let order = create(&sandbox, &token, documented_order()).await;
    drop(sandbox);
    let sandbox = Sandbox::start(open()).await.expect("a sandbox");
    assert_eq!(api(&sandbox, &token, "/location/orders").await, (200, json!([order])));
}

#[tokio::test]
async fn a_method_override_patches_an_order() {
    let sandbox = start().await;
    let token = orders_token(&sandbox, "3r4s3-0").await;
    let order = create(&sandbox, &token, json!({ "status": "new" })).await;
    let request = post(&sandbox, &format!("/v1/location/orders/{}", text_of(&order["id"])));
    let request = request.header("X-Access-Token", &token).header("X-Http-Method-Override", "PATCH");
    let response = request.json(&json!({ "status": "received" })).send().await.expect("an answer");
    assert_eq!(response.status(), 200);
    assert_eq!(json_of(response).await["status"], "received");
}

#[tokio::test]
async fn an_order_of_another_location_does_not_exist() {
    let sandbox = start().await;
    let paris = orders_token(&sandbox, "3r4s3-0").await;
    let lyon = orders_token(&sandbox, "3r4s3-1").await;
    let order = create(&sandbox, &paris, json!({ "status": "new" })).await;
    let id = text_of(&order["id"]);
    let (status, body) = api(&sandbox, &lyon, &format!("/location/orders/{id}")).await;
    assert_eq!((status, body), (404, json!({ "message": "Order does not exist", "error_type": "not_found" })));
    assert_eq!(patch(&sandbox, &lyon, &order, json!({ "status": "accepted" })).await.0, 404);
    assert_eq!(api(&sandbox, &lyon, &format!("/locations/3r4s3-0/orders/{id}")).await.0, 404);
    assert_eq!(api(&sandbox, &paris, "/location/orders/nonsense").await.0, 404);
}
