//! DONNÉES › COMMANDES: the list, one order, and changing where it stands.

use hubrise_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::browser::{Browser, NESTOR, THOMAS};
use crate::connector::{api, control, json_of, post, start, text_of, token_for};
use crate::team::{READER, team};

/// Nice, whose dishes are those of the injector.
const WITHOUT_CATALOG: &str = "3r4s3-2";

async fn inject(sandbox: &Sandbox, location: &str, content: &str, count: u32) -> Vec<String> {
    let body = json!({ "location_id": location, "kind": "delivery", "content": content, "count": count });
    let made = json_of(control(sandbox, "/orders", body).await).await;
    made["order_ids"].as_array().expect("ids").iter().map(text_of).collect()
}

#[tokio::test]
async fn orders_are_listed_newest_first_with_what_matters_of_them() {
    let sandbox = start().await;
    let ids = inject(&sandbox, "3r4s3-0", "plain", 2).await;
    let page = Browser::signed_in(sandbox.url(), THOMAS).await.visit("/data/orders").await;
    let words = page.words();
    assert!(words.contains("Commandes (2)"), "{words}");
    assert!(words.find(&ids[1]) < words.find(&ids[0]), "{words}");
    assert!(words.contains(&format!("{} Paris - 3r4s3-0 Nouvelle Livraison Camille Durand", ids[0])), "{words}");
    assert!(words.contains("EUR Developer tools"), "{words}");
}

#[tokio::test]
async fn an_account_in_pounds_has_orders_in_english() {
    let sandbox = start().await;
    inject(&sandbox, "z6q31-0", "plain", 2).await;
    let page = Browser::signed_in(sandbox.url(), NESTOR).await.visit("/data/orders").await;
    assert!(page.shows(" GBP") && page.shows("Olivia Bennett"), "{}", page.words());
}

#[tokio::test]
async fn orders_are_filtered_by_status_and_by_location() {
    let sandbox = start().await;
    let ids = inject(&sandbox, "3r4s3-0", "plain", 2).await;
    let lyon = inject(&sandbox, "3r4s3-1", "plain", 1).await;
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    browser.submit(&format!("/data/orders/{}/status", ids[0]), &[("status", "completed")]).await;
    let done = browser.visit("/data/orders?status=completed").await;
    assert!(done.shows(&ids[0]) && !done.shows(&ids[1]) && !done.shows(&lyon[0]));
    browser.submit("/place", &[("account", "3r4s3"), ("location", "3r4s3-1"), ("next", "/data/orders")]).await;
    let page = browser.visit("/data/orders").await;
    assert!(page.shows(&lyon[0]) && !page.shows(&ids[1]));
}

#[tokio::test]
async fn a_long_list_is_shown_fifty_at_a_time() {
    let sandbox = start().await;
    let ids = inject(&sandbox, "3r4s3-0", "plain", 51).await;
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    let first = browser.visit("/data/orders?status=new").await;
    assert!(first.words().contains("Page 1 sur 2 Suivante"), "{}", first.words());
    assert!(first.shows("href=\"/data/orders?status=new&page=2\"") && !first.shows(&ids[0]));
    let second = browser.visit("/data/orders?status=new&page=2").await;
    assert!(second.shows(&ids[0]) && !second.shows(&ids[1]));
    for page in ["0", "-1", "many", "99999999999999999999999"] {
        assert_eq!(browser.visit(&format!("/data/orders?page={page}")).await.status, 200, "{page}");
    }
}

#[tokio::test]
async fn an_order_shows_its_items_options_deals_notes_and_payments() {
    let sandbox = start().await;
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    for (content, shown) in [
        ("options", "Suppléments · Burrata (3.50 EUR)"),
        ("removed", "Ingrédients · Sans Basilic"),
        ("deal", "Menu : Menu du soir · Plat"),
        ("half_and_half", "Seconde moitié · Reine"),
    ] {
        let sandbox = start().await;
        let id = inject(&sandbox, WITHOUT_CATALOG, content, 1).await.remove(0);
        let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
        let words = browser.visit(&format!("/data/orders/{id}")).await.words();
        assert!(words.contains(shown), "{content}: {words}");
        assert!(words.contains("Paiements · Carte en ligne"), "{words}");
        assert!(words.contains("Frais · Frais de livraison 2.50 EUR"), "{words}");
        assert!(words.contains("Code 12B34, 3e étage à gauche"), "{words}");
    }
    let id = inject(&sandbox, WITHOUT_CATALOG, "notes", 1).await.remove(0);
    let words = browser.visit(&format!("/data/orders/{id}")).await.words();
    assert!(words.contains("Allergie aux fruits à coque.") && words.contains("Bien cuit"), "{words}");
}

