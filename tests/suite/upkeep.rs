//! How connections are: what a 401 means and what helps, what is no failure, and that names follow HubRise.

use chrono::TimeDelta;
use serde_json::json;
use tickncook_hubrise::upkeep::service;

use crate::harness::{
    BAKER_STREET, BAKER_STREET_AT_HUBRISE, Browser, LYON, LYON_AT_HUBRISE, MANAGER, NESTOR, PARIS, PARIS_AT_HUBRISE,
    STAFF, TestApp, eventually, journey,
};

const FAILING: &str = "En échec depuis";
const BANNER: &str = "« Paris République » ne reçoit plus les commandes de HubRise.";
const SILENT: &str = "HubRise ne répond pas depuis";

/// Somebody at HubRise blocks, unblocks or disconnects Paris.
async fn at_hubrise(app: &TestApp, what: &str) {
    app.hubrise.control(&format!("connections/{what}"), json!({ "location_id": "3r4s3-0" })).await;
}

/// A manager with Paris connected, and all that was to be done then done.
async fn connected(app: &TestApp) -> Browser {
    let mut manager = app.signed_in(MANAGER).await;
    manager.connect(PARIS, PARIS_AT_HUBRISE).await;
    app.run_upkeep().await;
    manager
}

/// An hour and a bit later, when every connection is due.
async fn an_hour_later(app: &TestApp) {
    app.advance(TimeDelta::minutes(67));
    app.run_upkeep().await;
}

#[tokio::test]
async fn each_cause_of_a_401_is_told_with_what_helps_and_clears_with_the_next_success() {
    let refusal = |message: &str| json!({ "message": message, "error_type": "unauthorized" }).to_string();
    for (message, words) in [
        (
            "The account/location has been suspended for non payment of the subscription",
            ["L’abonnement HubRise n’est pas réglé", "CONFIGURATION › Demandes de paiement"],
        ),
        ("The connection has been blocked", ["TicknCook a été bloqué chez HubRise", "Actions › Débloquer"]),
        (
            "The access token is invalid or the connection has been revoked",
            ["HubRise a retiré l’accès", "Un responsable doit cliquer sur Reconnecter"],
        ),
        ("Out of cheese", ["HubRise refuse l’accès", "contactez le support de TicknCook"]),
    ] {
        journey(async |app| {
            let mut manager = connected(app).await;
            let action = json!({ "kind": "status", "status": 401, "body": refusal(message) });
            app.hubrise.lasting_fault("/v1/location", action).await;
            an_hour_later(app).await;
            let page = manager.open("/services").await;
            page.assert_shows(&["En échec depuis 19:09", "Dernière vérification réussie à 18:02", BANNER]);
            page.assert_shows(&words);
            page.assert_hides(&["Vérifiée à", SILENT]);
            manager.open("/points-of-sale").await.assert_shows(&["En échec depuis 19:09", words[0], BANNER]);
            manager.open("/settings").await.assert_shows(&[BANNER, "Voir ce qu’il faut faire"]);

            app.hubrise.clear_faults().await;
            app.advance(TimeDelta::minutes(3));
            app.run_upkeep().await;
            let page = manager.open("/services").await;
            page.assert_shows(&["Vérifiée à 19:12"]);
            page.assert_hides(&[FAILING, BANNER, words[0]]);
        })
        .await;
    }
}

#[tokio::test]
async fn what_is_no_401_says_nothing_of_the_connection() {
    const ODD: &str = "HubRise répond autrement que prévu depuis";
    let silent = [
        json!({ "kind": "status", "status": 429, "headers": { "Retry-After": "60" }, "body": "{\"message\":\"slow\"}" }),
        json!({ "kind": "status", "status": 429, "body": "slow down", "content_type": "text/plain" }),
        json!({ "kind": "status", "status": 429, "body": "{\"message\":\"The connection has been blocked\"}" }),
        json!({ "kind": "status", "status": 500 }),
        json!({ "kind": "status", "status": 503, "headers": { "Retry-After": "60" } }),
        json!({ "kind": "delay", "milliseconds": 60_000 }),
        json!({ "kind": "drop" }),
        json!({ "kind": "truncate" }),
    ];
    let odd = [
        json!({ "kind": "status", "status": 403 }),
        json!({ "kind": "body", "body": "<html>" }),
        json!({ "kind": "with", "fields": { "id": "3r4s3-2" } }),
    ];
    let (silent, odd) = (silent.map(|trouble| (trouble, SILENT, ODD)), odd.map(|trouble| (trouble, ODD, SILENT)));
    for (trouble, told, other) in silent.into_iter().chain(odd) {
        journey(async |app| {
            let mut manager = connected(app).await;
            app.hubrise.lasting_fault("/v1/location", trouble.clone()).await;
            an_hour_later(app).await;
            let page = manager.open("/services").await;
            page.assert_shows(&[&format!("{told} 19:09"), "Dernière vérification réussie à 18:02"]);
            page.assert_hides(&[FAILING, BANNER, other]);
            app.hubrise.clear_faults().await;
            app.advance(TimeDelta::minutes(5));
            app.run_upkeep().await;
            let page = manager.open("/services").await;
            page.assert_shows(&["Vérifiée à 19:14"]);
            page.assert_hides(&[SILENT, ODD]);
        })
        .await;
    }
}

