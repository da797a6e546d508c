//! What identifiers, tokens and times look like, whatever they are of, and how long a token lasts.

use serde_json::{Value, json};

use crate::connector::{OTHER_ID, SCOPE, api, connect, control, listing, send, start, text_of, token_for};
use crate::receiver::{listen, pending, token_of};

fn is_short_and_base36(id: &Value) -> bool {
    let id = id.as_str().expect("an id");
    (1..=9).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase())
}

#[tokio::test]
async fn ids_are_short_words_of_digits_and_lowercase_letters() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    listen(&sandbox, &token, None).await;
    let other = token_of(&sandbox, OTHER_ID, "location[orders.write,all_catalogs.write]", "3r4s3-0").await;
    let order = send(&sandbox, &other, "POST", "/location/orders", json!({ "status": "new" })).await.1;
    let catalog = send(&sandbox, &other, "POST", "/location/catalogs", json!({ "name": "Midi" })).await.1;
    let customer = send(&sandbox, &token, "POST", "/customer_lists/xab66/customers", json!({})).await.1;
    let location = api(&sandbox, &token, "/location").await.1;
    send(&sandbox, &other, "PATCH", "/location", json!({ "preparation_time": 45 })).await;
    let event = pending(&sandbox, &token).await.remove(0);
    for id in [&order["id"], &catalog["id"], &customer["id"], &event["id"], &location["account"]["id"]] {
        assert!(is_short_and_base36(id), "{id}");
    }
    let account = text_of(&location["account"]["id"]);
    let index = text_of(&location["id"]).strip_prefix(&format!("{account}-")).and_then(|index| index.parse().ok());
    assert_eq!(index, Some(0_u32), "a location's id is its account's with an index");
}

#[tokio::test]
async fn a_token_is_hexadecimal_never_expires_and_has_no_other_to_refresh_it() {
    let sandbox = start().await;
    let answer = connect(&sandbox, SCOPE, "3r4s3-0", &[]).await;
    let token = text_of(&answer["access_token"]);
    assert!(token.bytes().all(|byte| byte.is_ascii_hexdigit() && !byte.is_ascii_uppercase()), "{token}");
    for absent in ["refresh_token", "expires_in"] {
        assert_eq!(answer.get(absent), None, "{absent}");
    }
    for _ in 0..13 {
        control(&sandbox, "/clock", json!({ "advance_seconds": 31 * 86_400 })).await;
    }
    assert_eq!(api(&sandbox, &token, "/location").await.0, 200, "more than a year later");
}

#[tokio::test]
async fn times_are_in_seconds_with_the_offset_of_the_location() {
    let sandbox = start().await;
    let scope = "location[orders.write,customer_list.write,all_catalogs.write]";
    let token = text_of(&connect(&sandbox, scope, "3r4s3-0", &[]).await["access_token"]);
    let customer = send(&sandbox, &token, "POST", "/customer_lists/xab66/customers", json!({})).await.1;
    let cards = "/customer_lists/xab66/loyalty_cards";
    let card = send(&sandbox, &token, "POST", cards, json!({ "customer_id": customer["id"] })).await.1;
    let operations = format!("{cards}/{}/operations", text_of(&card["id"]));
    for (path, form) in [
        ("/location/orders", json!({ "status": "new" })),
        ("/location/catalogs", json!({ "name": "Midi" })),
        (operations.as_str(), json!({ "delta": "3" })),
    ] {
        let created_at = text_of(&send(&sandbox, &token, "POST", path, form).await.1["created_at"]);
        assert_eq!(created_at.len(), "2026-11-24T03:46:06+01:00".len(), "{path}: {created_at}");
        assert!(created_at.ends_with("+01:00") || created_at.ends_with("+02:00"), "{path}: {created_at}");
    }
}

#[tokio::test]
async fn a_callback_has_twenty_seconds_unless_a_switch_says_otherwise() {
    let sandbox = start().await;
    assert_eq!(listing(&sandbox, "/settings").await["callback_timeout_milliseconds"], 20_000);
}

#[tokio::test]
async fn nothing_of_another_account_can_be_reached() {
    let sandbox = start().await;
    let location = token_for(&sandbox, "3r4s3-0").await;
    let account = text_of(&connect(&sandbox, "account[orders.write]", "3r4s3", &[]).await["access_token"]);
    for token in [&location, &account] {
        for path in [
            "/accounts/z6q31",
            "/accounts/z6q31/orders",
            "/accounts/z6q31/catalogs",
            "/accounts/z6q31/customer_lists",
            "/locations/z6q31-0",
            "/locations/z6q31-0/orders",
            "/locations/z6q31-0/catalogs",
            "/locations/z6q31-0/customer_lists",
            "/catalogs/t5yc1",
            "/catalogs/t5yc1/images",
            "/catalogs/t5yc1/locations/z6q31-0/inventory",
            "/customer_lists/e9pl3",
            "/customer_lists/e9pl3/customers",
            "/customer_lists/e9pl3/loyalty_cards",
        ] {
            let (status, body) = api(&sandbox, token, path).await;
            assert!(matches!(status, 403 | 404), "{path}: {status} {body}");
        }
    }
}
