//! Taking a connection down: at once, or as soon as HubRise answers again.

use chrono::TimeDelta;
use serde_json::json;

use crate::harness::{
    BAKER_STREET, FRENCH, LYON, MANAGER, NESTOR, NICE_AT_HUBRISE, PARIS, PARIS_AT_HUBRISE, TestApp,
    events::{event, sign},
    eventually, journey, leftovers,
};

const PENDING: &str = "est déconnecté de TicknCook ; la révocation chez HubRise est en cours";
const REVOKED: &str = "Accès révoqué chez HubRise 23 novembre 2026 à ";

/// Everything that holds tokens, in whatever form.
async fn kept_tokens(app: &TestApp) -> i64 {
    app.count(
        "select (select count(*) from connection)
              + (select count(*) from revocation where token_ciphertext is not null)
              + (select count(*) from authorisation_attempt where grant_ciphertext is not null)",
    )
    .await
}

#[tokio::test]
async fn deleting_a_point_of_sale_revokes_the_token_and_leaves_a_receipt() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        browser.connect(PARIS, PARIS_AT_HUBRISE).await;
        app.advance(TimeDelta::seconds(3723));

        browser.click(FRENCH.points_of_sale).await;
        let page = browser.click_beside(PARIS, FRENCH.delete).await;
        page.assert_shows(&["Ce qui s’arrête", "Ce qui est conservé", "Paris - 3r4s3-0"]);
        assert_eq!(app.hubrise.revocations().await, 0, "nothing happens before Confirmer");
        let page = browser.press(FRENCH.confirm, &[]).await;

        page.assert_status(200);
        assert!(page.url.path().starts_with("/receipts/"), "{}", page.url);
        page.assert_shows(&[
            "« Paris République » est supprimé",
            "Demandé par gerant@bellapizza.example",
            "Déconnecté de TicknCook 23 novembre 2026 à 19:04:03",
            "Accès révoqué chez HubRise 23 novembre 2026 à 19:04:03",
            "Notre copie de la clé d’accès effacée 23 novembre 2026 à 19:04:03",
            "Bella Pizza - 3r4s3",
            "Carte Paris - psmlf",
        ]);
        page.assert_hides(&["en cours"]);
        assert_eq!(app.hubrise.answers_to_token_of("3r4s3-0").await, 401);
        assert_eq!(app.hubrise.revocations().await, 1);
        assert_eq!(kept_tokens(app).await, 0);
        let page = browser.click("Voir les points de vente").await;
        page.assert_hides(&[PARIS]);
        page.assert_shows(&[LYON]);
    })
    .await;
}

#[tokio::test]
async fn disconnecting_keeps_the_point_of_sale() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        browser.connect(PARIS, PARIS_AT_HUBRISE).await;
        browser.open("/services").await;
        let page = browser.click_beside(PARIS, FRENCH.disconnect).await;
        page.assert_shows(&["« Paris République » reste dans TicknCook."]);
        let page = browser.press(FRENCH.confirm, &[]).await;
        page.assert_shows(&["« Paris République » est déconnecté", REVOKED, "Point de vente conservé dans TicknCook"]);
        browser.open("/services").await.assert_shows(&["Aucun point de vente n’est encore relié"]);
        browser.open("/points-of-sale").await.assert_shows(&["Paris République Non relié"]);
        assert!(!app.hubrise.is_live("3r4s3-0").await);
        assert_eq!(kept_tokens(app).await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_point_of_sale_that_is_not_connected_is_deleted_without_asking_hubrise() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        let page = browser.delete(LYON).await;
        page.assert_shows(&["« Lyon Part-Dieu » est supprimé", "Rien à révoquer"]);
        browser.open("/points-of-sale").await.assert_hides(&[LYON]);
        assert!(app.hubrise.calls().await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn what_was_disconnected_can_be_connected_again() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        browser.connect(PARIS, PARIS_AT_HUBRISE).await;
        browser.disconnect(PARIS).await;
        browser.connect(LYON, PARIS_AT_HUBRISE).await;
        assert_eq!(app.hubrise.answers_to_token_of("3r4s3-0").await, 200);
    })
    .await;
}

