//! The callback at HubRise: registered once, compared with each hourly check, mended where it is another than we want.

use chrono::TimeDelta;
use serde_json::{Value, json};

use tickncook_hubrise::upkeep;

use crate::harness::{LYON, MANAGER, PARIS, PARIS_AT_HUBRISE, TestApp, expire_grants, journey, logs};

pub(crate) const LOCATION: &str = "3r4s3-0";

pub(crate) async fn connect(app: &TestApp) {
    app.signed_in(MANAGER).await.connect(PARIS, PARIS_AT_HUBRISE).await;
}

/// The calls about callbacks so far, as `GET 200`.
pub(crate) async fn calls(app: &TestApp) -> Vec<String> {
    let calls = app.hubrise.calls().await;
    let words = |call: &String| call.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let calls = calls.iter().map(words).filter(|words| words[1] == "/v1/callback");
    calls.map(|words| format!("{} {}", words[0], words[3])).collect()
}

/// What the callback should be.
pub(crate) async fn wanted(app: &TestApp) -> Value {
    let mut url = app.public().join("/hubrise_callback/event").unwrap();
    url.query_pairs_mut().append_pair("key", &app.callback_key(LOCATION).await);
    json!({ "url": url, "events": {
        "order": ["create", "update"], "location": ["update"], "catalog": ["update"], "customer_list": ["update"],
    } })
}

pub(crate) async fn is_registered(app: &TestApp) -> bool {
    app.count("select count(*) from connection where callback_registered_at is not null").await == 1
}

