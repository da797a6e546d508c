//! Answers of HubRise that come late: what was learnt meanwhile stands. And many readers at once, who cause one check.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use tickncook_hubrise::{app::App, config::Layers, upkeep};
use tokio::task::JoinHandle;

use crate::harness::{
    Browser, FRENCH, LYON, LYON_AT_HUBRISE, LYON_DELIVERY_AT_HUBRISE, MANAGER, PARIS, PARIS_AT_HUBRISE, TestApp,
    eventually, journey, journey_with,
};

const WITHOUT_CALLBACK: &str =
    "update connection set callback_registered_at = null, callback_checked_at = null, callback_host = null";
const FAILING: &str = "En échec depuis";

pub(crate) async fn asked(app: &TestApp) -> usize {
    app.hubrise.calls().await.iter().filter(|call| call.contains("GET /v1/location ")).count()
}

/// A manager with Paris connected and looked after, and an hour gone by.
pub(crate) async fn connected(app: &TestApp) -> Browser {
    let mut manager = app.signed_in(MANAGER).await;
    manager.connect(PARIS, PARIS_AT_HUBRISE).await;
    app.run_upkeep().await;
    app.advance(TimeDelta::minutes(67));
    manager
}

/// A check that has its answer for the location, and waits a while for the catalog's name.
async fn check_that_lingers(app: &TestApp) -> JoinHandle<anyhow::Result<bool>> {
    sqlx::query("update connection set names_checked_at = null").execute(app.db()).await.unwrap();
    app.hubrise.fault("/v1/catalogs/*", 1, json!({ "kind": "delay", "milliseconds": 1500 })).await;
    let before = asked(app).await;
    let id = app.connection("3r4s3-0").await.parse().unwrap();
    let process = app.app.clone();
    let check = tokio::spawn(async move { upkeep::service::check(&process, id).await });
    let told = i64::try_from(before).unwrap();
    eventually("the location was told", async || {
        app.count("select sum(times) from hubrise_call where path = '/location' and outcome = '200'").await > told
    })
    .await;
    check
}

#[tokio::test]
async fn a_late_success_does_not_hide_a_refusal_that_came_after_it_was_asked_for() {
    journey(async |app| {
        let mut manager = connected(app).await;
        let check = check_that_lingers(app).await;
        app.hubrise.control("connections/block", json!({ "location_id": "3r4s3-0" })).await;
        app.advance(TimeDelta::seconds(1));
        app.run_upkeep().await;
        assert_eq!(app.count("select count(*) from connection where failure = 'blocked'").await, 1);
        check.await.unwrap().unwrap();
        assert_eq!(app.count("select count(*) from connection where failure = 'blocked'").await, 1);
        assert_eq!(app.count("select count(*) from history_entry where action = 'recovered'").await, 0);
        manager.open("/services").await.assert_shows(&[FAILING]);
    })
    .await;
}

#[tokio::test]
async fn whoever_reconnects_meanwhile_is_not_failed_by_an_older_answer() {
    journey(async |app| {
        let mut manager = connected(app).await;
        app.hubrise.control("connections/block", json!({ "location_id": "3r4s3-0" })).await;
        app.hubrise.fault("/v1/location", 1, json!({ "kind": "delay_after", "milliseconds": 2500 })).await;
        let (before, id) = (asked(app).await, app.connection("3r4s3-0").await.parse().unwrap());
        let process = app.app.clone();
        let check = tokio::spawn(async move { upkeep::service::check(&process, id).await });
        eventually("HubRise was asked", async || asked(app).await > before).await;
        app.advance(TimeDelta::seconds(1));
        let id = app.connection("3r4s3-0").await;
        let away = manager.post(&format!("/services/hubrise/connections/{id}/reconnect"), &[]).await;
        manager.open(away.target().as_str()).await;
        manager.allow(PARIS_AT_HUBRISE).await.assert_status(200);
        assert!(!check.is_finished(), "the older answer came too early for this test");
        check.await.unwrap().unwrap();
        assert_eq!(app.count("select count(*) from connection where failed_since is not null").await, 0);
        manager.open("/services").await.assert_hides(&[FAILING]);
    })
    .await;
}

