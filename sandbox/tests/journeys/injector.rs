//! Orders that nobody placed, made by a client of their own so that every other client hears of them.

use std::collections::BTreeSet;

use hubrise_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::browser::{Browser, NESTOR, THOMAS, http};
use crate::connector::{api, connect, control, json_of, listing, post, start, text_of, token_for};

async fn inject(sandbox: &Sandbox, body: Value) -> Value {
    json_of(control(sandbox, "/orders", body).await).await
}

/// The orders of Paris as another client reads them.
async fn orders_of(sandbox: &Sandbox, token: &str) -> Vec<Value> {
    let (status, orders) = api(sandbox, token, "/location/orders").await;
    assert_eq!(status, 200, "{orders}");
    orders.as_array().expect("a list").clone()
}

async fn injected(sandbox: &Sandbox, kind: &str, content: &str, count: u32) -> Vec<Value> {
    let token = token_for(sandbox, "3r4s3-0").await;
    let body = json!({ "location_id": "3r4s3-0", "kind": kind, "content": content, "count": count });
    inject(sandbox, body).await;
    orders_of(sandbox, &token).await
}

fn cents(money: &Value) -> i64 {
    let digits: String = text_of(money).chars().filter(char::is_ascii_digit).collect();
    digits.parse().expect("money")
}

#[tokio::test]
async fn orders_are_made_at_once_by_a_client_of_their_own() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    let made = inject(&sandbox, json!({ "location_id": "3r4s3-0", "count": 3 })).await;
    assert_eq!(made["to_come"], 0);
    let ids: BTreeSet<String> = made["order_ids"].as_array().expect("ids").iter().map(text_of).collect();
    let orders = orders_of(&sandbox, &token).await;
    assert_eq!(orders.iter().map(|order| text_of(&order["id"])).collect::<BTreeSet<_>>(), ids);
    for order in orders {
        assert_eq!(order["created_by"], "Developer tools");
        assert_eq!(order["status"], "new");
        assert_eq!(order["private_ref"], Value::Null);
    }
}

#[tokio::test]
async fn an_app_gets_the_events_of_the_injector_s_orders() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    let callback = post(&sandbox, "/v1/callback")
        .header("X-Access-Token", &token)
        .json(&json!({ "url": null, "events": { "order": ["create"] } }));
    assert_eq!(callback.send().await.expect("an answer").status(), 200);
    inject(&sandbox, json!({ "location_id": "3r4s3-0", "count": 2 })).await;
    let (_, events) = api(&sandbox, &token, "/callback/events").await;
    assert_eq!(events.as_array().map(Vec::len), Some(2), "{events}");
    assert_eq!((&events[0]["resource_type"], &events[0]["event_type"]), (&json!("order"), &json!("create")));
}

#[tokio::test]
async fn an_order_is_delivered_collected_or_eaten_in_as_asked() {
    for (kind, service_type) in [("delivery", "delivery"), ("collection", "collection"), ("eat_in", "eat_in")] {
        let sandbox = start().await;
        for order in injected(&sandbox, kind, "mix", 8).await {
            assert_eq!(order["service_type"], service_type);
            assert_eq!(order["customer"]["address_1"].is_string(), kind == "delivery");
            assert_eq!(order["charges"].as_array().expect("charges").is_empty(), kind != "delivery");
            assert!(order["collection_code"].is_string());
            assert!(order["service_type_ref"].is_string());
        }
    }
}

#[tokio::test]
async fn a_mix_has_every_service_type_and_every_kind_of_contents() {
    let sandbox = start().await;
    let orders = injected(&sandbox, "mix", "mix", 18).await;
    let types: BTreeSet<String> = orders.iter().map(|order| text_of(&order["service_type"])).collect();
    assert_eq!(types.len(), 3);
    let some = |holds: &dyn Fn(&Value) -> bool| orders.iter().any(holds);
    assert!(some(&|order| order["deals"].as_object().is_some_and(|deals| !deals.is_empty())));
    assert!(some(&|order| order["customer_notes"].is_string()));
    assert!(some(&|order| order["items"][0]["options"][0]["removed"] == true));
    assert!(some(&|order| order["items"][0]["product_name"] == "Pizza moitié-moitié"));
    assert!(some(&|order| !order["discounts"].as_array().expect("discounts").is_empty()));
    assert!(some(&|order| order["expected_time"].is_null()) && some(&|order| order["expected_time"].is_string()));
}

#[tokio::test]
async fn options_have_lists_prices_and_quantities() {
    let sandbox = start().await;
    for order in injected(&sandbox, "delivery", "options", 6).await {
        let options = order["items"][0]["options"].as_array().expect("options");
        assert!(!options.is_empty());
        for option in options {
            assert!(option["option_list_name"].is_string() && option["price"].is_string());
            assert_eq!(option["removed"], false);
        }
    }
}

#[tokio::test]
async fn removed_ingredients_are_options_that_are_removed() {
    let sandbox = start().await;
    for order in injected(&sandbox, "delivery", "removed", 6).await {
        assert_eq!(order["items"][0]["options"][0]["removed"], true, "{order}");
        assert_eq!(order["items"][0]["options"][0]["option_list_name"], "Ingrédients");
    }
}

