//! Events that HubRise has for a connection and cannot hand to us, although it answers all that we ask: each comparison
//! of the callback finds them.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use tickncook_hubrise::{database, upkeep};

use crate::{
    events_callback::{LOCATION, connect, is_registered},
    harness::{TestApp, events::event, http_client, journey},
    upkeep_mails::with_mails,
};

const EVENTS: &str = "/v1/callback/events";
const ALARMS: &str = "select count(*) from alarm where kind = 'events_waiting' and ended_at is null";
const TOLD: &str = "select count(*) from connection where no_orders_since is not null and events_wait";
const BANNER: &str = "Les commandes de « Paris République » arrivent en retard, ou n’arrivent pas.";

/// HubRise has events that came about so many minutes ago, listed in this order.
async fn wait_at_hubrise(app: &TestApp, minutes: &[i64]) {
    let created = minutes.iter().map(|minutes| (app.now() - TimeDelta::minutes(*minutes)).to_rfc3339());
    let events: Value =
        created.map(|at| json!({ "id": "5dpm9", "resource_type": "order", "created_at": at })).collect();
    app.hubrise.clear_faults().await;
    app.hubrise.lasting_fault(EVENTS, json!({ "kind": "body", "body": events.to_string() })).await;
}

/// When the callback is compared again.
const AN_HOUR: TimeDelta = TimeDelta::minutes(67);

/// A restaurant that was told that events wait.
async fn connected_and_told(app: &TestApp) {
    connect(app).await;
    app.run_upkeep().await;
    app.advance(AN_HOUR);
    wait_at_hubrise(app, &[40]).await;
    app.run_upkeep().await;
    assert_eq!((app.count(ALARMS).await, app.count(TOLD).await), (1, 1));
}

#[tokio::test]
async fn orders_that_hubrise_cannot_hand_over_are_told_to_support_and_the_restaurant_until_none_waits() {
    with_mails(async |app, mailbox, mut manager| {
        app.advance(AN_HOUR);
        wait_at_hubrise(app, &[3, 40, 12]).await;
        app.run_upkeep().await;
        assert!(is_registered(app).await);
        assert_eq!(app.count(ALARMS).await, 1);
        let since = "HubRise n’arrive pas à nous remettre ce qui est en attente pour ce point de vente depuis 18:29";
        let cause = "il n’a pas pu nous remettre ce qu’il envoie : les commandes arrivent en retard";
        let page = manager.open("/services").await;
        page.assert_shows(&[since, cause, "D’ici là, suivez les commandes dans HubRise.", BANNER]);
        page.assert_hides(&["ne reçoit plus", "n’enregistre pas l’adresse"]);
        manager.open("/history").await.assert_shows(&["HubRise n’a pas pu nous remettre ce qu’il envoie"]);
        app.run_jobs().await;
        let mails = mailbox.collect();
        assert_eq!(mails.len(), 2, "{mails:#?}");
        for mail in &mails {
            assert!(mail.subject.ends_with("arrivent en retard"), "{mail:#?}");
            assert!(mail.text.contains("Depuis le 23 novembre 2026 à 18:29"), "{mail:#?}");
            assert!(mail.text.contains("le support de TicknCook est prévenu"), "{mail:#?}");
        }
        let mut support = app.support().await;
        support.open("/support").await;
        support.click("Alertes : 1").await.assert_shows(&["HubRise n’arrive pas à nous remettre les événements"]);
        support.open("/support").await;
        support.click("Sans commandes : 1").await.assert_shows(&["Paris République", since]);

        // It is looked at more often, told once, and since when it began, although HubRise has forgotten the first.
        for _ in 0..4 {
            app.advance(TimeDelta::minutes(17));
            wait_at_hubrise(app, &[20, 55]).await;
            app.run_upkeep().await;
        }
        manager.open("/services").await.assert_shows(&[since, BANNER]);
        // Where HubRise does not tell, that is no end.
        app.hubrise.clear_faults().await;
        app.hubrise.lasting_fault(EVENTS, json!({ "kind": "status", "status": 403 })).await;
        app.advance(TimeDelta::minutes(17));
        app.run_upkeep().await;
        app.run_jobs().await;
        assert_eq!((app.count(ALARMS).await, app.count(TOLD).await), (1, 1));
        assert!(mailbox.collect().is_empty());

        // Nor is it one that HubRise has given up what waited.
        app.hubrise.clear_faults().await;
        app.advance(TimeDelta::minutes(17));
        app.run_upkeep().await;
        app.run_jobs().await;
        assert_eq!((app.count(ALARMS).await, app.count(TOLD).await), (1, 1));
        assert!(mailbox.collect().is_empty());

        assert_eq!(app.send_good(LOCATION, event("5dpm9", "order", LOCATION)).await, 200);
        app.advance(TimeDelta::minutes(17));
        app.run_upkeep().await;
        assert_eq!((app.count(ALARMS).await, app.count(TOLD).await), (0, 0));
        let page = manager.open("/services").await;
        page.assert_shows(&["Vérifiée à"]);
        page.assert_hides(&[since, BANNER]);
        app.run_jobs().await;
        let mails = mailbox.collect();
        assert!(
            mails.len() == 2 && mails.iter().all(|mail| mail.subject.ends_with("plus rien n’attend chez HubRise")),
            "{mails:#?}"
        );
        app.advance(AN_HOUR);
        app.run_upkeep().await;
        app.run_jobs().await;
        assert!(mailbox.collect().is_empty());
    })
    .await;
}

