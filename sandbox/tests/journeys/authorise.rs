//! The consent pages, from the client's link to the way back.

use hubrise_sandbox::Sandbox;

use crate::browser::{Browser, NESTOR, Page, THOMAS};
use crate::connector::{CALLBACK, CLIENT_ID, SCOPE, authorise_path, start};

async fn consent_page(sandbox: &Sandbox, scope: &str) -> Page {
    let page = Browser::signed_in(sandbox.url(), THOMAS).await.visit(&authorise_path(CLIENT_ID, scope)).await;
    assert_eq!(page.status, 200, "{}", page.text);
    page
}

#[tokio::test]
async fn whoever_is_not_signed_in_signs_in_first_and_comes_back() {
    let sandbox = start().await;
    let mut browser = Browser::new(sandbox.url());
    let authorise = authorise_path(CLIENT_ID, SCOPE);
    let to_sign_in = browser.visit(&authorise).await;
    let sign_in = browser.visit(to_sign_in.target()).await;
    for label in ["Email", "Mot de passe", "Connexion"] {
        assert!(sign_in.shows(label), "{label}");
    }
    assert!(sign_in.shows(&authorise));
    let fields = [("email", THOMAS), ("password", "hubrise-demo"), ("next", &authorise)];
    let back = browser.submit(sign_in.main_form_action(), &fields).await;
    assert_eq!(back.target(), authorise);
    assert!(browser.visit(back.target()).await.shows("souhaite accéder"));
}

#[tokio::test]
async fn the_consent_page_speaks_french() {
    let sandbox = start().await;
    let words = consent_page(&sandbox, SCOPE).await.words();
    for label in [
        "TicknCook souhaite accéder à un point de vente :",
        "Choisissez le point de vente :",
        "Bella Pizza Paris (3r4s3-0) Bella Pizza Lyon (3r4s3-1) Bella Pizza Nice (3r4s3-2)",
        "TicknCook pourra :",
        "Voir et modifier les commandes",
        "Voir et modifier une liste de clients :",
        "Clients Paris - xab66",
        "Voir un catalogue :",
        "Carte Paris - psmlf",
        "Vous choisirez le catalogue après avoir cliqué sur \"Suivant\"",
        "Vous choisirez la liste après avoir cliqué sur \"Suivant\"",
        "Refuser",
    ] {
        assert!(words.contains(label), "{label} is not in {words}");
    }
}

#[tokio::test]
async fn the_consent_page_speaks_english_once_it_is_chosen_whatever_the_browser_prefers() {
    let sandbox = start().await;
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    let here = authorise_path(CLIENT_ID, SCOPE);
    assert!(browser.visit(&here).await.shows("<html lang=\"fr\">"));
    let chosen = browser.submit("/language", &[("language", "en"), ("next", &here)]).await;
    assert_eq!(chosen.target(), here);
    let page = browser.visit(&here).await;
    assert!(page.shows("<html lang=\"en\">"));
    let words = page.words();
    for label in [
        "TicknCook would like to access a location:",
        "Choose a location:",
        "TicknCook will be able to:",
        "View and modify orders",
        "View and modify one customer list:",
        "View one catalog:",
        "You'll choose which catalog after clicking on 'Next'",
        "You'll choose which list after clicking on 'Next'",
        "Deny",
    ] {
        assert!(words.contains(label), "{label} is not in {words}");
    }
}

#[tokio::test]
async fn only_what_the_scope_names_is_listed() {
    let sandbox = start().await;
    let words = consent_page(&sandbox, "location[orders.read]").await.words();
    assert!(words.contains("Voir les commandes"));
    for other in ["catalogue", "liste de clients", "modifier"] {
        assert!(!words.contains(other), "{other}");
    }
    assert!(words.contains("Autoriser"));
    assert!(!words.contains("Suivant"), "there is nothing left to choose anywhere");
}