#[tokio::test]
async fn while_hubrise_is_down_the_receipt_tells_the_truth_and_a_job_revokes_later() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        browser.connect(PARIS, PARIS_AT_HUBRISE).await;
        app.hubrise.stop().await;
        let page = browser.delete(PARIS).await;
        page.assert_status(200);
        page.assert_shows(&["« Paris République » est supprimé", PENDING, "Accès révoqué chez HubRise En cours"]);
        let receipt = page.url.to_string();
        browser.open("/points-of-sale").await.assert_hides(&[PARIS]);
        assert_eq!(app.count("select count(*) from connection").await, 0);

        // It is tried again, and again, and the job stays.
        for _ in 0..3 {
            app.run_jobs().await;
            assert_eq!(app.count("select count(*) from graphile_worker._private_jobs").await, 1);
        }
        browser.open(&receipt).await.assert_shows(&[PENDING]);
        app.hubrise.restart().await;
        assert_eq!(app.hubrise.answers_to_token_of("3r4s3-0").await, 200);
        app.advance(TimeDelta::minutes(90));
        app.run_jobs().await;
        assert_eq!(app.hubrise.answers_to_token_of("3r4s3-0").await, 401);
        let page = browser.open(&receipt).await;
        page.assert_hides(&["en cours", "En cours"]);
        page.assert_shows(&["23 novembre 2026 à 18:02:00", "Accès révoqué chez HubRise 23 novembre 2026 à 19:32:00"]);
        assert_eq!(kept_tokens(app).await, 0);
    })
    .await;
}

#[tokio::test]
async fn hubrise_s_passing_troubles_are_all_outlived() {
    let troubles = [
        json!({ "kind": "status", "status": 500 }),
        json!({ "kind": "status", "status": 503, "headers": { "Retry-After": "30" } }),
        json!({ "kind": "status", "status": 429, "headers": { "Retry-After": "30" }, "body": "slow down" }),
        json!({ "kind": "delay", "milliseconds": 30_000 }),
        json!({ "kind": "drop" }),
        // The operator's mistake, which can be mended too.
        json!({ "kind": "status", "status": 401 }),
    ];
    for trouble in troubles {
        journey(async |app| {
            let mut browser = app.signed_in(MANAGER).await;
            browser.connect(PARIS, PARIS_AT_HUBRISE).await;
            app.hubrise.lasting_fault("/oauth2/v1/revoke", trouble).await;
            let receipt = browser.disconnect(PARIS).await.url.to_string();
            browser.page().assert_shows(&[PENDING]);
            app.run_jobs().await;
            browser.open(&receipt).await.assert_shows(&[PENDING]);
            app.hubrise.clear_faults().await;
            // A call that was not answered may still be under way at HubRise, until then.
            app.advance(TimeDelta::seconds(61));
            app.run_jobs().await;
            browser.open(&receipt).await.assert_shows(&[REVOKED]);
            assert!(!app.hubrise.is_live("3r4s3-0").await);
            assert_eq!(kept_tokens(app).await, 0);
        })
        .await;
    }
}

#[tokio::test]
async fn a_revocation_whose_answer_was_lost_still_ends_well() {
    for twice in ["ok", "not_found"] {
        journey(async |app| {
            app.hubrise.settings(json!({ "revoke_twice": twice })).await;
            let mut browser = app.signed_in(MANAGER).await;
            browser.connect(PARIS, PARIS_AT_HUBRISE).await;
            app.hubrise.fault("/oauth2/v1/revoke", 1, json!({ "kind": "drop_after" })).await;
            let receipt = browser.delete(PARIS).await.url.to_string();
            browser.page().assert_shows(&[PENDING]);
            app.advance(TimeDelta::seconds(61));
            app.run_jobs().await;
            let page = browser.open(&receipt).await;
            page.assert_hides(&["en cours"]);
            page.assert_shows(&[REVOKED]);
            assert_eq!(kept_tokens(app).await, 0);
        })
        .await;
    }
}

