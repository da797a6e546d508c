//! CONNEXIONS: the cards, and what can be done to a connection.

use hubrise_sandbox::{ListingForm, Options, Sandbox};
use serde_json::json;

use crate::browser::{Browser, NESTOR, Page, THOMAS};
use crate::connector::{
    CALLBACK, CLIENT_ID, SCOPE, api, connect, control, exchange, json_of, listing, options, start, text_of, token_for,
};
use crate::receiver::Receiver;
use crate::team::{PARTNER, READER, start_with_team, team};

const LYON: [(&str, &str); 2] = [("catalog_id", "q7wd2"), ("customer_list_id", "m8rt4")];

fn as_app(disconnect_url: &str) -> Options {
    let listing = ListingForm {
        location_scope: SCOPE.to_owned(),
        connect_url: CALLBACK.to_owned(),
        open_url: "https://app.example/open?theme=dark".to_owned(),
        disconnect_url: disconnect_url.to_owned(),
        ..ListingForm::default()
    };
    Options { listing, ..options() }
}

/// The address that the page has for something to be done to its first connection.
fn form(page: &Page, change: &str) -> String {
    let forms = page.text.split("action=\"").skip(1).map(|form| form.split('"').next().expect("an action"));
    let mut wanted = forms.filter(|form| form.ends_with(change));
    wanted.next().unwrap_or_else(|| panic!("no {change} in {}", page.text)).to_owned()
}

async fn connections(sandbox: &Sandbox, email: &str) -> Page {
    Browser::signed_in(sandbox.url(), email).await.visit("/connections").await
}

#[tokio::test]
async fn a_connection_is_shown_with_what_it_was_granted() {
    let sandbox = start().await;
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    assert!(browser.visit("/connections").await.shows("Aucune app n'est connectée."));
    let token = token_for(&sandbox, "3r4s3-0").await;
    token_for(&sandbox, "3r4s3-2").await;
    let page = browser.visit("/connections").await;
    let words = page.words();
    for shown in [
        "Voir les apps disponibles",
        "Point de vente Paris - 3r4s3-0 TicknCook Connectée le ",
        "Liste de clients : Clients Paris - xab66",
        "Catalogue : Carte Paris - psmlf",
        "Liste de clients : — Catalogue : —",
        "Actions",
        "Voir les logs",
        "Voir l'activité",
        "Bloquer",
        "Déconnecter",
        "Confirmer",
    ] {
        assert!(words.contains(shown), "{shown} is not in {words}");
    }
    for hidden in ["Ouvrir", "Reconnecter", "ID du terminal", &token] {
        assert!(!page.shows(hidden), "a plain client's connection without a device, and no token: {hidden}");
    }
    let (_, date) = words.split_once("Connectée le ").expect("a date");
    let digits: Vec<usize> = date[..10].split('/').map(str::len).collect();
    assert_eq!(digits, [2, 2, 4], "{date}");
}

#[tokio::test]
async fn the_page_speaks_english_too() {
    let sandbox = Sandbox::start(as_app("")).await.expect("a sandbox");
    token_for(&sandbox, "3r4s3-0").await;
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    browser.submit("/language", &[("language", "en"), ("next", "/")]).await;
    let words = browser.visit("/connections").await.words();
    for shown in [
        "View available apps",
        "Location Paris - 3r4s3-0",
        "Connected on",
        "Customer list: Clients Paris",
        "Catalog: Carte Paris",
        "Open",
        "View logs",
        "View activity",
        "Block",
        "Disconnect",
        "Reconnect",
        "Confirm",
    ] {
        assert!(words.contains(shown), "{shown} is not in {words}");
    }
}

