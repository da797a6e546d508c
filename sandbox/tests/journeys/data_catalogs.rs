//! DONNÉES › CATALOGUES: which there are, what is in them, and giving one another name.

use hubrise_sandbox::Sandbox;
use serde_json::json;

use crate::browser::{Browser, NESTOR, THOMAS, http};
use crate::connector::{api, connect, options, post, text_of};
use crate::team::{READER, start_with_team};

const CATALOG: &str = "/data/catalogs/psmlf";

async fn with_contents() -> (Sandbox, String) {
    let sandbox = start_with_team(options()).await;
    let scope = "location[catalog.write]";
    let token = text_of(&connect(&sandbox, scope, "3r4s3-0", &[]).await["access_token"]);
    let data = json!({
        "categories": [{ "name": "Pizzas", "ref": "P" }, { "name": "Vide", "ref": "V" }],
        "option_lists": [{ "name": "Sauces", "ref": "S", "options": [{ "name": "Barbecue", "ref": "B", "price": "1.00 EUR" }, { "name": "Sans" }] }],
        "products": [
            { "name": "Reine & Cie <i", "category_ref": "P", "skus": [
                { "name": "33 cm", "ref": "R33", "price": "12.50 EUR", "option_list_refs": ["S"] },
                { "name": "40 cm", "ref": "R40", "price": "15.50 EUR" },
            ] },
            { "name": "Orpheline", "skus": [{ "price": "1.00 EUR" }] },
        ],
        "deals": [{ "name": "Deux pour une", "lines": [] }],
    });
    let change = http().put(format!("{}/v1/catalogs/psmlf", sandbox.url())).header("X-Access-Token", &token);
    let changed = change.json(&json!({ "name": "Carte Paris", "data": data })).send().await.expect("an answer");
    assert_eq!(changed.status(), 200);
    (sandbox, token)
}

#[tokio::test]
async fn catalogs_are_listed_by_name_and_id_with_their_locations() {
    let (sandbox, _) = with_contents().await;
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    let words = browser.visit("/data/catalogs").await.words();
    assert!(words.contains("Carte Paris - psmlf Paris - 3r4s3-0 01/01/2025"), "{words}");
    assert!(words.contains("Carte Lyon livraison - h3kz9"), "{words}");
    browser.submit("/place", &[("account", "3r4s3"), ("location", "3r4s3-1"), ("next", "/")]).await;
    let lyon = browser.visit("/data/catalogs").await;
    assert!(lyon.shows("q7wd2") && !lyon.shows("psmlf"));
}

#[tokio::test]
async fn a_catalog_shows_what_is_in_it() {
    let (sandbox, token) = with_contents().await;
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    let page = browser.visit(CATALOG).await;
    for shown in
        ["Reine & Cie <i", "33 cm", "R33", "Sauces", "12.50 EUR", "Sans catégorie", "Orpheline", "Deux pour une"]
    {
        assert!(page.shows(shown), "{shown}: {}", page.words());
    }
    assert!(page.shows("Barbecue (1.00 EUR)"));
    let emptied = http().put(format!("{}/v1/catalogs/psmlf", sandbox.url())).header("X-Access-Token", &token);
    let emptied = emptied.json(&json!({ "data": {} })).send().await.expect("an answer");
    assert_eq!(emptied.status(), 200);
    assert!(browser.visit(CATALOG).await.shows("Ce catalogue est vide."));
}

#[tokio::test]
async fn a_renamed_catalog_is_renamed_for_clients_and_they_are_told() {
    let (sandbox, token) = with_contents().await;
    let callback = json!({ "url": null, "events": { "catalog": ["update"] } });
    let callback = post(&sandbox, "/v1/callback").header("X-Access-Token", &token).json(&callback);
    assert_eq!(callback.send().await.expect("an answer").status(), 200);
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    assert_eq!(browser.submit(CATALOG, &[("name", " Carte d'hiver ")]).await.target(), CATALOG);
    let page = browser.visit(CATALOG).await;
    assert!(page.shows("Carte d'hiver - psmlf") && page.shows("Reine"), "its contents stay");
    assert_eq!(api(&sandbox, &token, "/catalogs/psmlf").await.1["name"], "Carte d'hiver");
    let (_, events) = api(&sandbox, &token, "/callback/events").await;
    assert_eq!((&events[0]["resource_type"], &events[0]["catalog_id"]), (&json!("catalog"), &json!("psmlf")));
}

#[tokio::test]
async fn a_catalog_is_not_given_an_empty_name_or_that_of_another() {
    let (sandbox, _) = with_contents().await;
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    assert_eq!(browser.submit(CATALOG, &[("name", "  ")]).await.status, 422);
    let taken = browser.submit("/data/catalogs/q7wd2", &[("name", "Carte Lyon livraison")]).await;
    assert_eq!(taken.status, 422);
    assert!(browser.visit("/data/catalogs/q7wd2").await.shows("Carte Lyon - q7wd2"));
}

#[tokio::test]
async fn catalogs_of_another_user_s_account_do_not_exist() {
    let (sandbox, _) = with_contents().await;
    let mut nestor = Browser::signed_in(sandbox.url(), NESTOR).await;
    assert!(!nestor.visit("/data/catalogs").await.shows("psmlf"));
    assert_eq!(nestor.visit(CATALOG).await.status, 404);
    assert_eq!(nestor.submit(CATALOG, &[("name", "Mine")]).await.status, 404);
    assert!(Browser::signed_in(sandbox.url(), THOMAS).await.visit(CATALOG).await.shows("Carte Paris"));
}

#[tokio::test]
async fn who_only_reads_sees_catalogs_and_renames_none() {
    let (sandbox, _) = with_contents().await;
    let mut reader = Browser::signed_in(sandbox.url(), READER).await;
    let page = reader.visit(CATALOG).await;
    assert!(page.shows("Reine") && !page.shows("Renommer"));
    assert_eq!(reader.submit(CATALOG, &[("name", "Mine")]).await.status, 403);
}

#[tokio::test]
async fn catalogs_are_shown_in_english_too() {
    let (sandbox, _) = with_contents().await;
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    browser.submit("/language", &[("language", "en"), ("next", "/")]).await;
    assert!(browser.visit(CATALOG).await.shows("Rename the catalog"));
    assert!(browser.visit("/data/catalogs").await.words().contains("Catalog Location Created on Products"));
}
