//! Catalogs and their contents: written, replaced, deleted, and by whom.

use hubrise_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::connector::{api, connect, send, start, text_of, token_for};

const ALL: &str = "location[all_catalogs.write]";

async fn token(sandbox: &Sandbox, scope: &str, place: &str) -> String {
    text_of(&connect(sandbox, scope, place, &[]).await["access_token"])
}

fn data() -> Value {
    json!({
        "categories": [{ "ref": "PIZ", "name": "Pizzas" }],
        "products": [{
            "ref": "REG", "category_ref": "PIZ", "name": "Regina", "unheard_of": { "kept": true }, "description": null,
            "skus": [{ "ref": "REG-SM", "name": "Small", "price": "10.30 EUR", "option_list_refs": ["SAUCE"] }],
        }],
        "option_lists": [{ "ref": "SAUCE", "name": "Sauce", "options": [{ "ref": "BBQ", "name": "BBQ", "price": "1.00 EUR" }] }],
        "deals": null,
    })
}

#[tokio::test]
async fn the_demo_s_catalogs_have_something_to_order() {
    let sandbox = start().await;
    let paris = token_for(&sandbox, "3r4s3-0").await;
    let data = api(&sandbox, &paris, "/catalogs/psmlf").await.1["data"].clone();
    assert!(data["products"].as_array().expect("products").len() > 10);
    for list in ["variants", "categories", "option_lists", "deals", "discounts", "charges"] {
        assert!(!data[list].as_array().expect(list).is_empty(), "{list}");
    }
    let sku = &data["products"][0]["skus"][0];
    assert!(sku["id"].is_string() && sku["price"].as_str().is_some_and(|price| price.ends_with(" EUR")));
}

#[tokio::test]
async fn a_catalog_is_created_at_a_location_and_its_contents_get_ids() {
    let sandbox = start().await;
    let token = token(&sandbox, ALL, "3r4s3-0").await;
    let form = json!({ "name": "Web", "data": data() });
    let (status, created) = send(&sandbox, &token, "POST", "/location/catalogs", form).await;
    assert_eq!((status, &created["name"], &created["location_id"]), (200, &json!("Web"), &json!("3r4s3-0")));
    assert!(created["created_at"].is_string() && created.get("account_id").is_none());
    let product = &created["data"]["products"][0];
    assert_eq!((&product["ref"], &product["unheard_of"]), (&json!("REG"), &json!({ "kept": true })));
    for id in [
        &created["data"]["categories"][0]["id"],
        &product["id"],
        &product["skus"][0]["id"],
        &created["data"]["option_lists"][0]["id"],
        &created["data"]["option_lists"][0]["options"][0]["id"],
    ] {
        assert!(id.is_string());
    }
    let path = format!("/catalogs/{}", text_of(&created["id"]));
    assert_eq!(api(&sandbox, &token, &path).await, (200, created.clone()));
    assert_eq!(api(&sandbox, &token, &format!("{path}?hide_data=true")).await.1.get("data"), None);
    let listed = api(&sandbox, &token, "/location/catalogs").await.1;
    assert!(listed.as_array().expect("a list").iter().all(|catalog| catalog.get("data").is_none()));
    let empty = send(&sandbox, &token, "POST", "/locations/3r4s3-0/catalogs", json!({ "name": "Empty" })).await;
    assert_eq!((empty.0, &empty.1["data"]), (200, &json!({})));
}

#[tokio::test]
async fn data_replaces_all_that_was_there_and_a_name_alone_leaves_it() {
    let sandbox = start().await;
    let token = token(&sandbox, "location[catalog.write]", "3r4s3-0").await;
    let change = json!({ "data": { "products": [] } });
    assert_eq!(send(&sandbox, &token, "PUT", "/catalogs/psmlf", change).await.1["data"], json!({ "products": [] }));
    let (status, renamed) = send(&sandbox, &token, "PATCH", "/catalogs/psmlf", json!({ "name": "Carte d'été" })).await;
    assert_eq!((status, &renamed["name"]), (200, &json!("Carte d'été")));
    assert_eq!(renamed["data"], json!({ "products": [] }));
}

#[tokio::test]
async fn names_are_unique_among_a_location_s_and_its_account_s() {
    let sandbox = start().await;
    let account = token(&sandbox, "account[all_catalogs.write]", "3r4s3").await;
    for (path, name, expected) in [
        ("/locations/3r4s3-0/catalogs", "Carte Paris", 422),
        ("/locations/3r4s3-1/catalogs", "Carte Paris", 200),
        ("/account/catalogs", "Carte Paris", 422),
        ("/accounts/3r4s3/catalogs", "Commune", 200),
        ("/locations/3r4s3-2/catalogs", "Commune", 422),
        ("/account/catalogs", " ", 422),
    ] {
        let (status, body) = send(&sandbox, &account, "POST", path, json!({ "name": name })).await;
        assert_eq!(status, expected, "{path} {name} {body}");
        if status == 422 {
            assert_eq!(
                (&body["error_type"], &body["errors"][0]["field"]),
                (&json!("unprocessable_entity"), &json!("name"))
            );
        }
    }
    assert_eq!(send(&sandbox, &account, "PUT", "/catalogs/psmlf", json!({ "name": "Commune" })).await.0, 422);
    assert_eq!(send(&sandbox, &account, "PUT", "/catalogs/psmlf", json!({ "name": "Carte Paris" })).await.0, 200);
}

