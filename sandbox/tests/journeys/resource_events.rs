//! Events of locations, catalogs, stocks, customers and customer lists: who gets them, with which states.

use hubrise_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::connector::{CLIENT_ID, OTHER_ID, send, start, text_of};
use crate::receiver::{call, pending, token_of};

const SCOPE: &str = "location[catalog.write,customer_list.write,inventory.write]";

/// A client that listens to everything at Paris, and another that changes things there.
async fn pair(sandbox: &Sandbox) -> (String, String) {
    let listener = token_of(sandbox, CLIENT_ID, SCOPE, "3r4s3-0").await;
    let other = token_of(sandbox, OTHER_ID, SCOPE, "3r4s3-0").await;
    let callback = json!({ "url": null, "events": {
        "catalog": ["create", "update", "delete"], "customer": ["create", "update"], "customer_list": ["update"],
        "inventory": ["patch", "update"], "location": ["update"],
    } });
    for token in [&listener, &other] {
        assert_eq!(call(sandbox, token, "POST", "/callback", Some(&callback)).await.0, 200);
    }
    (listener, other)
}

/// The only event there is, whole, which is then acknowledged.
async fn event(sandbox: &Sandbox, token: &str) -> Value {
    let events = pending(sandbox, token).await;
    assert_eq!(events.len(), 1, "{events:?}");
    let path = format!("/callback/events/{}", text_of(&events[0]["id"]));
    let event = call(sandbox, token, "GET", &path, None).await.1;
    call(sandbox, token, "DELETE", &path, None).await;
    event
}

fn kind(event: &Value) -> (&str, &str) {
    (event["resource_type"].as_str().expect("a type"), event["event_type"].as_str().expect("a type"))
}

#[tokio::test]
async fn a_location_s_event_has_both_states_and_none_comes_of_a_change_that_changes_nothing() {
    let sandbox = start().await;
    let (listener, other) = pair(&sandbox).await;
    for _ in 0..2 {
        send(&sandbox, &other, "PATCH", "/location", json!({ "preparation_time": 45 })).await;
    }
    let event = event(&sandbox, &listener).await;
    assert_eq!((kind(&event), &event["location_id"]), (("location", "update"), &json!("3r4s3-0")));
    assert_eq!(event["previous_state"]["preparation_time"], 20);
    assert_eq!((&event["new_state"]["preparation_time"], &event["new_state"]["name"]), (&json!(45), &json!("Paris")));
    assert_eq!(pending(&sandbox, &other).await, Vec::<Value>::new(), "it was its own doing");
}

#[tokio::test]
async fn a_customer_s_events_have_states_without_other_clients_private_refs() {
    let sandbox = start().await;
    let (listener, other) = pair(&sandbox).await;
    let form = json!({ "first_name": "Charles", "private_ref": "secret" });
    let customer = send(&sandbox, &other, "POST", "/customer_lists/xab66/customers", form).await.1;
    let created = event(&sandbox, &listener).await;
    assert_eq!((kind(&created), &created["customer_id"]), (("customer", "create"), &customer["id"]));
    assert_eq!(created["customer_list_id"], "xab66");
    assert_eq!(created["new_state"]["first_name"], "Charles");
    assert_eq!((&created["new_state"]["private_ref"], created.get("previous_state")), (&Value::Null, None));
    let path = format!("/customer_lists/xab66/customers/{}", text_of(&customer["id"]));
    send(&sandbox, &other, "PATCH", &path, json!({ "first_name": "Claude" })).await;
    send(&sandbox, &other, "PATCH", &path, json!({ "first_name": "Claude" })).await;
    let updated = event(&sandbox, &listener).await;
    assert_eq!(kind(&updated), ("customer", "update"));
    assert_eq!(updated["previous_state"]["first_name"], "Charles");
    assert_eq!(updated["new_state"]["first_name"], "Claude");
    send(&sandbox, &other, "POST", &format!("{path}/anonymise"), json!({})).await;
    assert_eq!(event(&sandbox, &listener).await["new_state"]["anonymised"], true);
}

