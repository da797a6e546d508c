//! The parameters of the authorise page beside the client, the scope and the place; and who may grant at all.

use hubrise_sandbox::{ListingForm, Options, Sandbox};
use serde_json::{Value, json};

use crate::browser::{Browser, THOMAS};
use crate::connector::{
    CALLBACK, CLIENT_ID, OTHER_ID, SCOPE, api, authorise_path, control, exchange, json_of, listing, options, start,
    text_of,
};
use crate::team::{PARTNER, READER, team};

const PARIS: [(&str, &str); 2] = [("decision", "allow"), ("location_id", "3r4s3-0")];

async fn connect_with(sandbox: &Sandbox, more: &str) -> Value {
    let path = authorise_path(CLIENT_ID, SCOPE) + more;
    let back = Browser::signed_in(sandbox.url(), THOMAS).await.submit(&path, &PARIS).await;
    json_of(exchange(sandbox, &back.target_parameter("code").expect("a code")).await).await
}

#[tokio::test]
async fn brackets_and_commas_need_not_be_encoded() {
    let sandbox = start().await;
    let path = format!(
        "/oauth2/v1/authorize?redirect_uri=https://app.example/callback?a=b&client_id={CLIENT_ID}&scope={SCOPE},profile&state=1[2],3"
    );
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    let page = browser.visit(&path).await;
    assert_eq!(page.status, 200, "{}", page.words());
    let back = browser.submit(page.main_form_action(), &PARIS).await;
    assert!(back.target().starts_with("https://app.example/callback?a=b&code="), "{}", back.target());
    assert_eq!(back.target_parameter("state").as_deref(), Some("1[2],3"));
}

#[tokio::test]
async fn each_device_has_a_connection_of_its_own_at_the_same_location() {
    let sandbox = start().await;
    let token = |answer: Value| text_of(&answer["access_token"]);
    let without = token(connect_with(&sandbox, "").await);
    let kitchen = token(connect_with(&sandbox, "&device_id=kitchen").await);
    let counter = token(connect_with(&sandbox, "&device_id=counter").await);
    assert!(without != kitchen && kitchen != counter && without != counter);
    assert_eq!(token(connect_with(&sandbox, "&device_id=kitchen").await), kitchen);
    assert_eq!(token(connect_with(&sandbox, "&device_id=").await), without, "an empty one is none");
    let devices: Vec<Value> = listing(&sandbox, "/connections").await.as_array().expect("a list").clone();
    let devices: Vec<&Value> = devices.iter().map(|connection| &connection["device_id"]).collect();
    assert_eq!(devices, [&Value::Null, &json!("kitchen"), &json!("counter")]);
    for token in [without, kitchen, counter] {
        assert_eq!(api(&sandbox, &token, "/location").await.1["id"], "3r4s3-0");
    }
}

#[tokio::test]
async fn the_device_is_shown_and_one_that_makes_no_sense_is_refused() {
    let sandbox = start().await;
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    let base = authorise_path(CLIENT_ID, SCOPE);
    let longest = "é".repeat(255).replace('é', "%C3%A9");
    assert!(
        browser.visit(&format!("{base}&device_id=Kitchen%201")).await.words().contains("ID du terminal : Kitchen 1")
    );
    assert_eq!(browser.visit(&format!("{base}&device_id={longest}")).await.status, 200);
    for bad in [longest + "a", "a%00b".to_owned(), "a%0Ab".to_owned()] {
        let page = browser.submit(&format!("{base}&device_id={bad}"), &PARIS).await;
        assert_eq!((page.status, &page.location), (400, &None), "{bad}");
        assert!(page.shows("nomme mal son terminal"));
    }
}

