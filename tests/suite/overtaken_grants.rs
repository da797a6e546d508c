//! A grant that waits for a person's word while its location is connected, cut or taken back: it must not undo what is
//! newer.

use chrono::TimeDelta;
use serde_json::json;

use crate::harness::{
    Browser, CHOSEN, FRENCH, LYON, LYON_AT_HUBRISE, LYON_DELIVERY_AT_HUBRISE, MANAGER, PARIS, PARIS_AT_HUBRISE, STAFF,
    TestApp, eventually, expire_grants,
    hubrise::{CLIENT_ID, THOMAS},
    journey,
};

const LOCATION: &str = "3r4s3-1";
const WAITING: &str = "attend votre confirmation";

/// A browser in which nobody is signed in, with a grant for Lyon that waits; the grant's page.
async fn with_a_grant(app: &TestApp) -> (Browser, String) {
    let mut browser = app.browser();
    browser.install(app.hubrise.url(), LYON_DELIVERY_AT_HUBRISE).await;
    let grant = browser.page().url.path().to_owned();
    (browser, grant)
}

#[tokio::test]
async fn one_from_before_a_connection_was_made_leaves_it_as_it_is() {
    journey(async |app| {
        let (mut browser, grant) = with_a_grant(app).await;
        app.advance(TimeDelta::minutes(1));
        browser.sign_in(MANAGER).await;
        browser.connect(LYON, LYON_AT_HUBRISE).await;
        browser.disconnect(LYON).await;
        app.run_jobs().await;
        assert_eq!(app.hubrise.answers_to_token_of(LOCATION).await, 401, "the grant's token is dead");
        app.advance(TimeDelta::minutes(1));
        browser.connect(LYON, LYON_AT_HUBRISE).await;
        let token = app.hubrise.token_of(LOCATION).await;

        browser.open(&grant).await.assert_status(200);
        browser.page().assert_shows(&["« Lyon Part-Dieu » est relié à HubRise"]);
        app.run_jobs().await;
        browser.open("/services").await.assert_shows(&["q7wd2"]);
        browser.page().assert_hides(&["h3kz9", WAITING]);
        app.advance(TimeDelta::minutes(67));
        app.run_upkeep().await;
        browser.open("/services").await.assert_hides(&["En échec"]);
        assert_eq!(app.hubrise.token_of(LOCATION).await, token);
        browser.disconnect(LYON).await;
        app.run_jobs().await;
        assert!(!app.hubrise.is_live(LOCATION).await, "a token is left at HubRise");
    })
    .await;
}

#[tokio::test]
async fn one_whose_token_hubrise_has_taken_back_mends_nothing() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        manager.connect(LYON, LYON_AT_HUBRISE).await;
        app.run_upkeep().await;
        app.advance(TimeDelta::minutes(1));
        let (mut browser, grant) = with_a_grant(app).await;
        app.hubrise.control("connections/disconnect", json!({ "location_id": LOCATION })).await;
        app.advance(TimeDelta::minutes(67));
        app.run_upkeep().await;
        manager.open("/services").await.assert_shows(&["En échec"]);
        sqlx::query("update pending_connection set expires_at = expires_at + interval '1 day'")
            .execute(app.db())
            .await
            .unwrap();

        browser.sign_in(MANAGER).await;
        browser.open(&grant).await;
        browser.page().assert_hides(&["est relié à HubRise"]);
        // What HubRise granted last is what its token could read; that it fails, and why, stays.
        browser.open("/services").await.assert_shows(&["En échec", "h3kz9"]);
        browser.page().assert_hides(&[WAITING]);
        app.run_jobs().await;
    })
    .await;
}