/// HubRise announces a disconnection while a check is under way, which is found half a minute later.
async fn announce_during_a_check(app: &TestApp, mut manager: Browser) {
    let check = check_that_lingers(app).await;
    app.advance(TimeDelta::seconds(1));
    app.hubrise.control("connections/disconnect", json!({ "location_id": "3r4s3-0" })).await;
    app.hubrise.run_deliveries().await;
    check.await.unwrap().unwrap();
    app.advance(TimeDelta::seconds(31));
    app.run_upkeep().await;
    let page = manager.open("/services").await;
    page.assert_shows(&[FAILING, "TicknCook a été déconnecté depuis HubRise."]);
}

#[tokio::test]
async fn an_announcement_during_a_check_is_not_refuted_by_its_answer() {
    journey(async |app| {
        let manager = connected(app).await;
        announce_during_a_check(app, manager).await;
    })
    .await;
}

#[tokio::test]
async fn a_callback_that_could_not_be_looked_after_does_not_put_an_announcement_off() {
    journey(async |app| {
        let manager = connected(app).await;
        sqlx::query("update connection set callback_checked_at = null").execute(app.db()).await.unwrap();
        announce_during_a_check(app, manager).await;
    })
    .await;
}

#[tokio::test]
async fn the_refusal_of_a_former_token_says_nothing_of_the_one_that_took_its_place() {
    journey(async |app| {
        let mut manager = connected(app).await;
        app.hubrise.control("connections/disconnect", json!({ "location_id": "3r4s3-0" })).await;
        app.hubrise.run_deliveries().await;
        manager.open("/services").await.assert_shows(&[FAILING]);
        let id = app.connection("3r4s3-0").await.parse().unwrap();
        app.hubrise.fault("/v1/location", 1, json!({ "kind": "delay", "milliseconds": 1500 })).await;
        let process = app.app.clone();
        let check = tokio::spawn(async move { upkeep::service::check(&process, id).await });
        eventually("the check has begun", async || app.count("select count(*) from hubrise_budget").await > 0).await;
        // At the very time of the reconnection, as the clock goes.
        manager.press(FRENCH.reconnect, &[]).await;
        manager.allow(PARIS_AT_HUBRISE).await;
        check.await.unwrap().unwrap();
        manager.open("/services").await.assert_hides(&[FAILING]);
        app.run_upkeep().await;
        // HubRise is asked to take the former token back, which it has done.
        app.run_jobs().await;
    })
    .await;
}