#[tokio::test]
async fn what_hubrise_goes_on_answering_without_a_yes_or_no_is_told_to_support_until_it_passes() {
    const ALARMS: &str = "select count(*) from alarm where kind = 'unknown_refusal' and ended_at is null";
    for (status, is_told) in [(404, true), (403, true), (503, false)] {
        journey(async |app| {
            connected(app).await;
            app.hubrise.lasting_fault("/v1/location", json!({ "kind": "status", "status": status })).await;
            an_hour_later(app).await;
            assert_eq!(app.count(ALARMS).await, 0, "it may pass");
            for _ in 0..5 {
                app.advance(TimeDelta::minutes(17));
                app.run_upkeep().await;
            }
            assert_eq!(app.count(ALARMS).await, i64::from(is_told), "{status}");
            app.hubrise.clear_faults().await;
            for _ in 0..4 {
                an_hour_later(app).await;
            }
            app.run_regular("purge_events").await;
            assert_eq!(app.count(ALARMS).await, 0, "{status}");
        })
        .await;
    }
}

#[tokio::test]
async fn a_silent_hubrise_does_not_hide_a_failure() {
    journey(async |app| {
        let mut manager = connected(app).await;
        at_hubrise(app, "block").await;
        an_hour_later(app).await;
        app.hubrise.lasting_fault("/v1/location", json!({ "kind": "status", "status": 503 })).await;
        app.advance(TimeDelta::minutes(3));
        app.run_upkeep().await;
        let page = manager.open("/services").await;
        page.assert_shows(&["En échec depuis 19:09", "TicknCook a été bloqué chez HubRise", BANNER]);
        page.assert_hides(&[SILENT]);
    })
    .await;
}

#[tokio::test]
async fn another_restaurant_and_another_connection_are_not_touched_by_a_failure() {
    journey(async |app| {
        let mut manager = connected(app).await;
        manager.connect(LYON, LYON_AT_HUBRISE).await;
        let mut nestor = app.signed_in(NESTOR).await;
        nestor.connect(BAKER_STREET, BAKER_STREET_AT_HUBRISE).await;
        at_hubrise(app, "block").await;
        an_hour_later(app).await;
        nestor.open("/services").await.assert_hides(&[FAILING, "ne reçoit plus"]);
        let page = manager.open("/services").await;
        assert_eq!(page.texts(".failing").len(), 1);
        assert_eq!(page.texts(".verified").len(), 1);
        assert_eq!(page.texts(".connection-failing h3"), [PARIS]);
        // Staff read the banner too.
        app.signed_in(STAFF).await.open("/points-of-sale").await.assert_shows(&[BANNER]);

        app.hubrise.control("connections/block", json!({ "location_id": "3r4s3-1" })).await;
        an_hour_later(app).await;
        let page = manager.open("/services").await;
        page.assert_shows(&["« Paris République » et un autre point de vente ne reçoivent plus les commandes"]);
        // The mail about Paris, to each manager.
        app.leaves_jobs(2);
    })
    .await;
}

#[tokio::test]
async fn a_page_verifies_what_was_not_verified_for_ten_minutes_and_no_more() {
    journey(async |app| {
        let mut manager = connected(app).await;
        let asked = async || app.hubrise.calls().await.iter().filter(|call| call.contains("GET /v1/location ")).count();
        let before = asked().await;
        app.advance(TimeDelta::minutes(9));
        manager.open("/services").await.assert_shows(&["Vérifiée à 18:02"]);
        assert_eq!(asked().await, before);
        app.advance(TimeDelta::minutes(2));
        manager.open("/services").await.assert_shows(&["Vérifiée à 18:13"]);
        assert_eq!(asked().await, before + 1);
        manager.open("/points-of-sale").await.assert_shows(&["Vérifiée à 18:13"]);
        assert_eq!(asked().await, before + 1);

        // Somebody who looks again and again does not make us ask again and again.
        at_hubrise(app, "block").await;
        app.advance(TimeDelta::minutes(11));
        for _ in 0..3 {
            manager.open("/services").await.assert_shows(&["En échec depuis 18:24"]);
        }
        assert_eq!(asked().await, before + 2);
        at_hubrise(app, "unblock").await;
        app.advance(TimeDelta::seconds(16));
        manager.open("/services").await.assert_shows(&["Vérifiée à 18:24"]);
    })
    .await;
}

