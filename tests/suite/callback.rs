//! HubRise's way back: who may come, how often, and how late.

use chrono::TimeDelta;

use crate::harness::{
    Browser, CHOSEN, FRENCH, LYON, MANAGER, NESTOR, NICE_AT_HUBRISE, OWNER_OF_BOTH, PARIS, PARIS_AT_HUBRISE, TestApp,
    http_client, journey,
};

/// Fails unless a refused callback is told as such, offers to start again, and has changed nothing.
async fn assert_refused(app: &TestApp, browser: &mut Browser, callback: &str, status: u16, words: &str) {
    let before = state_of(app).await;
    let exchanges = app.hubrise.exchanges().await;
    let page = browser.open(callback).await;
    page.assert_status(status);
    page.assert_shows(&[words]);
    assert!(page.url.query().is_none_or(|query| !query.contains("code=")), "{}", page.url);
    assert!(page.find_link(FRENCH.start_again).or_else(|| page.find_link("Se connecter et recommencer")).is_some());
    assert_eq!(app.hubrise.exchanges().await, exchanges, "the code of a refused callback was exchanged");
    assert_eq!(state_of(app).await, before, "a refused callback changed something");
}

async fn state_of(app: &TestApp) -> (i64, i64, Vec<String>) {
    let attempts = sqlx::query_scalar("select status || id from authorisation_attempt order by id");
    (
        app.count("select count(*) from connection").await,
        app.count("select count(*) from point_of_sale").await,
        attempts.fetch_all(app.db()).await.unwrap(),
    )
}

fn with_parameter(callback: &str, name: &str, value: &str) -> String {
    let mut url = reqwest::Url::parse(callback).unwrap();
    let kept: Vec<_> = url.query_pairs().into_owned().filter(|(found, _)| found != name).collect();
    url.query_pairs_mut().clear().extend_pairs(kept).append_pair(name, value);
    url.into()
}

fn without_parameter(callback: &str, name: &str) -> String {
    let mut url = reqwest::Url::parse(callback).unwrap();
    let kept: Vec<_> = url.query_pairs().into_owned().filter(|(found, _)| found != name).collect();
    url.query_pairs_mut().clear().extend_pairs(kept);
    url.into()
}

#[tokio::test]
async fn a_replayed_callback_shows_the_first_success() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        let callback = browser.callback(PARIS, PARIS_AT_HUBRISE).await;
        let first = browser.open(&callback).await.clone();
        for _ in 0..2 {
            let again = browser.open(&callback).await;
            again.assert_status(200);
            assert_eq!((again.words(), &again.url), (first.words(), &first.url));
        }
        assert_eq!(app.hubrise.exchanges().await, 1);
        assert_eq!(app.count("select count(*) from connection").await, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn callbacks_at_the_same_instant_exchange_the_code_once_and_all_show_success() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        let callback = browser.callback(PARIS, PARIS_AT_HUBRISE).await;
        let slow = serde_json::json!({ "kind": "delay", "milliseconds": 400 });
        app.hubrise.fault("/oauth2/v1/token", 1, slow).await;
        let mut tabs = tokio::task::JoinSet::new();
        for _ in 0..6 {
            let (mut tab, callback) = (browser.clone(), callback.clone());
            tabs.spawn(async move { tab.open(&callback).await.clone() });
        }
        for page in tabs.join_all().await {
            page.assert_status(200);
            page.assert_shows(&["« Paris République » est relié à HubRise", "Carte Paris - psmlf"]);
        }
        assert_eq!(app.hubrise.exchanges().await, 1);
        assert_eq!(app.count("select count(*) from connection").await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_browser_that_hangs_up_does_not_stop_the_connection_half_way() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        let callback = browser.callback(PARIS, PARIS_AT_HUBRISE).await;
        let slow = serde_json::json!({ "kind": "delay_after", "milliseconds": 500 });
        app.hubrise.fault("/oauth2/v1/token", 1, slow).await;
        let mut impatient = browser.clone();
        let hangs_up = impatient.open(&callback);
        let gave_up = tokio::time::timeout(std::time::Duration::from_millis(250), hangs_up).await;
        assert!(gave_up.is_err(), "it should have been slower");
        let page = browser.open(&callback).await;
        page.assert_status(200);
        page.assert_shows(&["« Paris République » est relié à HubRise"]);
        assert_eq!(app.hubrise.exchanges().await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_used_state_with_another_code_is_refused() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        let callback = browser.callback(PARIS, PARIS_AT_HUBRISE).await;
        browser.open(&callback).await.assert_status(200);
        let other = with_parameter(&callback, "code", "00112233445566778899aabbccddeeff");
        assert_refused(app, &mut browser, &other, 409, "Cette demande de connexion a déjà servi.").await;
        browser.open("/services").await.assert_shows(&["Paris - 3r4s3-0"]);
    })
    .await;
}