#[tokio::test]
async fn the_button_says_what_it_does_for_each_location() {
    let sandbox = start().await;
    let page = consent_page(&sandbox, SCOPE).await;
    assert!(page.shows("<option value=\"3r4s3-0\" class=\"settled\" selected>"));
    assert!(page.shows("<option value=\"3r4s3-1\" class=\"open\">"));
    assert!(page.shows("<option value=\"3r4s3-2\" class=\"settled\">"));
    assert!(page.shows("<span class=\"when-open\">Suivant</span>"));
    assert!(page.shows("<span class=\"when-settled\">Autoriser</span>"));
    let mut browser = Browser::new(sandbox.url());
    assert!(browser.visit("/assets/choices/3.css").await.shows("option:nth-child(3):checked"));
    assert!(browser.visit("/assets/sandbox.css").await.shows("form:has(option.open:checked) .when-settled"));
}

#[tokio::test]
async fn a_location_without_a_choice_is_granted_in_one_step() {
    let sandbox = start().await;
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    let page = browser.visit(&authorise_path(CLIENT_ID, SCOPE)).await;
    let fields = [("decision", "allow"), ("location_id", "3r4s3-0")];
    let back = browser.submit(page.main_form_action(), &fields).await;
    let target = back.target();
    assert!(target.starts_with(CALLBACK), "the callback's own query is kept: {target}");
    assert_eq!(back.target_parameter("state").as_deref(), Some("a state&b"));
    let code = back.target_parameter("code").expect("a code");
    assert_eq!(code.len(), 32);
    assert!(code.bytes().all(|byte| byte.is_ascii_hexdigit()));
}

#[tokio::test]
async fn a_location_with_a_choice_is_granted_after_its_drop_downs() {
    let sandbox = start().await;
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    let first = authorise_path(CLIENT_ID, SCOPE);
    let next = browser.submit(&first, &[("decision", "allow"), ("location_id", "3r4s3-1")]).await;
    let drop_downs = browser.visit(next.target()).await;
    assert!(drop_downs.shows("Bella Pizza Lyon (3r4s3-1)"));
    for option in ["Carte Lyon - q7wd2", "Carte Lyon livraison - h3kz9", "Clients Lyon - m8rt4", "Autoriser", "Refuser"]
    {
        assert!(drop_downs.shows(option), "{option}");
    }
    assert!(!drop_downs.words().contains("Suivant"));
    let fields = [("decision", "allow"), ("catalog_id", "h3kz9"), ("customer_list_id", "b2nv7")];
    let back = browser.submit(drop_downs.main_form_action(), &fields).await;
    assert!(back.target_parameter("code").is_some());
}

#[tokio::test]
async fn nothing_is_granted_while_a_drop_down_was_not_chosen_from() {
    let sandbox = start().await;
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    let first = authorise_path(CLIENT_ID, SCOPE);
    let lyon =
        [("decision", "allow"), ("location_id", "3r4s3-1"), ("catalog_id", "h3kz9"), ("customer_list_id", "b2nv7")];
    let next = browser.submit(&first, &lyon).await;
    assert!(next.target().starts_with("/oauth2/v1/authorize/3r4s3-1?"), "its drop-downs were not seen yet");
    for fields in
        [&[("decision", "allow")][..], &[("decision", "allow"), ("catalog_id", "psmlf"), ("customer_list_id", "m8rt4")]]
    {
        let again = browser.submit(next.target(), fields).await;
        assert_eq!(again.status, 422);
        assert!(again.shows("Choisissez dans la liste avant d'autoriser."));
    }
}

#[tokio::test]
async fn refusing_goes_back_with_access_denied_and_the_state() {
    let sandbox = start().await;
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    let first = authorise_path(CLIENT_ID, SCOPE);
    let drop_downs = first.replace("/authorize?", "/authorize/3r4s3-1?");
    for path in [first, drop_downs] {
        let back = browser.submit(&path, &[("decision", "deny"), ("location_id", "3r4s3-0")]).await;
        assert!(back.target().starts_with(CALLBACK));
        assert_eq!(back.target_parameter("error").as_deref(), Some("access_denied"));
        assert_eq!(back.target_parameter("state").as_deref(), Some("a state&b"));
        assert_eq!(back.target_parameter("code"), None);
    }
}

