//! A location is connected once: whatever else is asked for is refused, changes nothing, and revokes nothing.

use chrono::TimeDelta;
use serde_json::json;

use crate::harness::{
    Browser, FRENCH, LYON, LYON_AT_HUBRISE, LYON_DELIVERY_AT_HUBRISE, MANAGER, NESTOR, NICE_AT_HUBRISE, PARIS,
    PARIS_AT_HUBRISE, TestApp, eventually, journey,
};

/// A browser of Chez Nestor's manager, who may also choose Bella Pizza's locations at HubRise.
async fn callback_of_nestor(app: &TestApp) -> (Browser, String) {
    let mut browser = app.signed_in(NESTOR).await;
    let callback = browser.callback("Baker Street 221", PARIS_AT_HUBRISE).await;
    (browser, callback)
}

/// Fails unless the first connection lives on, untouched.
async fn assert_untouched(app: &TestApp, connection: &str) {
    app.run_jobs().await;
    assert_eq!(app.connection("3r4s3-0").await, connection);
    assert_eq!(app.count("select count(*) from connection").await, 1);
    assert_eq!(app.hubrise.revocations().await, 0, "nothing is revoked: HubRise gives the same token");
    assert_eq!(app.hubrise.answers_to_token_of("3r4s3-0").await, 200);
}

#[tokio::test]
async fn the_same_point_of_sale_is_updated_in_place() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        browser.connect(PARIS, PARIS_AT_HUBRISE).await;
        let connection = app.connection("3r4s3-0").await;
        browser.reconnect(PARIS_AT_HUBRISE).await.assert_shows(&["« Paris République » est relié à HubRise"]);
        assert_untouched(app, &connection).await;
    })
    .await;
}

#[tokio::test]
async fn another_point_of_sale_of_the_organisation_is_refused_with_a_way_to_the_first() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        browser.connect(PARIS, PARIS_AT_HUBRISE).await;
        let connection = app.connection("3r4s3-0").await;
        browser.leave_for_hubrise(LYON).await;
        let page = browser.allow(PARIS_AT_HUBRISE).await;
        page.assert_status(409);
        page.assert_shows(&["Ce point de vente HubRise est déjà relié", "déjà relié à « Paris République »"]);
        let page = browser.click("Voir cette connexion").await;
        page.assert_shows(&[PARIS, "Paris - 3r4s3-0"]);
        assert_untouched(app, &connection).await;
        browser.open("/points-of-sale").await.assert_shows(&["Lyon Part-Dieu Non relié"]);
    })
    .await;
}

/// HubRise has given the token of the connection for another catalog: that much is changed, there.
#[tokio::test]
async fn what_hubrise_granted_to_who_was_refused_is_what_the_connection_says() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        browser.connect(LYON, LYON_AT_HUBRISE).await;
        browser.leave_for_hubrise(PARIS).await;
        browser.allow(LYON_DELIVERY_AT_HUBRISE).await.assert_status(409);
        let page = browser.open("/services").await;
        page.assert_shows(&["Carte Lyon livraison - h3kz9"]);
        page.assert_hides(&["q7wd2"]);
        browser.open("/history").await.assert_shows(&["Accès changé chez HubRise", "q7wd2", "h3kz9"]);
        // With the same catalog nothing is changed, and nothing told.
        browser.leave_for_hubrise(PARIS).await;
        browser.allow(LYON_DELIVERY_AT_HUBRISE).await.assert_status(409);
        assert_eq!(app.count("select count(*) from history_entry where action = 'access_changed'").await, 1);
        app.run_jobs().await;
    })
    .await;
}

#[tokio::test]
async fn what_hubrise_granted_is_what_the_connection_says_also_when_hubrise_fails_afterwards() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        browser.connect(LYON, LYON_AT_HUBRISE).await;
        app.hubrise.lasting_fault("/v1/location", json!({ "kind": "status", "status": 503 })).await;
        browser.reconnect(LYON_DELIVERY_AT_HUBRISE).await.assert_status(502);
        app.hubrise.clear_faults().await;
        let page = browser.open("/services").await;
        page.assert_shows(&["Carte Lyon livraison - h3kz9", "Clients Lyon fidélité - b2nv7"]);
        page.assert_hides(&["q7wd2"]);
        browser.open("/history").await.assert_shows(&["Accès changé chez HubRise", "q7wd2", "h3kz9"]);
    })
    .await;
}

