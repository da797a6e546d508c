//! What goes with every page: cookies that stay where they belong, and headers that keep others out.

use crate::harness::{
    Browser, FRENCH, MANAGER, PARIS, PARIS_AT_HUBRISE, PASSWORD, Page, TestApp, http_client, journey, journey_with,
};

fn set_cookies(page: &Page) -> Vec<String> {
    page.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap().to_lowercase()).collect()
}

async fn sign_in_answer(browser: &mut Browser) -> Page {
    browser.post("/login", &[("email", MANAGER), ("password", PASSWORD)]).await
}

fn https(layers: &mut tickncook_hubrise::config::Layers) {
    layers.set("public_url", "https://hubrise.tickncook.example");
}

#[tokio::test]
async fn the_cookies_of_a_sign_in_are_for_this_host_and_no_script() {
    journey(async |app| {
        let mut browser = app.browser();
        let cookies = set_cookies(&sign_in_answer(&mut browser).await);
        assert_eq!(cookies.len(), 2, "{cookies:?}");
        // Ports share cookies: the name tells the bridge's from those of its neighbours.
        let port = app.public().port().unwrap().to_string();
        for cookie in cookies {
            assert!(cookie.split('=').next().unwrap().contains(&port), "{cookie}");
            for flag in ["; httponly", "; samesite=lax", "; path=/"] {
                assert!(cookie.contains(flag), "{flag}: {cookie}");
            }
            assert!(!cookie.contains("domain=") && !cookie.contains("; secure"), "{cookie}");
        }
    })
    .await;
}

#[tokio::test]
async fn on_https_the_browser_itself_guards_the_cookies() {
    journey_with(https, async |app| {
        let mut browser = app.browser();
        let answer = sign_in_answer(&mut browser).await;
        let chosen = browser.post("/language", &[("language", "en"), ("return_to", "/")]).await;
        for cookie in [set_cookies(&answer), set_cookies(&chosen)].concat() {
            assert!(cookie.starts_with("__host-tickncook_"), "{cookie}");
            for flag in ["; secure", "; httponly", "; samesite=lax", "; path=/"] {
                assert!(cookie.contains(flag), "{flag}: {cookie}");
            }
            assert!(!cookie.contains("domain="), "{cookie}");
        }
        assert!(answer.header("strict-transport-security").is_some());
        browser.open("/services").await.assert_shows(&["HUBRISE"]);
    })
    .await;
}

#[tokio::test]
async fn the_bridge_and_hubrise_on_one_host_keep_their_own_cookies() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        browser.connect(PARIS, PARIS_AT_HUBRISE).await;
        browser.open(app.hubrise.url()).await.assert_status(200);
        assert!(browser.cookies.len() >= 2, "{:?}", browser.cookies.keys());
        browser.open("/services").await.assert_shows(&[MANAGER]);
    })
    .await;
}

async fn some_pages(app: &TestApp) -> Vec<Page> {
    let mut browser = app.signed_in(MANAGER).await;
    browser.connect(PARIS, PARIS_AT_HUBRISE).await;
    let mut pages = vec![browser.page().clone()];
    let delete = format!("/points-of-sale/{}/delete", app.point_of_sale(PARIS).await);
    for path in ["/services", "/points-of-sale", "/services/hubrise/connect", &delete, "/no-such-page"] {
        pages.push(browser.peek(path).await);
    }
    pages.push(browser.post_with("/logout", &[], &[("sec-fetch-site", "cross-site")]).await);
    pages.push(app.browser().peek("/login").await);
    pages.push(app.browser().peek("/services/hubrise/refused/state-unknown").await);
    pages
}

#[tokio::test]
async fn every_page_is_guarded_by_headers() {
    journey(async |app| {
        for page in some_pages(app).await {
            let at = &page.url;
            let policy = page.header("content-security-policy").unwrap_or_else(|| panic!("no policy at {at}"));
            for part in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"] {
                assert!(policy.contains(part), "{part} at {at}: {policy}");
            }
            assert!(!policy.contains("unsafe") && !policy.contains('*'), "{at}: {policy}");
            assert_eq!(page.header("x-content-type-options"), Some("nosniff"), "{at}");
            assert_eq!(page.header("x-frame-options"), Some("DENY"), "{at}");
            assert_eq!(page.header("referrer-policy"), Some("same-origin"), "{at}");
            assert_eq!(page.header("cache-control"), Some("no-store"), "{at}");
            assert_eq!(page.header("server"), None, "{at}");
        }
    })
    .await;
}

