//! DÉVELOPPEUR: clients of an account, as apps or not.

use hubrise_sandbox::Sandbox;
use reqwest::StatusCode;

use crate::browser::{Browser, NESTOR, THOMAS};
use crate::connector::{CALLBACK, CLIENT_ID, SCOPE, SECRET, api, json_of, post, start, text_of};
use crate::team::{PARTNER, READER, team};

/// The page of a new client.
async fn create(browser: &mut Browser, name: &str) -> String {
    let made = browser.submit("/developer/clients", &[("account", "3r4s3"), ("name", name)]).await;
    made.target().to_owned()
}

fn id_of(page: &str) -> &str {
    page.rsplit('/').next().expect("an id")
}

/// The secrets that the page shows, the new one first.
async fn secrets(browser: &mut Browser, page: &str) -> Vec<String> {
    let text = browser.visit(page).await.text;
    let codes = text.split("<code>").skip(1).filter_map(|code| code.split('<').next()).map(str::to_owned);
    codes.filter(|code| code.len() == 64 && code.chars().all(|digit| digit.is_ascii_hexdigit())).collect()
}

async fn authenticates(sandbox: &Sandbox, id: &str, secret: &str) -> bool {
    let request = post(sandbox, "/oauth2/v1/token").basic_auth(id, Some(secret)).form(&[("code", "nonsense")]);
    request.send().await.expect("an answer").status() != StatusCode::UNAUTHORIZED
}

#[tokio::test]
async fn a_client_is_created_and_works_at_once() {
    let sandbox = start().await;
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    assert!(browser.visit("/developer").await.shows("Ce compte n'a pas encore de client."));
    let page = create(&mut browser, " Écran cuisine ").await;
    assert!(id_of(&page).ends_with(".clients.hubrise.com"), "{page}");
    assert!(browser.visit("/developer").await.words().contains("Écran cuisine Client simple"));
    let secret = secrets(&mut browser, &page).await;
    assert_eq!(secret.len(), 1);
    assert!(!page.contains(&secret[0]), "a secret is never in an address");
    let authorise = crate::connector::authorise_path(id_of(&page), SCOPE);
    let back = browser.submit(&authorise, &[("decision", "allow"), ("location_id", "3r4s3-0")]).await;
    let code = back.target_parameter("code").expect("a code");
    let request = post(&sandbox, "/oauth2/v1/token").basic_auth(id_of(&page), Some(&secret[0])).form(&[("code", code)]);
    let token = json_of(request.send().await.expect("an answer")).await;
    assert_eq!(api(&sandbox, &text_of(&token["access_token"]), "/location").await.0, 200);
}

#[tokio::test]
async fn a_client_without_a_name_is_not_created() {
    let sandbox = start().await;
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    for name in ["", "  ", &"x".repeat(101)] {
        let page = browser.submit("/developer/clients", &[("account", "3r4s3"), ("name", name)]).await;
        assert_eq!(page.status, 422);
        assert!(page.shows("un nom a entre 1 et 100 caractères") && page.shows("pas encore de client"));
    }
}

#[tokio::test]
async fn a_client_is_registered_as_an_app_edited_and_taken_off_the_list() {
    let sandbox = start().await;
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    let page = create(&mut browser, "Écran cuisine").await;
    let app = format!("{page}/app");
    let fields = [
        ("description", "Affiche les commandes."),
        ("location_scope", SCOPE),
        ("account_scope", "account[orders.read]"),
        ("connect_url", CALLBACK),
        ("open_url", "https://app.example/open"),
        ("disconnect_url", "https://app.example/gone"),
    ];
    assert_eq!(browser.submit(&app, &fields).await.target(), page);
    let shown = browser.visit(&page).await;
    for (name, value) in fields {
        assert!(shown.shows(value), "{name} is not in {}", shown.text);
    }
    let apps = browser.visit("/apps").await;
    assert!(apps.words().contains("Écran cuisine Affiche les commandes."), "{}", apps.words());
    browser.submit(&app, &[("location_scope", SCOPE), ("description", "Autre chose.")]).await;
    let shown = browser.visit(&page).await;
    assert!(shown.shows("Autre chose.") && !shown.shows("https://app.example/gone"), "what was emptied is gone");
    browser.submit(&format!("{app}/remove"), &[]).await;
    assert!(!browser.visit("/apps").await.shows("Écran cuisine"));
}

