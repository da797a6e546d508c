//! The back office: signing in and out, what a user sees, disconnecting.

use crate::browser::{Browser, NESTOR, THOMAS};
use crate::connector::{SCOPE, api, connect, control, listing, start, text_of, token_for};

#[tokio::test]
async fn a_wrong_password_signs_nobody_in() {
    let sandbox = start().await;
    let mut browser = Browser::new(sandbox.url());
    for (email, password) in [(THOMAS, "wrong"), ("nobody@bellapizza.example", "hubrise-demo")] {
        let page = browser.submit("/login", &[("email", email), ("password", password)]).await;
        assert_eq!(page.status, 422);
        assert!(page.shows("Email ou mot de passe incorrect.") && page.shows(email));
        assert!(page.set_cookies.is_empty());
    }
    assert!(browser.visit("/").await.target().starts_with("/login"));
}

#[tokio::test]
async fn signing_in_leads_nowhere_but_into_the_sandbox() {
    let sandbox = start().await;
    let mut browser = Browser::new(sandbox.url());
    for next in ["https://evil.example/", "//evil.example"] {
        let fields = [("email", THOMAS), ("password", "hubrise-demo"), ("next", next)];
        assert_eq!(browser.submit("/login", &fields).await.target(), "/");
    }
}

#[tokio::test]
async fn signing_out_ends_the_session_even_for_a_kept_cookie() {
    let sandbox = start().await;
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    let kept = browser.cookies.clone();
    browser.submit("/logout", &[]).await;
    browser.cookies = kept;
    assert!(browser.visit("/").await.target().starts_with("/login"));
}

#[tokio::test]
async fn the_dashboard_lists_the_user_s_accounts_and_locations_only() {
    let sandbox = start().await;
    let page = Browser::signed_in(sandbox.url(), THOMAS).await.visit("/").await;
    for shown in
        ["Compte Bella Pizza - 3r4s3", "Paris - 3r4s3-0", "Lyon - 3r4s3-1", "Nice - 3r4s3-2", "Carte Lyon - q7wd2"]
    {
        assert!(page.words().contains(shown), "{shown}");
    }
    assert!(!page.shows("z6q31"));
    let page = Browser::signed_in(sandbox.url(), NESTOR).await.visit("/").await;
    assert!(page.shows("Baker Street - z6q31-0") && !page.shows("3r4s3"));
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
        "Compte Bella Pizza - 3r4s3 Point de vente Paris - 3r4s3-0 TicknCook Connectée le ",
        "Liste de clients : Clients Paris - xab66",
        "Catalogue : Carte Paris - psmlf",
        "Liste de clients : — Catalogue : —",
        "Déconnecter",
    ] {
        assert!(words.contains(shown), "{shown} is not in {words}");
    }
    assert!(!page.shows(&token), "a token is never on a page");
    let (_, date) = words.split_once("Connectée le ").expect("a date");
    let digits: Vec<usize> = date[..10].split('/').map(str::len).collect();
    assert_eq!(digits, [2, 2, 4], "{date}");
}

#[tokio::test]
async fn an_account_s_connection_is_shown_under_the_account() {
    let sandbox = start().await;
    connect(&sandbox, "account[orders.read]", "3r4s3", &[]).await;
    let page = Browser::signed_in(sandbox.url(), THOMAS).await.visit("/connections").await;
    assert!(page.words().contains("Compte Bella Pizza - 3r4s3 Tout le compte TicknCook"), "{}", page.words());
}

#[tokio::test]
async fn disconnecting_revokes_the_token() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    let form = browser.visit("/connections").await.main_form_action().to_owned();
    let done = browser.submit(&form, &[]).await;
    assert!(browser.visit(done.target()).await.shows("Aucune app n'est connectée."));
    assert_eq!(api(&sandbox, &token, "/location").await.0, 401);
}

#[tokio::test]
async fn nobody_disconnects_what_is_another_user_s() {
    let sandbox = start().await;
    let token = text_of(&connect(&sandbox, SCOPE, "3r4s3-0", &[]).await["access_token"]);
    let form = Browser::signed_in(sandbox.url(), THOMAS).await.visit("/connections").await;
    let mut nestor = Browser::signed_in(sandbox.url(), NESTOR).await;
    assert_eq!(nestor.submit(form.main_form_action(), &[]).await.status, 404);
    let nobody = Browser::new(sandbox.url()).submit(form.main_form_action(), &[]).await;
    assert_eq!(nobody.target(), "/connections");
    assert_eq!(api(&sandbox, &token, "/location").await.0, 200);
}

#[tokio::test]
async fn blocked_connections_and_suspended_accounts_say_so() {
    let sandbox = start().await;
    token_for(&sandbox, "3r4s3-0").await;
    control(&sandbox, "/connections/block", serde_json::json!({ "location_id": "3r4s3-0" })).await;
    control(&sandbox, "/accounts/3r4s3/suspend", serde_json::json!({})).await;
    let words = Browser::signed_in(sandbox.url(), THOMAS).await.visit("/connections").await.words();
    assert!(words.contains("Bloquée") && words.contains("Suspendu pour non-paiement"), "{words}");
}

#[tokio::test]
async fn the_menu_leads_to_pages_that_exist_and_every_page_says_sandbox() {
    let sandbox = start().await;
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    token_for(&sandbox, "3r4s3-0").await;
    let authorise = crate::connector::authorise_path(crate::connector::CLIENT_ID, SCOPE);
    let drop_downs = authorise.replace("/authorize?", "/authorize/3r4s3-1?");
    for path in ["/", "/connections", "/login", "/nonsense", &authorise, &drop_downs, "/oauth2/v1/authorize"] {
        let page = browser.visit(path).await;
        assert!(page.shows("Ceci n'est pas HubRise"), "{path}");
        assert!(page.shows("<strong class=\"badge\">Sandbox</strong>"), "{path}");
        let links =
            page.text.split("<a href=\"").skip(1).map(|link| link.split('"').next().expect("a link").to_owned());
        for link in links {
            assert_eq!(browser.visit(&link).await.status, 200, "{link} on {path}");
        }
    }
    assert_eq!(listing(&sandbox, "/connections").await.as_array().map(Vec::len), Some(1));
}
