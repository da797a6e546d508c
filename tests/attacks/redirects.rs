//! Ways out to another site, and links made with somebody else's host.

use chrono::TimeDelta;
use reqwest::Url;
use serde_json::json;

use super::wire;
use crate::harness::{
    AS_STAFF, Browser, FRENCH, MANAGER, Mailbox, PARIS, PARIS_AT_HUBRISE, PASSWORD, Page, TestApp, hubrise, journey,
    journey_with,
};

/// Addresses that some browser or some library takes for another site's.
const ABROAD: [&str; 26] = [
    "https://evil.example",
    "//evil.example",
    "///evil.example",
    "////evil.example/..",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "\t//evil.example",
    "/\r\n/evil.example",
    "https:evil.example",
    "https:/evil.example",
    "http:\\\\evil.example",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "@evil.example",
    ".evil.example",
    ":80@evil.example",
    "evil.example",
    "/services\r\nSet-Cookie: evil=1",
    "/services\r\nLocation: https://evil.example",
    "/%0d%0aSet-Cookie:evil=1\r\n",
    " //evil.example",
    "/\u{2028}/evil.example",
    "/\u{ff0f}evil.example",
    "",
];

fn assert_stays(app: &TestApp, page: &Page, abroad: &str, at: &str) {
    assert_eq!(page.status, 303, "{at} with {abroad:?}: {}", page.words());
    let target = page.target();
    assert_eq!(target.origin(), app.public().origin(), "{at} with {abroad:?} leads to {target}");
    // As old browsers read it, which take `\` for `/`.
    let location = page.header("location").unwrap().replace('\\', "/");
    assert!(location.starts_with('/') && !location.starts_with("//"), "{at} with {abroad:?} leads to {location}");
    assert!(page.headers.get_all("set-cookie").iter().all(|cookie| !cookie.as_bytes().starts_with(b"evil")), "{at}");
}

fn encoded(abroad: &str) -> String {
    url::form_urlencoded::byte_serialize(abroad.as_bytes()).collect()
}

