//! The back office: signing in and out, the dashboard, the menu.

use crate::browser::{Browser, NESTOR, THOMAS};
use crate::connector::{SCOPE, listing, start, token_for};

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
async fn the_dashboard_shows_the_location_of_the_top_bar() {
    let sandbox = start().await;
    token_for(&sandbox, "3r4s3-0").await;
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    let choice = [("account", "3r4s3"), ("location", "3r4s3-0"), ("next", "/")];
    assert_eq!(browser.submit("/place", &choice).await.target(), "/");
    let page = browser.visit("/").await;
    let (_, main) = page.text.split_once("<main").expect("a main part");
    assert!(main.contains("Paris - 3r4s3-0") && !main.contains("3r4s3-1"), "{main}");
    assert!(page.words().contains("Connexions 1 Catalogues"), "{}", page.words());
}

#[tokio::test]
async fn the_menu_has_the_labels_of_hubrise_in_both_languages() {
    let sandbox = start().await;
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    for (language, menu) in [
        ("fr", "Tableau de bord Connexions Données Commandes Clients Catalogues Configuration Développeur"),
        ("en", "Dashboard Connections Data Orders Customers Catalogs Settings Developer"),
    ] {
        browser.submit("/language", &[("language", language), ("next", "/")]).await;
        let words = browser.visit("/").await.words();
        assert!(words.contains(menu), "{words}");
    }
}

#[tokio::test]
async fn the_menu_leads_to_pages_that_exist_and_every_page_says_sandbox() {
    let sandbox = start().await;
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    token_for(&sandbox, "3r4s3-0").await;
    let authorise = crate::connector::authorise_path(crate::connector::CLIENT_ID, SCOPE);
    let drop_downs = authorise.replace("/authorize?", "/authorize/3r4s3-1?");
    let pages = ["/", "/connections", "/apps", "/configuration", "/developer", "/login", "/nonsense"];
    for path in pages.into_iter().chain([authorise.as_str(), &drop_downs, "/oauth2/v1/authorize"]) {
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