#[tokio::test]
async fn private_refs_of_clients_are_not_shown() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    let body = json!({ "status": "new", "private_ref": "SECRET-7", "customer_notes": "1 & 2" });
    let made = post(&sandbox, "/v1/location/orders").header("X-Access-Token", &token).json(&body).send().await;
    let id = text_of(&json_of(made.expect("an answer")).await["id"]);
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    let page = browser.visit(&format!("/data/orders/{id}")).await;
    assert!(!page.shows("SECRET-7"));
    assert!(page.shows("1 & 2"));
    assert!(!browser.visit("/data/orders").await.shows("SECRET-7"));
}

#[tokio::test]
async fn a_changed_status_reaches_the_client_that_made_the_order() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    let made = post(&sandbox, "/v1/location/orders").header("X-Access-Token", &token).json(&json!({ "status": "new" }));
    let id = text_of(&json_of(made.send().await.expect("an answer")).await["id"]);
    let callback = json!({ "url": null, "events": { "order": ["update"] } });
    let callback = post(&sandbox, "/v1/callback").header("X-Access-Token", &token).json(&callback);
    assert_eq!(callback.send().await.expect("an answer").status(), 200);
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    let changed = browser.submit(&format!("/data/orders/{id}/status"), &[("status", "accepted")]).await;
    assert_eq!(changed.target(), format!("/data/orders/{id}"));
    assert!(browser.visit(changed.target()).await.words().contains("· Acceptée"));
    assert_eq!(api(&sandbox, &token, &format!("/location/orders/{id}")).await.1["status"], "accepted");
    let (_, events) = api(&sandbox, &token, "/callback/events").await;
    assert_eq!((&events[0]["event_type"], &events[0]["order_id"]), (&json!("update"), &json!(id)));
}

#[tokio::test]
async fn a_status_that_is_none_is_refused() {
    let sandbox = start().await;
    let id = inject(&sandbox, "3r4s3-0", "plain", 1).await.remove(0);
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    for status in ["eaten", ""] {
        let refused = browser.submit(&format!("/data/orders/{id}/status"), &[("status", status)]).await;
        assert_eq!(refused.status, 422, "{status}");
    }
    assert!(browser.visit(&format!("/data/orders/{id}")).await.words().contains("· Nouvelle"));
}

#[tokio::test]
async fn orders_of_another_user_s_account_do_not_exist() {
    let sandbox = start().await;
    let id = inject(&sandbox, "3r4s3-0", "plain", 1).await.remove(0);
    let mut nestor = Browser::signed_in(sandbox.url(), NESTOR).await;
    assert!(!nestor.visit("/data/orders").await.shows(&id));
    assert_eq!(nestor.visit(&format!("/data/orders/{id}")).await.status, 404);
    let change = nestor.submit(&format!("/data/orders/{id}/status"), &[("status", "rejected")]).await;
    assert_eq!(change.status, 404);
    assert_eq!(nestor.visit("/data/orders/none").await.status, 404);
    let stranger = Browser::new(sandbox.url()).visit("/data/orders").await;
    assert!(stranger.target().starts_with("/login"));
}

#[tokio::test]
async fn who_only_reads_changes_and_injects_nothing() {
    let sandbox = team().await;
    let id = inject(&sandbox, "3r4s3-0", "plain", 1).await.remove(0);
    let mut reader = Browser::signed_in(sandbox.url(), READER).await;
    let page = reader.visit(&format!("/data/orders/{id}")).await;
    assert!(page.status == 200 && !page.shows("Changer l'état"));
    let change = reader.submit(&format!("/data/orders/{id}/status"), &[("status", "rejected")]).await;
    assert_eq!(change.status, 403);
    let order = [("location_id", "3r4s3-0"), ("kind", "mix"), ("content", "mix"), ("count", "1"), ("per_minute", "0")];
    assert_eq!(reader.submit("/developer-tools", &order).await.status, 403);
    assert!(reader.visit("/developer-tools").await.shows("aucun point de vente"));
    assert!(reader.visit("/data/orders").await.words().contains("Commandes (1)"));
}

#[tokio::test]
async fn orders_are_shown_in_english_too() {
    let sandbox = start().await;
    let id = inject(&sandbox, "3r4s3-0", "removed", 1).await.remove(0);
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    browser.submit("/language", &[("language", "en"), ("next", "/")]).await;
    assert!(browser.visit("/data/orders").await.words().contains("3r4s3-0 New Delivery"));
    let page = browser.visit(&format!("/data/orders/{id}")).await;
    assert!(page.shows("Change the status") && page.words().contains("Without Basilic"), "{}", page.words());
}

#[tokio::test]
async fn an_order_with_nothing_but_a_status_is_shown() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    let made = post(&sandbox, "/v1/location/orders").header("X-Access-Token", &token).json(&json!({ "status": "new" }));
    let order: Value = json_of(made.send().await.expect("an answer")).await;
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    assert_eq!(browser.visit("/data/orders").await.status, 200);
    let page = browser.visit(&format!("/data/orders/{}", text_of(&order["id"]))).await;
    assert!(page.words().contains("Total 0.00 EUR"), "{}", page.words());
}