/// HubRise gives the token of the connection for another catalog, and has taken the former one from it. Nobody says to
/// what that should go.
#[tokio::test]
async fn one_that_nobody_takes_up_leaves_the_connection_with_what_hubrise_granted() {
    for is_declined in [true, false] {
        journey(async |app| {
            let mut manager = app.signed_in(MANAGER).await;
            manager.connect(LYON, LYON_AT_HUBRISE).await;
            app.run_upkeep().await;
            app.advance(TimeDelta::minutes(1));
            let (mut browser, grant) = with_a_grant(app).await;
            manager.open("/services").await.assert_shows(&["q7wd2"]);
            if is_declined {
                browser.open(&grant).await;
                browser.press("Renoncer à cette connexion", &[]).await.assert_status(200);
            } else {
                app.advance(TimeDelta::minutes(61));
                expire_grants(app).await;
            }
            app.run_upkeep().await;
            let page = manager.open("/services").await;
            page.assert_shows(&["Carte Lyon livraison - h3kz9", "Clients Lyon fidélité - b2nv7", "Vérifiée"]);
            page.assert_hides(&["q7wd2", "En échec"]);
            manager.open("/history").await.assert_shows(&["q7wd2", "h3kz9"]);
            assert!(app.hubrise.is_live(LOCATION).await, "the connection's token was taken back");
            app.run_jobs().await;
        })
        .await;
    }
}

/// The word is said, and HubRise has just answered for the token, when somebody asks HubRise to take it back.
#[tokio::test(flavor = "multi_thread")]
async fn one_whose_token_is_just_being_taken_back_is_not_confirmed() {
    journey(async |app| {
        let (mut browser, grant) = with_a_grant(app).await;
        browser.sign_in(MANAGER).await;
        browser.connect(LYON, LYON_AT_HUBRISE).await;
        app.hubrise.keep_tokens().await;
        app.advance(TimeDelta::minutes(1));
        browser.disconnect(LYON).await;
        app.hubrise.fault("/v1/location", 1, json!({ "kind": "delay", "milliseconds": 700 })).await;
        let before = app.hubrise.calls().await.len();
        browser.open(&grant).await;
        let confirm = async {
            let page = browser.press(FRENCH.confirm, &[(LYON, CHOSEN)]).await;
            page.assert_status(502);
        };
        let take_back = async {
            eventually("HubRise is asked", async || app.hubrise.calls().await.len() > before).await;
            let taken = "update revocation set status = 'in_flight', in_flight_since = $1 where status = 'pending'";
            let taken = sqlx::query(taken).bind(app.now()).execute(app.db()).await.unwrap();
            assert_eq!(taken.rows_affected(), 1);
        };
        tokio::join!(confirm, take_back);
        assert_eq!(app.count("select count(*) from connection").await, 0, "connected by a token that is being revoked");
        app.hubrise.clear_faults().await;
        app.advance(TimeDelta::minutes(2));
        app.run_jobs().await;
    })
    .await;
}

/// HubRise gives one token for a location, and it opens what was granted last.
#[tokio::test]
async fn of_two_the_older_does_not_take_the_place_of_the_newer() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        manager.connect(LYON, LYON_AT_HUBRISE).await;
        app.advance(TimeDelta::minutes(1));
        let (mut browser, older) = with_a_grant(app).await;
        app.advance(TimeDelta::minutes(1));
        browser.install(app.hubrise.url(), LYON_AT_HUBRISE).await;
        let newer = browser.page().url.path().to_owned();
        browser.sign_in(MANAGER).await;
        for grant in [newer, older] {
            browser.open(&grant).await.assert_shows(&["« Lyon Part-Dieu » est relié à HubRise"]);
            browser.open("/services").await.assert_shows(&["q7wd2"]);
        }
        browser.page().assert_hides(&["h3kz9", WAITING]);
        app.run_jobs().await;
        assert_eq!(app.hubrise.answers_to_token_of(LOCATION).await, 200);
    })
    .await;
}

#[tokio::test]
async fn an_owner_who_confirms_late_does_not_undo_what_the_manager_has_connected_since() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        let link = manager.make_link(LYON, "Bella Pizza", "Lyon").await;
        let mut owner = app.browser();
        owner.follow(&link, LYON_DELIVERY_AT_HUBRISE).await;
        app.advance(TimeDelta::minutes(1));
        manager.connect(LYON, LYON_AT_HUBRISE).await;
        owner.press(FRENCH.confirm, &[]).await;
        manager.open("/services").await.assert_shows(&["q7wd2", "gerant@bellapizza.example"]);
        manager.page().assert_hides(&["h3kz9"]);
        app.run_jobs().await;
        assert_eq!(app.hubrise.answers_to_token_of(LOCATION).await, 200);
    })
    .await;
}