/// An answer of an older kind tells ids alone.
#[tokio::test]
async fn a_catalog_that_is_granted_again_without_its_name_keeps_the_name_that_is_known() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        browser.connect(LYON, LYON_AT_HUBRISE).await;
        let nameless = json!({ "kind": "with", "fields": { "catalog_name": null, "customer_list_name": null } });
        app.hubrise.lasting_fault("/oauth2/v1/token", nameless).await;
        app.hubrise.lasting_fault("/v1/location", json!({ "kind": "status", "status": 503 })).await;
        browser.reconnect(LYON_AT_HUBRISE).await.assert_status(502);
        app.hubrise.clear_faults().await;
        browser.open("/services").await.assert_shows(&["Carte Lyon - q7wd2"]);
        assert_eq!(app.count("select count(*) from history_entry where action = 'access_changed'").await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_new_point_of_sale_for_a_connected_location_is_refused_and_not_made() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        browser.connect(PARIS, PARIS_AT_HUBRISE).await;
        let connection = app.connection("3r4s3-0").await;
        browser.leave_for_hubrise(FRENCH.new).await;
        browser.allow(PARIS_AT_HUBRISE).await.assert_status(409);
        assert_eq!(app.count("select count(*) from point_of_sale").await, 3);
        assert_untouched(app, &connection).await;
    })
    .await;
}

#[tokio::test]
async fn another_organisation_is_refused_without_being_told_whose_it_is() {
    journey(async |app| {
        let mut bella = app.signed_in(MANAGER).await;
        bella.connect(PARIS, PARIS_AT_HUBRISE).await;
        let connection = app.connection("3r4s3-0").await;
        let (mut nestor, callback) = callback_of_nestor(app).await;
        let page = nestor.open(&callback).await;
        page.assert_status(409);
        page.assert_shows(&["déjà relié à TicknCook par un autre établissement"]);
        page.assert_hides(&["Bella", PARIS, "3r4s3", MANAGER]);
        assert_untouched(app, &connection).await;
        bella.open("/services").await.assert_shows(&["Paris - 3r4s3-0"]);
    })
    .await;
}

#[tokio::test]
async fn a_point_of_sale_that_was_deleted_on_the_way_is_not_made_again() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        let callback = browser.callback(PARIS, PARIS_AT_HUBRISE).await;
        browser.delete(PARIS).await.assert_status(200);
        let page = browser.open(&callback).await;
        page.assert_status(409);
        page.assert_shows(&["Ce point de vente n’existe plus"]);
        app.run_jobs().await;
        assert!(!app.hubrise.is_live("3r4s3-0").await, "nobody uses this token");
        assert_eq!(app.count("select count(*) from point_of_sale").await, 2);
    })
    .await;
}

