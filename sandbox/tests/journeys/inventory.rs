//! Stocks of what a catalog has.

use hubrise_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::connector::{api, connect, send, start, text_of};

const PATH: &str = "/catalogs/psmlf/location/inventory";

async fn token(sandbox: &Sandbox, scope: &str) -> String {
    text_of(&connect(sandbox, scope, "3r4s3-0", &[]).await["access_token"])
}

fn coke(stock: &str) -> Value {
    json!({ "sku_ref": "COKE-33", "stock": stock, "expires_at": null })
}

#[tokio::test]
async fn stocks_are_replaced_and_changed_one_by_one() {
    let sandbox = start().await;
    let token = token(&sandbox, "location[inventory.write]").await;
    assert_eq!(api(&sandbox, &token, PATH).await, (200, json!([])));
    let egg = json!({ "option_ref": "EXTRA-EGG", "stock": "0", "expires_at": "2099-08-05T06:00:00Z" });
    let shown = json!({ "option_ref": "EXTRA-EGG", "stock": "0", "expires_at": "2099-08-05T08:00:00+02:00" });
    let answer = send(&sandbox, &token, "PUT", PATH, json!([coke("3"), egg])).await;
    assert_eq!(answer, (200, json!([coke("3"), shown])));
    let beer = json!({ "sku_ref": "BEER-33", "stock": "2.125", "expires_at": null });
    let gone = json!({ "sku_ref": "COKE-33", "stock": null, "expires_at": null });
    let long = "/catalogs/psmlf/locations/3r4s3-0/inventory";
    let answer = send(&sandbox, &token, "PATCH", long, json!([gone, beer])).await;
    assert_eq!(answer, (200, json!([gone, beer])), "only what was changed");
    assert_eq!(api(&sandbox, &token, long).await, (200, json!([shown, beer])));
    assert_eq!(send(&sandbox, &token, "PUT", PATH, json!([])).await, (200, json!([])));
}

#[tokio::test]
async fn a_stock_that_expired_is_without_limit_again() {
    let sandbox = start().await;
    let token = token(&sandbox, "location[inventory.write]").await;
    let past = json!({ "sku_ref": "COKE-33", "stock": "0", "expires_at": "2020-08-05T08:00:00+02:00" });
    assert_eq!(send(&sandbox, &token, "PUT", PATH, json!([past])).await.0, 200);
    assert_eq!(api(&sandbox, &token, PATH).await, (200, json!([])));
}

#[tokio::test]
async fn stocks_that_make_no_sense_are_422_and_change_nothing() {
    let sandbox = start().await;
    let token = token(&sandbox, "location[inventory.write]").await;
    send(&sandbox, &token, "PUT", PATH, json!([coke("3")])).await;
    for (field, list) in [
        ("[0].stock", json!([{ "sku_ref": "COKE-33", "stock": 5 }])),
        ("[0].stock", json!([{ "sku_ref": "COKE-33", "stock": "-1" }])),
        ("[0].stock", json!([{ "sku_ref": "COKE-33", "stock": "1.2345" }])),
        ("[0].stock", json!([{ "sku_ref": "COKE-33" }])),
        ("[0].sku_ref", json!([{ "stock": "1" }])),
        ("[0].sku_ref", json!([{ "sku_ref": "COKE-33", "option_ref": "EXTRA-EGG", "stock": "1" }])),
        ("[0].ref", json!([{ "sku_ref": "PEPSI", "stock": "1" }])),
        ("[1].ref", json!([coke("1"), coke("2")])),
        ("[0].expires_at", json!([{ "sku_ref": "COKE-33", "stock": "1", "expires_at": "2099-01-01T00:00:00Z" }])),
        ("[0].expires_at", json!([{ "sku_ref": "COKE-33", "stock": "0", "expires_at": "soon" }])),
        ("", json!({ "sku_ref": "COKE-33", "stock": "1" })),
    ] {
        for method in ["PUT", "PATCH"] {
            let (status, body) = send(&sandbox, &token, method, PATH, list.clone()).await;
            assert_eq!((status, &body["errors"][0]["field"]), (422, &json!(field)), "{method} {list}");
        }
    }
    assert_eq!(api(&sandbox, &token, PATH).await, (200, json!([coke("3")])));
}

#[tokio::test]
async fn stocks_need_a_scope_on_inventories_or_on_the_catalog() {
    let sandbox = start().await;
    let reader = token(&sandbox, "location[catalog.read]").await;
    assert_eq!(api(&sandbox, &reader, PATH).await.0, 200, "as it was before there was a scope for it");
    let (status, body) = send(&sandbox, &reader, "PUT", PATH, json!([])).await;
    assert_eq!((status, &body["message"]), (403, &json!("A 'inventory' write scope is required")));
    let writer = token(&sandbox, "location[catalog.write]").await;
    assert_eq!(send(&sandbox, &writer, "PUT", PATH, json!([])).await.0, 200);
    let orders = token(&sandbox, "location[orders.write]").await;
    assert_eq!(api(&sandbox, &orders, PATH).await.0, 403);
    let inventory = token(&sandbox, "location[inventory.read]").await;
    for (path, status) in [
        ("/catalogs/q7wd2/location/inventory", 404),
        ("/catalogs/psmlf/locations/3r4s3-1/inventory", 404),
        ("/catalogs/nonsense/location/inventory", 404),
        ("/catalogs/psmlf", 403),
    ] {
        assert_eq!(api(&sandbox, &inventory, path).await.0, status, "{path}");
    }
}

#[tokio::test]
async fn stocks_of_a_catalog_that_may_only_be_read_are_not_written() {
    let sandbox = start().await;
    let granted = connect(&sandbox, "location[catalog.write,all_catalogs.read]", "3r4s3-1", &[("catalog_id", "q7wd2")]);
    let token = text_of(&granted.await["access_token"]);
    for method in ["PUT", "PATCH"] {
        let write = |catalog: &str| {
            let path = format!("/catalogs/{catalog}/location/inventory");
            let (sandbox, token) = (&sandbox, &token);
            async move { send(sandbox, token, method, &path, json!([])).await }
        };
        let (status, body) = write("h3kz9").await;
        assert_eq!((status, &body["message"]), (403, &json!("A 'inventory' write scope is required")), "{method}");
        assert_eq!(write("q7wd2").await.0, 200, "{method}");
    }
}
