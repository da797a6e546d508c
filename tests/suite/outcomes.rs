//! Every way in which HubRise can fail a manager who has allowed, each told on a page of its own.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::harness::{
    Browser, FRENCH, MANAGER, PARIS, PARIS_AT_HUBRISE, Page, STAFF, TestApp, journey, journey_with, logs,
    narrow_journey,
};

const OFFLINE: &str = "HubRise ne répond pas";
const UNFINISHED: &str = "La connexion n’est pas terminée";

/// Fails unless a failure is told as one, changed nothing, is the same when reloaded, and leaves a way to start again.
async fn assert_failed(app: &TestApp, browser: &mut Browser, callback: &str, status: u16, words: &[&str]) -> Page {
    let exchanges = app.hubrise.exchanges().await;
    let page = browser.open(callback).await.clone();
    page.assert_status(status);
    page.assert_shows(words);
    assert!(page.url.path().starts_with("/services/hubrise/attempts/"), "{}", page.url);
    assert_eq!(app.count("select count(*) from connection").await, 0);
    assert_eq!(app.count("select count(*) from point_of_sale").await, 3);
    let again = browser.open(callback).await;
    assert_eq!((again.status, again.words()), (page.status, page.words()));
    assert!(app.hubrise.exchanges().await <= exchanges + 1, "the code was exchanged twice");
    page
}

/// The manager starts again and succeeds, whatever the failure was.
async fn start_again(browser: &mut Browser) {
    browser.click(FRENCH.start_again).await;
    browser.connect(PARIS, PARIS_AT_HUBRISE).await;
}

/// Fails unless a fault at one of HubRise's addresses ends so, and can be mended by starting again.
async fn assert_fault(path: &str, fault: Value, status: u16, words: &str) {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        let callback = browser.callback(PARIS, PARIS_AT_HUBRISE).await;
        app.hubrise.lasting_fault(path, fault.clone()).await;
        assert_failed(app, &mut browser, &callback, status, &[words]).await;
        app.hubrise.clear_faults().await;
        // What HubRise asked for in `Retry-After` is over by then.
        app.advance(TimeDelta::minutes(2));
        start_again(&mut browser).await;
        app.run_jobs().await;
        assert_eq!(app.hubrise.answers_to_token_of("3r4s3-0").await, 200, "after {fault}");
    })
    .await;
}

#[tokio::test]
async fn an_expired_code_can_be_had_anew() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        let callback = browser.callback(PARIS, PARIS_AT_HUBRISE).await;
        app.hubrise.expire_codes().await;
        assert_failed(app, &mut browser, &callback, 410, &["Le délai est dépassé", "a expiré ou a déjà servi"]).await;
        start_again(&mut browser).await;
    })
    .await;
}

#[tokio::test]
async fn a_code_that_hubrise_does_not_know_is_told_like_an_expired_one() {
    assert_fault("/oauth2/v1/token", json!({ "kind": "status", "status": 404 }), 410, "Le délai est dépassé").await;
}

#[tokio::test]
async fn wrong_client_credentials_are_the_operator_s_fault_and_logged_loudly() {
    let wrong_secret = |layers: &mut tickncook_hubrise::config::Layers| layers.set("hubrise.client_secret", "wrong");
    journey_with(wrong_secret, async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        let callback = browser.callback(PARIS, PARIS_AT_HUBRISE).await;
        let words = ["Un réglage est à corriger chez TicknCook", "Vous n’y êtes pour rien"];
        let page = assert_failed(app, &mut browser, &callback, 502, &words).await;
        let request = page.redirects[0].header("x-request-id").unwrap();
        let lines = logs::containing(request);
        let loud: Vec<_> = lines.iter().filter(|line| line.contains("\"ERROR\"")).collect();
        assert_eq!(loud.len(), 1, "one loud line about the request: {lines:?}");
        assert!(loud[0].contains("client"), "{}", loud[0]);
    })
    .await;
}

#[tokio::test]
async fn hubrise_down_at_the_exchange() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        let callback = browser.callback(PARIS, PARIS_AT_HUBRISE).await;
        app.hubrise.stop().await;
        let page = browser.open(&callback).await;
        page.assert_status(502);
        page.assert_shows(&[OFFLINE, "n’a pas répondu à temps pour terminer la connexion"]);
        app.hubrise.restart().await;
        start_again(&mut browser).await;
    })
    .await;
}

#[tokio::test]
async fn hubrise_slow_at_the_exchange() {
    assert_fault("/oauth2/v1/token", json!({ "kind": "delay", "milliseconds": 60_000 }), 502, OFFLINE).await;
}

#[tokio::test]
async fn hubrise_failing_at_the_exchange() {
    for status in [500, 502, 503, 504] {
        assert_fault("/oauth2/v1/token", json!({ "kind": "status", "status": status }), 502, OFFLINE).await;
    }
}

#[tokio::test]
async fn hubrise_refusing_for_now_at_the_exchange() {
    let fault = json!({ "kind": "status", "status": 429, "headers": { "Retry-After": "60" }, "body": "slow down" });
    assert_fault("/oauth2/v1/token", fault, 502, OFFLINE).await;
}

