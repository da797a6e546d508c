//! What follows from events: names that change with HubRise's, and what is forgotten in time.

use chrono::TimeDelta;
use serde_json::json;

use crate::harness::{Browser, MANAGER, PARIS, PARIS_AT_HUBRISE, TestApp, events::event, hubrise::THOMAS, journey};

const LOCATION: &str = "3r4s3-0";
const JOBS: &str = "select count(*) from graphile_worker._private_jobs";

/// A manager whose Paris is connected, and HubRise tells of changes there.
async fn connected(app: &TestApp) -> Browser {
    let mut browser = app.signed_in(MANAGER).await;
    browser.connect(PARIS, PARIS_AT_HUBRISE).await;
    app.look_after_callback(LOCATION).await.unwrap();
    browser
}

/// Renames the location in HubRise's back office, which tells whoever listens.
async fn rename_location(app: &TestApp, name: &str) {
    let hubrise = app.hubrise.url();
    let mut owner = app.browser();
    owner.open(hubrise).await;
    owner.sign_in_at_hubrise(THOMAS).await;
    let renamed = [("location", LOCATION), ("name", name)];
    owner.post(&format!("{hubrise}/configuration/locations"), &renamed).await.assert_status(303);
    app.hubrise.run_deliveries().await;
}

async fn statuses(app: &TestApp) -> Vec<String> {
    sqlx::query_scalar("select status from hubrise_event order by id").fetch_all(app.db()).await.unwrap()
}

#[tokio::test]
async fn a_location_renamed_at_hubrise_has_its_new_name_here() {
    journey(async |app| {
        let mut browser = connected(app).await;
        rename_location(app, "Montmartre").await;
        assert_eq!(statuses(app).await, ["pending"]);
        app.run_jobs().await;
        assert_eq!(statuses(app).await, ["applied"]);
        let page = browser.open("/services").await;
        page.assert_shows(&["Montmartre - 3r4s3-0"]);
        page.assert_hides(&["Paris - 3r4s3-0"]);
    })
    .await;
}

#[tokio::test]
async fn a_catalog_renamed_at_hubrise_has_its_new_name_here() {
    journey(async |app| {
        let mut browser = connected(app).await;
        let hubrise = app.hubrise.url();
        let mut owner = app.browser();
        owner.open(hubrise).await;
        owner.sign_in_at_hubrise(THOMAS).await;
        owner.post(&format!("{hubrise}/data/catalogs/psmlf"), &[("name", "Carte d’hiver")]).await.assert_status(303);
        app.hubrise.run_deliveries().await;
        app.run_jobs().await;
        browser.open("/services").await.assert_shows(&["Carte d’hiver - psmlf"]);
    })
    .await;
}

#[tokio::test]
async fn several_changes_are_asked_for_once_and_a_late_event_takes_no_name_back() {
    journey(async |app| {
        let mut browser = connected(app).await;
        app.hubrise.control("event_faults", json!({ "kind": "delay", "seconds": 300, "times": 1 })).await;
        rename_location(app, "Montmartre").await;
        rename_location(app, "Belleville").await;
        for id in ["a", "b", "a"] {
            app.send_good(LOCATION, event(id, "customer_list", LOCATION)).await;
        }
        let asked = async || {
            let calls = app.hubrise.calls().await;
            calls.iter().filter(|call| call.starts_with("GET /v1/location ")).count()
        };
        let before = asked().await;
        assert_eq!(app.count(JOBS).await, 1);
        app.run_jobs().await;
        assert_eq!(asked().await, before + 1);
        assert_eq!(statuses(app).await, ["applied", "applied", "applied"]);
        app.hubrise.advance(300).await;
        assert_eq!(statuses(app).await, ["applied", "applied", "applied", "pending"]);
        app.run_jobs().await;
        browser.open("/services").await.assert_shows(&["Belleville - 3r4s3-0"]);
    })
    .await;
}

#[tokio::test]
async fn while_hubrise_is_down_the_job_stays_and_the_event_is_applied_later() {
    journey(async |app| {
        let mut browser = connected(app).await;
        rename_location(app, "Montmartre").await;
        app.hubrise.stop().await;
        for _ in 0..2 {
            app.run_jobs().await;
            assert_eq!((app.count(JOBS).await, statuses(app).await), (1, vec!["pending".to_owned()]));
        }
        app.hubrise.restart().await;
        app.run_jobs().await;
        assert_eq!(statuses(app).await, ["applied"]);
        browser.open("/services").await.assert_shows(&["Montmartre - 3r4s3-0"]);
    })
    .await;
}

#[tokio::test]
async fn an_order_makes_no_job_and_neither_does_what_is_about_another_location_or_install() {
    journey(async |app| {
        connected(app).await;
        sqlx::query("update connection set app_instance_id = 'ours'").execute(app.db()).await.unwrap();
        let of_install = |id: &str, install: &str| {
            json!({ "id": id, "resource_type": "catalog", "event_type": "update", "app_instance_id": install })
                .to_string()
        };
        for body in [
            event("a", "order", LOCATION),
            event("b", "location", "3r4s3-1"),
            event("c", "customer", LOCATION),
            event("d", "inventory", LOCATION),
            of_install("e", "theirs"),
        ] {
            assert_eq!(app.send_good(LOCATION, body).await, 200);
        }
        assert_eq!(statuses(app).await, ["kept"; 5]);
        assert_eq!(app.count(JOBS).await, 0);
        assert_eq!(app.send_good(LOCATION, of_install("f", "ours")).await, 200);
        assert_eq!(app.count(JOBS).await, 1);
        app.run_jobs().await;
    })
    .await;
}

#[tokio::test]
async fn what_came_for_a_connection_that_is_gone_is_done_with_and_its_address_is_nobody_s() {
    journey(async |app| {
        let mut browser = connected(app).await;
        let key = app.callback_key(LOCATION).await;
        rename_location(app, "Montmartre").await;
        browser.disconnect(PARIS).await;
        app.run_jobs().await;
        assert_eq!(statuses(app).await, ["applied"]);
        assert_eq!(app.send_event_to(&key, None, "").await.status(), 404);
    })
    .await;
}

#[tokio::test]
async fn an_event_is_forgotten_after_the_configured_time_and_a_call_after_a_week() {
    journey(async |app| {
        connected(app).await;
        app.send_good(LOCATION, event("a", "order", LOCATION)).await;
        let calls = "select count(*) from hubrise_call";
        for (days, kept, noted) in [(6, 1, true), (23, 1, false), (2, 0, false)] {
            app.advance(TimeDelta::days(days));
            app.run_regular("purge_events").await;
            assert_eq!(app.count("select count(*) from hubrise_event").await, kept);
            assert_eq!(app.count(calls).await > 0, noted);
        }
    })
    .await;
}