#[tokio::test]
async fn a_deal_names_its_lines_and_their_prices() {
    let sandbox = start().await;
    for order in injected(&sandbox, "delivery", "deal", 6).await {
        assert_eq!(order["deals"]["0"]["name"], "Menu du soir");
        let lines: Vec<&Value> =
            order["items"].as_array().expect("items").iter().map(|item| &item["deal_line"]).collect();
        assert_eq!(lines.len(), 3);
        assert!(lines.iter().all(|line| line["deal_key"] == "0"));
        assert_eq!((&lines[0]["label"], &lines[1]["label"]), (&json!("Plat"), &json!("Boisson")));
        assert_eq!(lines[1]["pricing_effect"], "fixed_price");
        assert_eq!(lines[1]["pricing_value"], order["items"][1]["price"]);
    }
}

#[tokio::test]
async fn notes_are_on_the_order_and_on_an_item() {
    let sandbox = start().await;
    for order in injected(&sandbox, "collection", "notes", 6).await {
        assert!(order["customer_notes"].is_string() && order["items"][0]["customer_notes"].is_string(), "{order}");
    }
}

#[tokio::test]
async fn a_half_and_half_pizza_is_one_item_with_two_different_halves() {
    let sandbox = start().await;
    for order in injected(&sandbox, "delivery", "half_and_half", 6).await {
        let item = &order["items"][0];
        assert_eq!(item["product_name"], "Pizza moitié-moitié");
        assert_eq!(item["quantity"], order["items"][1]["quantity"]);
        let halves = item["options"].as_array().expect("options");
        assert_eq!(halves.len(), 2);
        assert_eq!(halves[0]["option_list_name"], "Première moitié");
        assert_ne!(halves[0]["name"], halves[1]["name"]);
    }
}

#[tokio::test]
async fn a_dish_comes_with_what_its_menu_asks_to_choose() {
    let sandbox = start().await;
    let orders = injected(&sandbox, "collection", "plain", 24).await;
    let items = orders.iter().flat_map(|order| order["items"].as_array().expect("items"));
    let pizzas: Vec<&Value> = items.filter(|item| text_of(&item["sku_ref"]).starts_with("HALF-")).collect();
    assert!(!pizzas.is_empty(), "some of 24 orders have a half-and-half pizza");
    for pizza in pizzas {
        let chosen = |list: &str| {
            let options = pizza["options"].as_array().expect("options").iter();
            options.filter(|option| option["option_list_name"] == list).map(|option| text_of(&option["name"])).collect()
        };
        let halves: [Vec<String>; 2] = [chosen("Première moitié"), chosen("Seconde moitié")];
        assert_eq!(halves.each_ref().map(Vec::len), [1, 1], "{pizza}");
        assert_ne!(halves[0], halves[1]);
        assert_eq!(chosen("Pâte").len(), 1);
    }
}

#[tokio::test]
async fn what_was_paid_is_what_hubrise_computes() {
    let sandbox = start().await;
    for order in injected(&sandbox, "mix", "mix", 36).await {
        let payments = order["payments"].as_array().expect("payments");
        assert_eq!(payments.is_empty(), order["service_type"] == "eat_in");
        for payment in payments {
            assert_eq!(cents(&payment["amount"]), cents(&order["total"]), "{order}");
        }
    }
}

#[tokio::test]
async fn an_order_is_expected_later_at_a_round_time_of_the_location() {
    let sandbox = start().await;
    for order in injected(&sandbox, "delivery", "plain", 8).await {
        let Some(expected) = order["expected_time"].as_str() else { continue };
        let created = text_of(&order["created_at"]);
        assert!(expected > created.as_str(), "{expected} {created}");
        assert_eq!(expected[19..], created[19..], "the same offset");
        assert!(matches!(&expected[15..19], "0:00" | "5:00"), "{expected}");
    }
}

#[tokio::test]
async fn the_dishes_are_those_of_the_location_s_catalog() {
    let sandbox = start().await;
    let scope = "location[orders.write,catalog.write]";
    let token = text_of(&connect(&sandbox, scope, "3r4s3-0", &[]).await["access_token"]);
    let data = json!({
        "categories": [{ "name": "Nos pizzas", "ref": "P" }],
        "option_lists": [{ "name": "Sauce", "ref": "S", "options": [{ "name": "Barbecue", "ref": "BBQ", "price": "1.00 EUR" }] }],
        "products": [
            { "name": "Provençale", "category_ref": "P", "skus": [{ "name": "40 cm", "ref": "PRO-40", "price": "17.30 EUR", "option_list_refs": ["S"] }] },
        ],
    });
    let change = http()
        .put(format!("{}/v1/catalogs/psmlf", sandbox.url()))
        .header("X-Access-Token", &token)
        .json(&json!({ "name": "Carte Paris", "data": data }));
    let changed = change.send().await.expect("an answer");
    assert_eq!(changed.status(), 200, "{}", changed.text().await.unwrap_or_default());
    inject(&sandbox, json!({ "location_id": "3r4s3-0", "content": "options" })).await;
    let item = &orders_of(&sandbox, &token).await[0]["items"][0];
    assert_eq!((&item["product_name"], &item["sku_ref"]), (&json!("Provençale"), &json!("PRO-40")));
    assert_eq!(item["price"], "17.30 EUR");
    assert_eq!(item["options"][0]["name"], "Barbecue");
}

