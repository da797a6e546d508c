//! Processes that die, and answers that get lost, around the exchange of a code: no grant stays at HubRise unknown to
//! all.

use chrono::TimeDelta;
use secrecy::SecretString;
use serde_json::json;
use tickncook_hubrise::crypto::Binding;

use crate::harness::{
    Browser, FRENCH, LYON, LYON_AT_HUBRISE, LYON_DELIVERY_AT_HUBRISE, MANAGER, PARIS, PARIS_AT_HUBRISE, TestApp,
    journey, leftovers::tables_containing,
};

const ALARMS: &str = "select count(*) from alarm where kind = 'grant_unaccounted' and ended_at is null";
const INTERRUPTED: &str = "select count(*) from authorisation_attempt where failure = 'interrupted'";
const KEPT_CODES: &str =
    "select count(*) from authorisation_attempt where num_nonnulls(code_ciphertext, code_key_id) > 0";

fn code_in(callback: &str) -> String {
    callback.split("code=").nth(1).unwrap().split('&').next().unwrap().to_owned()
}

/// The newest attempt as a process leaves it that claims it with this callback and dies.
async fn claim_and_die(app: &TestApp, callback: &str) {
    let id = sqlx::query_scalar("select id from authorisation_attempt order by created_at desc, id desc limit 1");
    let id = id.fetch_one(app.db()).await.unwrap();
    let binding = Binding { table: "authorisation_attempt.code", row: id };
    let code = code_in(callback);
    let sealed = app.app.config.keyring.seal(&SecretString::from(code.clone()), binding).unwrap();
    let claimed = sqlx::query(
        "update authorisation_attempt set status = 'claimed', claimed_at = $2, code_digest = sha256($3),
            code_key_id = $4, code_ciphertext = $5
         where id = $1",
    );
    let claimed = claimed.bind(id).bind(app.now()).bind(code.as_bytes()).bind(sealed.key_id).bind(sealed.ciphertext);
    claimed.execute(app.db()).await.unwrap();
}

/// HubRise gave a token for the code, and nobody kept it.
async fn use_up(app: &TestApp, callback: &str) {
    let address = format!("{}/oauth2/v1/token", app.hubrise.url());
    let request = crate::harness::http_client().post(address).form(&[
        ("code", code_in(callback).as_str()),
        ("client_id", &app.app.config.hubrise.client_id),
        ("client_secret", secrecy::ExposeSecret::expose_secret(&app.app.config.hubrise.client_secret)),
    ]);
    assert!(request.send().await.unwrap().status().is_success());
}

async fn sweep(app: &TestApp) {
    app.run_regular("sweep_attempts").await;
    app.run_jobs().await;
}

async fn interrupted(app: &TestApp, is_used: bool) -> Browser {
    let mut browser = app.signed_in(MANAGER).await;
    let callback = browser.callback(PARIS, PARIS_AT_HUBRISE).await;
    claim_and_die(app, &callback).await;
    if is_used {
        use_up(app, &callback).await;
    }
    assert_eq!(app.count(KEPT_CODES).await, 1);
    app.advance(TimeDelta::minutes(4));
    browser.open(&callback).await.assert_shows(&["TicknCook a été interrompu pendant la connexion."]);
    browser
}

#[tokio::test]
async fn a_code_that_hubrise_never_got_is_exchanged_later_and_what_it_brings_given_back() {
    journey(async |app| {
        let mut browser = interrupted(app, false).await;
        sweep(app).await;
        assert_eq!((app.hubrise.exchanges().await, app.hubrise.revocations().await), (1, 1));
        assert!(!app.hubrise.is_live("3r4s3-0").await);
        assert_eq!((app.count(INTERRUPTED).await, app.count(ALARMS).await, app.count(KEPT_CODES).await), (1, 0, 0));
        browser.click(FRENCH.start_again).await;
        browser.connect(PARIS, PARIS_AT_HUBRISE).await;
    })
    .await;
}

#[tokio::test]
async fn what_it_brings_of_a_connection_s_own_token_is_what_the_connection_says() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        browser.connect(LYON, LYON_AT_HUBRISE).await;
        let callback = browser.callback(PARIS, LYON_DELIVERY_AT_HUBRISE).await;
        claim_and_die(app, &callback).await;
        app.advance(TimeDelta::minutes(4));
        sweep(app).await;
        assert!(app.hubrise.is_live("3r4s3-1").await);
        let page = browser.open("/services").await;
        page.assert_shows(&["Carte Lyon livraison - h3kz9"]);
        page.assert_hides(&["q7wd2"]);
    })
    .await;
}

#[tokio::test]
async fn a_grant_that_nobody_kept_is_an_alarm_until_the_manager_has_connected() {
    journey(async |app| {
        let mut browser = interrupted(app, true).await;
        sweep(app).await;
        assert!(app.hubrise.is_live("3r4s3-0").await, "nobody here knows its token");
        assert_eq!((app.count(INTERRUPTED).await, app.count(ALARMS).await, app.count(KEPT_CODES).await), (1, 1, 0));
        browser.click(FRENCH.start_again).await;
        browser.connect(PARIS, PARIS_AT_HUBRISE).await;
        assert_eq!(app.count(ALARMS).await, 0);
    })
    .await;
}