#[tokio::test]
async fn account_and_locations_are_groups_and_the_top_bar_chooses_among_them() {
    let sandbox = start().await;
    connect(&sandbox, "account[orders.read]", "3r4s3", &[]).await;
    token_for(&sandbox, "3r4s3-0").await;
    token_for(&sandbox, "3r4s3-2").await;
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    let words = browser.visit("/connections").await.words();
    assert!(words.contains("Compte Bella Pizza - 3r4s3 TicknCook"), "{words}");
    assert!(words.contains("Point de vente Nice - 3r4s3-2 TicknCook"), "{words}");
    browser.submit("/place", &[("account", "3r4s3"), ("location", "3r4s3-0"), ("next", "/")]).await;
    let words = browser.visit("/connections").await.words();
    assert!(words.contains("Point de vente Paris - 3r4s3-0 TicknCook"), "{words}");
    assert!(!words.contains("Point de vente Nice") && !words.contains("Compte Bella"), "{words}");
}

#[tokio::test]
async fn a_device_is_named() {
    let sandbox = start().await;
    let path = format!("{}&device_id=caisse-7", crate::connector::authorise_path(CLIENT_ID, SCOPE));
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    let back = browser.submit(&path, &[("decision", "allow"), ("location_id", "3r4s3-0")]).await;
    exchange(&sandbox, &back.target_parameter("code").expect("a code")).await;
    assert!(browser.visit("/connections").await.words().contains("ID du terminal : caisse-7"));
}

#[tokio::test]
async fn a_listed_app_is_opened_in_a_new_tab_at_its_open_url_with_the_app_instance() {
    let sandbox = Sandbox::start(as_app("")).await.expect("a sandbox");
    token_for(&sandbox, "3r4s3-0").await;
    let instance = text_of(&listing(&sandbox, "/connections").await[0]["app_instance_id"]);
    let page = connections(&sandbox, THOMAS).await;
    let link = format!("href=\"https://app.example/open?theme=dark&app_instance_id={instance}\" target=\"_blank\"");
    assert!(page.shows(&link), "{link} is not in {}", page.text);
}

#[tokio::test]
async fn a_block_is_set_and_lifted_and_says_so() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    let block = form(&browser.visit("/connections").await, "/block");
    assert_eq!(browser.submit(&block, &[]).await.target(), "/connections");
    let (status, body) = api(&sandbox, &token, "/location").await;
    assert_eq!((status, &body["message"]), (401, &json!("The connection has been blocked")));
    let page = browser.visit("/connections").await;
    assert!(page.words().contains("TicknCook Bloquée") && page.shows("Débloquer"), "{}", page.words());
    browser.submit(&form(&page, "/unblock"), &[]).await;
    assert_eq!(api(&sandbox, &token, "/location").await.0, 200);
    assert!(!browser.visit("/connections").await.shows("Bloquée"));
}

#[tokio::test]
async fn disconnecting_revokes_the_token_and_keeps_the_logs() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    let disconnect = form(&browser.visit("/connections").await, "/disconnect");
    for _ in 0..2 {
        assert_eq!(browser.submit(&disconnect, &[]).await.target(), "/connections", "twice is as good as once");
    }
    let page = browser.visit("/connections").await;
    assert!(page.shows("Aucune app n'est connectée.") && page.shows("Apps déconnectées"));
    assert_eq!(api(&sandbox, &token, "/location").await.0, 401);
    assert_eq!(browser.visit(&disconnect.replace("/disconnect", "/logs")).await.status, 200);
}

