//! A callback that HubRise does not take: what is told of it, to whom, and until when.

use chrono::TimeDelta;
use serde_json::json;

use tickncook_hubrise::config::Layers;

use crate::events_callback::{LOCATION, calls, connect, is_registered};
use crate::harness::{Delivered, MANAGER, Mailbox, PARIS, PARIS_AT_HUBRISE, journey, journey_with};

const ALARMS: &str = "select count(*) from alarm where kind = 'callback_missing' and ended_at is null";
const NO_ORDERS: &str = "HubRise ne nous envoie pas les commandes de ce point de vente depuis";

#[tokio::test]
async fn one_that_hubrise_does_not_take_is_told_to_support_and_the_restaurant_until_it_does() {
    for refusal in [422, 403, 503] {
        let mailbox = Mailbox::start();
        let address = mailbox.address().to_owned();
        journey_with(
            |layers| layers.set("mail.smtp_url", address),
            async |app| {
                app.hubrise.lasting_fault("/v1/callback", json!({ "kind": "status", "status": refusal })).await;
                let mut manager = app.signed_in(MANAGER).await;
                manager.connect(PARIS, PARIS_AT_HUBRISE).await;
                app.run_upkeep().await;
                manager.open("/services").await.assert_hides(&[NO_ORDERS]);
                assert_eq!(app.count(ALARMS).await, 0, "it may pass");
                for _ in 0..3 {
                    app.advance(TimeDelta::minutes(6));
                    app.run_upkeep().await;
                }
                assert_eq!(app.count(ALARMS).await, 1, "{refusal}");
                manager.open("/services").await.assert_shows(&["Dernière vérification réussie", NO_ORDERS]);
                manager.open("/points-of-sale").await.assert_shows(&[NO_ORDERS]);
                // As much as for one that fails: on every page, by mail, in the history.
                let banner = "« Paris République » ne reçoit plus les commandes de HubRise.";
                manager.open("/help/support-access").await.assert_shows(&[banner]);
                let cause = "HubRise fonctionne, mais n’enregistre pas l’adresse";
                manager
                    .open("/history")
                    .await
                    .assert_shows(&["HubRise n’enregistre pas notre adresse pour les commandes"]);
                app.run_jobs().await;
                let mails = mailbox.collect();
                assert_eq!(mails.len(), 2, "{mails:#?}");
                let is_told = |mail: &Delivered| mail.to == MANAGER && mail.text.contains(cause);
                assert!(mails.iter().any(is_told), "{mails:#?}");
                let mut support = app.support().await;
                support.open("/support").await;
                support.click("Alertes : 1").await.assert_shows(&["HubRise n’accepte pas le callback"]);
                support.open("/support?query=Paris+R%C3%A9publique").await.assert_shows(&[NO_ORDERS]);
                support.open("/support").await;
                support.click("Sans commandes : 1").await.assert_shows(&["Paris République", NO_ORDERS]);

                app.hubrise.clear_faults().await;
                app.advance(TimeDelta::hours(25));
                app.run_upkeep().await;
                assert!(is_registered(app).await);
                assert_eq!(app.count(ALARMS).await, 0, "{refusal}");
                app.signed_in(MANAGER).await.open("/services").await.assert_hides(&[NO_ORDERS, banner]);
                app.run_jobs().await;
                let mails = mailbox.collect();
                assert!(
                    mails.len() == 2 && mails.iter().all(|mail| mail.subject.contains("reçoit de nouveau")),
                    "{mails:#?}"
                );
            },
        )
        .await;
    }
}

#[tokio::test]
async fn a_disconnection_ends_the_alarm_about_a_missing_callback() {
    journey(async |app| {
        app.hubrise.lasting_fault("/v1/callback", json!({ "kind": "status", "status": 403 })).await;
        let mut manager = app.signed_in(MANAGER).await;
        manager.connect(PARIS, PARIS_AT_HUBRISE).await;
        for _ in 0..4 {
            app.run_upkeep().await;
            app.advance(TimeDelta::minutes(6));
        }
        assert_eq!(app.count(ALARMS).await, 1);
        manager.disconnect(PARIS).await;
        app.run_jobs().await;
        assert_eq!(app.count(ALARMS).await, 0);
    })
    .await;
}

/// Told that no orders come; then HubRise refuses the token for a moment.
#[tokio::test]
async fn that_orders_come_again_is_told_once_they_do_and_not_before() {
    let mailbox = Mailbox::start();
    let address = mailbox.address().to_owned();
    let settings = |layers: &mut Layers| layers.set("mail.smtp_url", address);
    journey_with(settings, async |app| {
        let subjects = async || {
            app.run_jobs().await;
            mailbox.collect().into_iter().map(|mail| mail.subject).collect::<Vec<_>>()
        };
        let pass = async |times| {
            for _ in 0..times {
                app.advance(TimeDelta::minutes(6));
                app.run_upkeep().await;
            }
        };
        app.hubrise.lasting_fault("/v1/callback", json!({ "kind": "status", "status": 403 })).await;
        connect(app).await;
        app.run_upkeep().await;
        pass(3).await;
        assert!(subjects().await.iter().all(|subject| subject.contains("ne reçoit plus")));
        app.hubrise.control("connections/block", json!({ "location_id": LOCATION })).await;
        pass(4).await;
        app.hubrise.control("connections/unblock", json!({ "location_id": LOCATION })).await;
        subjects().await;
        pass(12).await;
        assert_eq!(app.count("select count(*) from connection where failed_since is null").await, 1);
        let told = subjects().await;
        assert!(told.len() == 2 && told.iter().all(|subject| subject.contains("ne reçoit plus")), "{told:?}");
        app.hubrise.clear_faults().await;
        pass(12).await;
        let told = subjects().await;
        assert!(told.len() == 2 && told.iter().all(|subject| subject.contains("reçoit de nouveau")), "{told:?}");
    })
    .await;
}

