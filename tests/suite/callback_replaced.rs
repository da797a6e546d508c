//! A callback that HubRise has in the place of ours: it is put back, and told where orders may have gone astray.

use chrono::TimeDelta;
use serde_json::{Value, json};

use tickncook_hubrise::upkeep;

use crate::events_callback::{LOCATION, connect, wanted};
use crate::harness::{MANAGER, PARIS, PARIS_AT_HUBRISE, TestApp, journey};

const ALARMS: &str = "select count(*) from alarm where kind = 'callback_replaced' and ended_at is null";
const TOLD: &str = "select count(*) from history_entry where action = 'callback_replaced'";
/// When the callback is compared again.
const AN_HOUR: TimeDelta = TimeDelta::minutes(67);

/// What we want, under another address.
async fn under(app: &TestApp, address: &str) -> Value {
    let mut callback = wanted(app).await;
    callback["url"] = json!(address);
    callback
}

/// Another host, with the key of the connection in the address.
async fn copy(app: &TestApp, host: &str) -> Value {
    let key = app.callback_key(LOCATION).await;
    under(app, &format!("http://{host}/hubrise_callback/event?key={key}")).await
}

#[tokio::test]
async fn one_that_led_elsewhere_is_put_back_and_told_once_until_ours_is_found_again() {
    for (what, detail) in
        [("copy", "copy.example:81"), ("other", "127.0.0.1:9"), ("none", "no address"), ("less", "no events")]
    {
        journey(async |app| {
            let mut manager = app.signed_in(MANAGER).await;
            manager.connect(PARIS, PARIS_AT_HUBRISE).await;
            app.run_upkeep().await;
            let mut less = wanted(app).await;
            less["events"]["order"] = json!(["create"]);
            let other = match what {
                "copy" => copy(app, "copy.example:81").await,
                "other" => under(app, "http://127.0.0.1:9/elsewhere?key=their-secret").await,
                "none" => json!({ "url": null, "events": {} }),
                _ => less,
            };
            for times in 1..=2 {
                app.hubrise.replace_callback_of(LOCATION, other.clone()).await;
                app.advance(AN_HOUR);
                app.run_upkeep().await;
                assert_eq!(app.hubrise.callback_of(LOCATION).await, wanted(app).await, "{what}");
                assert_eq!((app.count(ALARMS).await, app.count(TOLD).await), (1, 1), "{what} {times}");
            }
            let words = ["Adresse des commandes changée chez HubRise", "TicknCook la rétablit", PARIS];
            let page = manager.open("/history").await;
            page.assert_shows(&words);
            page.assert_shows(&["Commandes peut-être manquées depuis", "23 novembre 2026 à 18:02"]);
            let mut support = app.support().await;
            support.open("/support").await;
            let page = support.click("Alertes : 1").await;
            page.assert_shows(&["HubRise avait une autre adresse que la nôtre pour les commandes", detail, "2 fois"]);
            assert!(!page.body.contains("their-secret") && !page.body.contains(&app.callback_key(LOCATION).await));

            app.advance(AN_HOUR);
            app.run_upkeep().await;
            assert_eq!((app.count(ALARMS).await, app.count(TOLD).await), (0, 1), "{what}");
            app.hubrise.replace_callback_of(LOCATION, other).await;
            app.advance(AN_HOUR);
            app.run_upkeep().await;
            assert_eq!((app.count(ALARMS).await, app.count(TOLD).await), (1, 2), "{what}");
        })
        .await;
    }
}

#[tokio::test]
async fn one_that_hubrise_dropped_with_an_access_or_that_is_ours_in_other_words_is_put_back_without_a_word() {
    for what in ["failed", "renewed", "announced", "restored", "moved", "path", "less"] {
        journey(async |app| {
            let mut manager = app.signed_in(MANAGER).await;
            manager.connect(PARIS, PARIS_AT_HUBRISE).await;
            app.run_upkeep().await;
            app.advance(AN_HOUR);
            let mut found = json!({ "url": null, "events": {} });
            match what {
                "failed" => {
                    let location = json!({ "location_id": LOCATION });
                    app.hubrise.control("connections/block", location.clone()).await;
                    app.run_upkeep().await;
                    assert_eq!(app.count("select count(*) from connection where failed_since is not null").await, 1);
                    app.hubrise.control("connections/unblock", location).await;
                    app.advance(TimeDelta::minutes(3));
                }
                "renewed" => {
                    manager.open("/services").await;
                    manager.reconnect(PARIS_AT_HUBRISE).await;
                }
                "announced" => {
                    let install = "select app_instance_id from connection";
                    let install: String = sqlx::query_scalar(install).fetch_one(app.db()).await.unwrap();
                    let path = format!("/hubrise_callback/disconnect?app_instance_id={install}");
                    app.browser().peek(&path).await.assert_status(200);
                }
                "restored" => {
                    let mut db = app.db().acquire().await.unwrap();
                    upkeep::service::hasten_all(&mut db, app.now()).await.unwrap();
                }
                "moved" => {
                    let before = "update connection set callback_host = 'former.example:81'";
                    sqlx::query(before).execute(app.db()).await.unwrap();
                    found = copy(app, "former.example:81").await;
                }
                "path" => found = copy(app, &format!("{}/former", app.public().authority())).await,
                _ => {
                    found = wanted(app).await;
                    found["events"].as_object_mut().unwrap().remove("catalog");
                }
            }
            app.hubrise.replace_callback_of(LOCATION, found).await;
            app.run_upkeep().await;
            assert_eq!(app.hubrise.callback_of(LOCATION).await, wanted(app).await, "{what}");
            assert_eq!((app.count(ALARMS).await, app.count(TOLD).await), (0, 0), "{what}");
            app.run_jobs().await;
        })
        .await;
    }
}

/// As after an upgrade: the previous version has kept no host.
#[tokio::test]
async fn where_it_was_registered_is_kept_with_the_first_comparison() {
    journey(async |app| {
        connect(app).await;
        app.run_upkeep().await;
        sqlx::query("update connection set callback_host = null").execute(app.db()).await.unwrap();
        app.advance(AN_HOUR);
        app.run_upkeep().await;
        let host: String =
            sqlx::query_scalar("select callback_host from connection").fetch_one(app.db()).await.unwrap();
        assert_eq!(host, app.public().authority());
    })
    .await;
}
