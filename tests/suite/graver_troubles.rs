//! Several troubles at once: the gravest is told.

use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    api::{call, key_of_bella},
    harness::{MANAGER, PARIS, PARIS_AT_HUBRISE, journey},
};

#[tokio::test]
async fn that_no_orders_come_is_told_by_the_api_and_while_hubrise_does_not_answer() {
    const NO_ORDERS: &str = "HubRise ne nous envoie pas les commandes de ce point de vente depuis";
    const FOLLOW: &str = "D’ici là, suivez les commandes dans HubRise.";
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        app.hubrise.lasting_fault("/v1/callback", json!({ "kind": "status", "status": 403 })).await;
        let result = manager.connect(PARIS, PARIS_AT_HUBRISE).await.url.to_string();
        app.run_upkeep().await;
        for _ in 0..3 {
            app.advance(TimeDelta::minutes(6));
            app.run_upkeep().await;
        }
        let (key, id) = (key_of_bella(app).await, app.connection("3r4s3-0").await);
        let health = async |method, path: String| {
            let response = call(app, method, &path, Some(&key)).await;
            assert_eq!(response.status(), 200, "{path}");
            response.json::<Value>().await.unwrap()["health"].clone()
        };
        let said = |health: &Value| ["status", "cause", "remedy"].map(|field| health[field].clone());
        let wanted = ["no_orders", "no_orders", "reconnect"];
        app.advance(TimeDelta::seconds(20));
        let checked = health(Method::POST, format!("/connections/{id}/check")).await;
        assert_eq!((said(&checked), &checked["unreachable_since"]), (wanted.map(Value::from), &Value::Null));
        let entry =
            "select count(*) from history_entry where action = 'checked' and change_after->>'status' = 'no_orders'";
        assert_eq!(app.count(entry).await, 1);
        let cause = "HubRise fonctionne, mais n’enregistre pas l’adresse";
        manager.open("/services").await.assert_shows(&[NO_ORDERS, cause, FOLLOW]);

        app.hubrise.lasting_fault("/v1/location", json!({ "kind": "status", "status": 500 })).await;
        app.advance(TimeDelta::minutes(20));
        app.run_upkeep().await;
        for path in ["/services", "/points-of-sale"] {
            let page = manager.open(path).await;
            page.assert_shows(&[NO_ORDERS, "HubRise ne répond pas depuis", FOLLOW]);
            page.assert_hides(&[cause]);
        }
        let page = manager.open(&result).await;
        page.assert_shows(&["mais pas encore l’envoi des commandes"]);
        page.assert_hides(&["Tout est prêt"]);
        let shown = health(Method::GET, format!("/connections/{id}")).await;
        assert_eq!(said(&shown), wanted.map(Value::from));
        assert!(shown["unreachable_since"].is_string(), "{shown}");
        let mut support = app.support().await;
        support.open("/support").await;
        support.click("Sans commandes : 1").await.assert_shows(&["Paris République", NO_ORDERS]);
        support.open("/support").await.assert_hides(&["HubRise ne répond pas : 1"]);
        // That the managers are told of it.
        app.leaves_jobs(2);
    })
    .await;
}
