//! What a token reads.

use serde_json::{Value, json};

use crate::browser::http;
use crate::connector::{SCOPE, api, connect, start, text_of, token_for};

const ORDERS_ONLY: &str = "location[orders.read]";

fn ids(list: &Value) -> Vec<&str> {
    list.as_array().expect("a list").iter().map(|item| item["id"].as_str().expect("an id")).collect()
}

#[tokio::test]
async fn a_location_is_read_with_its_account() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    let (status, body) = api(&sandbox, &token, "/location").await;
    assert_eq!(status, 200);
    assert_eq!(
        body,
        json!({
            "id": "3r4s3-0", "name": "Paris",
            "account": { "id": "3r4s3", "name": "Bella Pizza", "currency": "EUR" },
            "address": "12 rue des Martyrs", "postal_code": "75009", "city": "Paris", "country": "FR",
            "timezone": { "name": "Europe/Paris" }, "cutoff_time": "02:00", "opening_hours": null,
            "preparation_time": 20, "order_acceptance": { "mode": "online" }, "custom_fields": {},
        })
    );
    assert_eq!(api(&sandbox, &token, "/locations/3r4s3-0").await, (200, body));
}

#[tokio::test]
async fn a_location_s_token_sees_no_other_location() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    for other in ["3r4s3-1", "z6q31-0", "nonsense"] {
        let (status, body) = api(&sandbox, &token, &format!("/locations/{other}")).await;
        assert_eq!((status, &body["message"]), (404, &json!("Location does not exist")), "{other}");
        assert_eq!(body["error_type"], "not_found");
    }
}

#[tokio::test]
async fn an_account_s_token_reads_the_account_and_its_locations_but_no_short_form() {
    let sandbox = start().await;
    let token = text_of(&connect(&sandbox, "account[orders.read]", "3r4s3", &[]).await["access_token"]);
    let account = json!({ "id": "3r4s3", "name": "Bella Pizza", "currency": "EUR" });
    assert_eq!(api(&sandbox, &token, "/account").await, (200, account));
    assert_eq!(api(&sandbox, &token, "/locations/3r4s3-1").await.0, 200);
    assert_eq!(api(&sandbox, &token, "/locations/z6q31-0").await.0, 404);
    assert_eq!(api(&sandbox, &token, "/location").await.0, 403);
    let location_token = token_for(&sandbox, "3r4s3-0").await;
    assert_eq!(api(&sandbox, &location_token, "/account").await.0, 403);
}

#[tokio::test]
async fn catalogs_are_listed_and_read_with_their_location() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    let created_at = "2025-01-01T12:00:00+01:00";
    let catalog = json!({ "id": "psmlf", "location_id": "3r4s3-0", "name": "Carte Paris", "created_at": created_at });
    for path in ["/location/catalogs", "/locations/3r4s3-0/catalogs"] {
        assert_eq!(api(&sandbox, &token, path).await, (200, json!([catalog])));
    }
    assert_eq!(api(&sandbox, &token, "/catalogs/psmlf?hide_data=true").await, (200, catalog));
    assert!(api(&sandbox, &token, "/catalogs/psmlf").await.1["data"].is_object());
}

#[tokio::test]
async fn customer_lists_are_listed_and_read_with_their_location() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    let created_at = "2025-01-01T12:00:00+01:00";
    let list = json!({ "id": "xab66", "location_id": "3r4s3-0", "name": "Clients Paris", "created_at": created_at });
    for path in ["/location/customer_lists", "/locations/3r4s3-0/customer_lists"] {
        assert_eq!(api(&sandbox, &token, path).await, (200, json!([list])));
    }
    assert_eq!(api(&sandbox, &token, "/customer_lists/xab66").await, (200, list));
}

#[tokio::test]
async fn a_location_without_catalogs_and_lists_lists_none() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-2").await;
    assert_eq!(api(&sandbox, &token, "/location/catalogs").await, (200, json!([])));
    assert_eq!(api(&sandbox, &token, "/location/customer_lists").await, (200, json!([])));
}

#[tokio::test]
async fn a_catalog_that_was_not_granted_does_not_exist() {
    let sandbox = start().await;
    let picked = [("catalog_id", "q7wd2"), ("customer_list_id", "m8rt4")];
    let token = text_of(&connect(&sandbox, SCOPE, "3r4s3-1", &picked).await["access_token"]);
    assert_eq!(ids(&api(&sandbox, &token, "/location/catalogs").await.1), ["q7wd2", "h3kz9"]);
    assert_eq!(api(&sandbox, &token, "/catalogs/q7wd2").await.0, 200);
    for other in ["h3kz9", "psmlf", "t5yc1", "nonsense"] {
        let (status, body) = api(&sandbox, &token, &format!("/catalogs/{other}")).await;
        assert_eq!((status, &body["message"]), (404, &json!("Catalog does not exist")), "{other}");
    }
}

#[tokio::test]
async fn a_scope_on_all_catalogs_reads_each_of_the_location() {
    let sandbox = start().await;
    let answer = connect(&sandbox, "location[all_catalogs.read]", "3r4s3-1", &[]).await;
    let token = text_of(&answer["access_token"]);
    for catalog in ["q7wd2", "h3kz9"] {
        assert_eq!(api(&sandbox, &token, &format!("/catalogs/{catalog}")).await.0, 200);
    }
    for foreign in ["psmlf", "t5yc1"] {
        assert_eq!(api(&sandbox, &token, &format!("/catalogs/{foreign}")).await.0, 404);
    }
}

#[tokio::test]
async fn a_missing_scope_is_403_and_named() {
    let sandbox = start().await;
    let token = text_of(&connect(&sandbox, ORDERS_ONLY, "3r4s3-0", &[]).await["access_token"]);
    assert_eq!(api(&sandbox, &token, "/location").await.0, 200, "the location itself needs no scope");
    for (path, scope) in [
        ("/location/catalogs", "catalog"),
        ("/catalogs/psmlf", "catalog"),
        ("/location/customer_lists", "customer_list"),
        ("/customer_lists/xab66", "customer_list"),
    ] {
        let (status, body) = api(&sandbox, &token, path).await;
        let message = format!("A '{scope}' read scope is required");
        assert_eq!((status, body), (403, json!({ "message": message, "error_type": "forbidden" })), "{path}");
    }
}

#[tokio::test]
async fn no_token_or_a_made_up_one_is_401() {
    let sandbox = start().await;
    let (status, body) = api(&sandbox, "0123", "/location").await;
    assert_eq!((status, &body["error_type"]), (401, &json!("unauthorized")));
    let bare = http().get(format!("{}/v1/location", sandbox.url())).send().await.expect("an answer");
    assert_eq!(bare.status(), 401);
}

#[tokio::test]
async fn an_unknown_endpoint_is_a_routing_error() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    let (status, body) = api(&sandbox, &token, "/nonsense").await;
    assert_eq!((status, &body["error_type"]), (404, &json!("routing_error")));
    assert!(body["message"].is_string(), "{body}");
}
