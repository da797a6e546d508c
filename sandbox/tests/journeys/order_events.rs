//! Events of orders: whom they reach, and what they show.

use serde_json::{Value, json};

use crate::connector::{CLIENT_ID, OTHER_ID, start};
use crate::orders::{create, patch};
use crate::receiver::{ORDERS, Receiver, call, pending, token_of};

async fn listen(sandbox: &hubrise_sandbox::Sandbox, token: &str, url: &str) {
    let callback = json!({ "url": url, "events": { "order": ["create", "update"] } });
    assert_eq!(call(sandbox, token, "POST", "/callback", Some(&callback)).await.0, 200);
}

fn order() -> Value {
    let item = json!({ "product_name": "Margarita", "price": "9.00 EUR", "quantity": "1" });
    json!({ "status": "new", "private_ref": "theirs-1", "items": [item] })
}

#[tokio::test]
async fn another_client_s_order_arrives_whole_without_that_client_s_private_ref() {
    let sandbox = start().await;
    let receiver = Receiver::start().await;
    let kitchen = token_of(&sandbox, CLIENT_ID, "location[orders.read]", "3r4s3-0").await;
    listen(&sandbox, &kitchen, &receiver.url).await;
    let shop = token_of(&sandbox, OTHER_ID, ORDERS, "3r4s3-0").await;
    let created = create(&sandbox, &shop, order()).await;
    let event = receiver.wait_for(1).await[0].json();
    assert_eq!((&event["resource_type"], &event["event_type"]), (&json!("order"), &json!("create")));
    assert_eq!((&event["order_id"], &event["location_id"]), (&created["id"], &json!("3r4s3-0")));
    assert!(event.get("previous_state").is_none(), "what is new has no past");
    let path = format!("/location/orders/{}", created["id"].as_str().expect("an id"));
    assert_eq!(event["new_state"], call(&sandbox, &kitchen, "GET", &path, None).await.1);
    assert_ne!(event["new_state"]["private_ref"], "theirs-1");
    assert_eq!(patch(&sandbox, &shop, &created, json!({ "status": "cancelled" })).await.0, 200);
    let event = receiver.wait_for(2).await[1].json();
    assert_eq!(event["event_type"], "update");
    assert_eq!(
        (&event["previous_state"]["status"], &event["new_state"]["status"]),
        (&json!("new"), &json!("cancelled"))
    );
}

#[tokio::test]
async fn whoever_changes_an_order_is_not_told_and_whoever_made_it_is() {
    let sandbox = start().await;
    let (kitchen_side, shop_side) = (Receiver::start().await, Receiver::start().await);
    let kitchen = token_of(&sandbox, CLIENT_ID, ORDERS, "3r4s3-0").await;
    let shop = token_of(&sandbox, OTHER_ID, ORDERS, "3r4s3-0").await;
    listen(&sandbox, &kitchen, &kitchen_side.url).await;
    listen(&sandbox, &shop, &shop_side.url).await;
    let created = create(&sandbox, &shop, order()).await;
    kitchen_side.wait_for(1).await;
    assert_eq!(patch(&sandbox, &kitchen, &created, json!({ "status": "accepted" })).await.0, 200);
    let event = shop_side.wait_for(1).await[0].json();
    assert_eq!((&event["event_type"], &event["new_state"]["status"]), (&json!("update"), &json!("accepted")));
    for token in [&kitchen, &shop] {
        let settled = async { while !pending(&sandbox, token).await.is_empty() {} };
        tokio::time::timeout(std::time::Duration::from_secs(10), settled).await.expect("all acknowledged");
    }
    assert_eq!((kitchen_side.received().len(), shop_side.received().len()), (1, 1));
}

#[tokio::test]
async fn an_order_elsewhere_is_nobody_else_s_business() {
    let sandbox = start().await;
    let kitchen = token_of(&sandbox, CLIENT_ID, ORDERS, "3r4s3-0").await;
    let passive = json!({ "events": { "order": ["create"] } });
    assert_eq!(call(&sandbox, &kitchen, "POST", "/callback", Some(&passive)).await.0, 200);
    let shop = token_of(&sandbox, OTHER_ID, ORDERS, "3r4s3-1").await;
    create(&sandbox, &shop, order()).await;
    assert_eq!(pending(&sandbox, &kitchen).await, Vec::<Value>::new());
}