#[tokio::test]
async fn the_app_is_told_of_a_disconnection_once_and_of_a_block_by_a_switch() {
    let receiver = Receiver::start().await;
    let sandbox = Sandbox::start(as_app(&receiver.url)).await.expect("a sandbox");
    control(&sandbox, "/settings", json!({ "notice_after_block": true })).await;
    token_for(&sandbox, "3r4s3-0").await;
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    let page = browser.visit("/connections").await;
    for change in ["/block", "/block", "/disconnect", "/disconnect"] {
        browser.submit(&form(&page, change), &[]).await;
    }
    control(&sandbox, "/deliveries/run", json!({})).await;
    assert_eq!(receiver.wait_for(2).await.len(), 2);
    assert_eq!(listing(&sandbox, "/deliveries").await.as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn reconnecting_lets_the_user_choose_another_catalog_for_the_same_token() {
    let sandbox = Sandbox::start(as_app("")).await.expect("a sandbox");
    let first = connect(&sandbox, SCOPE, "3r4s3-1", &LYON).await;
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    let page = browser.visit("/connections").await;
    let link = page.text.split("href=\"").find(|link| link.starts_with("/oauth2/v1/authorize?")).expect("a link");
    let link = link.split('"').next().expect("an address");
    let instance = listing(&sandbox, "/connections").await[0]["app_instance_id"].clone();
    assert!(link.contains(&format!("app_instance_id={}", text_of(&instance))) && link.contains("account_id=3r4s3"));
    assert!(!link.contains("state="), "HubRise starts it without a state: {link}");
    let asked = browser.visit(link).await;
    assert_eq!(asked.status, 200, "it asks, although nothing new is granted: {:?}", asked.location);
    let next = browser.submit(link, &[("decision", "allow"), ("location_id", "3r4s3-1")]).await;
    let picked = [("decision", "allow"), ("catalog_id", "h3kz9"), ("customer_list_id", "b2nv7")];
    let back = browser.submit(next.target(), &picked).await;
    assert!(back.target().starts_with(CALLBACK), "{}", back.target());
    assert_eq!(back.target_parameter("state"), None);
    let second = json_of(exchange(&sandbox, &back.target_parameter("code").expect("a code")).await).await;
    assert_eq!((&second["access_token"], &second["catalog_id"]), (&first["access_token"], &json!("h3kz9")));
}

#[tokio::test]
async fn a_reader_looks_and_changes_nothing_and_a_partner_may() {
    let sandbox = team().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    let forms = connections(&sandbox, THOMAS).await;
    let page = connections(&sandbox, READER).await;
    assert!(page.shows("Voir les logs") && !page.shows("Bloquer") && !page.shows("Déconnecter"));
    let mut reader = Browser::signed_in(sandbox.url(), READER).await;
    for change in ["/block", "/disconnect"] {
        let refused = reader.submit(&form(&forms, change), &[]).await;
        assert_eq!(refused.status, 403);
        assert!(refused.shows("Votre rôle ne permet pas de faire cela."));
    }
    assert_eq!(api(&sandbox, &token, "/location").await.0, 200);
    let mut partner = Browser::signed_in(sandbox.url(), PARTNER).await;
    assert_eq!(partner.submit(&form(&forms, "/disconnect"), &[]).await.status, 303);
    assert_eq!(api(&sandbox, &token, "/location").await.0, 401);
}

#[tokio::test]
async fn what_is_another_user_s_does_not_exist() {
    let sandbox = start_with_team(as_app("")).await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    let forms = connections(&sandbox, THOMAS).await;
    let mut nestor = Browser::signed_in(sandbox.url(), NESTOR).await;
    assert!(!nestor.visit("/connections").await.shows("3r4s3"));
    let disconnect = form(&forms, "/disconnect");
    for change in ["/block", "/unblock", "/disconnect"] {
        assert_eq!(nestor.submit(&disconnect.replace("/disconnect", change), &[]).await.status, 404);
    }
    for page in ["/logs", "/logs/0", "/activity"] {
        assert_eq!(nestor.visit(&disconnect.replace("/disconnect", page)).await.status, 404);
    }
    let nobody = Browser::new(sandbox.url()).submit(&disconnect, &[]).await;
    assert!(nobody.target().starts_with("/login"));
    assert_eq!(api(&sandbox, &token, "/location").await.0, 200);
}

#[tokio::test]
async fn a_form_of_another_site_disconnects_nothing() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    let disconnect = form(&browser.visit("/connections").await, "/disconnect");
    assert_eq!(browser.submit_from(&disconnect, &[], &[("Origin", "https://evil.example")]).await.status, 403);
    assert_eq!(api(&sandbox, &token, "/location").await.0, 200);
}

#[tokio::test]
async fn a_suspended_account_says_so() {
    let sandbox = start().await;
    token_for(&sandbox, "3r4s3-0").await;
    control(&sandbox, "/accounts/3r4s3/suspend", json!({})).await;
    assert!(connections(&sandbox, THOMAS).await.words().contains("Suspendu pour non-paiement"));
}
