//! What a cache or the Back button could show to somebody else, and pages within somebody else's.

use reqwest::Method;

use super::{
    ground::{Ground, Id, Visitor, tidy},
    routes::{self, Route, local},
};
use crate::harness::{
    Browser, FRENCH, MANAGER, PARIS, PARIS_AT_HUBRISE, PASSWORD, Page, TestApp,
    chromium::{Person, TABLET},
    journey,
};

/// Bella Pizza's manager, and everybody who comes for what is theirs.
async fn everybody(app: &TestApp, ground: &Ground, bella: Browser) -> Vec<Visitor> {
    let mut all = ground.intruders(app).await;
    all.push(Visitor { name: "manager", browser: bella });
    all.push(ground.own_key(app).await);
    all
}

/// What a route answers to somebody, to a method that it does not know, and to another site.
async fn answers(visitor: &mut Visitor, ground: &Ground, route: &Route) -> Vec<Page> {
    let mut pages = Vec::new();
    for id in [Id::Real, Id::Unknown] {
        let path = ground.fill(&route.path, id);
        pages.push(visitor.browser.ask(Method::PATCH, &path, "", &[]).await);
        pages.push(visitor.browser.ask(Method::POST, &path, "x=1", &[("origin", "https://evil.example")]).await);
        if route.method == Method::GET {
            pages.push(visitor.browser.ask(Method::GET, &path, "", &[]).await);
            pages.push(visitor.browser.ask(Method::GET, &path, "", &[("host", "evil.example")]).await);
        }
    }
    pages
}

fn assert_not_kept(page: &Page, at: &str) {
    let cache = page.header("cache-control").unwrap_or_else(|| panic!("{at}: nothing says whether it may be kept"));
    if cache == "no-store" {
        return;
    }
    assert_eq!(cache, "public, max-age=31536000, immutable", "{at}");
    assert!(page.url.path().starts_with("/assets/") && page.status == 200, "{at} may be kept: {}", page.status);
    assert!(!page.headers.contains_key("set-cookie"), "{at} may be kept, with a cookie");
}

fn assert_not_framed(page: &Page, at: &str) {
    assert_eq!(page.header("x-frame-options"), Some("DENY"), "{at}");
    let policy = page.header("content-security-policy").unwrap_or_else(|| panic!("{at}: no policy"));
    assert!(policy.contains("frame-ancestors 'none'"), "{at}: {policy}");
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"), "{at}");
    assert_eq!(page.header("cross-origin-resource-policy"), Some("same-origin"), "{at}");
}

async fn for_each_answer(app: &TestApp, check: impl Fn(&Page, &str)) {
    let (ground, bella) = Ground::prepare(app).await;
    let routes = routes::all(app, &ground).await;
    let mut seen = 0;
    for mut visitor in everybody(app, &ground, bella).await {
        for route in routes.iter().filter(|route| route.path != "/logout") {
            for page in answers(&mut visitor, &ground, route).await {
                check(&page, &format!("{} ({}) for {}", route.name(), page.status, visitor.name));
                seen += 1;
            }
        }
    }
    assert!(seen > 1000, "only {seen} answers");
    tidy(app).await;
    app.run_jobs().await;
}

#[tokio::test]
async fn no_cache_keeps_any_answer_of_any_route_but_an_asset_of_its_own_version() {
    journey(async |app| for_each_answer(app, assert_not_kept).await).await;
}

#[tokio::test]
async fn no_answer_of_any_route_is_shown_within_another_site() {
    journey(async |app| for_each_answer(app, assert_not_framed).await).await;
}

#[tokio::test]
async fn what_may_be_kept_is_the_same_for_everybody() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        let address = manager.open("/services").await.attributes("href");
        let address = address.into_iter().find(|href| href.starts_with("/assets/")).unwrap();
        let plain = app.browser().peek(&address).await;
        for (name, value) in [
            ("accept-language", "en"),
            ("cookie", "tickncook_language=en; a=<script>"),
            ("x-forwarded-host", "evil.example"),
            ("x-original-url", "/services"),
            ("range", "bytes=0-3"),
            ("if-none-match", "*"),
        ] {
            let page = manager.ask(Method::GET, &address, "", &[(name, value)]).await;
            assert_eq!((page.status, page.body), (plain.status, plain.body.clone()), "{name}");
        }
        let queried = app.browser().peek(&format!("{address}?x=<script>")).await;
        assert_eq!(queried.body, plain.body);
    })
    .await;
}

/// Headers that some servers and frameworks believe, and that a cache does not look at.
const UNKEYED: [(&str, &str); 11] = [
    ("x-forwarded-host", "evil.example"),
    ("x-forwarded-proto", "gopher"),
    ("x-forwarded-scheme", "gopher"),
    ("x-forwarded-port", "evil-port"),
    ("x-forwarded-prefix", "/evil"),
    ("x-forwarded-for", "203.0.113.66"),
    ("forwarded", "host=evil.example;proto=gopher;for=203.0.113.66"),
    ("x-original-url", "/support"),
    ("x-rewrite-url", "/support"),
    ("x-host", "evil.example"),
    ("x-http-method-override", "DELETE"),
];

/// An answer, but for its number.
fn told(page: &Page) -> (u16, String, String) {
    let target = if page.status.is_redirection() { local(&page.target()) } else { String::new() };
    let body = page.body.replace(page.header("x-request-id").unwrap(), "");
    (page.status.as_u16(), target, body)
}

#[tokio::test]
async fn headers_that_no_cache_looks_at_change_no_answer_of_any_route() {
    journey(async |app| {
        let (ground, bella) = Ground::prepare(app).await;
        let routes = routes::all(app, &ground).await;
        for mut browser in [app.browser(), bella] {
            for route in routes.iter().filter(|route| route.method == Method::GET) {
                let path = ground.fill(&route.path, Id::Real);
                let plain = browser.ask(Method::GET, &path, "", &[]).await;
                // Each trip to HubRise has a state of its own.
                if plain.status.is_redirection() && plain.target().path().starts_with("/oauth2/") {
                    continue;
                }
                let poisoned = browser.ask(Method::GET, &path, "", &UNKEYED).await;
                assert_eq!(told(&poisoned), told(&plain), "{}", route.name());
                for word in ["evil", "gopher", "203.0.113.66"] {
                    let headers = format!("{:?}", poisoned.headers);
                    assert!(!headers.contains(word) && !poisoned.body.contains(word), "{}: {word}", route.name());
                }
            }
        }
        tidy(app).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_back_button_after_the_sign_out_shows_nothing_of_the_organisation() {
    journey(async |app| {
        app.signed_in(MANAGER).await.connect(PARIS, PARIS_AT_HUBRISE).await;
        let person = Person::sit_down(app, TABLET).await;
        person.open("/login").await;
        person.fill(FRENCH.email, MANAGER).await;
        person.fill(FRENCH.password, PASSWORD).await;
        person.click(FRENCH.sign_in).await;
        for path in ["/points-of-sale", "/history", "/settings/team", "/services"] {
            person.open(path).await;
        }
        person.sees("Paris - 3r4s3-0").await;
        person.click("Menu").await;
        person.click(FRENCH.sign_out).await;
        person.reaches("/login").await;
        for _ in 0..4 {
            person.back().await;
            person.reaches("/login").await;
            let text = person.text().await;
            for words in ["Paris", "Bella Pizza", MANAGER, "3r4s3"] {
                assert!(!text.contains(words), "`{words}` is shown: {text}");
            }
        }
        person.leave().await;
    })
    .await;
}
