//! The logs and the activity of a connection.

use hubrise_sandbox::Sandbox;
use serde_json::json;

use crate::browser::{Browser, Page, THOMAS, http};
use crate::connector::{api, control, listing, options, revoke, start, text_of, token_for};

/// The path of the only connection's page.
async fn page_of(sandbox: &Sandbox, name: &str) -> (Browser, String) {
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    let page = browser.visit("/connections").await;
    let link = page.text.split("href=\"").find(|link| link.starts_with("/connections/")).expect("a connection");
    let logs = link.split('"').next().expect("an address");
    (browser, logs.replace("/logs", name))
}

fn first_entry(page: &Page, logs: &str) -> String {
    let start = format!("{logs}/");
    let link = page.text.split("href=\"").find(|link| link.starts_with(&start)).expect("an entry");
    link.split('"').next().expect("an address").to_owned()
}

#[tokio::test]
async fn every_request_of_the_connection_is_listed_newest_first() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    let other = token_for(&sandbox, "3r4s3-2").await;
    let (mut browser, logs) = page_of(&sandbox, "/logs").await;
    assert!(browser.visit(&logs).await.shows("Aucune requête pour l'instant."));
    api(&sandbox, &token, "/location").await;
    api(&sandbox, &token, "/catalogs/nope?hide_data=true").await;
    api(&sandbox, &other, "/location/customer_lists").await;
    let page = browser.visit(&logs).await;
    let words = page.words();
    for shown in [
        "Logs de connexion · TicknCook",
        "Portée location[orders.write,customer_list.write,catalog.read]",
        "Catalogue Carte Paris - psmlf",
        "Ressource Méthode URL Réponse",
        "Catalogue GET /v1/catalogs/nope?hide_data=true 404",
        "Point de vente GET /v1/location 200",
    ] {
        assert!(words.contains(shown), "{shown} is not in {words}");
    }
    assert!(words.contains("Heure (UTC+0"), "in the location's time: {words}");
    let position = |text: &str| words.find(text).expect(text);
    assert!(position("/v1/catalogs/nope") < position("/v1/location 200"));
    assert!(!words.contains("/location/customer_lists"), "that was another connection's");
    assert!(!page.shows(&token), "a token is never on a page");
}

#[tokio::test]
async fn an_entry_shows_both_bodies_indented_and_escaped() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    let body = r#"{"status":"<b>nonsense</b>","items":[]}"#;
    let url = format!("{}/v1/location/orders", sandbox.url());
    let request = http().post(url).header("X-Access-Token", &token).header("Content-Type", "application/json");
    let status = request.body(body).send().await.expect("an answer").status().as_u16();
    let (mut browser, logs) = page_of(&sandbox, "/logs").await;
    let entry = first_entry(&browser.visit(&logs).await, &logs);
    let page = browser.visit(&entry).await;
    assert!(page.shows("{\n  \"status\": \"<b>nonsense</b>\",\n  \"items\": []\n}"), "{}", page.text);
    assert!(page.shows("\"message\": "), "{}", page.text);
    assert!(page.words().contains(&format!("Commande Méthode POST URL /v1/location/orders Réponse {status}")));
    assert!(!page.shows(&token), "a token is never on a page");
    let raw = http().get(format!("{}{entry}", sandbox.url()));
    let cookies: Vec<String> = browser.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let raw = raw.header("Cookie", cookies.join("; ")).send().await.expect("a page").text().await.expect("text");
    assert!(!raw.contains("<b>nonsense"), "the markup of a body is text");
    let other = token_for(&sandbox, "3r4s3-2").await;
    api(&sandbox, &other, "/location").await;
    let latest = listing(&sandbox, "/requests").await.as_array().map_or(0, Vec::len) - 1;
    for nothing in [&latest.to_string(), "999999", "nonsense", "-1"] {
        assert_eq!(browser.visit(&format!("{logs}/{nothing}")).await.status, 404, "{nothing}");
    }
}

#[tokio::test]
async fn the_log_is_filtered_and_paged() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    for _ in 0..101 {
        api(&sandbox, &token, "/location").await;
    }
    api(&sandbox, &token, "/location/catalogs").await;
    let (mut browser, logs) = page_of(&sandbox, "/logs").await;
    let page = browser.visit(&logs).await;
    assert_eq!(page.text.matches("class=\"status").count(), 100);
    assert!(page.shows("Plus anciens") && !page.shows("Plus récents"));
    let older = browser.visit(&format!("{logs}?page=2")).await;
    assert_eq!(older.text.matches("class=\"status").count(), 2);
    assert!(older.shows("Plus récents") && !older.shows("Plus anciens"));
    let filtered = browser.visit(&format!("{logs}?resource=Catalogue&method=GET")).await;
    assert_eq!(filtered.text.matches("class=\"status").count(), 1);
    for page in ["0", "99999999999999999999", "-1", "x"] {
        assert_eq!(browser.visit(&format!("{logs}?page={page}")).await.status, 200, "{page}");
    }
}

#[tokio::test]
async fn a_revoked_connection_keeps_its_logs() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    let (mut browser, logs) = page_of(&sandbox, "/logs").await;
    revoke(&sandbox, &token).await;
    api(&sandbox, &token, "/location").await;
    let words = browser.visit(&logs).await.words();
    assert!(words.contains("Déconnectée") && words.contains("GET /v1/location 401"), "{words}");
}

#[tokio::test]
async fn activity_counts_the_calls_of_thirty_days() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    api(&sandbox, &token, "/location").await;
    api(&sandbox, &token, "/catalogs/nope").await;
    let (mut browser, activity) = page_of(&sandbox, "/activity").await;
    let words = browser.visit(&activity).await.words();
    assert!(words.contains("Transactions des 30 derniers jours : 2"), "{words}");
    assert!(words.contains("Jour Requêtes Callbacks Échecs") && words.contains(" 2 0 1 "), "{words}");
    control(&sandbox, "/clock", json!({ "advance_seconds": 31 * 86_400 })).await;
    assert!(browser.visit(&activity).await.words().contains("Transactions des 30 derniers jours : 0"));
}

#[tokio::test]
async fn a_call_that_was_cut_says_that_it_had_no_answer() {
    let sandbox = Sandbox::start(options()).await.expect("a sandbox");
    let token = token_for(&sandbox, "3r4s3-0").await;
    let fault = json!({ "path": "/v1/location", "times": 1, "action": { "kind": "drop" } });
    control(&sandbox, "/faults", fault).await;
    let url = format!("{}/v1/location", sandbox.url());
    assert!(http().get(url).header("X-Access-Token", &token).send().await.is_err());
    let (mut browser, logs) = page_of(&sandbox, "/logs").await;
    assert!(browser.visit(&logs).await.words().contains("GET /v1/location Aucune"));
    assert_eq!(text_of(&listing(&sandbox, "/connections").await[0]["status"]), "live");
}

#[tokio::test]
async fn the_pages_speak_english_too() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    api(&sandbox, &token, "/location").await;
    let (mut browser, logs) = page_of(&sandbox, "/logs").await;
    browser.submit("/language", &[("language", "en"), ("next", "/")]).await;
    let words = browser.visit(&logs).await.words();
    for shown in ["Connection logs", "Scope location[", "Resource Method URL Response", "Location GET /v1/location 200"]
    {
        assert!(words.contains(shown), "{shown} is not in {words}");
    }
    let activity = browser.visit(&logs.replace("/logs", "/activity")).await.words();
    assert!(activity.contains("Connection activity"), "{activity}");
}
