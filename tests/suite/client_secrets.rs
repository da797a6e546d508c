//! While our client secret at HubRise is being changed, HubRise may take either of two: nobody is kept from connecting.

use tickncook_hubrise::config::Layers;

use crate::harness::{
    LYON, LYON_AT_HUBRISE, MANAGER, PARIS, PARIS_AT_HUBRISE, hubrise::CLIENT_SECRET, hubrise::THOMAS, journey,
    journey_with,
};

const ALARMS: &str = "select count(*) from alarm where kind = 'client_rejected' and ended_at is null";

/// HubRise does not take the secret that is ours any more, or not yet, but the other one.
fn other_alone(layers: &mut Layers) {
    layers.set("hubrise.client_secret", "taken out at HubRise");
    layers.set("hubrise.other_client_secret", CLIENT_SECRET);
}

#[tokio::test]
async fn where_hubrise_takes_the_other_secret_alone_everything_goes_on_without_an_alarm() {
    journey_with(other_alone, async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        browser.connect(PARIS, PARIS_AT_HUBRISE).await;
        browser.connect(LYON, LYON_AT_HUBRISE).await;
        browser.disconnect(LYON).await.assert_shows(&["Lyon"]);
        app.run_jobs().await;
        assert!(!app.hubrise.is_live("3r4s3-1").await, "its token is not given back");

        // Signing in with HubRise.
        browser.open("/settings").await;
        browser.press("Relier mon profil HubRise", &[]).await;
        browser.allow_profile(THOMAS).await.assert_shows(&["thomas@bellapizza.example"]);
        app.run_jobs().await;

        assert_eq!(app.count("select count(*) from alarm").await, 0);
        let refused = app.hubrise.calls().await;
        let refused = refused.iter().filter(|call| call.starts_with("POST /oauth2/v1/") && call.ends_with(" 401"));
        assert_eq!(refused.count(), 1, "which secret HubRise takes was not remembered");
    })
    .await;
}

#[tokio::test]
async fn a_token_is_given_back_with_the_other_secret_where_that_alone_is_taken() {
    journey_with(other_alone, async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        browser.connect(PARIS, PARIS_AT_HUBRISE).await;
        // Our secret is taken by a process that does not know yet which one is.
        let started_anew =
            tickncook_hubrise::app::App::new(app.app.config.clone(), app.db().clone(), app.app.clock.clone());
        let started_anew = started_anew.unwrap();
        let before = app.hubrise.revocations().await;
        let token = app.hubrise.token_of("3r4s3-0").await;
        let token = tickncook_hubrise::hubrise::AccessToken::new(token.into()).unwrap();
        started_anew.hubrise.revoke(&token).await.unwrap();
        assert_eq!(app.hubrise.revocations().await, before + 2, "once with each");
        assert!(!app.hubrise.is_live("3r4s3-0").await);
    })
    .await;
}

#[tokio::test]
async fn where_hubrise_takes_neither_secret_there_is_one_alarm_and_each_was_tried_once() {
    let settings = |layers: &mut Layers| {
        layers.set("hubrise.client_secret", "taken out at HubRise");
        layers.set("hubrise.other_client_secret", "misspelt");
    };
    journey_with(settings, async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        for tries in [2, 4] {
            let callback = browser.callback(PARIS, PARIS_AT_HUBRISE).await;
            browser.open(&callback).await.assert_status(502);
            assert_eq!(app.hubrise.exchanges().await, tries);
        }
        assert_eq!(app.count(ALARMS).await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_code_that_was_refused_for_itself_is_not_tried_again_with_the_other_secret() {
    let settings = |layers: &mut Layers| layers.set("hubrise.other_client_secret", "the next one");
    journey_with(settings, async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        let callback = browser.callback(PARIS, PARIS_AT_HUBRISE).await;
        app.hubrise.expire_codes().await;
        browser.open(&callback).await.assert_status(410);
        assert_eq!(app.hubrise.exchanges().await, 1);
        assert_eq!(app.count(ALARMS).await, 0);
    })
    .await;
}

#[tokio::test]
async fn without_another_secret_a_refusal_is_asked_for_once() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        let callback = browser.callback(PARIS, PARIS_AT_HUBRISE).await;
        app.hubrise.lasting_fault("/oauth2/v1/token", serde_json::json!({ "kind": "status", "status": 401 })).await;
        browser.open(&callback).await.assert_status(502);
        assert_eq!((app.hubrise.exchanges().await, app.count(ALARMS).await), (1, 1));
        app.hubrise.clear_faults().await;
    })
    .await;
}

#[tokio::test]
async fn a_token_that_is_gone_says_nothing_of_a_secret_that_hubrise_refuses() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        browser.connect(PARIS, PARIS_AT_HUBRISE).await;
        app.hubrise.control("connections/disconnect", serde_json::json!({ "location_id": "3r4s3-0" })).await;
        let callback = browser.callback(LYON, LYON_AT_HUBRISE).await;
        app.hubrise.lasting_fault("/oauth2/v1/*", serde_json::json!({ "kind": "status", "status": 401 })).await;
        browser.open(&callback).await.assert_status(502);
        assert_eq!(app.count(ALARMS).await, 1);
        browser.disconnect(PARIS).await;
        app.finish_tasks().await;
        assert_eq!(app.count("select count(*) from revocation where status = 'confirmed'").await, 1);
        assert_eq!(app.count(ALARMS).await, 1, "nobody can connect still");
        app.hubrise.clear_faults().await;
    })
    .await;
}
