//! The state of a trip to HubRise: used twice, by another browser, for another organisation or for another purpose.

use super::trips::{self, DOORS, at_door, gains, with_parameters};
use crate::harness::{
    Browser, FRENCH, LYON, LYON_AT_HUBRISE, MANAGER, NESTOR, NICE_AT_HUBRISE, OWNER_OF_BOTH, TestApp, journey,
};

/// Opens a callback, which must be refused for this reason and change nothing.
async fn assert_refused(app: &TestApp, browser: &mut Browser, callback: &str, reason: &str, at: &str) {
    let before = gains(app).await;
    let page = browser.open(callback).await;
    assert_eq!(page.url.path(), format!("/services/hubrise/refused/{reason}"), "{at}: {}", page.words());
    assert_eq!(gains(app).await, before, "{at}");
}

async fn assert_good(browser: &mut Browser, callback: &str, at: &str) {
    let page = browser.open(callback).await;
    let path = page.url.path();
    assert!(page.status.is_success() && !path.contains("/refused/"), "{at}: {path}: {}", page.words());
}

#[tokio::test]
async fn a_state_carried_to_the_door_of_another_purpose_is_refused_and_stays_good_at_its_own() {
    journey(async |app| {
        for mut traveller in trips::all_with_state(app).await {
            let own = traveller.callback.path().to_owned();
            for door in DOORS.into_iter().filter(|door| *door != own) {
                let at = format!("{} at {door}", traveller.kind);
                let elsewhere = at_door(&traveller.callback, door);
                assert_refused(app, &mut traveller.browser, &elsewhere, "state-unknown", &at).await;
            }
            assert_good(&mut traveller.browser, traveller.callback.as_str(), traveller.kind).await;
        }
        super::ground::tidy(app).await;
    })
    .await;
}

#[tokio::test]
async fn somebody_s_callback_in_another_browser_is_refused_for_every_purpose_signed_in_or_out() {
    journey(async |app| {
        let others = [app.browser(), app.signed_in(NESTOR).await, app.signed_in(MANAGER).await];
        for mut traveller in trips::all_with_state(app).await {
            for (number, mut other) in others.clone().into_iter().enumerate() {
                let at = format!("{} in browser {number}", traveller.kind);
                assert_refused(app, &mut other, traveller.callback.as_str(), "other-browser", &at).await;
            }
            assert_good(&mut traveller.browser, traveller.callback.as_str(), traveller.kind).await;
        }
        super::ground::tidy(app).await;
    })
    .await;
}

#[tokio::test]
async fn a_state_used_again_with_another_code_or_an_error_changes_nothing_for_every_purpose() {
    journey(async |app| {
        for mut traveller in trips::all_with_state(app).await {
            assert_good(&mut traveller.browser, traveller.callback.as_str(), traveller.kind).await;
            let (door, state) = (traveller.callback.path().to_owned(), traveller.parameter("state").unwrap());
            let before = gains(app).await;
            for other in [("code", "another"), ("error", "access_denied")] {
                let again = with_parameters(app, &door, &[other, ("state", &state)]);
                let mut stranger = app.browser();
                assert_refused(app, &mut stranger, &again, "other-browser", traveller.kind).await;
                traveller.browser.open(&again).await;
                assert_eq!(gains(app).await, before, "{} with {other:?}", traveller.kind);
            }
        }
        super::ground::tidy(app).await;
    })
    .await;
}

#[tokio::test]
async fn an_attacker_s_state_that_a_victim_finishes_at_hubrise_connects_nothing_for_either() {
    journey(async |app| {
        let mut attacker = app.signed_in(MANAGER).await;
        let lure = attacker.leave_for_hubrise(LYON).await.url.to_string();
        for mut victim in [app.browser(), app.signed_in(NESTOR).await, app.signed_in(MANAGER).await] {
            victim.open(&lure).await;
            let callback: String = victim.allow_only(NICE_AT_HUBRISE).await.target().into();
            assert_refused(app, &mut victim, &callback, "other-browser", "the victim").await;
        }
        assert_eq!(app.count("select count(*) from connection").await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_state_for_one_organisation_is_refused_while_another_is_looked_at_and_names_no_other() {
    journey(async |app| {
        let mut browser = app.signed_in(OWNER_OF_BOTH).await;
        let callback = browser.callback(LYON, LYON_AT_HUBRISE).await;
        browser.open("/services").await;
        browser.press("Chez Nestor", &[]).await;
        let nestor = app.organisation("Chez Nestor").await.to_string();
        for callback in [callback.clone(), format!("{callback}&organisation={nestor}&organisation_id={nestor}")] {
            assert_refused(app, &mut browser, &callback, "other-organisation", "the other").await;
        }
        assert_eq!(app.count("select count(*) from connection").await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_state_or_a_code_given_twice_in_one_callback_is_refused() {
    journey(async |app| {
        let mut traveller = trips::connect(app, MANAGER).await;
        for extra in ["state=another", "code=another", "state=", "code[]=x&state=x"] {
            let twice = format!("{}&{extra}", traveller.callback);
            let before = gains(app).await;
            let page = traveller.browser.open(&twice).await;
            assert!(page.url.path().starts_with("/services/hubrise/refused/"), "{extra}: {}", page.words());
            assert_eq!(gains(app).await, before, "{extra}");
        }
        assert_good(&mut traveller.browser, traveller.callback.as_str(), "at last").await;
        app.run_jobs().await;
    })
    .await;
}

#[tokio::test]
async fn a_state_of_before_a_sign_out_is_worth_nothing_after_it() {
    journey(async |app| {
        let mut traveller = trips::connect(app, MANAGER).await;
        let before = traveller.browser.clone();
        traveller.browser.open("/services").await;
        traveller.browser.press(FRENCH.sign_out, &[]).await;
        for mut browser in [before, traveller.browser.clone()] {
            assert_refused(app, &mut browser, traveller.callback.as_str(), "other-browser", "signed out").await;
        }
        traveller.browser.sign_in(MANAGER).await;
        assert_refused(app, &mut traveller.browser, traveller.callback.as_str(), "other-browser", "in again").await;
    })
    .await;
}