#[tokio::test]
async fn a_change_of_a_loyalty_card_is_one_of_its_customer() {
    let sandbox = start().await;
    let (listener, other) = pair(&sandbox).await;
    let customer = send(&sandbox, &other, "POST", "/customer_lists/xab66/customers", json!({})).await.1;
    assert_eq!(kind(&event(&sandbox, &listener).await), ("customer", "create"));
    let cards = "/customer_lists/xab66/loyalty_cards";
    let form = json!({ "customer_id": customer["id"], "name": "Come back!", "ref": "LOY" });
    let card = send(&sandbox, &other, "POST", cards, form).await.1;
    assert_eq!(kind(&event(&sandbox, &listener).await), ("customer", "update"));
    let operations = format!("{cards}/{}/operations", text_of(&card["id"]));
    send(&sandbox, &other, "POST", &operations, json!({ "delta": "3" })).await;
    let updated = event(&sandbox, &listener).await;
    assert_eq!((kind(&updated), &updated["customer_id"]), (("customer", "update"), &customer["id"]));
    assert_eq!(updated["new_state"]["loyalty_cards"][0]["balance"], "3.0");
}

#[tokio::test]
async fn a_catalog_s_events_have_no_states() {
    let sandbox = start().await;
    let (listener, other) = pair(&sandbox).await;
    for (method, expected) in [("PUT", "update"), ("DELETE", "delete")] {
        let change = json!({ "name": "New", "data": {} });
        assert_eq!(send(&sandbox, &other, method, "/catalogs/psmlf", change).await.0, 200);
        let event = event(&sandbox, &listener).await;
        assert_eq!((kind(&event), &event["catalog_id"]), (("catalog", expected), &json!("psmlf")));
        assert_eq!((event.get("previous_state"), event.get("new_state")), (None, None));
    }
}

#[tokio::test]
async fn an_account_s_connection_that_reads_catalogs_hears_that_one_was_deleted() {
    let sandbox = start().await;
    let callback = json!({ "url": null, "events": { "catalog": ["delete"] } });
    let account = token_of(&sandbox, CLIENT_ID, "account[catalog.read]", "3r4s3").await;
    let orders = token_of(&sandbox, CLIENT_ID, "location[orders.read]", "3r4s3-0").await;
    for token in [&account, &orders] {
        assert_eq!(call(&sandbox, token, "POST", "/callback", Some(&callback)).await.0, 200);
    }
    let other = token_of(&sandbox, OTHER_ID, SCOPE, "3r4s3-0").await;
    assert_eq!(send(&sandbox, &other, "DELETE", "/catalogs/psmlf", json!({})).await.0, 200);
    let event = event(&sandbox, &account).await;
    assert_eq!((kind(&event), &event["catalog_id"]), (("catalog", "delete"), &json!("psmlf")));
    assert_eq!(pending(&sandbox, &orders).await, Vec::<Value>::new(), "it reads no catalogs");
}

#[tokio::test]
async fn an_inventory_s_patch_has_its_changes_and_its_update_nothing() {
    let sandbox = start().await;
    let (listener, other) = pair(&sandbox).await;
    let path = "/catalogs/psmlf/location/inventory";
    let changes = json!([{ "sku_ref": "COKE-33", "stock": "3", "expires_at": null }]);
    send(&sandbox, &other, "PATCH", path, changes.clone()).await;
    let told = event(&sandbox, &listener).await;
    assert_eq!((kind(&told), &told["state_change"]), (("inventory", "patch"), &changes));
    assert_eq!((&told["catalog_id"], &told["location_id"]), (&json!("psmlf"), &json!("3r4s3-0")));
    send(&sandbox, &other, "PUT", path, json!([])).await;
    let update = event(&sandbox, &listener).await;
    assert_eq!((kind(&update), update.get("state_change")), (("inventory", "update"), None));
}

#[tokio::test]
async fn a_renamed_customer_list_is_an_event_and_a_deleted_one_is_not() {
    let sandbox = start().await;
    let (listener, other) = pair(&sandbox).await;
    send(&sandbox, &other, "POST", "/customer_lists/xab66/customers", json!({})).await;
    event(&sandbox, &listener).await;
    send(&sandbox, &other, "PATCH", "/customer_lists/xab66", json!({ "name": "New" })).await;
    let renamed = event(&sandbox, &listener).await;
    assert_eq!((kind(&renamed), &renamed["customer_list_id"]), (("customer_list", "update"), &json!("xab66")));
    assert_eq!(send(&sandbox, &other, "DELETE", "/customer_lists/xab66", json!({})).await.0, 200);
    assert_eq!(pending(&sandbox, &listener).await, Vec::<Value>::new());
}
