//! A catalog or a customer list that HubRise gives no more: it is said since when, and what helps, and is no failure.

use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    api::{call, key_of_bella},
    harness::{Browser, LYON, LYON_AT_HUBRISE, MANAGER, TestApp, journey},
};

const CATALOG_GONE: &str = "HubRise ne donne plus accès au catalogue depuis";
const LIST_GONE: &str = "HubRise ne donne plus accès à la liste de clients depuis";

/// A manager with Lyon connected, and all that was to be done then done.
async fn connected(app: &TestApp) -> Browser {
    let mut manager = app.signed_in(MANAGER).await;
    manager.connect(LYON, LYON_AT_HUBRISE).await;
    app.run_upkeep().await;
    an_hour_later(app).await;
    manager
}

async fn an_hour_later(app: &TestApp) {
    app.advance(TimeDelta::minutes(67));
    app.run_upkeep().await;
}

async fn entries(app: &TestApp) -> Vec<String> {
    let entries = "select concat_ws(' ', action, change_before, change_after) from history_entry
        where action in ('access_gone', 'access_back') order by id";
    sqlx::query_scalar(entries).fetch_all(app.db()).await.unwrap()
}

/// As a restored database has it: since the backup, the location was authorised with the catalog that it has now.
#[tokio::test]
async fn a_catalog_that_was_taken_away_is_shown_as_gone_until_somebody_chooses_again() {
    journey(async |app| {
        let mut manager = connected(app).await;
        let former = "update connection set catalog_id = 'h3kz9', catalog_name = 'Carte Lyon livraison', names_checked_at = null";
        sqlx::query(former).execute(app.db()).await.unwrap();
        an_hour_later(app).await;
        let since = format!("{CATALOG_GONE} 20:16");
        let remedy = "un responsable doit cliquer sur Reconnecter.";
        for path in ["/services", "/points-of-sale"] {
            let page = manager.open(path).await;
            page.assert_shows(&[&since, "Cela ne touche pas les commandes.", remedy, "Vérifiée à 20:16"]);
            page.assert_hides(&[LIST_GONE, "En échec", "ne reçoit plus les commandes"]);
        }
        let id = app.connection("3r4s3-1").await;
        let mut support = app.support().await;
        support.open(&format!("/support/connections/{id}")).await.assert_shows(&[&since, "Accès perdu chez HubRise"]);
        let key = key_of_bella(app).await;
        let shown = async || -> Value {
            let response = call(app, Method::GET, &format!("/connections/{id}"), Some(&key)).await;
            response.json().await.unwrap()
        };
        let told = shown().await;
        assert_eq!(told["catalog_gone_since"], "2026-11-23T19:16:00Z");
        assert_eq!((&told["customer_list_gone_since"], &told["health"]["status"]), (&Value::Null, &json!("verified")));
        let gone = r#"access_gone {"catalog": "Carte Lyon livraison - h3kz9"}"#;
        assert_eq!(entries(app).await, [gone]);

        // It is asked for no more often than names are.
        let asked = async || app.hubrise.calls().await.iter().filter(|call| call.contains("/v1/catalogs/")).count();
        let before = asked().await;
        an_hour_later(app).await;
        assert_eq!(asked().await, before);
        manager.open("/services").await.assert_shows(&[&since]);

        let page = manager.reconnect(LYON_AT_HUBRISE).await;
        page.assert_shows(&["Carte Lyon - q7wd2"]);
        page.assert_hides(&[CATALOG_GONE]);
        app.run_upkeep().await;
        an_hour_later(app).await;
        manager.open("/services").await.assert_hides(&[CATALOG_GONE]);
        assert_eq!(shown().await["catalog_gone_since"], Value::Null);
        assert_eq!(entries(app).await, [gone]);
    })
    .await;
}

#[tokio::test]
async fn a_list_that_hubrise_gives_again_is_told_to_be_back() {
    journey(async |app| {
        let mut manager = connected(app).await;
        app.hubrise.lasting_fault("/v1/customer_lists/*", json!({ "kind": "status", "status": 404 })).await;
        for _ in 0..2 {
            app.advance(TimeDelta::hours(25));
            app.run_upkeep().await;
        }
        let page = manager.open("/services").await;
        page.assert_shows(&[LIST_GONE, "m8rt4"]);
        page.assert_hides(&[CATALOG_GONE]);
        app.hubrise.clear_faults().await;
        app.advance(TimeDelta::hours(25));
        app.run_upkeep().await;
        manager.open("/services").await.assert_hides(&[LIST_GONE]);
        let told = entries(app).await;
        let [gone, back] = told.as_slice() else { panic!("{told:?}") };
        assert!(gone.starts_with(r#"access_gone {"customer_list": ""#), "{gone}");
        assert_eq!(gone.replace("gone", "back"), *back);
    })
    .await;
}

/// A 403 may say that the scope allows none, and a 503 that HubRise has trouble.
#[tokio::test]
async fn what_is_not_told_for_another_reason_is_not_gone() {
    for status in [403, 503] {
        journey(async |app| {
            connected(app).await;
            app.hubrise.lasting_fault("/v1/catalogs/*", json!({ "kind": "status", "status": status })).await;
            app.advance(TimeDelta::hours(25));
            app.run_upkeep().await;
            assert_eq!(app.count("select count(*) from connection where catalog_gone_since is not null").await, 0);
            assert!(entries(app).await.is_empty());
        })
        .await;
    }
}