#[tokio::test]
async fn the_answer_of_the_exchange_is_lost() {
    assert_fault("/oauth2/v1/token", json!({ "kind": "drop_after" }), 502, OFFLINE).await;
}

#[tokio::test]
async fn a_redirection_is_not_followed_with_the_client_s_secret() {
    let fault = json!({ "kind": "status", "status": 307, "headers": { "Location": "/v1/elsewhere" } });
    assert_fault("/oauth2/v1/token", fault, 502, UNFINISHED).await;
}

#[tokio::test]
async fn answers_of_the_exchange_that_cannot_be_understood() {
    let huge = format!("{{\"access_token\":\"{}\"}}", "a".repeat(1_500_000));
    for body in ["", "{", "[]", "null", "\"text\"", "<html>Bienvenue</html>", "{\"access_token\":7}", "{}", &huge] {
        assert_fault("/oauth2/v1/token", json!({ "kind": "body", "body": body }), 502, UNFINISHED).await;
    }
}

#[tokio::test]
async fn grants_that_make_no_sense() {
    for fields in [
        json!({ "access_token": "" }),
        json!({ "access_token": "two words\r\nX-Injected: yes" }),
        json!({ "access_token": null }),
        json!({ "location_id": "../../etc" }),
        json!({ "location_id": "x".repeat(500) }),
    ] {
        assert_fault("/oauth2/v1/token", json!({ "kind": "with", "fields": fields }), 502, UNFINISHED).await;
    }
}

#[tokio::test]
async fn a_grant_for_a_whole_account_connects_nothing() {
    let fields = json!({ "location_id": null, "location_name": null, "catalog_id": null, "customer_list_id": null });
    let words = "Aucun point de vente n’a été choisi";
    assert_fault("/oauth2/v1/token", json!({ "kind": "with", "fields": fields }), 409, words).await;
}

#[tokio::test]
async fn hubrise_failing_at_the_proof() {
    for fault in [
        json!({ "kind": "status", "status": 503 }),
        json!({ "kind": "status", "status": 429, "headers": { "Retry-After": "60" } }),
        json!({ "kind": "drop" }),
        json!({ "kind": "delay", "milliseconds": 60_000 }),
    ] {
        assert_fault("/v1/location", fault, 502, OFFLINE).await;
    }
}

#[tokio::test]
async fn a_hiccup_at_the_proof_goes_unnoticed() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        app.hubrise.fault("/v1/location", 2, json!({ "kind": "status", "status": 502 })).await;
        browser.connect(PARIS, PARIS_AT_HUBRISE).await;
    })
    .await;
}

#[tokio::test]
async fn proofs_that_cannot_be_understood() {
    for body in ["", "[]", "{}", "<html></html>", "{\"id\":\"3r4s3-0\"}"] {
        assert_fault("/v1/location", json!({ "kind": "body", "body": body }), 502, UNFINISHED).await;
    }
}

#[tokio::test]
async fn a_proof_of_another_location_proves_nothing() {
    let other = json!({ "kind": "with", "fields": { "id": "3r4s3-2", "name": "Nice" } });
    assert_fault("/v1/location", other, 502, UNFINISHED).await;
}

#[tokio::test]
async fn hubrise_refusing_the_token_it_has_just_given() {
    for (message, status, words) in [
        ("The account/location has been suspended for non payment of the subscription", 409, "L’abonnement HubRise"),
        ("The connection has been blocked", 409, "HubRise a bloqué cet accès"),
        ("The access token is invalid or the connection has been revoked", 502, UNFINISHED),
        ("Something new", 502, UNFINISHED),
    ] {
        let body = json!({ "message": message, "error_type": "unauthorized" }).to_string();
        assert_fault("/v1/location", json!({ "kind": "status", "status": 401, "body": body }), status, words).await;
    }
}