#[tokio::test]
async fn contents_that_make_no_sense_are_422_and_change_nothing() {
    let sandbox = start().await;
    let token = token(&sandbox, "location[catalog.write]", "3r4s3-0").await;
    let before = api(&sandbox, &token, "/catalogs/psmlf").await;
    for (field, data) in [
        ("data", json!([])),
        ("data.products", json!({ "products": {} })),
        ("data.categories", json!({ "categories": ["Pizzas"] })),
        ("data.products[0].skus", json!({ "products": [{ "name": "Regina", "skus": [] }] })),
        ("data.products[0].skus", json!({ "products": [{ "name": "Regina" }] })),
        ("data.products[0].name", json!({ "products": [{ "skus": [{ "price": "1.00 EUR" }] }] })),
        ("data.products[0].skus[0].price", json!({ "products": [{ "name": "Regina", "skus": [{ "price": 9.8 }] }] })),
        (
            "data.option_lists[0].options[0].price",
            json!({ "option_lists": [{ "name": "Sauce", "options": [{ "price": "1 EUR" }] }] }),
        ),
    ] {
        let (status, body) =
            send(&sandbox, &token, "PUT", "/catalogs/psmlf", json!({ "name": "New", "data": data })).await;
        assert_eq!((status, &body["errors"][0]["field"]), (422, &json!(field)), "{data}");
    }
    assert_eq!(api(&sandbox, &token, "/catalogs/psmlf").await, before);
}

#[tokio::test]
async fn a_deleted_catalog_does_not_exist_any_more() {
    let sandbox = start().await;
    let token = token(&sandbox, ALL, "3r4s3-0").await;
    assert_eq!(send(&sandbox, &token, "DELETE", "/catalogs/psmlf", json!({})).await, (200, json!({})));
    let (status, body) = api(&sandbox, &token, "/catalogs/psmlf?hide_data=true").await;
    assert_eq!((status, &body["message"]), (404, &json!("Catalog does not exist")));
    assert_eq!(api(&sandbox, &token, "/location/catalogs").await, (200, json!([])));
}

#[tokio::test]
async fn who_may_not_write_a_catalog_is_told_which_scope_is_missing() {
    let sandbox = start().await;
    let reader = token_for(&sandbox, "3r4s3-0").await;
    let account = token(&sandbox, "account[all_catalogs.write]", "3r4s3").await;
    let created = send(&sandbox, &account, "POST", "/account/catalogs", json!({ "name": "Commune" })).await.1;
    assert_eq!(created["account_id"], "3r4s3");
    let common = format!("/catalogs/{}", text_of(&created["id"]));
    let refused = json!({ "message": "A 'catalog' write scope is required", "error_type": "forbidden" });
    let change = json!({ "name": "New" });
    for method in ["PUT", "PATCH", "DELETE"] {
        assert_eq!(send(&sandbox, &reader, method, "/catalogs/psmlf", change.clone()).await, (403, refused.clone()));
    }
    let body = send(&sandbox, &reader, "POST", "/location/catalogs", change.clone()).await;
    assert_eq!((body.0, &body.1["error_type"]), (403, &json!("forbidden")));
    // The same connection with another scope.
    let location = token(&sandbox, ALL, "3r4s3-0").await;
    assert_eq!(api(&sandbox, &location, &common).await.0, 200, "an account's catalog can be read");
    assert_eq!(send(&sandbox, &location, "PUT", &common, change.clone()).await, (403, refused));
    assert_eq!(send(&sandbox, &location, "POST", "/account/catalogs", change.clone()).await.0, 403);
    assert_eq!(send(&sandbox, &location, "PUT", "/catalogs/q7wd2", change.clone()).await.0, 404, "another location's");
    assert_eq!(send(&sandbox, &account, "PUT", &common, change).await.0, 200);
}

#[tokio::test]
async fn what_is_in_a_catalog_is_listed_by_kind_and_names_its_like_by_id() {
    let sandbox = start().await;
    let token = token(&sandbox, "location[catalog.write]", "3r4s3-0").await;
    let catalog = send(&sandbox, &token, "PUT", "/catalogs/psmlf", json!({ "data": data() })).await.1["data"].clone();
    let (status, products) = api(&sandbox, &token, "/catalogs/psmlf/products").await;
    assert_eq!((status, products.as_array().map(Vec::len)), (200, Some(1)), "{products}");
    assert_eq!(products[0]["category_id"], catalog["categories"][0]["id"]);
    assert_eq!(products[0]["skus"][0]["option_list_ids"], json!([catalog["option_lists"][0]["id"]]));
    let path = format!("/catalogs/psmlf/products/{}", text_of(&products[0]["id"]));
    assert_eq!(api(&sandbox, &token, &path).await, (200, products[0].clone()));
    assert_eq!(api(&sandbox, &token, "/catalogs/psmlf/categories").await.1[0]["parent_id"], Value::Null);
    assert_eq!(api(&sandbox, &token, "/catalogs/psmlf/deals").await, (200, json!([])));
    for (path, error_type) in [
        ("/catalogs/psmlf/products/nonsense", "not_found"),
        ("/catalogs/psmlf/nonsense", "routing_error"),
        ("/catalogs/q7wd2/products", "not_found"),
    ] {
        let (status, body) = api(&sandbox, &token, path).await;
        assert_eq!((status, &body["error_type"]), (404, &json!(error_type)), "{path}");
    }
}
