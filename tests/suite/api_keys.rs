//! The keys of TicknCook's back office: how long they are good, and what a restaurant's managers see of them.

use chrono::TimeDelta;
use reqwest::Method;
use secrecy::ExposeSecret as _;
use tickncook_hubrise::{api::keys::add_key, database};

use crate::{
    api::{call, problem},
    harness::{FRENCH, MANAGER, NESTOR, STAFF, TestApp, journey},
};

const KEYS: &str = "/settings/keys";

async fn add(app: &TestApp, organisation: &str, name: &str, days: Option<i64>) -> String {
    let organisation = app.organisation(organisation).await;
    let key = add_key(&app.app, organisation, name, days.map(TimeDelta::days)).await.unwrap();
    key.expose_secret().to_owned()
}

async fn status(app: &TestApp, key: &str) -> u16 {
    call(app, Method::GET, "/connections", Some(key)).await.status().as_u16()
}

#[tokio::test]
async fn a_key_is_good_until_it_expires_and_then_refused_in_one_sentence() {
    journey(async |app| {
        let key = add(app, "Bella Pizza", "caisse", Some(30)).await;
        app.advance(TimeDelta::days(30) - TimeDelta::seconds(1));
        assert_eq!(status(app, &key).await, 200);
        app.advance(TimeDelta::seconds(1));
        let refusal = problem(call(app, Method::GET, "/connections", Some(&key)).await, 401).await;
        let sentence = "Send a key that was neither revoked nor has expired in the header `Authorization: Bearer …`.";
        assert_eq!(refusal["detail"], sentence);
        let unknown = problem(call(app, Method::GET, "/connections", Some("tnc_guessed")).await, 401).await;
        assert_eq!(unknown["detail"], sentence, "it tells whether there was such a key");
        let mut manager = app.signed_in(MANAGER).await;
        assert!(manager.open(KEYS).await.entry("caisse").contains("expirée"));
    })
    .await;
}

#[tokio::test]
async fn a_manager_sees_the_keys_and_revokes_one_after_confirming() {
    journey(async |app| {
        let key = add(app, "Bella Pizza", "caisse", Some(30)).await;
        let other = add(app, "Bella Pizza", "tableau de bord", None).await;
        add(app, "Chez Nestor", "à Nestor", None).await;
        assert_eq!(status(app, &key).await, 200);
        app.advance(TimeDelta::minutes(5));

        let mut manager = app.signed_in(MANAGER).await;
        manager.open("/settings").await;
        let page = manager.click("Clés du back-office TicknCook").await;
        assert_eq!(page.url.path(), KEYS);
        let entry = page.entry("caisse");
        for told in ["23 novembre 2026", "Dernière utilisation 23 novembre 2026 à 18:02", "23 décembre 2026 à 18:02"]
        {
            assert!(entry.contains(told), "{told}: {entry}");
        }
        let entry = page.entry("tableau de bord");
        assert!(entry.contains("Jamais") && entry.contains("Sans date de fin"), "{entry}");
        page.assert_hides(&["à Nestor"]);
        assert!(!page.body.contains(&key), "the key itself is on the page");

        let page = manager.click_beside("caisse", "Retirer").await;
        page.assert_shows(&["Retirer la clé « caisse » ?", "n’agit plus pour votre établissement"]);
        assert_eq!(status(app, &key).await, 200, "nothing happens before it is confirmed");
        let page = manager.press(FRENCH.confirm, &[]).await;
        assert_eq!(page.url.path(), KEYS);
        page.assert_hides(&["caisse"]);
        page.assert_shows(&["tableau de bord"]);
        assert_eq!((status(app, &key).await, status(app, &other).await), (401, 200));
        let history = manager.open("/history").await;
        let entry = history.entry_of("Clé du back-office TicknCook retirée");
        assert!(entry.contains("caisse") && entry.contains(MANAGER), "{entry}");
    })
    .await;
}

#[tokio::test]
async fn only_a_manager_of_the_organisation_sees_or_revokes_its_keys() {
    journey(async |app| {
        let key = add(app, "Bella Pizza", "caisse", None).await;
        let id: String = sqlx::query_scalar("select id::text from api_key").fetch_one(app.db()).await.unwrap();
        let revoke = format!("{KEYS}/{id}/revoke");
        let mut staff = app.signed_in(STAFF).await;
        staff.open("/settings").await.assert_hides(&["Clés du back-office"]);
        let mut nestor = app.signed_in(NESTOR).await;
        nestor.open(KEYS).await.assert_shows(&["Aucune clé n’agit pour votre établissement"]);
        for (browser, status) in [(&mut staff, 403), (&mut nestor, 404)] {
            browser.peek(&revoke).await.assert_status(status);
            browser.post(&revoke, &[]).await.assert_status(status);
        }
        staff.peek(KEYS).await.assert_status(403);
        assert_eq!(app.browser().open(KEYS).await.url.path(), "/login");
        assert_eq!(status(app, &key).await, 200);

        // Twice is once.
        let mut manager = app.signed_in(MANAGER).await;
        for _ in 0..2 {
            manager.post(&revoke, &[]).await.assert_status(303);
        }
        assert_eq!(app.count("select count(*) from history_entry where action = 'api_key_revoked'").await, 1);
    })
    .await;
}

#[tokio::test]
async fn the_last_use_is_noted_to_the_minute_and_nobody_waits_for_that() {
    journey(async |app| {
        let organisation = app.organisation("Bella Pizza").await;
        let key = add_key(&app.app, organisation, "caisse", None).await.unwrap().expose_secret().to_owned();
        let noted = "select count(*) from api_key where last_used_at = '2026-11-23T17:02:00Z'";
        assert_eq!(status(app, &key).await, 200);
        app.advance(TimeDelta::seconds(59));
        assert_eq!(status(app, &key).await, 200);
        assert_eq!(app.count(noted).await, 1, "it is written at every call");
        app.advance(TimeDelta::seconds(2));
        // Somebody else notes it right now.
        let mut held = database::begin(app.db()).await.unwrap();
        sqlx::query("select from api_key for update").execute(&mut *held).await.unwrap();
        assert_eq!(status(app, &key).await, 200);
        held.rollback().await.unwrap();
        assert_eq!(app.count(noted).await, 1);
        assert_eq!(status(app, &key).await, 200);
        assert_eq!(app.count(noted).await, 0);
    })
    .await;
}