#[tokio::test]
async fn it_is_registered_once_and_its_address_is_nowhere_else() {
    journey(async |app| {
        connect(app).await;
        app.look_after_callback(LOCATION).await.unwrap();
        assert_eq!(calls(app).await, ["POST 200"]);
        assert_eq!(app.hubrise.callback_of(LOCATION).await, wanted(app).await);
        assert!(is_registered(app).await);
        let key = app.callback_key(LOCATION).await;
        assert!(logs::containing(&key).is_empty(), "{:?}", logs::containing(&key));
        let noted = "select count(*) from hubrise_call where request_excerpt like '%event?key=[…]%'";
        assert_eq!(app.count(noted).await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_new_connection_gets_it_and_is_not_asked_for_again_within_the_hour() {
    journey(async |app| {
        connect(app).await;
        let asked = async || app.hubrise.calls().await.iter().filter(|call| call.contains(" /v1/location ")).count();
        app.run_upkeep().await;
        assert!(is_registered(app).await);
        assert_eq!(asked().await, 1, "it was proved as it was connected");
        app.advance(TimeDelta::minutes(59));
        app.run_upkeep().await;
        assert_eq!(asked().await, 1);
        app.advance(TimeDelta::minutes(8));
        app.run_upkeep().await;
        assert_eq!(asked().await, 2);
        assert_eq!(calls(app).await, ["POST 200", "GET 200"]);
    })
    .await;
}

#[tokio::test]
async fn a_new_connection_whose_callback_is_not_taken_is_asked_for() {
    journey(async |app| {
        connect(app).await;
        app.hubrise.control("connections/block", json!({ "location_id": LOCATION })).await;
        app.run_upkeep().await;
        assert!(!is_registered(app).await);
        assert_eq!(app.count("select count(*) from connection where failure = 'blocked'").await, 1);
    })
    .await;
}

#[tokio::test]
async fn it_is_compared_once_an_hour_and_left_alone_if_it_is_what_we_want() {
    journey(async |app| {
        connect(app).await;
        for _ in 0..3 {
            app.look_after_callback(LOCATION).await.unwrap();
            app.advance(TimeDelta::minutes(18));
        }
        assert_eq!(calls(app).await, ["POST 200"]);
        for _ in 0..3 {
            app.advance(TimeDelta::minutes(18));
            app.look_after_callback(LOCATION).await.unwrap();
        }
        assert_eq!(calls(app).await, ["POST 200", "GET 200"]);
    })
    .await;
}

#[tokio::test]
async fn whoever_looks_does_not_put_the_comparison_off() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        manager.connect(PARIS, PARIS_AT_HUBRISE).await;
        app.run_upkeep().await;
        let asked = async || app.hubrise.calls().await.iter().filter(|call| call.contains(" /v1/location ")).count();
        let before = asked().await;
        for _ in 0..4 {
            app.advance(TimeDelta::minutes(13));
            manager.open("/services").await.assert_shows(&["Vérifiée à"]);
        }
        assert_eq!((asked().await, calls(app).await), (before + 4, vec!["POST 200".to_owned()]));
        let late = "select count(*) from connection where next_check_at > callback_checked_at + interval '66 minutes'";
        assert_eq!(app.count(late).await, 0);
        app.advance(TimeDelta::minutes(15));
        app.run_upkeep().await;
        assert_eq!(calls(app).await, ["POST 200", "GET 200"]);
    })
    .await;
}

#[tokio::test]
async fn one_that_was_changed_or_removed_at_hubrise_is_registered_again() {
    let order = json!({ "order": ["create", "update"], "catalog": ["update"], "location": ["update"] });
    let others = [
        json!({ "url": null, "events": {} }),
        json!({ "url": null, "events": order }),
        json!({ "url": "http://127.0.0.1:9/hubrise_callback/event?key=older", "events": order }),
    ];
    for other in others {
        journey(async |app| {
            connect(app).await;
            app.look_after_callback(LOCATION).await.unwrap();
            app.hubrise.replace_callback_of(LOCATION, other).await;
            app.advance(TimeDelta::days(1));
            app.look_after_callback(LOCATION).await.unwrap();
            assert_eq!(app.hubrise.callback_of(LOCATION).await, wanted(app).await);
        })
        .await;
    }
}

#[tokio::test]
async fn one_that_hubrise_does_not_tell_is_registered_again() {
    let odd = [
        json!({ "kind": "status", "status": 404 }),
        json!({ "kind": "status", "status": 403 }),
        json!({ "kind": "broken_json" }),
    ];
    for odd in odd {
        journey(async |app| {
            connect(app).await;
            app.look_after_callback(LOCATION).await.unwrap();
            app.hubrise.replace_callback_of(LOCATION, json!({ "url": null, "events": {} })).await;
            app.hubrise.fault("/v1/callback", 1, odd.clone()).await;
            app.advance(TimeDelta::hours(1));
            app.look_after_callback(LOCATION).await.unwrap();
            assert_eq!(app.hubrise.callback_of(LOCATION).await, wanted(app).await, "{odd}");
            assert!(is_registered(app).await);
        })
        .await;
    }
}

#[tokio::test]
async fn one_that_lacks_an_event_is_registered_again() {
    journey(async |app| {
        connect(app).await;
        app.look_after_callback(LOCATION).await.unwrap();
        let mut less = wanted(app).await;
        less["events"]["order"] = json!(["create"]);
        app.hubrise.replace_callback_of(LOCATION, less).await;
        app.advance(TimeDelta::days(1));
        app.look_after_callback(LOCATION).await.unwrap();
        assert_eq!(app.hubrise.callback_of(LOCATION).await, wanted(app).await);
    })
    .await;
}

#[tokio::test]
async fn where_hubrise_knows_no_event_of_customer_lists_it_goes_without() {
    journey(async |app| {
        connect(app).await;
        app.hubrise.fault("/v1/callback", 1, json!({ "kind": "status", "status": 422 })).await;
        app.look_after_callback(LOCATION).await.unwrap();
        assert_eq!(calls(app).await, ["POST 422", "POST 200"]);
        let mut less = wanted(app).await;
        less["events"].as_object_mut().unwrap().remove("customer_list");
        assert_eq!(app.hubrise.callback_of(LOCATION).await, less);
        app.advance(TimeDelta::days(1));
        app.look_after_callback(LOCATION).await.unwrap();
        let calls = calls(app).await;
        assert!(!calls[2..].iter().any(|call| call.starts_with("POST")), "good enough: {calls:?}");
    })
    .await;
}

#[tokio::test]
async fn where_hubrise_allows_nothing_but_orders_these_come() {
    journey(async |app| {
        connect(app).await;
        app.hubrise.fault("/v1/callback", 2, json!({ "kind": "status", "status": 422 })).await;
        app.look_after_callback(LOCATION).await.unwrap();
        assert_eq!(calls(app).await, ["POST 422", "POST 422", "POST 200"]);
        let mut orders = wanted(app).await;
        orders["events"].as_object_mut().unwrap().retain(|resource, _| resource == "order");
        assert_eq!(app.hubrise.callback_of(LOCATION).await, orders);
        assert!(is_registered(app).await);
        app.advance(TimeDelta::hours(1));
        app.look_after_callback(LOCATION).await.unwrap();
        let calls = calls(app).await;
        assert!(calls.len() > 3 && calls[3..].iter().all(|call| call == "GET 200"), "good enough: {calls:?}");
    })
    .await;
}

#[tokio::test]
async fn where_hubrise_allows_none_the_connection_works_without_and_the_log_says_so() {
    journey(async |app| {
        connect(app).await;
        app.hubrise.fault("/v1/callback", 3, json!({ "kind": "status", "status": 422 })).await;
        app.look_after_callback(LOCATION).await.unwrap();
        assert!(!is_registered(app).await);
        let id = app.connection(LOCATION).await;
        let lines = logs::containing("HubRise allows no callback");
        assert!(lines.iter().any(|line| line.contains("\"ERROR\"") && line.contains(&id)), "{lines:?}");
        let asked = calls(app).await.len();
        app.advance(TimeDelta::seconds(20));
        upkeep::service::check(&app.app, id.parse().unwrap()).await.unwrap();
        assert_eq!(calls(app).await.len(), asked, "not again at once");
        // Whoever has looked meanwhile has not put it off.
        app.advance(TimeDelta::minutes(3));
        app.run_upkeep().await;
        assert!(is_registered(app).await);
    })
    .await;
}

#[tokio::test]
async fn a_passing_trouble_is_said_and_the_next_look_succeeds() {
    journey(async |app| {
        connect(app).await;
        for trouble in [json!({ "kind": "status", "status": 503 }), json!({ "kind": "drop_after" })] {
            app.hubrise.fault("/v1/callback", 1, trouble).await;
            assert!(app.look_after_callback(LOCATION).await.is_err());
            assert!(!is_registered(app).await);
        }
        app.look_after_callback(LOCATION).await.unwrap();
        assert!(is_registered(app).await);
        app.advance(TimeDelta::days(1));
        app.hubrise.lasting_fault("/v1/callback", json!({ "kind": "status", "status": 500 })).await;
        assert!(app.look_after_callback(LOCATION).await.is_err());
        app.hubrise.clear_faults().await;
        assert_eq!(app.hubrise.callback_of(LOCATION).await, wanted(app).await);
    })
    .await;
}

#[tokio::test]
async fn a_connection_that_was_there_before_gets_a_key_and_keeps_it() {
    journey(async |app| {
        connect(app).await;
        sqlx::query("update connection set callback_key = null").execute(app.db()).await.unwrap();
        app.look_after_callback(LOCATION).await.unwrap();
        let key = app.callback_key(LOCATION).await;
        app.advance(TimeDelta::days(1));
        app.look_after_callback(LOCATION).await.unwrap();
        assert_eq!(app.callback_key(LOCATION).await, key);
        assert_eq!(app.hubrise.callback_of(LOCATION).await, wanted(app).await);
    })
    .await;
}

#[tokio::test]
async fn a_location_connected_anew_has_the_new_address() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        browser.connect(PARIS, PARIS_AT_HUBRISE).await;
        app.look_after_callback(LOCATION).await.unwrap();
        let former = app.callback_key(LOCATION).await;
        browser.disconnect(PARIS).await;
        browser.connect(LYON, PARIS_AT_HUBRISE).await;
        app.look_after_callback(LOCATION).await.unwrap();
        assert_ne!(app.callback_key(LOCATION).await, former);
        assert_eq!(app.hubrise.callback_of(LOCATION).await, wanted(app).await);
    })
    .await;
}

