//! The apps that can be connected from the back office.

use hubrise_sandbox::{ListingForm, Options, Sandbox};

use crate::browser::{Browser, Page, THOMAS};
use crate::connector::{CALLBACK, CLIENT_ID, OTHER_ID, SCOPE, exchange, json_of, options, start};
use crate::team::{READER, start_with_team};

const ACCOUNT_SCOPE: &str = "account[orders.read]";

fn listed(location_scope: &str, account_scope: &str, connect_url: &str) -> Options {
    let listing = ListingForm {
        description: "Affiche les commandes <en cuisine>.".to_owned(),
        location_scope: location_scope.to_owned(),
        account_scope: account_scope.to_owned(),
        connect_url: connect_url.to_owned(),
        ..ListingForm::default()
    };
    Options { listing, ..options() }
}

async fn signed_in(options: Options) -> (Sandbox, Browser) {
    let sandbox = Sandbox::start(options).await.expect("a sandbox");
    let browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    (sandbox, browser)
}

async fn choose(browser: &mut Browser, location: &str) {
    browser.submit("/place", &[("account", "3r4s3"), ("location", location), ("next", "/")]).await;
}

/// Where the page's **Connecter** leads.
fn connect_links(page: &Page) -> Vec<String> {
    let links = page.text.split("href=\"").filter(|link| link.starts_with("/oauth2/v1/authorize?"));
    links.map(|link| link.split('"').next().expect("an address").to_owned()).collect()
}

#[tokio::test]
async fn only_listed_apps_are_available() {
    let (_sandbox, mut browser) = signed_in(listed(SCOPE, ACCOUNT_SCOPE, CALLBACK)).await;
    let page = browser.visit("/apps").await;
    assert!(page.shows("Affiche les commandes <en cuisine>."));
    assert!(page.words().contains("Pour un point de vente · Pour tout le compte"));
    assert!(page.shows(&format!("/apps/{CLIENT_ID}")) && !page.shows("Another app"));
    for path in [format!("/apps/{OTHER_ID}"), "/apps/nobody".to_owned()] {
        assert_eq!(browser.visit(&path).await.status, 404, "{path}");
    }
    let plain = start().await;
    assert!(Browser::signed_in(plain.url(), THOMAS).await.visit("/apps").await.shows("Aucune app n'est référencée."));
}

#[tokio::test]
async fn an_app_is_connected_from_here_without_a_state() {
    let (sandbox, mut browser) = signed_in(listed(SCOPE, "", CALLBACK)).await;
    choose(&mut browser, "3r4s3-0").await;
    let page = browser.visit(&format!("/apps/{CLIENT_ID}")).await;
    assert!(page.words().contains("Instructions") && page.words().contains("Point de vente Paris - 3r4s3-0"));
    let links = connect_links(&page);
    assert!(page.shows(&format!("href=\"{}\" target=\"_blank\" rel=\"noopener\">Connecter", links[0])), "a new tab");
    assert!(links[0].contains("account_id=3r4s3") && !links[0].contains("state="), "{links:?}");
    let back = browser.submit(&links[0], &[("decision", "allow"), ("location_id", "3r4s3-0")]).await;
    assert!(back.target().starts_with(CALLBACK), "{}", back.target());
    assert_eq!(back.target_parameter("state"), None);
    let token = json_of(exchange(&sandbox, &back.target_parameter("code").expect("a code")).await).await;
    assert_eq!(token["location_id"], "3r4s3-0");
}

#[tokio::test]
async fn the_location_is_chosen_on_the_consent_page_and_the_account_in_the_top_bar() {
    let (_sandbox, mut browser) = signed_in(listed(SCOPE, ACCOUNT_SCOPE, CALLBACK)).await;
    let path = format!("/apps/{CLIENT_ID}");
    let page = browser.visit(&path).await;
    let links = connect_links(&page);
    assert_eq!(links.len(), 2);
    assert!(links[0].contains("scope=location") && links[1].contains("scope=account"), "{links:?}");
    assert!(!page.shows("aria-disabled=\"true\">Connecter"));
    let consent = browser.visit(&links[0].replace("&amp;", "&")).await;
    assert!(consent.shows("(3r4s3-0)") && consent.shows("(3r4s3-1)"), "{}", consent.words());
    choose(&mut browser, "3r4s3-1").await;
    let page = browser.visit(&path).await;
    let links = connect_links(&page);
    assert_eq!(links.len(), 1);
    assert!(links[0].contains("scope=location"), "{links:?}");
    assert!(page.words().contains("Point de vente Lyon - 3r4s3-1"));
    assert!(page.shows("aria-disabled=\"true\">Connecter") && page.shows("Sélectionnez d'abord tous les points"));
}

#[tokio::test]
async fn an_app_without_a_connect_url_starts_in_the_app() {
    let (_sandbox, mut browser) = signed_in(listed(SCOPE, "", "")).await;
    let page = browser.visit(&format!("/apps/{CLIENT_ID}")).await;
    assert!(page.shows("Cette app ne se connecte pas depuis HubRise") && connect_links(&page).is_empty());
}

#[tokio::test]
async fn a_reader_connects_nothing() {
    let sandbox = start_with_team(listed(SCOPE, ACCOUNT_SCOPE, CALLBACK)).await;
    let page = Browser::signed_in(sandbox.url(), READER).await.visit(&format!("/apps/{CLIENT_ID}")).await;
    assert!(page.shows("Votre rôle ne permet pas de connecter une app.") && connect_links(&page).is_empty());
}

#[tokio::test]
async fn the_pages_speak_english_too() {
    let (_sandbox, mut browser) = signed_in(listed(SCOPE, ACCOUNT_SCOPE, CALLBACK)).await;
    browser.submit("/language", &[("language", "en"), ("next", "/")]).await;
    assert!(browser.visit("/apps").await.words().contains("Available apps"));
    let words = browser.visit(&format!("/apps/{CLIENT_ID}")).await.words();
    for shown in ["Instructions", "Account Bella Pizza - 3r4s3", "Connect (new tab)"] {
        assert!(words.contains(shown), "{shown} is not in {words}");
    }
}

#[tokio::test]
async fn the_location_of_the_top_bar_is_chosen_to_begin_with_but_only_from_here() {
    let (_sandbox, mut browser) = signed_in(listed(SCOPE, "", CALLBACK)).await;
    choose(&mut browser, "3r4s3-1").await;
    let connect = connect_links(&browser.visit(&format!("/apps/{CLIENT_ID}")).await).remove(0).replace("&amp;", "&");
    let chosen = |location: &str, class: &str| format!("<option value=\"{location}\" class=\"{class}\" selected>");
    assert!(browser.visit(&connect).await.shows(&chosen("3r4s3-1", "open")));
    let from_the_app = connect.replace("&account_id=3r4s3", "");
    assert!(browser.visit(&from_the_app).await.shows(&chosen("3r4s3-0", "settled")));
}
