//! Loyalty cards and the points on them.

use hubrise_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::connector::{api, connect, send, start, text_of, token_for};

const CARDS: &str = "/customer_lists/xab66/loyalty_cards";

async fn customer(sandbox: &Sandbox, token: &str) -> String {
    let (_, customer) = send(sandbox, token, "POST", "/customer_lists/xab66/customers", json!({})).await;
    text_of(&customer["id"])
}

#[tokio::test]
async fn a_card_is_created_empty_and_shown_with_its_customer() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    let holder = customer(&sandbox, &token).await;
    let form = json!({ "customer_id": holder, "name": "Come back!", "ref": "LOY" });
    let (status, card) = send(&sandbox, &token, "POST", CARDS, form).await;
    let id = text_of(&card["id"]);
    let whole = json!({ "id": id, "customer_id": holder, "name": "Come back!", "ref": "LOY", "balance": "0.0" });
    assert_eq!((status, &card), (200, &whole));
    assert_eq!(api(&sandbox, &token, &format!("{CARDS}/{id}")).await, (200, card));
    let shown = api(&sandbox, &token, &format!("/customer_lists/xab66/customers/{holder}")).await.1;
    let inside = json!([{ "id": id, "name": "Come back!", "ref": "LOY", "balance": "0.0" }]);
    assert_eq!(shown["loyalty_cards"], inside);
    let change = json!({ "ref": "LOYALTY", "balance": "100", "customer_id": "another" });
    let (status, changed) = send(&sandbox, &token, "PATCH", &format!("{CARDS}/{id}"), change).await;
    assert_eq!((status, &changed["ref"], &changed["name"]), (200, &json!("LOYALTY"), &json!("Come back!")));
    assert_eq!((&changed["balance"], &changed["customer_id"]), (&json!("0.0"), &json!(holder)));
}

#[tokio::test]
async fn a_ref_is_unique_for_a_customer_and_missing_once_at_most() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    let (one, two) = (customer(&sandbox, &token).await, customer(&sandbox, &token).await);
    for (holder, reference, expected) in [
        (&one, json!("LOY"), 200),
        (&one, json!("LOY"), 422),
        (&one, Value::Null, 200),
        (&one, Value::Null, 422),
        (&two, json!("LOY"), 200),
    ] {
        let form = json!({ "customer_id": holder, "ref": reference });
        assert_eq!(send(&sandbox, &token, "POST", CARDS, form).await.0, expected, "{holder} {reference}");
    }
    for (query, found) in [
        (String::new(), 3),
        (format!("?customer_id={one}"), 2),
        ("?ref=LOY".to_owned(), 2),
        (format!("?ref=LOY&customer_id={two}"), 1),
        ("?name=other".to_owned(), 0),
    ] {
        let list = api(&sandbox, &token, &format!("{CARDS}{query}")).await.1;
        assert_eq!(list.as_array().map(Vec::len), Some(found), "{query}");
    }
    let (status, body) = send(&sandbox, &token, "POST", CARDS, json!({ "customer_id": "nonsense" })).await;
    assert_eq!((status, &body["errors"][0]["field"]), (422, &json!("customer_id")));
}

#[tokio::test]
async fn operations_change_the_balance_and_stay() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    let holder = customer(&sandbox, &token).await;
    let card = send(&sandbox, &token, "POST", CARDS, json!({ "customer_id": holder, "ref": "LOY" })).await.1;
    let path = format!("{CARDS}/{}/operations", text_of(&card["id"]));
    let earned = json!({ "delta": "4.2", "reason": "Points earned" });
    let (status, first) = send(&sandbox, &token, "POST", &path, earned).await;
    assert_eq!((status, &first["new_balance"], &first["delta"]), (200, &json!("4.2"), &json!("4.2")));
    assert_eq!((&first["customer_id"], &first["reason"]), (&json!(holder), &json!("Points earned")));
    assert_eq!((&first["order_id"], &first["order_location_id"]), (&Value::Null, &Value::Null));
    assert_eq!(send(&sandbox, &token, "POST", &path, json!({ "delta": "-1.2" })).await.1["new_balance"], "3.0");
    for (field, form) in [
        ("delta", json!({ "delta": 4.2 })),
        ("delta", json!({ "delta": "many" })),
        ("delta", json!({})),
        ("order_id", json!({ "delta": "1", "order_id": "nonsense" })),
    ] {
        let (status, body) = send(&sandbox, &token, "POST", &path, form.clone()).await;
        assert_eq!((status, &body["errors"][0]["field"]), (422, &json!(field)), "{form}");
    }
    let list = api(&sandbox, &token, &path).await.1;
    assert_eq!(list.as_array().map(Vec::len), Some(2));
    assert_eq!((&list[0]["delta"], &list[1]), (&json!("-1.2"), &first), "the newest first");
    assert_eq!(api(&sandbox, &token, &format!("{path}/{}", text_of(&first["id"]))).await, (200, first));
    let holder = api(&sandbox, &token, &format!("/customer_lists/xab66/customers/{holder}")).await.1;
    assert_eq!(holder["loyalty_cards"][0]["balance"], "3.0");
}

#[tokio::test]
async fn points_can_be_of_an_order() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    let holder = customer(&sandbox, &token).await;
    let order = send(&sandbox, &token, "POST", "/location/orders", json!({ "status": "new" })).await.1["id"].clone();
    let card = send(&sandbox, &token, "POST", CARDS, json!({ "customer_id": holder })).await.1;
    let path = format!("{CARDS}/{}/operations", text_of(&card["id"]));
    let operation = send(&sandbox, &token, "POST", &path, json!({ "delta": "1", "order_id": order })).await.1;
    assert_eq!((&operation["order_id"], &operation["order_location_id"]), (&order, &json!("3r4s3-0")));
}

#[tokio::test]
async fn cards_are_written_with_a_write_scope_only() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    let holder = customer(&sandbox, &token).await;
    let card = send(&sandbox, &token, "POST", CARDS, json!({ "customer_id": holder })).await.1;
    let path = format!("{CARDS}/{}", text_of(&card["id"]));
    let reading = connect(&sandbox, "location[customer_list.read]", "3r4s3-0", &[]).await;
    let reader = text_of(&reading["access_token"]);
    assert_eq!(api(&sandbox, &reader, &path).await.0, 200);
    let operations = format!("{path}/operations");
    for (method, path) in [("POST", CARDS), ("PATCH", &path), ("POST", &operations)] {
        assert_eq!(send(&sandbox, &reader, method, path, json!({ "delta": "1" })).await.0, 403, "{path}");
    }
    let (status, body) = api(&sandbox, &token, &format!("{CARDS}/nonsense")).await;
    assert_eq!((status, &body["message"]), (404, &json!("Loyalty card does not exist")));
}