/// The owner disconnects at HubRise, which forgets the callback, and connects there again, which gives the same token:
/// nobody here is asked.
#[tokio::test]
async fn a_connection_that_works_again_has_its_callback_back() {
    for is_seen_failing in [true, false] {
        journey(async |app| {
            app.hubrise.settings(json!({ "token_after_revoke": "same" })).await;
            connect(app).await;
            app.run_upkeep().await;
            assert!(is_registered(app).await);
            app.advance(TimeDelta::minutes(5));
            app.hubrise.control("connections/disconnect", json!({ "location_id": LOCATION })).await;
            app.hubrise.run_deliveries().await;
            if is_seen_failing {
                app.run_upkeep().await;
                assert_eq!(app.count("select count(*) from connection where failed_since is not null").await, 1);
            }
            let hubrise = app.hubrise.url().to_owned();
            app.browser().install(&hubrise, PARIS_AT_HUBRISE).await;
            app.advance(TimeDelta::minutes(20));
            app.run_upkeep().await;
            assert_eq!(app.count("select count(*) from connection where failed_since is null").await, 1);
            assert_eq!(calls(app).await.last().unwrap(), "POST 200");
            assert_eq!(app.hubrise.callback_of(LOCATION).await, wanted(app).await, "{is_seen_failing}");
        })
        .await;
    }
}