#[tokio::test]
async fn a_state_lasts_ten_minutes() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        let in_time = browser.callback(PARIS, PARIS_AT_HUBRISE).await;
        app.advance(TimeDelta::seconds(599));
        browser.open(&in_time).await.assert_status(200);
        let late = browser.callback(LYON, NICE_AT_HUBRISE).await;
        app.advance(TimeDelta::seconds(600));
        assert_refused(app, &mut browser, &late, 410, "Plus de dix minutes se sont écoulées").await;
        let denied = without_parameter(&with_parameter(&late, "error", "access_denied"), "code");
        assert_refused(app, &mut browser, &denied, 410, "Plus de dix minutes se sont écoulées").await;
        // An old success is still shown to whoever goes back to it.
        browser.open(&in_time).await.assert_shows(&["« Paris République » est relié à HubRise"]);
    })
    .await;
}

#[tokio::test]
async fn a_forged_state_is_refused() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        let callback = browser.callback(PARIS, PARIS_AT_HUBRISE).await;
        for forged in ["x", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "é\u{0}", &"a".repeat(5000)] {
            let forged = with_parameter(&callback, "state", forged);
            assert_refused(app, &mut browser, &forged, 400, "Nous ne reconnaissons pas cette demande").await;
        }
        browser.open(&callback).await.assert_shows(&["« Paris République » est relié à HubRise"]);
    })
    .await;
}

#[tokio::test]
async fn a_callback_without_state_attaches_nothing() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        let callback = browser.callback(PARIS, PARIS_AT_HUBRISE).await;
        let stateless = without_parameter(&callback, "state");
        browser.open(&stateless).await.assert_shows(&["Terminer la connexion", "Rien n’est encore relié"]);
        assert_eq!(app.count("select count(*) from connection").await, 0);
        let codeless = without_parameter(&callback, "code");
        assert_refused(app, &mut browser, &codeless, 400, "sans réponse complète").await;
        assert_refused(app, &mut browser, "/hubrise_oauth/connect_callback", 400, "sans réponse complète").await;
        let twice = format!("{callback}&code=1&state=2");
        let page = browser.open(&twice).await;
        assert!(page.status.is_client_error(), "{} {}", page.status, page.words());
    })
    .await;
}

#[tokio::test]
async fn another_browser_cannot_use_somebody_s_callback() {
    journey(async |app| {
        let mut attacker = app.signed_in(MANAGER).await;
        let callback = attacker.callback(PARIS, PARIS_AT_HUBRISE).await;
        // Not even the same person's other browser, and never somebody who is not signed in.
        for mut victim in [app.signed_in(MANAGER).await, app.signed_in(NESTOR).await, app.browser()] {
            assert_refused(app, &mut victim, &callback, 403, "dans un autre navigateur").await;
        }
        attacker.open(&callback).await.assert_shows(&["« Paris République » est relié à HubRise"]);
    })
    .await;
}

#[tokio::test]
async fn a_session_that_ended_on_the_way_is_another_browser() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        let callback = browser.callback(PARIS, PARIS_AT_HUBRISE).await;
        browser.open("/services").await;
        browser.press(FRENCH.sign_out, &[]).await;
        assert_refused(app, &mut browser, &callback, 403, "dans un autre navigateur").await;
        let page = browser.click("Se connecter et recommencer").await;
        assert_eq!(page.url.path(), "/login");
        let page = browser.try_to_sign_in(MANAGER, crate::harness::PASSWORD).await;
        assert_eq!(page.url.path(), "/services/hubrise/connect");
        assert_refused(app, &mut browser, &callback, 403, "avant votre dernière connexion").await;
    })
    .await;
}