#[tokio::test]
async fn a_connection_that_hubrise_ended_already_is_disconnected_all_the_same() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        browser.connect(PARIS, PARIS_AT_HUBRISE).await;
        app.hubrise.control("connections/disconnect", json!({ "location_id": "3r4s3-0" })).await;
        let receipt = browser.disconnect(PARIS).await.url.to_string();
        app.run_jobs().await;
        browser.open(&receipt).await.assert_shows(&[REVOKED]);
    })
    .await;
}

#[tokio::test]
async fn a_late_revocation_does_not_kill_what_was_connected_again_meanwhile() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        browser.connect(PARIS, PARIS_AT_HUBRISE).await;
        app.hubrise.lasting_fault("/oauth2/v1/revoke", json!({ "kind": "status", "status": 503 })).await;
        let receipt = browser.disconnect(PARIS).await.url.to_string();
        browser.page().assert_shows(&[PENDING]);
        // HubRise gives the same token for the same location as long as it was not revoked.
        browser.connect(LYON, PARIS_AT_HUBRISE).await;
        app.hubrise.clear_faults().await;
        app.run_jobs().await;
        assert_eq!(app.hubrise.answers_to_token_of("3r4s3-0").await, 200, "the connection was killed");
        let page = browser.open(&receipt).await;
        page.assert_shows(&["Accès conservé"]);
        page.assert_hides(&["en cours"]);
        // And it can still be taken down for good.
        browser.disconnect(LYON).await.assert_shows(&[REVOKED]);
        assert_eq!(app.hubrise.answers_to_token_of("3r4s3-0").await, 401);
        assert_eq!(kept_tokens(app).await, 0);
    })
    .await;
}

/// HubRise has confirmed neither the end of the callback nor that of the token, and goes on sending to the address that
/// it has.
#[tokio::test]
async fn orders_sent_to_the_address_of_before_reach_what_was_connected_again_meanwhile() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        browser.connect(PARIS, PARIS_AT_HUBRISE).await;
        app.look_after_callback("3r4s3-0").await.unwrap();
        let key = app.callback_key("3r4s3-0").await;
        app.hubrise.lasting_fault("/v1/callback", json!({ "kind": "status", "status": 503 })).await;
        app.hubrise.lasting_fault("/oauth2/v1/revoke", json!({ "kind": "status", "status": 503 })).await;
        browser.disconnect(PARIS).await;
        let order = async |id| {
            let body = event(id, "order", "3r4s3-0");
            app.send_event_to(&key, Some(&sign(&body)), body).await.status().as_u16()
        };
        assert_eq!(order("before").await, 404);
        browser.connect(LYON, PARIS_AT_HUBRISE).await;
        assert_eq!(order("meanwhile").await, 200, "HubRise deletes the order");
        let kept = "select count(*) from hubrise_event e join connection c on c.id = e.connection_id where event_id = 'meanwhile'";
        assert_eq!(app.count(kept).await, 1);
        app.hubrise.clear_faults().await;
        app.run_upkeep().await;
        app.run_jobs().await;
        assert_eq!(order("afterwards").await, 200);
        assert_eq!(app.count("select count(*) from revocation where callback_key is not null").await, 0);
    })
    .await;
}