#[tokio::test]
async fn orders_come_at_a_rate_until_there_are_enough() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    let made = inject(&sandbox, json!({ "location_id": "3r4s3-0", "count": 4, "per_minute": 6000 })).await;
    assert_eq!(made["order_ids"].as_array().map(Vec::len), Some(1));
    assert_eq!(made["to_come"], 3);
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    for _ in 0..500 {
        if browser.visit("/developer-tools").await.shows("Aucune série en cours") {
            break;
        }
    }
    assert_eq!(orders_of(&sandbox, &token).await.len(), 4);
}

#[tokio::test]
async fn a_series_is_shown_to_its_own_users_and_stopped_by_them() {
    let sandbox = start().await;
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    let form =
        [("location_id", "3r4s3-0"), ("kind", "delivery"), ("content", "deal"), ("count", "10"), ("per_minute", "1")];
    assert_eq!(browser.submit("/developer-tools", &form).await.target(), "/developer-tools?made=1");
    let row = "Bella Pizza Paris (3r4s3-0) Livraison Avec un menu 1 9 Arrêter";
    let page = browser.visit("/developer-tools").await;
    assert!(page.words().contains(row), "{}", page.words());
    let (_, stop) = page.text.split_once("/developer-tools/").expect("a form");
    let stop = format!("/developer-tools/{}", stop.split('"').next().expect("its end"));
    let mut nestor = Browser::signed_in(sandbox.url(), NESTOR).await;
    assert!(!nestor.visit("/developer-tools").await.shows("3r4s3-0"));
    assert_eq!(nestor.submit(&stop, &[]).await.status, 404);
    assert!(browser.visit("/developer-tools").await.shows("Arrêter"));
    assert_eq!(browser.submit(&stop, &[]).await.target(), "/developer-tools");
    assert!(browser.visit("/developer-tools").await.shows("Aucune série en cours"));
}

#[tokio::test]
async fn a_reset_stops_the_orders() {
    let sandbox = start().await;
    inject(&sandbox, json!({ "location_id": "3r4s3-0", "count": 10, "per_minute": 1 })).await;
    control(&sandbox, "/reset", Value::Null).await;
    let page = Browser::signed_in(sandbox.url(), THOMAS).await.visit("/developer-tools").await;
    assert!(page.shows("Aucune série en cours"));
}

#[tokio::test]
async fn orders_cannot_be_made_for_others_or_beyond_the_limits() {
    let sandbox = start().await;
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    let form = |location: &'static str, count: &'static str, rate: &'static str, kind: &'static str| {
        [("location_id", location), ("kind", kind), ("content", "mix"), ("count", count), ("per_minute", rate)]
    };
    for (fields, status) in [
        (form("z6q31-0", "1", "0", "mix"), 404),
        (form("nowhere", "1", "0", "mix"), 404),
        (form("3r4s3-0", "0", "0", "mix"), 422),
        (form("3r4s3-0", "501", "0", "mix"), 422),
        (form("3r4s3-0", "1", "6001", "mix"), 422),
        (form("3r4s3-0", "1", "0", "by_drone"), 422),
    ] {
        assert_eq!(browser.submit("/developer-tools", &fields).await.status, status, "{fields:?}");
    }
    for (body, status) in [
        (json!({ "location_id": "nowhere" }), 404),
        (json!({ "location_id": "3r4s3-0", "count": 0 }), 422),
        (json!({ "location_id": "3r4s3-0", "count": 501 }), 422),
        (json!({ "location_id": "3r4s3-0", "per_minute": 100_000 }), 422),
        (json!({ "location_id": "3r4s3-0", "content": "surprise" }), 422),
        (json!({ "location_id": "3r4s3-0", "misspelt": 1 }), 422),
        (json!({}), 422),
    ] {
        let answer = post(&sandbox, "/control/orders").json(&body).send().await.expect("an answer");
        assert_eq!(answer.status(), status, "{body}");
        assert!(!answer.text().await.expect("a reason").is_empty());
    }
    let clients = listing(&sandbox, "/connections").await;
    assert_eq!(clients, json!([]));
    let token = token_for(&sandbox, "3r4s3-0").await;
    assert_eq!(orders_of(&sandbox, &token).await.len(), 0);
}

#[tokio::test]
async fn the_injector_speaks_english_too() {
    let sandbox = start().await;
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    assert!(browser.visit("/developer-tools").await.shows("Avec une pizza moitié-moitié"));
    browser.submit("/language", &[("language", "en"), ("next", "/developer-tools")]).await;
    let page = browser.visit("/developer-tools").await;
    assert!(page.shows("With a half-and-half pizza") && page.shows("Create the orders"));
}