#[tokio::test]
async fn whoever_has_started_again_before_the_sweep_raises_no_alarm_and_keeps_the_connection() {
    for is_used in [false, true] {
        journey(async |app| {
            let mut browser = interrupted(app, is_used).await;
            browser.click(FRENCH.start_again).await;
            browser.connect(PARIS, PARIS_AT_HUBRISE).await;
            let exchanges = app.hubrise.exchanges().await;
            sweep(app).await;
            assert_eq!(app.hubrise.exchanges().await, exchanges, "the old code is let expire");
            assert_eq!((app.count(INTERRUPTED).await, app.count(ALARMS).await, app.count(KEPT_CODES).await), (1, 0, 0));
            assert_eq!(app.hubrise.answers_to_token_of("3r4s3-0").await, 200);
        })
        .await;
    }
}

#[tokio::test]
async fn while_hubrise_is_down_the_code_waits_and_then_is_dealt_with() {
    journey(async |app| {
        interrupted(app, false).await;
        app.hubrise.stop().await;
        sweep(app).await;
        assert_eq!((app.count(INTERRUPTED).await, app.count(KEPT_CODES).await), (0, 1));
        app.hubrise.restart().await;
        sweep(app).await;
        assert_eq!(app.count(INTERRUPTED).await, 0, "another process may be asking");
        app.advance(TimeDelta::minutes(4));
        sweep(app).await;
        assert_eq!((app.count(INTERRUPTED).await, app.count(ALARMS).await, app.count(KEPT_CODES).await), (1, 0, 0));
        assert!(!app.hubrise.is_live("3r4s3-0").await);
    })
    .await;
}

#[tokio::test]
async fn a_lost_answer_of_the_exchange_is_an_alarm_until_the_same_manager_has_connected_the_same_point_of_sale() {
    for fault in ["drop_after", "truncate", "broken_json"] {
        journey(async |app| {
            let mut browser = app.signed_in(MANAGER).await;
            let callback = browser.callback(PARIS, PARIS_AT_HUBRISE).await;
            app.hubrise.fault("/oauth2/v1/token", 1, json!({ "kind": fault })).await;
            browser.open(&callback).await.assert_status(502);
            assert_eq!(app.count(ALARMS).await, 1, "{fault}");
            let mut nestor = app.signed_in(crate::harness::NESTOR).await;
            nestor.connect(crate::harness::BAKER_STREET, crate::harness::BAKER_STREET_AT_HUBRISE).await;
            assert_eq!(app.count(ALARMS).await, 1, "{fault}");
            browser.connect(LYON, LYON_AT_HUBRISE).await;
            assert_eq!(app.count(ALARMS).await, 1, "{fault}");
            browser.connect(PARIS, PARIS_AT_HUBRISE).await;
            assert_eq!(app.count(ALARMS).await, 0, "{fault}");
        })
        .await;
    }
}

#[tokio::test]
async fn an_answer_that_hubrise_never_began_is_no_alarm() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        for status in [400, 401, 429, 503] {
            let callback = browser.callback(PARIS, PARIS_AT_HUBRISE).await;
            app.hubrise.fault("/oauth2/v1/token", 1, json!({ "kind": "status", "status": status })).await;
            browser.open(&callback).await;
        }
        let failed = "select count(*) from authorisation_attempt where status = 'failed'";
        assert_eq!((app.count(failed).await, app.count(ALARMS).await), (4, 0));
    })
    .await;
}

#[tokio::test]
async fn support_dismisses_it_and_the_restaurant_reads_so() {
    journey(async |app| {
        let mut browser = interrupted(app, true).await;
        sweep(app).await;
        let mut support = app.support().await;
        let page = support.open("/support?show=alarms").await;
        page.assert_shows(&["n’est peut-être connu de personne ici", "Classer l’alerte", "Bella Pizza"]);
        let page = support.press("Classer l’alerte", &[]).await;
        page.assert_status(200);
        page.assert_shows(&["Rien de tel en ce moment."]);
        assert_eq!(app.count(ALARMS).await, 0);
        browser.open("/history").await.assert_shows(&["Alerte examinée et classée par le support"]);
        // Only what nothing else ends is ended by a word.
        let id = "insert into alarm (id, kind, subject, first_at, last_at)
            values (gen_random_uuid(), 'client_rejected', 'ourselves', now(), now()) returning id::text";
        let id: String = sqlx::query_scalar(id).fetch_one(app.db()).await.unwrap();
        support.post(&format!("/support/alarms/{id}/dismiss"), &[]).await.assert_status(303);
        assert_eq!(app.count("select count(*) from alarm where ended_at is null").await, 1);
        browser.post(&format!("/support/alarms/{id}/dismiss"), &[]).await.assert_status(404);
    })
    .await;
}

#[tokio::test]
async fn a_code_is_sealed_while_it_is_kept_and_wiped_when_it_has_been_exchanged() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        let callback = browser.callback(LYON, LYON_AT_HUBRISE).await;
        app.hubrise.fault("/oauth2/v1/token", 1, json!({ "kind": "delay", "milliseconds": 700 })).await;
        let mut other = browser.clone();
        let (_, kept) = tokio::join!(other.open(&callback), async {
            crate::harness::eventually("the code is kept", async || app.count(KEPT_CODES).await == 1).await;
            tables_containing(app.db(), &code_in(&callback)).await
        });
        assert_eq!(kept, Vec::<String>::new(), "readable");
        assert_eq!(app.count(KEPT_CODES).await, 0);
        assert!(app.hubrise.is_live("3r4s3-1").await);
    })
    .await;
}