#[tokio::test]
async fn an_idle_connection_is_asked_for_at_most_hourly_and_a_failing_one_more_often() {
    journey(async |app| {
        connected(app).await;
        let asked = async || app.hubrise.calls().await.iter().filter(|call| call.contains("GET /v1/location ")).count();
        let before = asked().await;
        for _ in 0..59 {
            app.advance(TimeDelta::minutes(1));
            app.run_upkeep().await;
        }
        assert_eq!(asked().await, before);
        for _ in 0..8 {
            app.advance(TimeDelta::minutes(1));
            app.run_upkeep().await;
        }
        assert_eq!(asked().await, before + 1);
        at_hubrise(app, "block").await;
        an_hour_later(app).await;
        let failing = asked().await;
        for _ in 0..20 {
            app.advance(TimeDelta::minutes(1));
            app.run_upkeep().await;
        }
        let more = asked().await - failing;
        assert!((5..=10).contains(&more), "{more} checks in 20 minutes of failing");
        // The mails to two managers.
        app.leaves_jobs(2);
    })
    .await;
}

#[tokio::test]
async fn an_announced_disconnection_is_believed_once_hubrise_refuses_the_token() {
    journey(async |app| {
        let mut manager = connected(app).await;
        app.advance(TimeDelta::minutes(5));
        at_hubrise(app, "disconnect").await;
        app.hubrise.run_deliveries().await;
        app.run_upkeep().await;
        let page = manager.open("/services").await;
        page.assert_shows(&[
            "En échec depuis 18:07",
            "TicknCook a été déconnecté depuis HubRise.",
            "Sinon, il doit cliquer sur Reconnecter.",
            PARIS,
        ]);
        manager.open("/points-of-sale").await.assert_shows(&[PARIS, "TicknCook a été déconnecté depuis HubRise."]);

        // And Reconnecter is what helps.
        manager.reconnect(PARIS_AT_HUBRISE).await;
        let page = manager.open("/services").await;
        page.assert_shows(&["Vérifiée à 18:07"]);
        page.assert_hides(&[FAILING, BANNER]);
        assert_eq!(app.count("select count(*) from connection where notice_refuted_at is not null").await, 0);
        // HubRise is asked to take the former token back, which it has done.
        app.run_jobs().await;
    })
    .await;
}

#[tokio::test]
async fn a_disconnection_that_nobody_announces_is_found_by_the_next_check() {
    journey(async |app| {
        let mut manager = connected(app).await;
        app.hubrise.control("event_faults", json!({ "kind": "lose_notice" })).await;
        at_hubrise(app, "disconnect").await;
        app.hubrise.run_deliveries().await;
        app.run_upkeep().await;
        manager.open("/services").await.assert_shows(&["Vérifiée à 18:02"]);
        an_hour_later(app).await;
        manager.open("/services").await.assert_shows(&["En échec depuis 19:09", "HubRise a retiré l’accès"]);
    })
    .await;
}

#[tokio::test]
async fn forged_repeated_and_unknown_announcements_change_nothing_and_reveal_nothing() {
    journey(async |app| {
        let mut manager = connected(app).await;
        let known: String =
            sqlx::query_scalar("select app_instance_id from connection").fetch_one(app.db()).await.unwrap();
        let history = app.count("select count(*) from history_entry").await;
        let mut stranger = app.browser();
        app.advance(TimeDelta::minutes(1));
        let mut answers = Vec::new();
        for id in [known.as_str(), known.as_str(), "unknown", "", "../../etc", "<script>"] {
            let id: String = url::form_urlencoded::byte_serialize(id.as_bytes()).collect();
            let path = format!("/hubrise_callback/disconnect?app_instance_id={id}");
            let got = stranger.peek(&path).await;
            let posted = stranger.post_with(&path, &[], &[("origin", "https://evil.example")]).await;
            answers.extend([(got.status, got.body), (posted.status, posted.body)]);
        }
        answers.dedup();
        assert_eq!(answers.len(), 1, "{answers:?}");
        let asked = async || app.hubrise.calls().await.iter().filter(|call| call.contains("GET /v1/location ")).count();
        let before = asked().await;
        app.run_upkeep().await;
        assert_eq!(asked().await, before + 1, "however often it is announced, it is checked once");
        manager.open("/services").await.assert_shows(&["Vérifiée à 18:03"]);
        assert_eq!(app.count("select count(*) from history_entry").await, history);
        assert_eq!(app.count("select count(*) from connection where notice_at is not null").await, 0);
    })
    .await;
}