#[tokio::test]
async fn signing_in_and_choosing_a_language_lead_to_no_other_site() {
    journey(async |app| {
        let mut signed_in = app.signed_in(MANAGER).await;
        for abroad in ABROAD {
            // Once more encoded, it would be decoded by whoever does it twice.
            for abroad in [abroad.to_owned(), encoded(abroad)] {
                let page = signed_in.peek(&format!("/login?return_to={}", encoded(&abroad))).await;
                assert_stays(app, &page, &abroad, "the sign-in page");
                let fields = [("language", "fr"), ("return_to", &*abroad)];
                assert_stays(app, &signed_in.post("/language", &fields).await, &abroad, "the language");
            }
            let fields = [("email", MANAGER), ("password", PASSWORD), ("return_to", abroad)];
            assert_stays(app, &app.browser().post("/login", &fields).await, abroad, "the sign-in");
            let shown = app.browser().open(&format!("/login?return_to={}", encoded(abroad))).await.form(FRENCH.sign_in);
            let kept = shown.fields().into_iter().find(|(name, _)| name == "return_to").map(|(_, value)| value);
            assert_eq!(kept.as_deref(), Some("/"), "{abroad:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_trip_to_hubrise_ends_on_no_other_site() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        manager.connect(PARIS, PARIS_AT_HUBRISE).await;
        manager.link_identity(hubrise::THOMAS).await;
        let instance = crate::opening::app_instance(app, "3r4s3-0").await;
        for abroad in ABROAD {
            let address = format!("/hubrise_open?app_instance_id={instance}&return_to={}", encoded(abroad));
            assert_stays(app, &manager.peek(&address).await, abroad, "a member's Ouvrir");
            let mut newcomer = app.browser();
            newcomer.post("/login/hubrise", &[("return_to", abroad)]).await;
        }
        let kept: Vec<Option<String>> =
            sqlx::query_scalar("select return_to from authorisation_attempt").fetch_all(app.db()).await.unwrap();
        let kept: Vec<_> = kept.into_iter().flatten().filter(|path| path != "/settings").collect();
        assert_eq!(kept.len(), ABROAD.len());
        assert!(kept.iter().all(|path| path == "/"), "{kept:?}");
        app.run_jobs().await;
    })
    .await;
}

#[tokio::test]
async fn where_one_must_sign_in_first_leads_back_to_this_site() {
    journey(async |app| {
        for target in
            ["//evil.example/services", "/services//evil.example", "/services?return_to=//evil.example", "/\\evil"]
        {
            let answer = wire::get(app, target).await;
            let location = answer.head.lines().find_map(|line| line.strip_prefix("location: ")).unwrap_or("/");
            let target_of = app.public().join(location).unwrap();
            assert_eq!(target_of.origin(), app.public().origin(), "{target}: {}", answer.head);
            assert!(matches!(answer.status, 303 | 400 | 404), "{target}: {}", answer.head);
        }
    })
    .await;
}

/// What a browser is told that comes under another name of the host.
async fn under_another_host(app: &TestApp, request: &str) -> wire::Answer {
    let answer = wire::send(app, request).await;
    let location = answer.head.lines().find(|line| line.starts_with("location:")).unwrap_or_default();
    assert!(!location.replace("//evil.com/login", "").contains("evil"), "{request}: {}", answer.head);
    assert!(!answer.body.contains("evil.example"), "{request}");
    answer
}

#[tokio::test]
async fn a_host_that_is_not_ours_is_in_no_redirect_and_no_page() {
    journey(async |app| {
        let public = app.public().authority().to_owned();
        let get = |target: &str, lines: &str| format!("GET {target} HTTP/1.1\r\n{lines}\r\nConnection: close\r\n\r\n");
        for (target, lines, status) in [
            ("/login", "Host: evil.example".to_owned(), 307),
            ("/login", format!("Host: {public}@evil.example"), 307),
            ("/login", format!("Host: {public}.evil.example"), 307),
            ("/login", format!("Host: evil.example#{public}"), 307),
            ("//evil.com/login", "Host: x".to_owned(), 307),
            (
                "/login",
                format!("Host: {public}\r\nX-Forwarded-Host: evil.example\r\nForwarded: host=evil.example"),
                200,
            ),
            ("/services", format!("Host: {public}\r\nX-Forwarded-Host: evil.example"), 303),
            ("/api/v1/points-of-sale", "Host: evil.example".to_owned(), 401),
            ("/healthz", "Host: evil.example".to_owned(), 200),
        ] {
            let answer = under_another_host(app, &get(target, &lines)).await;
            assert_eq!(answer.status, status, "{target} {lines}: {}", answer.head);
            if status == 307 {
                let wanted = format!("location: {}", app.public().origin().ascii_serialization());
                assert!(answer.head.contains(&wanted), "{target} {lines}: {}", answer.head);
            }
        }
        // Named in the request line, which goes before the header.
        let absolute = get("http://evil.example/login", &format!("Host: {public}"));
        let answer = under_another_host(app, &absolute).await;
        assert!(matches!(answer.status, 200 | 307), "{}", answer.head);
        let twice = get("/login", &format!("Host: {public}\r\nHost: evil.example"));
        under_another_host(app, &twice).await;
    })
    .await;
}

/// A browser behind something that passes on whatever headers it is given.
fn poisoned(mut browser: Browser) -> Browser {
    for name in ["x-forwarded-host", "x-host", "x-forwarded-server", "x-original-host"] {
        browser.headers.push((name.to_owned(), "evil.example".to_owned()));
    }
    browser.headers.push(("forwarded".to_owned(), "host=evil.example".to_owned()));
    browser.headers.push(("referer".to_owned(), "https://evil.example/".to_owned()));
    browser
}

#[tokio::test]
async fn links_to_send_and_the_way_back_from_hubrise_name_our_own_host_alone() {
    journey(async |app| {
        let mut manager = poisoned(app.signed_in(MANAGER).await);
        let invitation = manager.invite("Samira", AS_STAFF).await;
        let link = manager.make_link(PARIS, "Bella Pizza", "Paris").await;
        for address in [invitation, link] {
            assert!(address.starts_with(app.public().as_str()), "{address}");
        }
        let page = manager.leave_for_hubrise(PARIS).await.clone();
        let away =
            page.redirects.iter().map(|page| &page.url).chain([&page.url]).find(|url| url.path().contains("authorize"));
        let away: Url = away.unwrap().clone();
        let back = away.query_pairs().find(|(name, _)| name == "redirect_uri").unwrap().1.into_owned();
        assert_eq!(back, app.public().join("/hubrise_oauth/connect_callback").unwrap().as_str());
    })
    .await;
}

#[tokio::test]
async fn mails_name_our_own_host_alone() {
    let mailbox = Mailbox::start();
    let address = mailbox.address().to_owned();
    journey_with(
        |layers| layers.set("mail.smtp_url", address),
        async |app| {
            let mut manager = poisoned(app.signed_in(MANAGER).await);
            manager.connect(PARIS, PARIS_AT_HUBRISE).await;
            app.run_upkeep().await;
            app.hubrise.control("connections/block", json!({ "location_id": "3r4s3-0" })).await;
            for _ in 0..30 {
                app.advance(TimeDelta::minutes(3));
                app.run_upkeep().await;
                manager.open("/services").await;
            }
            app.run_jobs().await;
            let mails = mailbox.collect();
            assert!(!mails.is_empty(), "nobody was told");
            manager.post("/login/password", &[("email", MANAGER)]).await.assert_status(303);
            app.run_jobs().await;
            let link = mailbox.collect_one().link();
            assert!(link.as_str().starts_with(app.public().join("/password-links/").unwrap().as_str()), "{link}");
            for mail in mails {
                assert!(mail.text.contains(app.public().join("/organisations/").unwrap().as_str()), "{}", mail.text);
                assert!(!mail.text.contains("evil") && !mail.html.contains("evil"), "{}", mail.text);
            }
        },
    )
    .await;
}
