//! What the pages weigh that a restaurant opens most, and that nothing on them moves while they arrive.

use reqwest::{Method, Response, header::HeaderMap};

use crate::harness::{
    Browser, LYON, LYON_AT_HUBRISE, MANAGER, PARIS, PARIS_AT_HUBRISE, TestApp,
    chromium::{PHONE, Person, TABLET},
    http_client, journey,
};

const PAGES: [&str; 2] = ["/services", "/points-of-sale"];
/// In bytes over the wire, headers included.
const FIRST_VIEW: usize = 20_000;
const SECOND_VIEW: usize = 6_000;

async fn with_two_connections(app: &TestApp) -> Browser {
    let mut browser = app.signed_in(MANAGER).await;
    browser.connect(PARIS, PARIS_AT_HUBRISE).await;
    browser.connect(LYON, LYON_AT_HUBRISE).await;
    browser
}

/// Asks as a browser does. What comes back is not unpacked.
async fn ask(app: &TestApp, browser: &Browser, path: &str, accepted: &str) -> Response {
    let url = app.listening().join(path).unwrap();
    let cookies = browser.cookies.iter().map(|((_, name), value)| format!("{name}={value}")).collect::<Vec<_>>();
    let request = http_client().request(Method::GET, url).header("cookie", cookies.join("; "));
    let response = request.header("accept-encoding", accepted).send().await.unwrap();
    assert_eq!(response.status(), 200, "{path}");
    response
}

fn weight_of(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len()).sum()
}

/// Headers and compressed content.
async fn weight(app: &TestApp, browser: &Browser, path: &str) -> usize {
    let response = ask(app, browser, path, "gzip, deflate, br, zstd").await;
    assert_eq!(
        response.headers().get("content-encoding").map(|coding| coding.to_str().unwrap()),
        Some("gzip"),
        "{path}"
    );
    weight_of(response.headers()) + response.bytes().await.unwrap().len()
}

#[tokio::test]
async fn a_first_view_weighs_20_kb_with_all_that_the_page_asks_for_and_a_second_view_only_the_page() {
    journey(async |app| {
        let mut browser = with_two_connections(app).await;
        for path in PAGES {
            let page = browser.open(path).await.clone();
            let addresses = page.attributes("href").into_iter().chain(page.attributes("src"));
            let assets: Vec<_> = addresses.filter(|address| address.starts_with("/assets/")).collect();
            assert_eq!(assets.len(), 3, "{path}: {assets:?}");
            let second = weight(app, &browser, path).await;
            let mut first = second;
            for address in &assets {
                first += weight(app, &browser, address).await;
                let asset = browser.peek(address).await;
                assert!(asset.header("cache-control").unwrap().contains("immutable"), "{address}");
                assert!(!asset.body.contains("url(") && !asset.body.contains("@import"), "{address} asks for more");
            }
            assert!(first <= FIRST_VIEW, "{path}: {first} bytes");
            assert!(second <= SECOND_VIEW, "{path}: {second} bytes");
        }
    })
    .await;
}

#[tokio::test]
async fn whoever_reads_no_gzip_gets_an_asset_as_it_is_and_caches_keep_both_apart() {
    journey(async |app| {
        let mut browser = app.browser();
        let address = browser.open("/login").await.attributes("src").remove(0);
        for (accepted, coding) in [("gzip", Some("gzip")), ("identity", None), ("gzip;q=0", None)] {
            let response = ask(app, &browser, &address, accepted).await;
            let header = |name| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
            assert_eq!(header("content-encoding").as_deref(), coding, "{accepted}");
            assert_eq!(header("vary").as_deref(), Some("accept-encoding"), "{accepted}");
            let is_plain = response.text().await.is_ok_and(|text| text.contains("use strict"));
            assert_eq!(is_plain, coding.is_none(), "{accepted}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_on_a_page_moves_while_it_arrives_over_a_slow_line() {
    journey(async |app| {
        let browser = with_two_connections(app).await;
        for device in [PHONE, TABLET] {
            let person = Person::sit_down(app, device).await;
            person.open("/login").await;
            person.take_over(&browser).await;
            person.moves_to_the_country().await;
            for path in PAGES {
                person.open(path).await;
                person.sees(PARIS).await;
                let shift = person.layout_shift().await;
                assert!(shift.abs() < f64::EPSILON, "{path} moves by {shift}");
            }
            // What does move is seen to.
            let push = "const block = document.createElement('p'); block.style.height = '9rem'; \
                        document.querySelector('main').before(block)";
            person.run(push).await;
            assert!(person.layout_shift().await > 0.0);
            person.leave().await;
        }
    })
    .await;
}