#[tokio::test]
async fn a_flow_that_hubrise_starts_is_about_one_account() {
    let sandbox = team().await;
    let mut browser = Browser::signed_in(sandbox.url(), PARTNER).await;
    let both = browser.visit(&authorise_path(CLIENT_ID, SCOPE)).await;
    assert!(both.shows("(3r4s3-0)") && both.shows("(z6q31-0)"));
    let path = authorise_path(CLIENT_ID, SCOPE) + "&account_id=z6q31";
    let page = browser.visit(&path).await;
    assert!(page.shows("(z6q31-0)") && !page.shows("(3r4s3-0)"));
    assert_eq!(browser.submit(&path, &PARIS).await.status, 404);
    let baker_street = [("decision", "allow"), ("location_id", "z6q31-0")];
    assert!(browser.submit(&path, &baker_street).await.target_parameter("code").is_some());
    let account = authorise_path(CLIENT_ID, "account[orders.read]") + "&account_id=z6q31";
    let page = browser.visit(&account).await;
    assert!(page.shows("Chez Nestor (z6q31)") && !page.shows("Bella Pizza"));
    assert_eq!(browser.submit(&account, &[("decision", "allow"), ("account_id", "3r4s3")]).await.status, 404);
    let nobodys = browser.visit(&(authorise_path(CLIENT_ID, SCOPE) + "&account_id=nonsense")).await;
    assert!(nobodys.shows("Vous n'avez accès à aucun point de vente") && !nobodys.shows("value=\"allow\""));
    let drop_downs = path.replace("/authorize?", "/authorize/3r4s3-1?");
    assert_eq!(browser.visit(&drop_downs).await.status, 404);
}