#[tokio::test]
async fn names_follow_hubrise_and_the_history_tells() {
    journey(async |app| {
        let mut manager = connected(app).await;
        sqlx::query(
            "update connection set account_name = 'Old Pizza', location_name = 'Old Paris', catalog_name = 'Old menu',
                customer_list_name = 'Old list', callback_registered_at = null",
        )
        .execute(app.db())
        .await
        .unwrap();
        an_hour_later(app).await;
        let page = manager.open("/services").await;
        page.assert_shows(&["Bella Pizza - 3r4s3", "Paris - 3r4s3-0", "Carte Paris - psmlf", "Clients Paris - xab66"]);
        page.assert_hides(&["Old"]);
        let told: (String, String) = sqlx::query_as(
            "select change_before::text, change_after::text from history_entry where action = 'renamed'",
        )
        .fetch_one(app.db())
        .await
        .unwrap();
        assert!(told.0.contains("Old menu - psmlf") && told.1.contains("Carte Paris - psmlf"), "{told:?}");
        an_hour_later(app).await;
        assert_eq!(app.count("select count(*) from history_entry where action = 'renamed'").await, 1);
    })
    .await;
}

#[tokio::test]
async fn announcements_that_turn_out_to_be_wrong_use_up_few_of_the_calls_that_hubrise_allows() {
    journey(async |app| {
        connected(app).await;
        let known: String =
            sqlx::query_scalar("select app_instance_id from connection").fetch_one(app.db()).await.unwrap();
        let mut stranger = app.browser();
        let before = app.hubrise.calls().await.len();
        for _ in 0..120 {
            stranger.peek(&format!("/hubrise_callback/disconnect?app_instance_id={known}")).await.assert_status(200);
            app.advance(TimeDelta::seconds(31));
            app.run_upkeep().await;
        }
        let calls = app.hubrise.calls().await.len() - before;
        assert!((8..30).contains(&calls), "{calls} calls in an hour");
        // A right one is still believed.
        at_hubrise(app, "disconnect").await;
        app.hubrise.run_deliveries().await;
        app.advance(TimeDelta::minutes(11));
        app.run_upkeep().await;
        assert_eq!(app.count("select count(*) from connection where failure = 'disconnected'").await, 1);
    })
    .await;
}

#[tokio::test]
async fn announcements_that_come_while_hubrise_is_asked_are_looked_into_no_more_often() {
    journey(async |app| {
        connected(app).await;
        let known: String =
            sqlx::query_scalar("select app_instance_id from connection").fetch_one(app.db()).await.unwrap();
        let path = format!("/hubrise_callback/disconnect?app_instance_id={known}");
        let asked = async || app.hubrise.calls().await.iter().filter(|call| call.contains("GET /v1/location ")).count();
        app.hubrise.lasting_fault("/v1/location", json!({ "kind": "delay_after", "milliseconds": 300 })).await;
        let before = asked().await;
        for _ in 0..8 {
            app.browser().peek(&path).await.assert_status(200);
            app.advance(TimeDelta::seconds(31));
            let counted = "select sum(in_day)::bigint from hubrise_budget";
            let (seen, process) = (app.count(counted).await, app.app.clone());
            let checks = tokio::spawn(async move { service::run_due(&process).await });
            let is_asked = async || checks.is_finished() || app.count(counted).await > seen;
            eventually("HubRise is asked, where anything is due", is_asked).await;
            app.advance(TimeDelta::seconds(1));
            app.browser().peek(&path).await.assert_status(200);
            checks.await.unwrap().unwrap();
        }
        app.hubrise.clear_faults().await;
        let calls = asked().await - before;
        assert!((1..=2).contains(&calls), "{calls} checks in four minutes");
    })
    .await;
}

#[tokio::test]
async fn a_name_that_hubrise_does_not_tell_now_says_nothing_of_the_connection() {
    journey(async |app| {
        let mut manager = connected(app).await;
        app.hubrise.lasting_fault("/v1/customer_lists/*", json!({ "kind": "status", "status": 503 })).await;
        app.advance(TimeDelta::minutes(5));
        let id = app.connection("3r4s3-0").await.parse().unwrap();
        assert!(service::refresh_names(&app.app, id).await.is_err(), "it is to be tried again");
        assert_eq!(app.count("select count(*) from connection where unreachable_since is not null").await, 0);
        manager.open("/services").await.assert_shows(&["Vérifiée à 18:07"]);
        app.hubrise.clear_faults().await;
        service::refresh_names(&app.app, id).await.unwrap();
    })
    .await;
}