#[tokio::test]
async fn first_tries_and_answers_that_say_nothing_are_not_told() {
    let answers = [
        json!({ "kind": "status", "status": 403 }),
        json!({ "kind": "status", "status": 404 }),
        json!({ "kind": "status", "status": 401, "body": "{\"message\":\"The connection has been blocked\"}" }),
        json!({ "kind": "status", "status": 503 }),
        json!({ "kind": "broken_json" }),
        json!({ "kind": "body", "body": "{}" }),
        json!({ "kind": "body", "body": r#"[{"id":"5dpm9"},{"created_at":7},7,null]"# }),
        json!({ "kind": "drop_after" }),
    ];
    for answer in std::iter::once(None).chain(answers.map(Some)) {
        journey(async |app| {
            connect(app).await;
            app.run_upkeep().await;
            app.advance(AN_HOUR);
            match &answer {
                Some(answer) => app.hubrise.lasting_fault(EVENTS, answer.clone()).await,
                None => wait_at_hubrise(app, &[9, 1]).await,
            }
            app.run_upkeep().await;
            assert!(app.hubrise.calls().await.iter().any(|call| call.starts_with("GET /v1/callback/events ")));
            let touched =
                "select count(*) from connection where no_orders_since is not null or failed_since is not null
                or unreachable_since is not null or events_waiting_since is not null or callback_registered_at is null
                or next_check_at < checked_at + interval '1 hour'";
            assert_eq!(app.count(touched).await, 0, "{answer:?}");
        })
        .await;
    }
}

/// What waited before an access was lost is given up by the time that it is back.
#[tokio::test]
async fn events_that_waited_are_not_told_of_once_a_lost_access_is_back() {
    journey(async |app| {
        connected_and_told(app).await;
        let at_location = json!({ "location_id": LOCATION });
        app.hubrise.control("connections/block", at_location.clone()).await;
        app.advance(TimeDelta::minutes(17));
        app.run_upkeep().await;
        assert_eq!(app.count("select count(*) from connection where failure = 'blocked'").await, 1);
        app.hubrise.clear_faults().await;
        app.hubrise.control("connections/unblock", at_location).await;
        app.advance(TimeDelta::hours(30));
        app.run_upkeep().await;
        let well = "select count(*) from connection where failed_since is null and no_orders_since is null
            and events_waiting_since is null";
        assert_eq!((app.count(well).await, app.count(ALARMS).await), (1, 0));
        app.leaves_jobs(2);
    })
    .await;
}

/// Where nothing comes for a day, nobody knows any more.
#[tokio::test]
async fn what_nothing_was_heard_of_for_a_day_is_told_no_more() {
    journey(async |app| {
        connected_and_told(app).await;
        app.hubrise.clear_faults().await;
        for (hours, told) in [(22, 1), (3, 0)] {
            app.advance(TimeDelta::hours(hours));
            app.run_upkeep().await;
            assert_eq!(app.count(TOLD).await, told, "after {hours} hours more");
        }
        app.run_jobs().await;
    })
    .await;
}

/// Nothing of HubRise's answers is made up here: an order that was answered with 503 waits in its list until it is taken.
#[tokio::test]
async fn an_order_that_was_not_taken_is_found_where_it_waits_and_gone_once_it_came() {
    journey(async |app| {
        connect(app).await;
        app.run_upkeep().await;
        let mut lock = database::begin(app.db()).await.unwrap();
        sqlx::query("lock table hubrise_event").execute(&mut *lock).await.unwrap();
        app.hubrise.inject_orders(LOCATION, 1).await;
        lock.rollback().await.unwrap();
        assert_eq!(app.hubrise.deliveries().await, [Some(503)]);

        // HubRise's clock is its own.
        let request = http_client().get(format!("{}{EVENTS}", app.hubrise.url()));
        let request = request.header("X-Access-Token", app.hubrise.token_of(LOCATION).await);
        let events: Value = request.send().await.unwrap().json().await.unwrap();
        let created: DateTime<Utc> = events[0]["created_at"].as_str().unwrap().parse().unwrap();
        let id = app.connection(LOCATION).await.parse().unwrap();
        for (minutes, told) in [(9, 0), (34, 0), (36, 1)] {
            app.advance(created + TimeDelta::minutes(minutes) - app.now());
            sqlx::query("update connection set callback_checked_at = null").execute(app.db()).await.unwrap();
            upkeep::service::check(&app.app, id).await.unwrap();
            assert_eq!(app.count(TOLD).await, told, "after {minutes} minutes");
        }
        app.hubrise.advance(60).await;
        assert_eq!(app.hubrise.deliveries().await, [Some(503), Some(200)]);
        app.advance(TimeDelta::minutes(2));
        upkeep::service::check(&app.app, id).await.unwrap();
        assert_eq!((app.count(TOLD).await, app.count(ALARMS).await), (0, 0));
        app.run_jobs().await;
    })
    .await;
}