/// What HubRise sends back to whoever installs TicknCook at Paris for a device of its own: another token for the
/// location.
async fn install_for_a_device(app: &TestApp, browser: &mut Browser) {
    let mut address = app.hubrise.url().parse::<reqwest::Url>().unwrap().join("/oauth2/v1/authorize").unwrap();
    let back = app.public().join("/hubrise_oauth/connect_callback").unwrap();
    address
        .query_pairs_mut()
        .append_pair("client_id", CLIENT_ID)
        .append_pair("redirect_uri", back.as_str())
        .append_pair("scope", "location[orders.read]")
        .append_pair("device_id", "counter");
    browser.open(address.as_str()).await;
    browser.allow(PARIS_AT_HUBRISE).await;
}

async fn token_of_the_connection(app: &TestApp) -> Vec<u8> {
    sqlx::query_scalar("select token_digest from connection").fetch_one(app.db()).await.unwrap()
}

/// Paris is connected, and a minute has gone by; the token's digest.
async fn connected_paris(app: &TestApp) -> Vec<u8> {
    app.signed_in(MANAGER).await.connect(PARIS, PARIS_AT_HUBRISE).await;
    app.run_upkeep().await;
    app.advance(TimeDelta::minutes(1));
    token_of_the_connection(app).await
}

#[tokio::test]
async fn a_connection_that_works_is_not_given_another_token_by_whoever_brings_one() {
    for reader in [STAFF, MANAGER] {
        journey(async |app| {
            let token = connected_paris(app).await;
            let mut browser = app.signed_in(reader).await;
            install_for_a_device(app, &mut browser).await;
            browser.page().assert_shows(&["est relié à HubRise"]);
            app.run_jobs().await;
            assert_eq!(token_of_the_connection(app).await, token);
            app.signed_in(MANAGER).await.disconnect(PARIS).await;
            app.run_jobs().await;
            assert!(!app.hubrise.is_live("3r4s3-0").await, "{reader}: a token is left at HubRise");
        })
        .await;
    }
}

#[tokio::test]
async fn a_connection_that_hubrise_ended_is_repaired_by_another_token() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        manager.connect(PARIS, PARIS_AT_HUBRISE).await;
        app.run_upkeep().await;
        app.advance(TimeDelta::minutes(1));
        // Nobody here knows of it yet.
        app.hubrise.control("connections/disconnect", json!({ "location_id": "3r4s3-0" })).await;
        install_for_a_device(app, &mut manager).await;
        manager.page().assert_shows(&["est relié à HubRise", "Vérifiée"]);
        app.run_jobs().await;
        app.run_upkeep().await;
        assert_eq!(app.count("select count(*) from connection where failed_since is null").await, 1);
        assert_eq!(app.hubrise.answers_to_token_of("3r4s3-0").await, 200);
        manager.disconnect(PARIS).await;
        app.run_jobs().await;
        assert!(!app.hubrise.is_live("3r4s3-0").await);
    })
    .await;
}

#[tokio::test]
async fn while_hubrise_does_not_answer_for_the_former_token_another_one_waits() {
    journey(async |app| {
        connected_paris(app).await;
        let mut browser = app.browser();
        install_for_a_device(app, &mut browser).await;
        let grant = browser.page().url.path().to_owned();
        browser.sign_in(MANAGER).await;
        app.hubrise.lasting_fault("/v1/location", json!({ "kind": "status", "status": 503 })).await;
        browser.open(&grant).await.assert_status(502);
        app.hubrise.clear_faults().await;
        browser.open(&grant).await.assert_shows(&["est relié à HubRise"]);
        app.run_jobs().await;
    })
    .await;
}

