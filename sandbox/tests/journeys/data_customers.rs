//! DONNÉES › CLIENTS: lists, who is on them, and correcting a name.

use hubrise_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::browser::{Browser, NESTOR, THOMAS};
use crate::connector::{api, json_of, post, start, text_of, token_for};
use crate::team::{READER, start_with_team};

const LIST: &str = "/data/customers/xab66";

async fn add(sandbox: &Sandbox, token: &str, customer: Value) -> String {
    let call = post(sandbox, "/v1/customer_lists/xab66/customers").header("X-Access-Token", token).json(&customer);
    text_of(&json_of(call.send().await.expect("an answer")).await["id"])
}

async fn with_customers() -> (Sandbox, String, [String; 2]) {
    let sandbox = start_with_team(crate::connector::options()).await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    let zoe = json!({ "first_name": "Zoé", "last_name": "Lambert", "phone": "+33 6 39 98 01 02", "city": "Paris" });
    let max = json!({ "last_name": "O'Max", "email": "Max@courriel.example", "private_ref": "SECRET-7" });
    let ids = [add(&sandbox, &token, zoe).await, add(&sandbox, &token, max).await];
    (sandbox, token, ids)
}

#[tokio::test]
async fn lists_are_shown_with_their_locations_and_sizes() {
    let (sandbox, _, _) = with_customers().await;
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    let words = browser.visit("/data/customers").await.words();
    assert!(words.contains("Clients Paris - xab66 Paris - 3r4s3-0 2"), "{words}");
    assert!(words.contains("Clients Lyon - m8rt4 Lyon - 3r4s3-1 0"), "{words}");
    browser.submit("/place", &[("account", "3r4s3"), ("location", "3r4s3-2"), ("next", "/")]).await;
    assert!(browser.visit("/data/customers").await.shows("Aucune liste de clients"));
}

#[tokio::test]
async fn customers_are_searched_by_name_email_or_phone() {
    let (sandbox, _, [zoe, max]) = with_customers().await;
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    let all = browser.visit(LIST).await;
    assert!(all.shows(&zoe) && all.shows(&max) && !all.shows("SECRET-7"));
    for (query, found) in [
        ("zo%C3%89", [true, false]),
        ("zo%C3%A9+lam", [true, false]),
        ("+33639980102".replace('+', "%2B").as_str(), [true, false]),
        ("max%40COURRIEL", [false, true]),
        ("nobody", [false, false]),
        ("", [true, true]),
    ] {
        let page = browser.visit(&format!("{LIST}?q={query}")).await;
        assert_eq!([page.shows(&zoe), page.shows(&max)], found, "{query}");
    }
    assert!(browser.visit(&format!("{LIST}?q=nobody")).await.shows("Aucun client"));
}

#[tokio::test]
async fn a_corrected_name_reaches_the_clients_that_listen() {
    let (sandbox, token, [zoe, _]) = with_customers().await;
    let callback = json!({ "url": null, "events": { "customer": ["update"] } });
    let callback = post(&sandbox, "/v1/callback").header("X-Access-Token", &token).json(&callback);
    assert_eq!(callback.send().await.expect("an answer").status(), 200);
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    let page = format!("{LIST}/{zoe}");
    assert!(browser.visit(&page).await.shows("Zoé Lambert"));
    let changed = browser.submit(&page, &[("first_name", " Zoë "), ("last_name", "")]).await;
    assert_eq!(changed.target(), page);
    let (_, customer) = api(&sandbox, &token, &format!("/customer_lists/xab66/customers/{zoe}")).await;
    assert_eq!((&customer["first_name"], &customer["last_name"]), (&json!("Zoë"), &Value::Null));
    assert_eq!(customer["phone"], "+33 6 39 98 01 02");
    let (_, events) = api(&sandbox, &token, "/callback/events").await;
    assert_eq!(events[0]["customer_id"], json!(zoe));
}

#[tokio::test]
async fn customers_of_another_user_s_account_do_not_exist() {
    let (sandbox, token, [zoe, _]) = with_customers().await;
    let mut nestor = Browser::signed_in(sandbox.url(), NESTOR).await;
    let page = format!("{LIST}/{zoe}");
    assert!(!nestor.visit("/data/customers").await.shows("xab66"));
    for path in [LIST, page.as_str(), "/data/customers/none", "/data/customers/e9pl3/none"] {
        assert_eq!(nestor.visit(path).await.status, 404, "{path}");
    }
    let elsewhere = format!("/data/customers/e9pl3/{zoe}");
    assert_eq!(nestor.visit(&elsewhere).await.status, 404, "of another list");
    for path in [page, elsewhere] {
        assert_eq!(nestor.submit(&path, &[("first_name", "A"), ("last_name", "B")]).await.status, 404);
    }
    let (_, customer) = api(&sandbox, &token, &format!("/customer_lists/xab66/customers/{zoe}")).await;
    assert_eq!(customer["first_name"], "Zoé");
}

#[tokio::test]
async fn who_only_reads_sees_customers_and_changes_none() {
    let (sandbox, _, [zoe, _]) = with_customers().await;
    let mut reader = Browser::signed_in(sandbox.url(), READER).await;
    let page = reader.visit(&format!("{LIST}/{zoe}")).await;
    assert!(page.status == 200 && !page.shows("name=\"first_name\""));
    let change = reader.submit(&format!("{LIST}/{zoe}"), &[("first_name", "A"), ("last_name", "B")]).await;
    assert_eq!(change.status, 403);
}

#[tokio::test]
async fn customers_are_shown_in_english_too() {
    let sandbox = start().await;
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    browser.submit("/language", &[("language", "en"), ("next", "/")]).await;
    assert!(browser.visit(LIST).await.shows("No customer."));
    assert!(browser.visit("/data/customers").await.words().contains("Customer list Location Customers"));
}