#[tokio::test]
async fn a_callback_for_the_organisation_that_was_left_meanwhile_is_refused() {
    journey(async |app| {
        let mut browser = app.signed_in(OWNER_OF_BOTH).await;
        let callback = browser.callback(PARIS, PARIS_AT_HUBRISE).await;
        browser.open("/services").await;
        browser.press("Chez Nestor", &[]).await.assert_shows(&["Chez Nestor"]);
        assert_refused(app, &mut browser, &callback, 403, "pour un autre établissement").await;
        browser.press("Bella Pizza", &[]).await;
        browser.open(&callback).await.assert_shows(&["« Paris République » est relié à HubRise"]);
        // Nor is the success shown under the other organisation.
        browser.press("Chez Nestor", &[]).await;
        browser.open(&callback).await.assert_status(403);
        browser.page().assert_hides(&[PARIS, "3r4s3"]);
    })
    .await;
}

#[tokio::test]
async fn refusing_at_hubrise_connects_nothing_and_offers_to_start_again() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        browser.leave_for_hubrise(PARIS).await;
        browser.sign_in_at_hubrise("thomas@bellapizza.example").await;
        let page = browser.press(FRENCH.hubrise_deny, &[]).await;
        page.assert_status(200);
        page.assert_shows(&["Vous avez refusé l’accès"]);
        let denied = page
            .redirects
            .iter()
            .map(crate::harness::Page::target)
            .find(|url| url.path().contains("callback"))
            .unwrap();
        browser.open(denied.as_str()).await.assert_shows(&["Vous avez refusé l’accès"]);
        // A code that turns up for a refused attempt comes too late.
        let late =
            without_parameter(&with_parameter(denied.as_str(), "code", "00112233445566778899aabbccddeeff"), "error");
        let page = browser.open(&late).await;
        assert_ne!(page.status, 200, "{}", page.words());
        assert_eq!(app.hubrise.exchanges().await, 0);
        browser.open("/services/hubrise/connect").await;
        browser.press(FRENCH.allow, &[(PARIS, CHOSEN)]).await;
        browser.allow(PARIS_AT_HUBRISE).await.assert_shows(&["est relié à HubRise"]);
    })
    .await;
}

#[tokio::test]
async fn a_refusal_that_comes_without_its_state_is_told_as_a_refusal() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        let callback = browser.callback(PARIS, PARIS_AT_HUBRISE).await;
        let page = browser.open("/hubrise_oauth/connect_callback?error=access_denied").await;
        page.assert_status(200);
        page.assert_shows(&["Vous avez refusé l’accès"]);
        assert!(page.find_link(FRENCH.start_again).is_some());
        browser.open(&callback).await.assert_shows(&["est relié à HubRise"]);
    })
    .await;
}

#[tokio::test]
async fn hubrise_s_other_errors_have_pages_too() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        for (error, words) in [("expired", "a expiré ou a déjà servi"), ("<b>server_error</b>", "n’est pas terminée")]
        {
            let callback = without_parameter(&browser.callback(PARIS, PARIS_AT_HUBRISE).await, "code");
            let page = browser.open(&with_parameter(&callback, "error", error)).await;
            page.assert_shows(&[words]);
            assert!(!page.body.contains("server_error"));
            assert!(page.find_link(FRENCH.start_again).is_some());
        }
        assert_eq!(app.hubrise.exchanges().await, 0);
    })
    .await;
}

#[tokio::test]
async fn the_callback_is_never_cached_and_leaks_no_referrer() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        let callback = browser.callback(PARIS, PARIS_AT_HUBRISE).await;
        let answer = browser.peek(&callback).await;
        answer.assert_status(303);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert!(matches!(answer.header("referrer-policy"), Some("same-origin" | "no-referrer")));
        assert_eq!(answer.target().query(), None);
        // HubRise's browsers come by GET alone.
        let posted = http_client().post(app.listening().join("/hubrise_oauth/connect_callback").unwrap()).send().await;
        assert_eq!(posted.unwrap().status(), 405);
    })
    .await;
}