#[tokio::test]
async fn many_readers_at_once_cause_one_check() {
    journey(async |app| {
        let manager = connected(app).await;
        let before = asked(app).await;
        app.hubrise.lasting_fault("/v1/location", json!({ "kind": "delay", "milliseconds": 700 })).await;
        let mut readers = [manager.clone(), manager.clone(), manager.clone(), manager.clone()];
        let [a, b, c, d] = &mut readers;
        tokio::join!(a.open("/services"), b.open("/services"), c.open("/points-of-sale"), d.open("/services"));
        app.finish_tasks().await;
        assert_eq!(asked(app).await, before + 1);
        app.hubrise.clear_faults().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_share_what_is_due_and_tell_a_failure_once() {
    journey(async |app| {
        connected(app).await;
        let other = App::new(app.app.config.clone(), app.db().clone(), app.app.clock.clone()).unwrap();
        app.hubrise.control("connections/block", json!({ "location_id": "3r4s3-0" })).await;
        let before = asked(app).await;
        let (mine, others) = tokio::join!(upkeep::service::run_due(&app.app), upkeep::service::run_due(&other));
        assert_eq!(mine.unwrap() + others.unwrap(), 1);
        assert_eq!(asked(app).await, before + 1);

        // Even where both ask, as when somebody looks, one of them tells.
        app.advance(TimeDelta::minutes(3));
        let id = app.connection("3r4s3-0").await.parse().unwrap();
        let (mine, others) = tokio::join!(upkeep::service::check(&app.app, id), upkeep::service::check(&other, id));
        assert!(mine.unwrap() && others.unwrap());
        assert_eq!(asked(app).await, before + 3);
        assert_eq!(app.count("select count(*) from mail").await, 2, "one for each manager");
        assert_eq!(app.count("select count(*) from history_entry where action = 'failed'").await, 1);
        app.leaves_jobs(2);
    })
    .await;
}

#[tokio::test]
async fn what_was_kept_while_the_clock_was_an_hour_ahead_hides_neither_a_failure_nor_a_recovery() {
    journey(async |app| {
        connected(app).await;
        let id = app.connection("3r4s3-0").await.parse().unwrap();
        let check = async || assert!(upkeep::service::check(&app.app, id).await.unwrap());
        let location = json!({ "location_id": "3r4s3-0" });
        for (change, failing) in [("connections/block", 1), ("connections/unblock", 0)] {
            app.advance(TimeDelta::hours(1));
            check().await;
            app.advance(TimeDelta::hours(-1));
            app.hubrise.control(change, location.clone()).await;
            check().await;
            let failed = "select count(*) from connection where failure = 'blocked'";
            assert_eq!(app.count(failed).await, failing, "after {change}");
        }
        // That the managers are told of the hour in which it failed; its end came before they were.
        app.leaves_jobs(2);
    })
    .await;
}

/// Paris is cut while a check of it is under way, and its location connected to Lyon: HubRise gives the same token.
async fn give_the_location_to_lyon(app: &TestApp, manager: &mut Browser) {
    app.hubrise.lasting_fault("/oauth2/v1/revoke", json!({ "kind": "status", "status": 503 })).await;
    manager.disconnect(PARIS).await;
    app.advance(TimeDelta::seconds(1));
    manager.connect(LYON, PARIS_AT_HUBRISE).await;
    app.look_after_callback("3r4s3-0").await.unwrap();
}

/// Whether HubRise sends events to the connection that there is.
async fn has_its_callback(app: &TestApp) -> bool {
    let key = app.callback_key("3r4s3-0").await;
    app.hubrise.callback_of("3r4s3-0").await["url"].as_str().unwrap().ends_with(&key)
}

#[tokio::test]
async fn a_check_of_a_connection_that_was_cut_leaves_the_callback_of_the_next_one_alone() {
    journey(async |app| {
        let mut manager = connected(app).await;
        sqlx::query(WITHOUT_CALLBACK).execute(app.db()).await.unwrap();
        let check = check_that_lingers(app).await;
        give_the_location_to_lyon(app, &mut manager).await;
        assert!(!check.is_finished(), "the check was too quick for this test");
        check.await.unwrap().unwrap();
        assert!(has_its_callback(app).await);
        app.hubrise.clear_faults().await;
        app.run_jobs().await;
    })
    .await;
}

#[tokio::test]
async fn a_callback_of_a_former_connection_that_comes_late_to_hubrise_is_replaced_at_once() {
    for unanswered in [false, true] {
        journey(async |app| {
            let mut manager = connected(app).await;
            sqlx::query(WITHOUT_CALLBACK).execute(app.db()).await.unwrap();
            let (id, process) = (app.connection("3r4s3-0").await.parse().unwrap(), app.app.clone());
            // Longer than the bridge waits, it is unanswered, and done all the same.
            let milliseconds = if unanswered { 3500 } else { 1800 };
            app.hubrise.fault("/v1/callback", 1, json!({ "kind": "delay", "milliseconds": milliseconds })).await;
            let asked =
                async || app.hubrise.calls().await.iter().filter(|call| call.contains(" /v1/callback ")).count();
            let before = asked().await;
            let check = tokio::spawn(async move { upkeep::service::check(&process, id).await });
            eventually("the check is done but for the callback", async || {
                app.count(
                    "select count(*) from connection where next_check_at > checked_at and checked_at = verified_at
                    and checked_at > connected_at + interval '1 hour'",
                )
                .await
                    == 1
            })
            .await;
            give_the_location_to_lyon(app, &mut manager).await;
            check.await.unwrap().unwrap();
            eventually("HubRise has done all that it was asked", async || asked().await >= before + 2).await;
            app.advance(TimeDelta::minutes(5));
            eventually("the callback of the new connection is there", async || {
                app.run_upkeep().await;
                has_its_callback(app).await
            })
            .await;
            app.hubrise.clear_faults().await;
            app.run_jobs().await;
        })
        .await;
    }
}

#[tokio::test]
async fn whoever_dies_before_the_callback_is_back_leaves_it_to_the_next_check_minutes_later() {
    journey(async |app| {
        app.hubrise.settings(json!({ "token_after_revoke": "same" })).await;
        connected(app).await;
        app.hubrise.control("connections/disconnect", json!({ "location_id": "3r4s3-0" })).await;
        app.run_upkeep().await;
        app.browser().install(app.hubrise.url(), PARIS_AT_HUBRISE).await;
        app.advance(TimeDelta::minutes(3));
        app.hubrise.fault("/v1/callback", 1, json!({ "kind": "delay", "milliseconds": 1500 })).await;
        let (id, process) = (app.connection("3r4s3-0").await.parse().unwrap(), app.app.clone());
        let check = tokio::spawn(async move { upkeep::service::check(&process, id).await });
        eventually("it works again", async || {
            app.count("select count(*) from connection where failed_since is null").await == 1
        })
        .await;
        check.abort();
        assert!(check.await.unwrap_err().is_cancelled());
        app.advance(TimeDelta::minutes(6));
        app.run_upkeep().await;
        assert!(has_its_callback(app).await);
    })
    .await;
}

#[tokio::test]
async fn an_announcement_while_the_callback_is_registered_is_looked_into_half_a_minute_later() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        manager.connect(PARIS, PARIS_AT_HUBRISE).await;
        let slow = json!({ "kind": "delay_after", "milliseconds": 1500 });
        let slow = json!({ "method": "POST", "path": "/v1/callback", "times": 1, "action": slow });
        app.hubrise.control("faults", slow).await;
        let process = app.app.clone();
        let check = tokio::spawn(async move { upkeep::service::run_due(&process).await });
        eventually("HubRise has the callback", async || app.hubrise.callback_of("3r4s3-0").await["url"].is_string())
            .await;
        app.hubrise.control("connections/disconnect", json!({ "location_id": "3r4s3-0" })).await;
        app.hubrise.run_deliveries().await;
        assert!(!check.is_finished(), "the callback was registered too quickly for this test");
        check.await.unwrap().unwrap();
        app.advance(TimeDelta::seconds(31));
        app.run_upkeep().await;
        assert_eq!(app.count("select count(*) from connection where failure = 'disconnected'").await, 1);
    })
    .await;
}

