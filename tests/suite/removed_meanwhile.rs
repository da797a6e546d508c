//! A manager who is removed while HubRise is asked: what they were about to connect is not connected, and what there
//! was stays as it is.

use chrono::TimeDelta;
use serde_json::json;

use crate::harness::{
    CHOSEN, FRENCH, LYON, MANAGER, NICE_AT_HUBRISE, OWNER_OF_BOTH, PARIS, PARIS_AT_HUBRISE, TestApp, eventually,
    journey,
};

/// The manager goes on while HubRise takes its time, and a colleague removes them meanwhile.
async fn removed_during<T>(app: &TestApp, going_on: impl Future<Output = T>) {
    let mut colleague = app.signed_in(OWNER_OF_BOTH).await;
    let removal = format!("/settings/team/{}/remove", app.user(MANAGER).await);
    app.hubrise.fault("/v1/location", 1, json!({ "kind": "delay", "milliseconds": 1500 })).await;
    let before = app.hubrise.calls().await.len();
    let removing = async {
        eventually("HubRise is asked", async || app.hubrise.calls().await.len() > before).await;
        colleague.post(&removal, &[]).await.assert_status(303);
    };
    tokio::join!(going_on, removing);
    app.run_jobs().await;
    assert_eq!(app.memberships(MANAGER).await, Vec::<String>::new());
}

/// The only connection: its location, its token's digest, and when it was made.
async fn connection(app: &TestApp) -> (String, Vec<u8>, chrono::DateTime<chrono::Utc>) {
    let only = sqlx::query_as("select location_id, token_digest, connected_at from connection");
    only.fetch_one(app.db()).await.unwrap()
}

const REFUSED_TRIPS: &str =
    "select count(*) from authorisation_attempt where failure = 'role-gone' and grant_ciphertext is null";
const REFUSED_GRANTS: &str =
    "select count(*) from pending_connection where failure = 'role-gone' and token_ciphertext is null";

#[tokio::test(flavor = "multi_thread")]
async fn a_manager_who_is_removed_while_hubrise_is_asked_connects_nothing() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        let callback = manager.callback(PARIS, PARIS_AT_HUBRISE).await;
        removed_during(app, manager.peek(&callback)).await;
        assert_eq!(app.count("select count(*) from connection").await, 0);
        assert_eq!(app.count(REFUSED_TRIPS).await, 1);
        assert!(!app.hubrise.is_live("3r4s3-0").await, "the token was not given back");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manager_who_is_removed_while_hubrise_is_asked_renews_nothing() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        manager.connect(PARIS, PARIS_AT_HUBRISE).await;
        app.run_upkeep().await;
        let before = connection(app).await;
        app.advance(TimeDelta::minutes(1));
        manager.open("/services").await;
        manager.press(FRENCH.reconnect, &[]).await;
        let callback = manager.allow_only(PARIS_AT_HUBRISE).await.target();
        removed_during(app, manager.peek(callback.as_str())).await;
        assert_eq!(app.count(REFUSED_TRIPS).await, 1);
        assert_eq!(connection(app).await, before);
        // HubRise gives one token for a location: the connection's is not taken back.
        assert_eq!(app.hubrise.answers_to_token_of("3r4s3-0").await, 200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manager_who_is_removed_while_hubrise_is_asked_switches_nothing() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        manager.connect(PARIS, PARIS_AT_HUBRISE).await;
        app.run_upkeep().await;
        let before = connection(app).await;
        manager.reconnect(NICE_AT_HUBRISE).await.assert_shows(&["Changer de point de vente HubRise ?"]);
        removed_during(app, manager.press_only("Passer à Nice - 3r4s3-2", &[])).await;
        assert_eq!(app.count(REFUSED_GRANTS).await, 1);
        assert_eq!(connection(app).await, before);
        assert_eq!(app.count("select count(*) from disconnection").await, 0);
        assert_eq!(app.hubrise.answers_to_token_of("3r4s3-0").await, 200);
        assert!(!app.hubrise.is_live("3r4s3-2").await, "the token was not given back");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manager_who_is_removed_while_hubrise_is_asked_places_no_grant() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        manager.install(app.hubrise.url(), NICE_AT_HUBRISE).await;
        removed_during(app, manager.press_only(FRENCH.confirm, &[(LYON, CHOSEN)])).await;
        assert_eq!(app.count("select count(*) from connection").await, 0);
        assert_eq!(app.count(REFUSED_GRANTS).await, 1);
        assert!(!app.hubrise.is_live("3r4s3-2").await, "the token was not given back");
    })
    .await;
}