/// As the previous version leaves it, which knows nothing of what was told.
#[tokio::test]
async fn what_was_told_ends_whichever_version_has_registered_the_callback() {
    journey(async |app| {
        connect(app).await;
        app.run_upkeep().await;
        let told = "update connection set no_orders_since = verified_at - interval '1 hour'";
        sqlx::query(told).execute(app.db()).await.unwrap();
        app.advance(TimeDelta::minutes(67));
        app.run_upkeep().await;
        assert_eq!(app.count("select count(*) from connection where no_orders_since is not null").await, 0);
        app.run_jobs().await;
    })
    .await;
}

/// HubRise has kept it with the same token, and takes none: orders come all the while.
#[tokio::test]
async fn one_that_outlived_a_renewal_is_not_missing_though_hubrise_takes_none() {
    journey(async |app| {
        app.hubrise.settings(json!({ "token_after_revoke": "same" })).await;
        let mut manager = app.signed_in(MANAGER).await;
        manager.connect(PARIS, PARIS_AT_HUBRISE).await;
        app.run_upkeep().await;
        assert_eq!(calls(app).await, ["POST 200"], "a new connection has none to be found");
        let refused = json!({ "kind": "status", "status": 503 });
        let refused = json!({ "method": "POST", "path": "/v1/callback", "action": refused });
        app.hubrise.control("faults", refused).await;
        app.advance(TimeDelta::minutes(5));
        manager.reconnect(PARIS_AT_HUBRISE).await;
        assert!(!is_registered(app).await, "it may be gone");
        for _ in 0..4 {
            app.run_upkeep().await;
            app.advance(TimeDelta::minutes(6));
        }
        assert!(is_registered(app).await);
        assert_eq!(calls(app).await, ["POST 200", "GET 200"]);
        assert_eq!(app.count(ALARMS).await, 0);
        manager.open("/services").await.assert_hides(&[NO_ORDERS]);
        app.run_jobs().await;
    })
    .await;
}

#[tokio::test]
async fn one_that_hubrise_does_not_tell_after_a_renewal_is_registered() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        manager.connect(PARIS, PARIS_AT_HUBRISE).await;
        app.run_upkeep().await;
        app.advance(TimeDelta::minutes(5));
        manager.reconnect(PARIS_AT_HUBRISE).await;
        let silent = json!({ "kind": "status", "status": 503 });
        app.hubrise.control("faults", json!({ "method": "GET", "path": "/v1/callback", "action": silent })).await;
        app.run_upkeep().await;
        assert!(is_registered(app).await);
        assert_eq!(calls(app).await.last().unwrap(), "POST 200");
        app.run_jobs().await;
    })
    .await;
}

/// HubRise has dropped the callback with the access, and takes none for a while.
#[tokio::test]
async fn the_end_of_a_failure_does_not_say_that_orders_come_before_there_is_a_callback() {
    let mailbox = Mailbox::start();
    let address = mailbox.address().to_owned();
    let settings = |layers: &mut Layers| layers.set("mail.smtp_url", address);
    journey_with(settings, async |app| {
        let pass = async |times| {
            let mut subjects = Vec::new();
            for _ in 0..times {
                app.advance(TimeDelta::minutes(6));
                app.run_upkeep().await;
                app.run_jobs().await;
                subjects.extend(mailbox.collect().into_iter().map(|mail| mail.subject));
            }
            subjects
        };
        connect(app).await;
        app.run_upkeep().await;
        let location = json!({ "location_id": LOCATION });
        app.hubrise.control("connections/block", location.clone()).await;
        assert_eq!(pass(13).await.len(), 2);
        app.hubrise.control("connections/unblock", location).await;
        app.hubrise.replace_callback_of(LOCATION, json!({ "url": null, "events": {} })).await;
        let refused = json!({ "kind": "status", "status": 403 });
        let refused = json!({ "method": "POST", "path": "/v1/callback", "action": refused });
        app.hubrise.control("faults", refused).await;
        let told = pass(6).await;
        assert!(told.len() == 4 && told[..2].iter().all(|subject| subject.contains("accepte de nouveau")), "{told:?}");
        assert!(told[2..].iter().all(|subject| subject.contains("ne reçoit plus")), "{told:?}");
        app.hubrise.clear_faults().await;
        let told = pass(4).await;
        assert!(told.len() == 2 && told.iter().all(|subject| subject.contains("reçoit de nouveau")), "{told:?}");
    })
    .await;
}