#[tokio::test]
async fn what_is_due_in_days_because_the_clock_was_ahead_is_checked_now() {
    journey(async |app| {
        connected(app).await;
        app.run_upkeep().await;
        let ahead = "update connection set next_check_at = next_check_at + interval '30 days'";
        sqlx::query(ahead).execute(app.db()).await.unwrap();
        // HubRise had asked to be left alone then, too.
        let paused = "update hubrise_budget set paused_until = now() + interval '30 days'";
        sqlx::query(paused).execute(app.db()).await.unwrap();
        app.hubrise.control("connections/block", json!({ "location_id": "3r4s3-0" })).await;
        app.run_upkeep().await;
        assert_eq!(app.count("select count(*) from connection where failure = 'blocked'").await, 1);
    })
    .await;
}

/// A check waits for HubRise when the same token is granted anew.
#[tokio::test]
async fn a_check_that_was_under_way_does_not_put_off_a_look_at_the_callback_that_is_due() {
    for is_for_names_too in [true, false] {
        journey(async |app| {
            connected(app).await;
            app.run_upkeep().await;
            app.advance(TimeDelta::minutes(20));
            let check = if is_for_names_too {
                check_that_lingers(app).await
            } else {
                app.hubrise.fault("/v1/location", 1, json!({ "kind": "delay", "milliseconds": 1500 })).await;
                let (process, before) = (app.app.clone(), asked(app).await);
                let id = app.connection("3r4s3-0").await.parse().unwrap();
                let check = tokio::spawn(async move { upkeep::service::check(&process, id).await });
                eventually("HubRise is asked", async || asked(app).await > before).await;
                check
            };
            let anew = "update connection set callback_checked_at = null, next_check_at = $1";
            sqlx::query(anew).bind(app.now()).execute(app.db()).await.unwrap();
            check.await.unwrap().unwrap();
            let next = sqlx::query_scalar("select next_check_at from connection");
            let next: DateTime<Utc> = next.fetch_one(app.db()).await.unwrap();
            assert!(next <= app.now() + TimeDelta::minutes(5), "the look is put off until {next}: {is_for_names_too}");
        })
        .await;
    }
}

