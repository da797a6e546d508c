//! A clock that was ahead for a moment, as it may be after a start: what was kept then puts nothing off once it is right
//! again.

use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    api::{call, key_of_bella},
    harness::{Browser, MANAGER, PARIS, PARIS_AT_HUBRISE, TestApp, journey},
};

const BLOCKED: &str = "select count(*) from connection where failure = 'blocked'";

/// A manager whose Paris was checked while the clock stood hours ahead, and has been blocked at HubRise since.
async fn checked_ahead(app: &TestApp) -> Browser {
    let mut manager = app.signed_in(MANAGER).await;
    manager.connect(PARIS, PARIS_AT_HUBRISE).await;
    app.run_upkeep().await;
    app.advance(TimeDelta::hours(5));
    app.run_upkeep().await;
    app.advance(TimeDelta::hours(-5));
    let ahead = "select count(*) from connection
        where least(verified_at, checked_at, names_checked_at, next_check_at - interval '1 hour') >= connected_at + interval '5 hours'";
    assert_eq!(app.count(ahead).await, 1);
    app.hubrise.control("connections/block", json!({ "location_id": "3r4s3-0" })).await;
    manager
}

#[tokio::test]
async fn what_was_checked_while_the_clock_was_ahead_is_checked_now() {
    journey(async |app| {
        checked_ahead(app).await;
        app.run_upkeep().await;
        assert_eq!(app.count(BLOCKED).await, 1);
    })
    .await;
}

#[tokio::test]
async fn whoever_looks_has_it_checked_that_was_verified_while_the_clock_was_ahead() {
    journey(async |app| {
        checked_ahead(app).await.open("/services").await.assert_shows(&["TicknCook a été bloqué chez HubRise"]);
    })
    .await;
}

#[tokio::test]
async fn an_announcement_is_looked_into_at_once_after_the_clock_was_ahead() {
    journey(async |app| {
        checked_ahead(app).await;
        let install: String =
            sqlx::query_scalar("select app_instance_id from connection").fetch_one(app.db()).await.unwrap();
        let path = format!("/hubrise_callback/disconnect?app_instance_id={install}");
        app.browser().open(&path).await.assert_status(200);
        let is_due = sqlx::query_scalar("select next_check_at <= $1 from connection").bind(app.now());
        let is_due: bool = is_due.fetch_one(app.db()).await.unwrap();
        assert!(is_due, "it waits for the time that the clock showed");
    })
    .await;
}

#[tokio::test]
async fn the_api_checks_at_once_what_was_checked_while_the_clock_was_ahead() {
    journey(async |app| {
        checked_ahead(app).await;
        let (key, id) = (key_of_bella(app).await, app.connection("3r4s3-0").await);
        let path = format!("/connections/{id}/check");
        let response = call(app, Method::POST, &path, Some(&key)).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.json::<Value>().await.unwrap()["health"]["cause"], "blocked");
        assert_eq!(call(app, Method::POST, &path, Some(&key)).await.status(), 429, "asked again and again");
    })
    .await;
}

/// HubRise may ask for silence until its next day.
#[tokio::test]
async fn what_hubrise_wants_no_call_for_is_left_alone_while_the_clock_is_right() {
    journey(async |app| {
        checked_ahead(app).await;
        let silence = "update connection set checked_at = $1, next_check_at = $1 + interval '20 hours'";
        sqlx::query(silence).bind(app.now()).execute(app.db()).await.unwrap();
        app.run_upkeep().await;
        assert_eq!(app.count(BLOCKED).await, 0);
    })
    .await;
}
