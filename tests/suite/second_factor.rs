//! The second factor of TicknCook's support.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use tickncook_hubrise::{connection_links, router, support, users::second_factor};

use crate::harness::{
    Browser, FRENCH, MANAGER, PARIS, PARIS_AT_HUBRISE, PASSWORD, STAFF, journey,
    support::{Device, SUPPORT},
};

const WRONG: &str = "Ce code n’est pas le bon";
const UNKNOWN: &str = "018f0000-0000-7000-8000-000000000000";

/// Everything that the console can be asked, and that does not answer to everybody.
fn console() -> Vec<(&'static str, String)> {
    let mut all: Vec<(&str, String)> = support::ROUTES.iter().map(|(verb, path)| (*verb, (*path).to_owned())).collect();
    let links = connection_links::SUPPORT_BASE;
    all.extend([("get", links.to_owned()), ("post", links.to_owned())]);
    all.extend([("get", format!("{links}/{{id}}")), ("post", format!("{links}/{{id}}/cancel"))]);
    all
}

async fn ask(browser: &mut Browser, verb: &str, path: &str) -> (u16, Option<String>) {
    let page = if verb == "get" { browser.peek(path).await } else { browser.post(path, &[]).await };
    (page.status.as_u16(), page.status.is_redirection().then(|| page.target().path().to_owned()))
}

/// The paths that the whole service answers below `/support`.
fn registered() -> BTreeSet<String> {
    router::paths().into_iter().filter(|path| path == "/support" || path.starts_with("/support/")).collect()
}

#[test]
fn the_list_of_the_console_s_routes_is_whole() {
    let listed: BTreeSet<String> = console().into_iter().map(|(_, path)| path).collect();
    assert!(listed.len() >= 10, "{listed:?}");
    assert_eq!(registered(), listed);
}

#[tokio::test]
async fn nobody_enters_the_console_without_the_second_factor() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        manager.connect(PARIS, PARIS_AT_HUBRISE).await;
        let connection = app.connection("3r4s3-0").await;
        let organisation: String =
            sqlx::query_scalar("select organisation_id::text from connection").fetch_one(app.db()).await.unwrap();
        let mut staff = app.signed_in(STAFF).await;
        let device = app.add_support(SUPPORT).await;
        let mut unproven = app.signed_in(SUPPORT).await;
        for (verb, path) in console() {
            let path = path.replace("{organisation}", &organisation).replace("{id}", &connection);
            let name = format!("{verb} {path}");
            let verify = path == "/support/verify";
            assert_eq!(ask(&mut app.browser(), verb, &path).await, (303, Some("/login".to_owned())), "{name}");
            assert_eq!(ask(&mut staff, verb, &path).await, (404, None), "{name}");
            assert_eq!(ask(&mut manager, verb, &path).await, (404, None), "{name}");
            if !verify {
                let verify = (303, Some("/support/verify".to_owned()));
                assert_eq!(ask(&mut unproven, verb, &path).await, verify, "{name}");
            }
        }
        assert_eq!(app.count("select count(*) from connection").await, 1);
        assert_eq!(app.count("select count(*) from history_entry where actor = 'support'").await, 0);
        unproven.open("/support").await;
        unproven.prove(&device.code(app)).await.assert_status(200);
        for path in [
            "/support",
            &format!("/support/connections/{connection}"),
            &format!("/support/organisations/{organisation}"),
        ] {
            unproven.peek(path).await.assert_status(200);
        }
        for path in ["connections", "organisations", "receipts"] {
            unproven.peek(&format!("/support/{path}/{UNKNOWN}")).await.assert_status(404);
            unproven.peek(&format!("/support/{path}/nonsense")).await.assert_status(404);
        }
    })
    .await;
}

#[tokio::test]
async fn support_comes_straight_to_the_question_and_goes_on_to_where_they_were_going() {
    journey(async |app| {
        let device = app.add_support(SUPPORT).await;
        let mut browser = app.browser();
        browser.open("/support/connections/018f0000-0000-7000-8000-000000000000").await;
        browser.try_to_sign_in(SUPPORT, PASSWORD).await.assert_shows(&["Vérification en deux étapes"]);
        let page = browser.prove(&device.code(app)).await;
        page.assert_status(404);
        assert_eq!(page.url.path(), "/support/connections/018f0000-0000-7000-8000-000000000000");
        assert_eq!(browser.open("/").await.url.path(), "/support");
        let away = browser.open("/support/verify?return_to=//evil.example/support").await;
        assert_eq!(away.url.path(), "/support");
    })
    .await;
}

