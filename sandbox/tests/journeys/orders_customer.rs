//! Orders of known customers: attached by id or by private ref, with what the customer was like at the time.

use hubrise_sandbox::Sandbox;
use reqwest::Method;
use serde_json::{Value, json};

use crate::connector::{SCOPE, api, start, text_of, token_for};
use crate::orders::{create, other_token, refused_fields, send};

const CUSTOMERS: &str = "/customer_lists/xab66/customers";

async fn add_customer(sandbox: &Sandbox, token: &str) -> String {
    let body = json!({ "first_name": "Charles", "last_name": "Moore", "city": "Paris", "private_ref": "C1" });
    let (status, customer) = send(sandbox, Method::POST, token, CUSTOMERS, &body).await;
    assert_eq!(status, 200, "{customer}");
    text_of(&customer["id"])
}

#[tokio::test]
async fn an_order_keeps_what_its_customer_was_like_at_the_time() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    let customer = add_customer(&sandbox, &token).await;
    let items = json!([{ "product_name": "Calzone", "price": "9.00 EUR", "quantity": "2" }]);
    let order = create(&sandbox, &token, json!({ "status": "new", "customer_id": customer, "items": items })).await;
    let shown = &order["customer"];
    assert_eq!((&shown["id"], &shown["customer_list_id"]), (&json!(customer), &json!("xab66")));
    assert_eq!((&shown["first_name"], &shown["private_ref"]), (&json!("Charles"), &json!("C1")));
    assert_eq!((&shown["nb_orders"], &shown["order_total"]), (&json!(1), &json!("18.00 EUR")));
    assert_eq!(shown["last_order_date"], order["created_at"]);
    let path = format!("{CUSTOMERS}/{customer}");
    assert_eq!(send(&sandbox, Method::PATCH, &token, &path, &json!({ "first_name": "Charlie" })).await.0, 200);
    assert_eq!(api(&sandbox, &token, &path).await.1["nb_orders"], 1);
    let read = api(&sandbox, &token, &format!("/location/orders/{}", text_of(&order["id"]))).await.1;
    assert_eq!(read["customer"]["first_name"], "Charles");
    create(&sandbox, &token, json!({ "status": "new" })).await;
    let listed = api(&sandbox, &token, &format!("/location/orders?customer_id={customer}")).await.1;
    assert_eq!(listed, json!([order]));
}

#[tokio::test]
async fn a_customer_is_found_by_list_and_the_client_s_own_private_ref() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    let customer = add_customer(&sandbox, &token).await;
    let body = json!({ "status": "new", "customer_list_id": "xab66", "customer_private_ref": "C1" });
    assert_eq!(create(&sandbox, &token, body.clone()).await["customer"]["id"], json!(customer));
    let other = other_token(&sandbox, SCOPE, "3r4s3-0").await;
    let refusal = send(&sandbox, Method::POST, &other, "/location/orders", &body).await;
    assert_eq!(refused_fields(&refusal), ["customer_private_ref"], "it is another client's");
}

#[tokio::test]
async fn a_customer_that_cannot_be_told_is_422_and_nothing_is_kept() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    let customer = add_customer(&sandbox, &token).await;
    for (body, field) in [
        (json!({ "customer_id": "nobody" }), "customer_id"),
        (json!({ "customer_list_id": "xab66" }), "customer_private_ref"),
        (json!({ "customer_private_ref": "C1" }), "customer_list_id"),
        (json!({ "customer_id": customer, "customer": { "first_name": "Tom" } }), "customer"),
        (json!({ "customer_id": customer, "customer_list_id": "xab66", "customer_private_ref": "C1" }), "customer"),
        (json!({ "loyalty_operations": [{ "delta": "1" }] }), "loyalty_operations"),
    ] {
        let mut order = body.clone();
        order["status"] = json!("new");
        let refusal = send(&sandbox, Method::POST, &token, "/location/orders", &order).await;
        assert_eq!(refused_fields(&refusal), [field], "{body}");
    }
    assert_eq!(api(&sandbox, &token, "/location/orders").await.1, json!([]));
    assert_eq!(api(&sandbox, &token, &format!("{CUSTOMERS}/{customer}")).await.1["nb_orders"], 0);
    let lyon = other_token(&sandbox, "location[orders.write]", "3r4s3-1").await;
    let body = json!({ "status": "new", "customer_id": customer });
    let refusal = send(&sandbox, Method::POST, &lyon, "/location/orders", &body).await;
    assert_eq!(refused_fields(&refusal), ["customer_id"], "the list is another location's");
}

#[tokio::test]
async fn loyalty_operations_change_the_customer_s_cards() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    let customer = add_customer(&sandbox, &token).await;
    for delta in ["10", "-2.5"] {
        let operations = json!([{ "ref": "LOY", "name": "Come back!", "delta": delta, "reason": "Order" }]);
        let body = json!({ "status": "new", "customer_id": customer, "loyalty_operations": operations });
        create(&sandbox, &token, body).await;
    }
    let cards = api(&sandbox, &token, &format!("{CUSTOMERS}/{customer}")).await.1["loyalty_cards"].clone();
    assert_eq!(cards.as_array().expect("cards").len(), 1);
    assert_eq!((&cards[0]["ref"], &cards[0]["name"]), (&json!("LOY"), &json!("Come back!")));
    assert_eq!(cards[0]["balance"], "7.5");
}

#[tokio::test]
async fn anonymising_a_customer_anonymises_their_orders() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    let customer = add_customer(&sandbox, &token).await;
    let order = create(&sandbox, &token, json!({ "status": "new", "customer_id": customer })).await;
    let path = format!("{CUSTOMERS}/{customer}/anonymise");
    assert_eq!(send(&sandbox, Method::POST, &token, &path, &json!({})).await.0, 200);
    let read = api(&sandbox, &token, &format!("/location/orders/{}", text_of(&order["id"]))).await.1;
    assert_eq!((&read["customer"]["anonymised"], &read["customer"]["first_name"]), (&json!(true), &Value::Null));
    assert_eq!(read["customer"]["city"], "Paris", "not personal");
}