/// The owner disconnects and connects again at HubRise, in a browser in which nobody is signed in here, and leaves it
/// at that. HubRise has announced nothing, and the token works: only the grant tells that it was ended in between.
#[tokio::test]
async fn a_grant_for_a_token_that_serves_a_connection_has_its_callback_compared() {
    journey(async |app| {
        app.hubrise.settings(json!({ "token_after_revoke": "same" })).await;
        connect(app).await;
        app.run_upkeep().await;
        app.advance(TimeDelta::minutes(5));
        app.hubrise.control("event_faults", json!({ "kind": "lose_notice" })).await;
        app.hubrise.control("connections/disconnect", json!({ "location_id": LOCATION })).await;
        app.hubrise.run_deliveries().await;
        let hubrise = app.hubrise.url().to_owned();
        app.browser().install(&hubrise, PARIS_AT_HUBRISE).await;
        app.run_upkeep().await;
        assert_eq!(app.hubrise.callback_of(LOCATION).await, wanted(app).await);
        expire_grants(app).await;
    })
    .await;
}

#[tokio::test]
async fn one_that_cannot_be_compared_is_with_the_next_check() {
    journey(async |app| {
        connect(app).await;
        app.run_upkeep().await;
        app.hubrise.lasting_fault("/v1/callback", json!({ "kind": "status", "status": 503 })).await;
        app.advance(TimeDelta::minutes(67));
        app.run_upkeep().await;
        let tried = calls(app).await;
        assert_eq!(tried.last().unwrap(), "GET 503");
        app.advance(TimeDelta::minutes(50));
        app.run_upkeep().await;
        assert_eq!(calls(app).await, tried, "every connection would be checked twelve times an hour");
        app.advance(TimeDelta::minutes(17));
        app.run_upkeep().await;
        assert!(calls(app).await.len() > tried.len());
        assert!(is_registered(app).await);
    })
    .await;
}