#[tokio::test]
async fn two_tabs_for_one_point_of_sale_and_two_locations_end_in_one_connection() {
    journey(async |app| {
        let mut first = app.signed_in(MANAGER).await;
        let mut second = first.clone();
        let to_paris = first.callback(PARIS, PARIS_AT_HUBRISE).await;
        let to_nice = second.callback(PARIS, NICE_AT_HUBRISE).await;
        first.open(&to_paris).await.assert_status(200);
        second.open(&to_nice).await.assert_status(409);
        app.run_jobs().await;
        assert_eq!(app.connection("3r4s3-0").await.len(), 36);
        assert_eq!(app.hubrise.answers_to_token_of("3r4s3-0").await, 200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn racing_callbacks_of_two_organisations_end_in_exactly_one_connection() {
    journey(async |app| {
        let slow = serde_json::json!({ "kind": "delay", "milliseconds": 150 });
        app.hubrise.fault("/v1/location", 8, slow).await;
        let mut bella = app.signed_in(MANAGER).await;
        let mut racers = Vec::new();
        for _ in 0..4 {
            let mut tab = bella.clone();
            let callback = tab.callback(PARIS, PARIS_AT_HUBRISE).await;
            racers.push((tab, callback));
            racers.push(callback_of_nestor(app).await);
        }
        let mut race = tokio::task::JoinSet::new();
        for (mut browser, callback) in racers {
            race.spawn(async move { browser.open(&callback).await.clone() });
        }
        let pages = race.join_all().await;
        let statuses: Vec<u16> = pages.iter().map(|page| page.status.as_u16()).collect();
        assert!(statuses.iter().all(|status| matches!(status, 200 | 409)), "{statuses:?}");
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 4, "one organisation's, all four");
        let connection = app.connection("3r4s3-0").await;
        assert_untouched(app, &connection).await;
        bella.open("/services").await.assert_status(200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn racing_callbacks_for_one_point_of_sale_end_in_exactly_one_connection() {
    journey(async |app| {
        let bella = app.signed_in(MANAGER).await;
        let mut racers = Vec::new();
        for pick in [PARIS_AT_HUBRISE, NICE_AT_HUBRISE, PARIS_AT_HUBRISE, NICE_AT_HUBRISE] {
            let mut tab = bella.clone();
            let callback = tab.callback(LYON, pick).await;
            racers.push((tab, callback));
        }
        let mut race = tokio::task::JoinSet::new();
        for (mut tab, callback) in racers {
            race.spawn(async move { tab.open(&callback).await.status.as_u16() });
        }
        let statuses = race.join_all().await;
        assert!(statuses.iter().all(|status| matches!(status, 200 | 409)), "{statuses:?}");
        assert_eq!(app.count("select count(*) from connection").await, 1);
        app.run_jobs().await;
        let location: String =
            sqlx::query_scalar("select location_id from connection").fetch_one(app.db()).await.unwrap();
        assert_eq!(app.hubrise.answers_to_token_of(&location).await, 200);
    })
    .await;
}

#[tokio::test]
async fn a_new_token_for_a_location_that_is_taken_is_not_left_behind() {
    journey(async |app| {
        let mut bella = app.signed_in(MANAGER).await;
        bella.connect(PARIS, PARIS_AT_HUBRISE).await;
        // Ended at HubRise: the token that Bella Pizza keeps is dead, and the next grant brings another one.
        app.hubrise.control("connections/disconnect", json!({ "location_id": "3r4s3-0" })).await;
        let (mut nestor, callback) = callback_of_nestor(app).await;
        nestor.open(&callback).await.assert_status(409);
        app.run_jobs().await;
        assert!(!app.hubrise.is_live("3r4s3-0").await, "a token that nobody holds stays alive");
        bella.open("/services").await.assert_shows(&["Paris - 3r4s3-0"]);
    })
    .await;
}

/// Two windows of one manager: HubRise's token opens what was granted last.
#[tokio::test]
async fn of_two_trips_for_one_point_of_sale_the_later_grant_stays_although_the_earlier_is_proved_later() {
    journey(async |app| {
        let mut first = app.signed_in(MANAGER).await;
        let mut second = first.clone();
        let delivery = first.callback(LYON, LYON_DELIVERY_AT_HUBRISE).await;
        let eat_in = second.callback(LYON, LYON_AT_HUBRISE).await;
        app.hubrise.fault("/v1/location", 1, json!({ "kind": "delay", "milliseconds": 1500 })).await;
        let earlier = first.open(&delivery);
        let later = async {
            let granted = "select count(*) from authorisation_attempt where status = 'granted'";
            eventually("the first has its token", async || app.count(granted).await == 1).await;
            app.advance(TimeDelta::seconds(1));
            second.open(&eat_in).await.assert_shows(&["est relié à HubRise", "q7wd2"]);
        };
        let (page, ()) = tokio::join!(earlier, later);
        page.assert_shows(&["est relié à HubRise", "q7wd2"]);
        second.open("/services").await.assert_shows(&["q7wd2"]);
        second.page().assert_hides(&["h3kz9"]);
        app.run_jobs().await;
        assert_eq!(app.hubrise.answers_to_token_of("3r4s3-1").await, 200);
    })
    .await;
}