/// HubRise may take its time.
const PATIENT: fn(&mut Layers) = |layers| layers.set("hubrise.timeout_seconds", "10");

/// The clock of whoever connects is further ahead than a revocation may take: they do not wait for it.
#[tokio::test]
async fn a_connection_whose_token_a_late_revocation_may_have_ended_is_checked_at_once() {
    journey_with(PATIENT, async |app| {
        let mut manager = connected(app).await;
        let mut other = app.signed_in(MANAGER).await;
        app.hubrise.fault("/oauth2/v1/revoke", 1, json!({ "kind": "delay", "milliseconds": 4000 })).await;
        let connect_meanwhile = async {
            let asked = "select count(*) from revocation where status = 'in_flight' and callback <> 'wanted'";
            eventually("HubRise is being asked", async || app.count(asked).await == 1).await;
            app.advance(TimeDelta::minutes(2));
            other.connect(LYON, PARIS_AT_HUBRISE).await;
            app.look_after_callback("3r4s3-0").await.unwrap();
            assert_eq!(app.count(asked).await, 0);
            assert!(app.hubrise.is_live("3r4s3-0").await, "the revocation was too quick for this test");
        };
        tokio::join!(manager.disconnect(PARIS), connect_meanwhile);
        app.finish_tasks().await;
        assert!(!app.hubrise.is_live("3r4s3-0").await);
        app.run_upkeep().await;
        assert_eq!(app.count("select count(*) from connection where failure is not null").await, 1);
    })
    .await;
}

/// The names that a check brings are those of what the connection had when HubRise was asked.
#[tokio::test]
async fn a_name_that_comes_late_is_not_given_to_another_catalog() {
    journey_with(PATIENT, async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        manager.connect(LYON, LYON_AT_HUBRISE).await;
        let (id, process) = (app.connection("3r4s3-1").await.parse().unwrap(), app.app.clone());
        app.hubrise.fault("/v1/customer_lists/*", 1, json!({ "kind": "delay", "milliseconds": 4000 })).await;
        let asked = async || app.hubrise.calls().await.iter().filter(|call| call.contains("/v1/catalogs/")).count();
        let before = asked().await;
        let names = tokio::spawn(async move { upkeep::service::refresh_names(&process, id).await });
        eventually("HubRise has told the catalog's name", async || asked().await > before).await;
        app.advance(TimeDelta::seconds(1));
        manager.reconnect(LYON_DELIVERY_AT_HUBRISE).await;
        assert!(!names.is_finished(), "the names came too soon for this test");
        names.await.unwrap().unwrap();
        let catalog = "select catalog_id || ' ' || catalog_name from connection";
        let catalog: String = sqlx::query_scalar(catalog).fetch_one(app.db()).await.unwrap();
        assert_eq!(catalog, "h3kz9 Carte Lyon livraison");
    })
    .await;
}