/// The same location, connected by another restaurant meanwhile: its address is its own.
#[tokio::test]
async fn nobody_takes_over_the_address_of_another_restaurant() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        browser.connect(PARIS, PARIS_AT_HUBRISE).await;
        let key = app.callback_key("3r4s3-0").await;
        app.hubrise.lasting_fault("/oauth2/v1/revoke", json!({ "kind": "status", "status": 503 })).await;
        browser.disconnect(PARIS).await;
        app.signed_in(NESTOR).await.connect(BAKER_STREET, PARIS_AT_HUBRISE).await;
        assert_ne!(app.callback_key("3r4s3-0").await, key);
        app.hubrise.clear_faults().await;
        app.run_jobs().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_under_way_and_a_reconnection_do_not_end_in_a_dead_connection() {
    for token_after_revoke in ["new", "same"] {
        journey(async |app| {
            app.hubrise.settings(json!({ "token_after_revoke": token_after_revoke })).await;
            let mut browser = app.signed_in(MANAGER).await;
            browser.connect(PARIS, PARIS_AT_HUBRISE).await;
            let callback = browser.callback(LYON, PARIS_AT_HUBRISE).await;
            app.hubrise.fault("/oauth2/v1/revoke", 1, json!({ "kind": "delay", "milliseconds": 700 })).await;
            let mut other_tab = browser.clone();
            let ((), page) = tokio::join!(
                async {
                    browser.disconnect(PARIS).await;
                },
                async {
                    eventually("the revocation is on its way", async || app.hubrise.revocations().await > 0).await;
                    other_tab.open(&callback).await.clone()
                }
            );
            app.run_jobs().await;
            let connections = app.count("select count(*) from connection").await;
            assert_eq!(connections == 1, page.status == 200, "{}", page.words());
            if connections == 1 {
                let status = app.hubrise.answers_to_token_of("3r4s3-0").await;
                assert_eq!(status, 200, "connected by a dead token: {}", page.words());
            }
        })
        .await;
    }
}

#[tokio::test]
async fn confirming_twice_shows_the_receipt_or_that_it_is_gone_and_revokes_once() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        browser.connect(PARIS, PARIS_AT_HUBRISE).await;
        browser.open("/points-of-sale").await;
        browser.click_beside(PARIS, FRENCH.delete).await;
        let mut again = browser.clone();
        let (first, second) = tokio::join!(browser.press(FRENCH.confirm, &[]), again.press(FRENCH.confirm, &[]));
        let mut statuses = [first.status.as_u16(), second.status.as_u16()];
        statuses.sort_unstable();
        assert!(matches!(statuses, [200, 200 | 404]), "{statuses:?}");
        assert_eq!(app.hubrise.revocations().await, 1);
        assert_eq!(app.count("select count(*) from disconnection").await, 1);
    })
    .await;
}

#[tokio::test]
async fn one_connection_ends_and_the_others_stay() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        browser.connect(PARIS, PARIS_AT_HUBRISE).await;
        browser.connect(LYON, NICE_AT_HUBRISE).await;
        browser.delete(PARIS).await;
        browser.open("/services").await.assert_shows(&[LYON, "Nice - 3r4s3-2"]);
        assert_eq!(app.hubrise.answers_to_token_of("3r4s3-2").await, 200);
    })
    .await;
}

#[tokio::test]
async fn a_pending_revocation_keeps_its_token_sealed() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        browser.connect(PARIS, PARIS_AT_HUBRISE).await;
        app.hubrise.lasting_fault("/oauth2/v1/revoke", json!({ "kind": "drop" })).await;
        browser.delete(PARIS).await.assert_shows(&[PENDING]);
        app.leaves_jobs(1);
        // The end of the journey searches the database for the token; the job must not even name the location.
        let found = leftovers::tables_containing(app.db(), "3r4s3-0").await;
        assert!(found.iter().all(|table| !table.contains("graphile")), "{found:?}");
    })
    .await;
}

/// The process that asked is gone, and its clock was ahead.
#[tokio::test]
async fn a_revocation_that_was_taken_on_while_the_clock_was_ahead_is_taken_up() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        browser.connect(PARIS, PARIS_AT_HUBRISE).await;
        app.hubrise.lasting_fault("/oauth2/v1/revoke", json!({ "kind": "status", "status": 503 })).await;
        browser.disconnect(PARIS).await;
        app.finish_tasks().await;
        let ahead = "update revocation set status = 'in_flight', in_flight_since = $1";
        sqlx::query(ahead).bind(app.now() + TimeDelta::hours(6)).execute(app.db()).await.unwrap();
        app.hubrise.clear_faults().await;
        // Who connects the same again does not wait for it either.
        browser.connect(PARIS, PARIS_AT_HUBRISE).await;
        browser.disconnect(PARIS).await;
        app.run_jobs().await;
        assert_eq!(app.count("select count(*) from revocation where status in ('pending', 'in_flight')").await, 0);
        assert!(!app.hubrise.is_live("3r4s3-0").await);
    })
    .await;
}