#[tokio::test]
async fn no_page_has_inline_script_or_style_or_asks_another_host() {
    journey(async |app| {
        for page in some_pages(app).await {
            let at = &page.url;
            assert!(page.attributes("style").is_empty(), "{at}");
            assert!(page.texts("script, style").iter().all(String::is_empty), "{at}");
            for handler in ["onclick", "onsubmit", "onload", "onchange", "oninput"] {
                assert!(page.attributes(handler).is_empty(), "{handler} at {at}");
            }
            for source in page.attributes("src").into_iter().chain(stylesheets(&page)) {
                let source = page.url.join(&source).unwrap();
                assert_eq!(source.origin(), app.public().origin(), "{at} asks {source}");
            }
        }
    })
    .await;
}

fn stylesheets(page: &Page) -> Vec<String> {
    let found = page.body.split("<link rel=\"stylesheet\" href=\"").skip(1);
    found.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn styles_and_scripts_are_kept_for_long_under_an_address_of_their_content() {
    journey(async |app| {
        let mut browser = app.browser();
        let page = browser.open("/login").await.clone();
        for address in page.attributes("src").into_iter().chain(stylesheets(&page)) {
            let asset = browser.peek(&address).await;
            asset.assert_status(200);
            assert!(asset.header("cache-control").unwrap().contains("immutable"), "{address}");
            assert!(!asset.body.is_empty() && !asset.body.contains("://fonts."), "{address}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_post_from_another_site_is_refused_and_changes_nothing() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        browser.connect(PARIS, PARIS_AT_HUBRISE).await;
        let connection = app.connection("3r4s3-0").await;
        let delete = format!("/points-of-sale/{}/delete", app.point_of_sale(PARIS).await);
        let disconnect = format!("/services/hubrise/connections/{connection}/disconnect");
        let reconnect = format!("/services/hubrise/connections/{connection}/reconnect");
        let neighbour = app.hubrise.url().to_owned();
        let paths = ["/logout", "/language", "/organisation", "/login", "/services/hubrise/connect"];
        for path in paths.into_iter().chain([&*delete, &*disconnect, &*reconnect]) {
            for headers in [
                [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")],
                [("sec-fetch-site", "same-site"), ("origin", &neighbour)],
                [("sec-fetch-site", "cross-site"), ("origin", "null")],
            ] {
                let fields = [("email", MANAGER), ("password", PASSWORD), ("language", "en"), ("point_of_sale", "new")];
                let page = browser.post_with(path, &fields, &headers).await;
                page.assert_status(403);
                page.assert_shows(&["Demande refusée par sécurité", "Rien n’a été modifié."]);
                let page = browser.post_with(path, &fields, &headers[1..]).await;
                page.assert_status(403);
            }
        }
        assert_eq!(app.count("select count(*) from authorisation_attempt").await, 1);
        browser.open("/services").await.assert_shows(&["Services tiers", "Paris - 3r4s3-0"]);
        assert_eq!(app.hubrise.answers_to_token_of("3r4s3-0").await, 200);
    })
    .await;
}

#[tokio::test]
async fn another_name_of_the_host_leads_to_the_public_one() {
    journey(async |app| {
        let address = app.listening().join("/services?x=1").unwrap();
        let (http, evil) = (http_client(), "evil.example");
        let answer = http.get(address).header("host", evil).send().await.unwrap();
        assert_eq!(answer.status(), 307);
        assert_eq!(answer.headers()["location"], app.public().join("/services?x=1").unwrap().as_str());
        let address = app.listening().join("/login").unwrap();
        let form = [("email", MANAGER), ("password", PASSWORD)];
        let answer = http.post(address).header("host", evil).form(&form).send().await.unwrap();
        assert_eq!(answer.status(), 403);
        assert_eq!(app.count("select count(*) from browser_session").await, 0);
        assert!(!answer.text().await.unwrap().contains(evil));
    })
    .await;
}

#[tokio::test]
async fn looking_around_without_signing_in_makes_no_session() {
    journey(async |app| {
        let mut browser = app.browser();
        for path in ["/login", "/services", "/no-such-page", "/hubrise_oauth/connect_callback?code=1&state=2"] {
            assert!(set_cookies(&browser.peek(path).await).is_empty(), "{path}");
        }
        browser.open("/login").await;
        browser.press(FRENCH.sign_in, &[(FRENCH.email, MANAGER), (FRENCH.password, "something-wrong")]).await;
        assert_eq!(app.count("select count(*) from browser_session").await, 0);
    })
    .await;
}