#[tokio::test]
async fn a_token_that_led_to_nothing_is_given_back_and_not_kept() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        let callback = browser.callback(PARIS, PARIS_AT_HUBRISE).await;
        app.hubrise.lasting_fault("/v1/location", json!({ "kind": "status", "status": 503 })).await;
        assert_failed(app, &mut browser, &callback, 502, &[OFFLINE]).await;
        app.run_jobs().await;
        assert!(!app.hubrise.is_live("3r4s3-0").await, "a token that nobody knows of stays alive");
        let kept = "select (select count(*) from revocation where token_ciphertext is not null)
                         + (select count(*) from authorisation_attempt where grant_ciphertext is not null)";
        assert_eq!(app.count(kept).await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_failed_reconnection_leaves_the_connection_as_it_was() {
    for path in ["/oauth2/v1/token", "/v1/location"] {
        journey(async |app| {
            let mut browser = app.signed_in(MANAGER).await;
            browser.connect(PARIS, PARIS_AT_HUBRISE).await;
            browser.open("/services").await;
            browser.press(FRENCH.reconnect, &[]).await;
            app.hubrise.lasting_fault(path, json!({ "kind": "status", "status": 503 })).await;
            let page = browser.allow(PARIS_AT_HUBRISE).await;
            page.assert_status(502);
            page.assert_shows(&["Pour recommencer, cliquez sur Reconnecter."]);
            // Its point of sale is linked, and so is not to be chosen anew.
            assert!(page.find_link(FRENCH.start_again).is_none());
            let card = format!("connection-{}", app.connection("3r4s3-0").await);
            assert_eq!(page.link("Voir cette connexion").fragment(), Some(&*card));
            let path = page.url.path().to_owned();
            let mut colleague = app.signed_in(STAFF).await;
            let page = colleague.open(&path).await;
            page.assert_hides(&["cliquez sur Reconnecter"]);
            assert!(page.find_link(FRENCH.start_again).is_none(), "they may not");
            app.hubrise.clear_faults().await;
            app.run_jobs().await;
            let page = browser.click("Voir cette connexion").await;
            page.assert_shows(&["Paris - 3r4s3-0"]);
            assert!(page.attributes("id").contains(&card));
            assert!(page.has_button(FRENCH.reconnect));
            assert_eq!(app.hubrise.revocations().await, 0);
            assert_eq!(app.hubrise.answers_to_token_of("3r4s3-0").await, 200);
        })
        .await;
    }
}

#[tokio::test]
async fn an_attempt_that_was_interrupted_is_swept_up_and_its_token_given_back() {
    narrow_journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        let callback = browser.callback(PARIS, PARIS_AT_HUBRISE).await;
        sqlx::query("update authorisation_attempt set status = 'claimed', claimed_at = $1, code_digest = sha256($2)")
            .bind(app.now())
            .bind(callback.split("code=").nth(1).unwrap().split('&').next().unwrap().as_bytes())
            .execute(app.db())
            .await
            .unwrap();
        app.advance(chrono::TimeDelta::minutes(4));
        let page = browser.open(&callback).await;
        page.assert_status(503);
        page.assert_shows(&["TicknCook a été interrompu pendant la connexion."]);
        sqlx::query("select graphile_worker.add_job('sweep_attempts', '{}'::json)").execute(app.db()).await.unwrap();
        app.run_jobs().await;
        assert_eq!(app.count("select count(*) from authorisation_attempt where failure = 'interrupted'").await, 1);
        browser.open(&callback).await.assert_status(503);
    })
    .await;
}

#[tokio::test]
async fn an_odd_field_beside_the_token_does_not_make_it_forgotten() {
    for fields in [json!({ "catalog_id": "<x>" }), json!({ "location_id": 5 }), json!({ "account_id": ["3r4s3"] })] {
        journey(async |app| {
            let mut browser = app.signed_in(MANAGER).await;
            let callback = browser.callback(PARIS, PARIS_AT_HUBRISE).await;
            app.hubrise.fault("/oauth2/v1/token", 1, json!({ "kind": "with", "fields": fields })).await;
            assert_failed(app, &mut browser, &callback, 502, &[UNFINISHED]).await;
            app.run_jobs().await;
            assert!(!app.hubrise.is_live("3r4s3-0").await, "{fields}: a token that nobody knows of stays alive");
        })
        .await;
    }
}

#[tokio::test]
async fn fields_that_hubrise_does_not_document_are_passed_over() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        let fields = json!({ "expires_in": "never", "scope": 7, "refresh_token": [], "catalog_name": 5 });
        app.hubrise.fault("/oauth2/v1/token", 1, json!({ "kind": "with", "fields": fields })).await;
        browser.connect(PARIS, PARIS_AT_HUBRISE).await.assert_shows(&["Carte Paris - psmlf"]);
    })
    .await;
}

#[tokio::test]
async fn a_refused_client_raises_one_alarm_until_hubrise_takes_it_again() {
    journey(async |app| {
        let open =
            async || app.count("select count(*) from alarm where kind = 'client_rejected' and ended_at is null").await;
        let mut browser = app.signed_in(MANAGER).await;
        app.hubrise.lasting_fault("/oauth2/v1/token", json!({ "kind": "status", "status": 401 })).await;
        for _ in 0..2 {
            let callback = browser.callback(PARIS, PARIS_AT_HUBRISE).await;
            browser.open(&callback).await.assert_status(502);
        }
        assert_eq!(open().await, 1);
        assert_eq!(app.count("select times::bigint from alarm where kind = 'client_rejected'").await, 2);
        app.hubrise.clear_faults().await;
        browser.connect(PARIS, PARIS_AT_HUBRISE).await;
        assert_eq!(open().await, 0);

        // The same where access is to be given back.
        app.hubrise.lasting_fault("/oauth2/v1/revoke", json!({ "kind": "status", "status": 401 })).await;
        browser.disconnect(PARIS).await;
        assert_eq!(open().await, 1);
        app.hubrise.clear_faults().await;
        app.run_jobs().await;
        assert_eq!(open().await, 0);
    })
    .await;
}