/// A manager repairs a connection of which HubRise keeps the former token alive.
#[tokio::test]
async fn a_token_whose_place_another_takes_is_given_back() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        install_for_a_device(app, &mut manager).await;
        manager.press(FRENCH.confirm, &[("Paris République", CHOSEN)]).await.assert_shows(&["est relié à HubRise"]);
        app.run_upkeep().await;
        let mut colleague = app.browser();
        colleague.open_at_hubrise(app.hubrise.url(), THOMAS).await;
        if colleague.page().has_button(FRENCH.allow) {
            colleague.press(FRENCH.allow, &[]).await;
        }
        colleague.page().assert_shows(&["Paris - 3r4s3-0"]);
        app.advance(TimeDelta::minutes(1));
        manager.reconnect(PARIS_AT_HUBRISE).await.assert_shows(&["est relié à HubRise"]);
        app.run_jobs().await;
        let granted = app.hubrise.connections().await;
        let live = granted.iter().filter(|(_, _, status)| status == "live");
        assert_eq!(live.count(), 1, "the former access is left behind: {granted:?}");
        // Whoever was let in by the former install proves themselves at the one that there is.
        app.advance(TimeDelta::hours(25));
        colleague.open("/services").await.assert_shows(&["Paris - 3r4s3-0"]);
        app.run_jobs().await;
        assert_eq!(app.hubrise.answers_to_token_of("3r4s3-0").await, 200);
    })
    .await;
}

#[tokio::test]
async fn opening_an_install_for_a_device_shows_the_connection_and_leaves_it_its_token() {
    journey(async |app| {
        let token = connected_paris(app).await;
        let mut owner = app.browser();
        install_for_a_device(app, &mut owner).await;
        let install = "select app_instance_id from pending_connection where status = 'held'";
        let install: String = sqlx::query_scalar(install).fetch_one(app.db()).await.unwrap();
        let mut colleague = app.browser();
        colleague.open(&format!("/hubrise_open?app_instance_id={install}")).await;
        colleague.allow_profile(THOMAS).await.assert_shows(&["Paris - 3r4s3-0"]);
        assert_eq!(colleague.page().url.path(), "/services");
        assert_eq!(token_of_the_connection(app).await, token);
        // The access of the device is given back, and a day later they prove themselves where the connection is.
        app.advance(TimeDelta::hours(25));
        expire_grants(app).await;
        colleague.open("/services").await.assert_shows(&["Paris - 3r4s3-0"]);
        app.run_jobs().await;
    })
    .await;
}

/// HubRise answers late for the grant of an install, which is older than the connection that was made meanwhile.
#[tokio::test]
async fn one_that_was_asked_for_before_a_connection_and_proved_after_it_leaves_it_as_it_is() {
    journey(async |app| {
        let mut browser = app.browser();
        let callback = browser.install_callback(app.hubrise.url(), LYON_DELIVERY_AT_HUBRISE).await;
        let mut manager = app.signed_in(MANAGER).await;
        let trip = manager.callback(LYON, LYON_AT_HUBRISE).await;
        // The second look is after the redirect that gives the browser its mark.
        app.hubrise.fault("/v1/location", 1, json!({ "kind": "delay", "milliseconds": 1500 })).await;
        let waits = async {
            browser.open(&callback).await;
            browser.page().url.path().to_owned()
        };
        let later = async {
            let granted = "select count(*) from authorisation_attempt where status = 'granted'";
            eventually("the install has its token", async || app.count(granted).await == 1).await;
            app.advance(TimeDelta::seconds(1));
            manager.open(&trip).await.assert_shows(&["est relié à HubRise", "q7wd2"]);
            app.advance(TimeDelta::seconds(1));
        };
        let (grant, ()) = tokio::join!(waits, later);
        browser.sign_in(MANAGER).await;
        browser.open(&grant).await.assert_shows(&["est relié à HubRise", "q7wd2"]);
        browser.open("/services").await.assert_hides(&["h3kz9"]);
        app.run_jobs().await;
    })
    .await;
}