#[tokio::test]
async fn no_state_comes_back_where_none_was_sent() {
    let sandbox = start().await;
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    let path = authorise_path(CLIENT_ID, SCOPE).replace("state=", "other=");
    let back = browser.submit(&path, &[("decision", "allow"), ("location_id", "3r4s3-0")]).await;
    assert!(back.target_parameter("code").is_some());
    assert_eq!(back.target_parameter("state"), None);
}

#[tokio::test]
async fn parameters_that_only_pre_fill_a_form_are_accepted() {
    let sandbox = start().await;
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    let more = "&account_name=A&location_name=B&country=FR";
    let page = browser.visit(&(authorise_path(CLIENT_ID, SCOPE) + more)).await;
    assert_eq!(page.status, 200);
}

#[tokio::test]
async fn a_request_that_cannot_be_trusted_is_answered_on_the_spot() {
    let sandbox = start().await;
    let good = authorise_path(CLIENT_ID, SCOPE);
    let bad = [
        (authorise_path("someone.else", SCOPE), "identifiant client"),
        (authorise_path(CLIENT_ID, "location[orders.eat]"), "`orders.eat` is not a permission"),
        (authorise_path(CLIENT_ID, ""), "droits qui n'existent pas"),
        (authorise_path(CLIENT_ID, "location[orders.read],profiles"), "a scope is written location[…]"),
        (authorise_path(CLIENT_ID, "profile,profile_with_email"), "a scope is written location[…]"),
        (good.replace("redirect_uri=", "elsewhere="), "où vous renvoyer"),
        (good.replace("redirect_uri=http", "redirect_uri=javascript"), "où vous renvoyer"),
    ];
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    for (path, explanation) in bad {
        let page = browser.visit(&path).await;
        assert_eq!((page.status, &page.location), (400, &None), "{path}");
        assert!(page.shows(explanation), "{explanation}: {}", page.words());
        let page = browser.submit(&path, &[("decision", "allow"), ("location_id", "3r4s3-0")]).await;
        assert_eq!((page.status, &page.location), (400, &None), "{path}");
    }
}

#[tokio::test]
async fn a_form_without_a_decision_decides_nothing() {
    let sandbox = start().await;
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    let page = browser.submit(&authorise_path(CLIENT_ID, SCOPE), &[("location_id", "3r4s3-0")]).await;
    assert_eq!(page.status, 400);
}

#[tokio::test]
async fn nobody_grants_what_is_another_user_s() {
    let sandbox = start().await;
    let mut browser = Browser::signed_in(sandbox.url(), NESTOR).await;
    let first = authorise_path(CLIENT_ID, SCOPE);
    let page = browser.visit(&first).await;
    assert!(page.shows("Chez Nestor Baker Street (z6q31-0)") && !page.shows("3r4s3"));
    let page = browser.submit(&first, &[("decision", "allow"), ("location_id", "3r4s3-0")]).await;
    assert_eq!((page.status, page.location), (404, None));
    let account = authorise_path(CLIENT_ID, "account[orders.read]");
    let page = browser.submit(&account, &[("decision", "allow"), ("account_id", "3r4s3")]).await;
    assert_eq!((page.status, page.location), (404, None));
}

#[tokio::test]
async fn an_account_scope_asks_for_an_account() {
    let sandbox = start().await;
    let page = consent_page(&sandbox, "account[orders.read,catalog.read]").await;
    let words = page.words();
    assert!(words.contains("TicknCook souhaite accéder à un compte :"), "{words}");
    assert!(words.contains("Bella Pizza (3r4s3)"), "{words}");
    assert!(page.shows("name=\"account_id\"") && !page.shows("name=\"location_id\""));
}