#[tokio::test]
async fn a_code_is_good_once_in_whatever_session() {
    journey(async |app| {
        let device = app.add_support(SUPPORT).await;
        let mut first = app.signed_in(SUPPORT).await;
        let mut second = app.signed_in(SUPPORT).await;
        let code = device.code(app);
        first.prove(&code).await.assert_status(200);
        second.prove(&code).await.assert_status(401);
        second.page().assert_shows(&[WRONG]);
        second.peek("/support").await.assert_status(303);
        // Nor is the one before it, by then.
        second.open("/support").await;
        second.prove(&device.code_in(app, -30)).await.assert_status(401);
        app.advance(TimeDelta::seconds(30));
        second.prove(&device.code(app)).await.assert_status(200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_at_once_with_the_same_code_one_passes() {
    journey(async |app| {
        let device = app.add_support(SUPPORT).await;
        let mut first = app.signed_in(SUPPORT).await;
        let mut second = app.signed_in(SUPPORT).await;
        let code = device.code(app);
        let (one, other) = tokio::join!(first.prove(&code), second.prove(&code));
        let mut statuses = [one.status.as_u16(), other.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 401]);
    })
    .await;
}

#[tokio::test]
async fn a_clock_that_is_a_step_off_is_borne_and_two_are_not() {
    journey(async |app| {
        let device = app.add_support(SUPPORT).await;
        let mut browser = app.signed_in(SUPPORT).await;
        for seconds in [-60, 60] {
            browser.prove(&device.code_in(app, seconds)).await.assert_status(401);
        }
        let previous = device.code_in(app, -30);
        browser.prove(&format!(" {} {} ", &previous[..3], &previous[3..])).await.assert_status(200);
        let mut other = app.signed_in(SUPPORT).await;
        other.prove(&previous).await.assert_status(401);
        other.prove(&device.code_in(app, 30)).await.assert_status(200);
    })
    .await;
}

#[tokio::test]
async fn wrong_codes_are_slowed_down_apart_from_passwords() {
    journey(async |app| {
        let device = app.add_support(SUPPORT).await;
        let mut browser = app.signed_in(SUPPORT).await;
        for _ in 0..5 {
            browser.prove("000000").await.assert_status(401);
        }
        let page = browser.prove(&device.code(app)).await;
        page.assert_status(429);
        page.assert_shows(&["Trop d’essais"]);
        assert!(page.header("retry-after").is_some());
        browser.peek("/support").await.assert_status(303);
        // The password's own count is not touched.
        app.signed_in(SUPPORT).await;
        app.advance(TimeDelta::seconds(3));
        browser.prove(&device.code(app)).await.assert_status(200);
        assert_eq!(app.count("select count(*) from sign_in_throttle where scope <> 'address'").await, 0);
    })
    .await;
}

#[tokio::test]
async fn what_is_no_code_is_wrong() {
    journey(async |app| {
        app.add_support(SUPPORT).await;
        let mut browser = app.signed_in(SUPPORT).await;
        for code in ["", "12345", "1234567", "+12345", "abcdef", "１２３４５６"] {
            browser.open("/support").await;
            let page = browser.prove(code).await;
            assert!(matches!(page.status.as_u16(), 401 | 429), "{code}: {}", page.status);
        }
    })
    .await;
}

#[tokio::test]
async fn the_proof_is_the_session_s_and_ends_with_it_or_after_twelve_hours() {
    journey(async |app| {
        let device = app.add_support(SUPPORT).await;
        let mut browser = app.signed_in(SUPPORT).await;
        let before = browser.clone();
        browser.prove(&device.code(app)).await.assert_status(200);
        // The session has another id: whoever knew the former one has nothing.
        let mut thief = before;
        assert_eq!(thief.peek("/support").await.target().path(), "/login");
        let mut stolen = browser.clone();
        stolen.peek("/support").await.assert_status(200);
        browser.press(FRENCH.sign_out, &[]).await;
        assert_eq!(stolen.peek("/support").await.target().path(), "/login");

        app.advance(TimeDelta::minutes(1));
        browser.sign_in(SUPPORT).await.assert_shows(&["Vérification en deux étapes"]);
        browser.prove(&device.code(app)).await.assert_status(200);
        app.advance(TimeDelta::hours(12) - TimeDelta::seconds(1));
        browser.peek("/support").await.assert_status(200);
        app.advance(TimeDelta::seconds(1));
        assert_eq!(browser.peek("/support").await.target().path(), "/support/verify");
    })
    .await;
}

#[tokio::test]
async fn a_new_secret_replaces_the_old_one_and_ends_the_sessions() {
    journey(async |app| {
        let old = app.add_support(SUPPORT).await;
        let mut browser = app.signed_in(SUPPORT).await;
        browser.prove(&old.code(app)).await.assert_status(200);
        let new = Device::of(&second_factor::renew(&app.app, SUPPORT).await.unwrap());
        assert_eq!(browser.peek("/support").await.target().path(), "/login");
        browser.sign_in(SUPPORT).await;
        browser.prove(&old.code_in(app, 30)).await.assert_status(401);
        browser.prove(&new.code(app)).await.assert_status(200);
        assert!(second_factor::renew(&app.app, MANAGER).await.is_err(), "a manager has no second factor");
    })
    .await;
}

#[tokio::test]
async fn support_without_a_secret_is_told_whom_to_ask() {
    journey(async |app| {
        app.add_support(SUPPORT).await;
        let forget = "update app_user set totp_key_id = null, totp_ciphertext = null";
        sqlx::query(forget).execute(app.db()).await.unwrap();
        let mut browser = app.signed_in(SUPPORT).await;
        browser.page().assert_shows(&["Demandez à l’exploitant"]);
        browser.post("/support/verify", &[("code", "123456")]).await.assert_status(409);
        browser.peek("/support").await.assert_status(303);
    })
    .await;
}

#[tokio::test]
async fn whoever_is_no_longer_support_is_out_at_once() {
    journey(async |app| {
        let mut browser = app.support().await;
        sqlx::query("update app_user set is_support = false").execute(app.db()).await.unwrap();
        browser.peek("/support").await.assert_status(404);
    })
    .await;
}

#[tokio::test]
async fn the_secret_is_sealed_and_bound_to_its_account() {
    journey(async |app| {
        let device = app.add_support(SUPPORT).await;
        let other = app.add_support("autre@tickncook.example").await;
        let swap = "update app_user u set totp_key_id = o.totp_key_id, totp_ciphertext = o.totp_ciphertext
            from app_user o where u.email = 'support@tickncook.example' and o.email = 'autre@tickncook.example'";
        sqlx::query(swap).execute(app.db()).await.unwrap();
        let mut browser = app.signed_in(SUPPORT).await;
        for device in [device, other] {
            browser.open("/support").await;
            browser.prove(&device.code(app)).await.assert_status(500);
        }
    })
    .await;
}
