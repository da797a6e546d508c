//! HubRise's limits: counted before a call, by all processes together, and its wish to be left alone is heard by all.

use chrono::TimeDelta;
use serde_json::json;
use sqlx::AssertSqlSafe;
use tickncook_hubrise::{
    app::App,
    config::Config,
    hubrise::{AccessToken, CallError, CustomerListId},
};
use tokio::task::JoinSet;

use crate::harness::{MANAGER, PARIS, PARIS_AT_HUBRISE, TestApp, journey};

/// A second process on the same database.
fn second_process(app: &TestApp) -> App {
    let config: Config = app.app.config.clone();
    App::new(config, app.db().clone(), app.app.clock.clone()).unwrap()
}

/// Connects Paris; its token.
async fn token(app: &TestApp) -> AccessToken {
    app.signed_in(MANAGER).await.connect(PARIS, PARIS_AT_HUBRISE).await;
    let token = app.hubrise.tokens().await.pop().unwrap();
    AccessToken::new(token.into()).unwrap()
}

async fn set(app: &TestApp, counts: &str) {
    let sql = format!("update hubrise_budget set {counts}");
    assert_eq!(sqlx::query(AssertSqlSafe(sql)).execute(app.db()).await.unwrap().rows_affected(), 1);
}

#[tokio::test]
async fn two_processes_share_each_limit_and_nobody_takes_the_last_call_twice() {
    for (counts, free_after) in [
        ("in_minute = 497", TimeDelta::minutes(1)),
        ("in_hour = 2497", TimeDelta::minutes(58)),
        ("in_day = 9997", TimeDelta::minutes(6 * 60 + 58)),
    ] {
        journey(async |app| {
            let token = token(app).await;
            set(app, counts).await;
            let before = app.hubrise.calls().await.len();
            let mut calls = JoinSet::new();
            for process in [app.app.clone(), second_process(app)].iter().cycle().take(12) {
                let (process, token) = (process.clone(), token.clone());
                calls.spawn(async move { process.hubrise.location(&token).await });
            }
            let answers = calls.join_all().await;
            assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 3, "{counts}: {answers:?}");
            for answer in answers.into_iter().filter_map(Result::err) {
                assert_eq!(answer, CallError::RateLimited(app.now() + free_after), "{counts}");
            }
            assert_eq!(app.hubrise.calls().await.len(), before + 3, "{counts}: what is not admitted is not sent");
            app.advance(free_after);
            assert!(app.app.hubrise.location(&token).await.is_ok(), "{counts}: a new window");
        })
        .await;
    }
}

#[tokio::test]
async fn heavy_reads_have_a_limit_of_their_own() {
    journey(async |app| {
        let token = token(app).await;
        let list = CustomerListId::parse("xab66").unwrap();
        for _ in 0..10 {
            app.app.hubrise.customer_list_name(&token, &list).await.unwrap();
        }
        let eleventh = second_process(app).hubrise.customer_list_name(&token, &list).await;
        assert_eq!(eleventh, Err(CallError::RateLimited(app.now() + TimeDelta::minutes(1))));
        assert!(app.app.hubrise.location(&token).await.is_ok(), "light ones go on");
    })
    .await;
}

#[tokio::test]
async fn a_wish_to_be_left_alone_is_heard_by_every_process_and_only_for_that_connection() {
    for (fault, silence) in [
        (json!({ "kind": "status", "status": 429, "headers": { "Retry-After": "120" } }), TimeDelta::seconds(120)),
        (
            json!({ "kind": "status", "status": 429, "headers": { "Retry-After": "120" }, "body": "slow down",
                    "content_type": "text/plain" }),
            TimeDelta::seconds(120),
        ),
        (json!({ "kind": "status", "status": 503, "headers": { "Retry-After": "120" } }), TimeDelta::seconds(120)),
        // What is out of order may be mended at any moment.
        (json!({ "kind": "status", "status": 503, "headers": { "Retry-After": "86400" } }), TimeDelta::minutes(15)),
        (json!({ "kind": "status", "status": 429 }), TimeDelta::seconds(30)),
    ] {
        journey(async |app| {
            let token = token(app).await;
            let until = app.now() + silence;
            app.hubrise.fault("/v1/location", 1, fault.clone()).await;
            assert_eq!(app.app.hubrise.location(&token).await, Err(CallError::RateLimited(until)), "{fault}");
            let before = app.hubrise.calls().await.len();
            for process in [app.app.clone(), second_process(app)] {
                assert_eq!(process.hubrise.location(&token).await, Err(CallError::RateLimited(until)), "{fault}");
            }
            assert_eq!(app.hubrise.calls().await.len(), before, "{fault}: nobody asks meanwhile");
            app.advance(silence);
            assert!(app.app.hubrise.location(&token).await.is_ok(), "{fault}");
        })
        .await;
    }
}

#[tokio::test]
async fn a_check_waits_until_hubrise_may_be_asked_again() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        manager.connect(PARIS, PARIS_AT_HUBRISE).await;
        app.run_upkeep().await;
        let wish = json!({ "kind": "status", "status": 429, "headers": { "Retry-After": "1800" } });
        app.hubrise.fault("/v1/location", 1, wish).await;
        app.advance(TimeDelta::minutes(67));
        app.run_upkeep().await;
        let before = app.hubrise.calls().await.len();
        for _ in 0..9 {
            app.advance(TimeDelta::minutes(3));
            app.run_upkeep().await;
        }
        assert_eq!(app.hubrise.calls().await.len(), before);
        app.advance(TimeDelta::minutes(4));
        app.run_upkeep().await;
        manager.open("/services").await.assert_shows(&["Vérifiée à 19:40"]);
    })
    .await;
}

#[tokio::test]
async fn a_check_that_cannot_be_counted_says_nothing_of_hubrise() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        manager.connect(PARIS, PARIS_AT_HUBRISE).await;
        app.run_upkeep().await;
        let execute = async |sql: &'static str| sqlx::query(sql).execute(app.db()).await.unwrap();
        execute("alter table hubrise_budget rename to away").await;
        app.advance(TimeDelta::minutes(67));
        app.run_upkeep().await;
        execute("alter table away rename to hubrise_budget").await;
        manager.open("/services").await.assert_hides(&["HubRise ne répond pas"]);
        assert_eq!(app.count("select count(*) from connection where unreachable_since is not null").await, 0);
        app.advance(TimeDelta::minutes(10));
        app.run_upkeep().await;
        manager.open("/services").await.assert_shows(&["Vérifiée à 19:19"]);
    })
    .await;
}