#[tokio::test]
async fn a_form_with_a_flaw_comes_back_as_it_was_with_the_reason() {
    let sandbox = start().await;
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    let page = create(&mut browser, "Écran cuisine").await;
    let app = format!("{page}/app");
    for (field, value, reason) in [
        ("location_scope", "account[orders.read]", "Ce n'est pas une portée de point de vente"),
        ("location_scope", "location[pizza.eat]", "Ce n'est pas une portée de point de vente"),
        ("account_scope", SCOPE, "Ce n'est pas une portée de compte"),
        ("connect_url", "app.example", "Ce n'est pas une adresse http ou https complète"),
        ("open_url", "javascript:alert(1)", "Ce n'est pas une adresse http ou https complète"),
        ("disconnect_url", "ftp://app.example/", "Ce n'est pas une adresse http ou https complète"),
    ] {
        let answer = browser.submit(&app, &[("description", "Gardée."), (field, value)]).await;
        assert_eq!(answer.status, 422, "{field}");
        for shown in [reason, value, "Gardée.", &format!("id=\"{field}-flaw\""), "Rien n'a été enregistré"] {
            assert!(answer.shows(shown), "{field}: {shown} is not in {}", answer.text);
        }
    }
    assert!(!browser.visit("/apps").await.shows("Écran cuisine"));
    browser.submit("/language", &[("language", "en"), ("next", "/")]).await;
    let answer = browser.submit(&app, &[("open_url", "nonsense")]).await;
    assert!(answer.shows("This is not a whole http or https address") && answer.shows("Register the app"));
}

#[tokio::test]
async fn a_new_secret_leaves_the_old_one_good_until_it_is_retired() {
    let sandbox = start().await;
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    let page = create(&mut browser, "Écran cuisine").await;
    let first = secrets(&mut browser, &page).await;
    for _ in 0..2 {
        browser.submit(&format!("{page}/secret"), &[]).await;
    }
    let both = secrets(&mut browser, &page).await;
    assert_eq!((both.len(), &both[1]), (2, &first[0]), "the second time changes nothing: the first would be lost");
    for secret in &both {
        assert!(authenticates(&sandbox, id_of(&page), secret).await);
    }
    browser.submit(&format!("{page}/secret/retire"), &[]).await;
    assert_eq!(secrets(&mut browser, &page).await, both[..1]);
    assert!(authenticates(&sandbox, id_of(&page), &both[0]).await);
    assert!(!authenticates(&sandbox, id_of(&page), &both[1]).await);
}

#[tokio::test]
async fn deleting_a_client_ends_its_connections() {
    let sandbox = start().await;
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    let page = create(&mut browser, "Écran cuisine").await;
    let secret = secrets(&mut browser, &page).await.remove(0);
    let authorise = crate::connector::authorise_path(id_of(&page), SCOPE);
    let back = browser.submit(&authorise, &[("decision", "allow"), ("location_id", "3r4s3-0")]).await;
    let code = back.target_parameter("code").expect("a code");
    let request = post(&sandbox, "/oauth2/v1/token").basic_auth(id_of(&page), Some(&secret)).form(&[("code", code)]);
    let token = text_of(&json_of(request.send().await.expect("an answer")).await["access_token"]);
    assert_eq!(browser.submit(&format!("{page}/delete"), &[]).await.target(), "/developer");
    assert_eq!(api(&sandbox, &token, "/location").await.0, 401);
    assert_eq!(browser.visit(&page).await.status, 404);
    assert!(!authenticates(&sandbox, id_of(&page), &secret).await);
    assert_eq!(browser.visit(&authorise).await.status, 400);
}

#[tokio::test]
async fn the_sandbox_s_own_clients_can_be_looked_at_only() {
    let sandbox = start().await;
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    let page = format!("/developer/clients/{CLIENT_ID}");
    let shown = browser.visit(&page).await;
    assert!(shown.shows("ne peuvent pas être modifiés ici") && shown.shows("TicknCook"));
    assert!(!shown.shows(SECRET) && !shown.shows("Supprimer le client"));
    for change in ["/app", "/app/remove", "/secret", "/secret/retire", "/delete"] {
        assert_eq!(browser.submit(&format!("{page}{change}"), &[]).await.status, 403, "{change}");
    }
    assert!(authenticates(&sandbox, CLIENT_ID, SECRET).await);
}

#[tokio::test]
async fn a_reader_sees_no_secret_and_another_account_no_client() {
    let sandbox = team().await;
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    let page = create(&mut browser, "Écran cuisine").await;
    let mut partner = Browser::signed_in(sandbox.url(), PARTNER).await;
    assert_eq!(secrets(&mut partner, &page).await.len(), 1, "developer settings are a partner's too");
    let mut reader = Browser::signed_in(sandbox.url(), READER).await;
    let shown = reader.visit(&page).await;
    assert_eq!(shown.status, 200);
    assert!(!shown.shows("Afficher le secret") && secrets(&mut reader, &page).await.is_empty());
    let mut nestor = Browser::signed_in(sandbox.url(), NESTOR).await;
    assert_eq!(nestor.visit(&page).await.status, 404);
    assert!(!nestor.visit("/developer").await.shows("Écran cuisine"));
    for change in ["/app", "/app/remove", "/secret", "/secret/retire", "/delete"] {
        assert_eq!(reader.submit(&format!("{page}{change}"), &[]).await.status, 403, "{change}");
        assert_eq!(nestor.submit(&format!("{page}{change}"), &[]).await.status, 404, "{change}");
    }
    let fields = [("account", "3r4s3"), ("name", "X")];
    assert_eq!(reader.submit("/developer/clients", &fields).await.status, 403);
    assert_eq!(nestor.submit("/developer/clients", &fields).await.status, 404);
    assert_eq!(secrets(&mut browser, &page).await.len(), 1);
}
