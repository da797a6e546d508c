//! Answers that are not taken for what they say: one that comes late, and one about somebody else.

use chrono::TimeDelta;
use serde_json::json;
use tickncook_hubrise::upkeep::service;

use crate::{
    harness::{eventually, journey},
    upkeep_mails::at_hubrise,
    upkeep_races::{asked, connected},
};

const FAILED: &str = "select count(*) from connection where failure = 'blocked'";

#[tokio::test]
async fn a_refusal_that_comes_after_a_later_success_is_looked_into_half_a_minute_later() {
    journey(async |app| {
        connected(app).await;
        at_hubrise(app, "block").await;
        app.hubrise.fault("/v1/location", 1, json!({ "kind": "delay_after", "milliseconds": 1500 })).await;
        let (before, id) = (asked(app).await, app.connection("3r4s3-0").await.parse().unwrap());
        let process = app.app.clone();
        let check = tokio::spawn(async move { service::check(&process, id).await });
        eventually("HubRise was asked", async || asked(app).await > before).await;
        at_hubrise(app, "unblock").await;
        app.advance(TimeDelta::seconds(1));
        assert!(service::check(&app.app, id).await.unwrap());
        assert!(!check.is_finished(), "the older answer came too early for this test");
        check.await.unwrap().unwrap();
        assert_eq!(app.count(FAILED).await, 0);
        // Had HubRise said so last, nobody would know for an hour.
        at_hubrise(app, "block").await;
        app.advance(TimeDelta::seconds(30));
        app.run_upkeep().await;
        assert_eq!(app.count(FAILED).await, 1);
    })
    .await;
}

#[tokio::test]
async fn an_answer_about_another_account_leaves_the_names_as_they_are() {
    journey(async |app| {
        let mut manager = connected(app).await;
        let other = json!({ "account": { "id": "z6q31", "name": "Chez Nestor" } });
        app.hubrise.lasting_fault("/v1/location", json!({ "kind": "with", "fields": other })).await;
        app.run_upkeep().await;
        let page = manager.open("/services").await;
        page.assert_shows(&["Bella Pizza - 3r4s3", "HubRise répond autrement que prévu depuis 19:09"]);
        page.assert_hides(&["Chez Nestor", "En échec"]);
        app.hubrise.clear_faults().await;
        app.advance(TimeDelta::minutes(5));
        app.run_upkeep().await;
        manager.open("/services").await.assert_shows(&["Bella Pizza - 3r4s3", "Vérifiée à 19:14"]);
    })
    .await;
}