#[tokio::test]
async fn an_out_of_band_code_is_shown_on_a_page_in_both_languages() {
    let sandbox = start().await;
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    let path = format!(
        "/oauth2/v1/authorize?redirect_uri=urn:ietf:wg:oauth:2.0:oob&client_id={CLIENT_ID}&scope={SCOPE}&state=x"
    );
    let page = browser.submit(&path, &PARIS).await;
    assert_eq!((page.status, &page.location), (200, &None));
    assert!(
        page.words().contains("Code d'autorisation Copiez ce code, et collez-le dans TicknCook"),
        "{}",
        page.words()
    );
    let code = page.text.split("class=\"code\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    let answer = exchange(&sandbox, code.expect("a code")).await;
    assert_eq!(json_of(answer).await["location_id"], "3r4s3-0");
    browser.submit("/language", &[("language", "en"), ("next", "/")]).await;
    assert!(browser.submit(&path, &PARIS).await.shows("Authorisation code"));
    let refused = browser.submit(&path, &[("decision", "deny")]).await;
    assert_eq!(refused.status, 200);
    assert!(refused.words().contains("Access denied TicknCook was given no access."), "{}", refused.words());
}

#[tokio::test]
async fn the_state_comes_back_with_a_refusal_unless_it_is_switched_off() {
    let sandbox = start().await;
    control(&sandbox, "/settings", json!({ "state_with_error": false })).await;
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    let path = authorise_path(CLIENT_ID, SCOPE);
    let back = browser.submit(&path, &[("decision", "deny")]).await;
    assert_eq!(back.target_parameter("error").as_deref(), Some("access_denied"));
    assert_eq!(back.target_parameter("state"), None);
    assert_eq!(browser.submit(&path, &PARIS).await.target_parameter("state").as_deref(), Some("a state&b"));
}

#[tokio::test]
async fn a_bad_scope_goes_back_to_the_client_by_a_switch() {
    let sandbox = start().await;
    control(&sandbox, "/settings", json!({ "bad_scope": "redirect" })).await;
    let mut browser = Browser::new(sandbox.url());
    let path = authorise_path(CLIENT_ID, "location[orders.eat]");
    let back = browser.visit(&path).await;
    assert!(back.target().starts_with(CALLBACK), "{}", back.target());
    assert_eq!(back.target_parameter("error").as_deref(), Some("invalid_scope"));
    assert_eq!(back.target_parameter("state").as_deref(), Some("a state&b"));
    let out_of_band = path.replace("redirect_uri=http", "redirect_uri=urn:ietf:wg:oauth:2.0:oob&instead_of=http");
    assert_eq!(browser.visit(&out_of_band).await.status, 400, "there is nowhere to go back to");
    assert_eq!(browser.visit(&path.replace(CLIENT_ID, "someone.else")).await.status, 400);
}

#[tokio::test]
async fn a_listed_app_s_redirect_uri_is_of_its_own_origin_by_a_switch() {
    let connect_url = "https://app.example/connect".to_owned();
    let listing = ListingForm { location_scope: SCOPE.to_owned(), connect_url, ..ListingForm::default() };
    let sandbox = Sandbox::start(Options { listing, ..options() }).await.expect("a sandbox");
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    let path = |client: &str, redirect_uri: &str| {
        format!("/oauth2/v1/authorize?client_id={client}&redirect_uri={redirect_uri}&scope={SCOPE}")
    };
    let elsewhere = ["https://other.example/connect", "http://app.example/connect", "https://app.example:444/connect"];
    for redirect_uri in elsewhere {
        assert_eq!(browser.visit(&path(CLIENT_ID, redirect_uri)).await.status, 200, "{redirect_uri}");
    }
    control(&sandbox, "/settings", json!({ "redirect_uri_of_apps": "same_origin" })).await;
    for redirect_uri in elsewhere {
        let page = browser.visit(&path(CLIENT_ID, redirect_uri)).await;
        assert_eq!((page.status, &page.location), (400, &None), "{redirect_uri}");
        assert!(page.shows("où vous renvoyer"), "{}", page.words());
        assert_eq!(browser.visit(&path(OTHER_ID, redirect_uri)).await.status, 200, "a plain client has no such URL");
    }
    for redirect_uri in ["https://app.example/other?a=b", "urn:ietf:wg:oauth:2.0:oob"] {
        assert_eq!(browser.visit(&path(CLIENT_ID, redirect_uri)).await.status, 200, "{redirect_uri}");
    }
}

#[tokio::test]
async fn a_role_that_manages_no_connections_grants_nothing() {
    let sandbox = team().await;
    let mut browser = Browser::signed_in(sandbox.url(), READER).await;
    let account = [("decision", "allow"), ("account_id", "3r4s3")];
    for (scope, fields) in [(SCOPE, PARIS), ("account[orders.read]", account)] {
        let path = authorise_path(CLIENT_ID, scope);
        let page = browser.visit(&path).await;
        let sentence = "Votre rôle ne permet pas de connecter une app au compte Bella Pizza (3r4s3).";
        assert!(page.shows(sentence) && !page.shows("value=\"allow\"") && !page.shows("/locations/new"), "{scope}");
        let forced = browser.submit(&path, &fields).await;
        assert_eq!((forced.status, &forced.location), (403, &None), "{scope}");
        assert!(forced.shows("Votre rôle ne permet pas"));
    }
    let drop_downs = authorise_path(CLIENT_ID, SCOPE).replace("/authorize?", "/authorize/3r4s3-1?");
    assert_eq!(browser.visit(&drop_downs).await.status, 403);
    let partner =
        Browser::signed_in(sandbox.url(), PARTNER).await.submit(&authorise_path(CLIENT_ID, SCOPE), &PARIS).await;
    assert!(partner.target_parameter("code").is_some());
}

#[tokio::test]
async fn a_suspended_account_is_not_granted_and_the_page_says_where_to_pay() {
    let sandbox = team().await;
    control(&sandbox, "/accounts/3r4s3/suspend", json!({})).await;
    let path = authorise_path(CLIENT_ID, SCOPE);
    let page = Browser::signed_in(sandbox.url(), THOMAS).await.visit(&path).await;
    let sentence = "Le compte Bella Pizza (3r4s3) est suspendu pour non-paiement\u{a0}: rien ne peut y être connecté. Réglez l'abonnement dans CONFIGURATION › Demandes de paiement.";
    assert!(page.shows(sentence) && !page.shows("value=\"allow\""), "{}", page.words());
    let mut partner = Browser::signed_in(sandbox.url(), PARTNER).await;
    let page = partner.visit(&path).await;
    assert!(page.shows(sentence) && page.shows("(z6q31-0)") && !page.shows("(3r4s3-0)"), "the other account is open");
    let forced = partner.submit(&path, &PARIS).await;
    assert_eq!((forced.status, &forced.location), (403, &None));
    assert!(forced.shows("CONFIGURATION › Demandes de paiement"));
    control(&sandbox, "/accounts/3r4s3/resume", json!({})).await;
    assert!(partner.submit(&path, &PARIS).await.target_parameter("code").is_some());
}
