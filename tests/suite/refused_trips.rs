//! A trip that is refused at its end leads back to where it began: nobody is asked for a password whom the trip did not
//! need one of, and nobody is sent to a page that is not theirs.

use chrono::TimeDelta;

use crate::harness::{
    Browser, FRENCH, MANAGER, PARIS, PARIS_AT_HUBRISE, Page, STAFF, TestApp, WITH_HUBRISE, hubrise::THOMAS, journey,
};

const LATE: &str = "Plus de dix minutes se sont écoulées";
const SIGN_IN: &str = "Se connecter et recommencer";
const BACK_TO_SIGN_IN: &str = "Revenir à la connexion";
const BACK_TO_SETTINGS: &str = "Revenir aux paramètres";
const SERVICES: &str = "Voir les services tiers";

/// An owner at HubRise, by a link for Paris.
async fn owner_at_hubrise(app: &TestApp) -> Browser {
    let link = app.signed_in(MANAGER).await.make_link(PARIS, "Bella Pizza", "Paris").await;
    let mut owner = app.browser();
    owner.open(&link).await;
    owner
}

fn assert_asks_for_no_password(page: &Page) {
    for label in [SIGN_IN, BACK_TO_SIGN_IN] {
        assert!(page.find_link(label).is_none(), "{label}: {}", page.words());
    }
}

#[tokio::test]
async fn an_owner_who_took_long_at_hubrise_goes_there_again_by_the_same_link() {
    journey(async |app| {
        let mut owner = owner_at_hubrise(app).await;
        app.advance(TimeDelta::minutes(11));
        let page = owner.allow(PARIS_AT_HUBRISE).await;
        page.assert_status(410);
        page.assert_shows(&[LATE]);
        assert_asks_for_no_password(page);
        let page = owner.click(FRENCH.start_again).await;
        assert!(page.url.as_str().starts_with(app.hubrise.url()), "{}", page.url);
        owner.allow(PARIS_AT_HUBRISE).await;
        owner.press(FRENCH.confirm, &[]).await.assert_shows(&["« Paris République » est relié à HubRise"]);
    })
    .await;
}

#[tokio::test]
async fn an_owner_whose_refusal_comes_without_its_state_keeps_the_link() {
    journey(async |app| {
        let mut owner = owner_at_hubrise(app).await;
        let page = owner.open("/hubrise_oauth/connect_callback?error=access_denied").await;
        page.assert_shows(&["Vous avez refusé l’accès"]);
        assert_asks_for_no_password(page);
        let page = owner.click(FRENCH.start_again).await;
        assert!(page.url.as_str().starts_with(app.hubrise.url()), "{}", page.url);
    })
    .await;
}

#[tokio::test]
async fn another_browser_with_an_owner_s_callback_is_led_to_the_link() {
    journey(async |app| {
        let mut owner = owner_at_hubrise(app).await;
        let callback = owner.allow_only(PARIS_AT_HUBRISE).await.target();
        let mut other = app.browser();
        let page = other.open(callback.as_str()).await;
        page.assert_status(403);
        page.assert_shows(&["dans un autre navigateur", "Ouvrez de nouveau le lien que vous avez reçu."]);
        assert_asks_for_no_password(page);
        assert!(page.find_link(FRENCH.start_again).is_none(), "it follows no link");
        owner.open(callback.as_str()).await.assert_shows(&["Est-ce bien ce point de vente"]);
    })
    .await;
}

#[tokio::test]
async fn a_sign_in_that_took_too_long_or_was_refused_leads_back_to_signing_in() {
    journey(async |app| {
        let mut browser = app.browser();
        browser.open("/login").await;
        browser.press(WITH_HUBRISE, &[]).await;
        app.advance(TimeDelta::minutes(11));
        let page = browser.allow_profile(THOMAS).await;
        page.assert_status(410);
        page.assert_shows(&[LATE]);
        assert!(page.find_link(SIGN_IN).is_none(), "they may be no manager");
        let back = page.link(BACK_TO_SIGN_IN);
        assert_eq!((back.path(), back.query()), ("/login", None));
        for door in ["login_callback", "authorize_callback"] {
            let page = browser.open(&format!("/hubrise_oauth/{door}?error=access_denied")).await;
            assert_eq!(page.link(BACK_TO_SIGN_IN).path(), "/login", "{door}");
        }
    })
    .await;
}

#[tokio::test]
async fn linking_a_profile_leads_back_to_the_settings_whatever_it_came_to() {
    journey(async |app| {
        let mut browser = app.signed_in(STAFF).await;
        browser.open("/settings").await;
        browser.press("Relier mon profil HubRise", &[]).await;
        browser.sign_in_at_hubrise(THOMAS).await;
        browser.press(FRENCH.hubrise_deny, &[]).await.assert_shows(&["Vous avez refusé l’accès"]);
        assert_eq!(browser.click(BACK_TO_SETTINGS).await.url.path(), "/settings");
        browser.press("Relier mon profil HubRise", &[]).await;
        app.advance(TimeDelta::minutes(11));
        browser.allow_profile(THOMAS).await.assert_shows(&[LATE]);
        assert_eq!(browser.click(BACK_TO_SETTINGS).await.url.path(), "/settings");
    })
    .await;
}

#[tokio::test]
async fn whoever_may_connect_nothing_is_not_sent_to_connect() {
    journey(async |app| {
        let refused = "/services/hubrise/refused/state-expired";
        let mut staff = app.signed_in(STAFF).await;
        for trip in ["", "?trip=open", "?trip=connect"] {
            let page = staff.open(&format!("{refused}{trip}")).await;
            assert!(page.find_link(FRENCH.start_again).is_none(), "{trip}: {}", page.words());
            assert_eq!(page.link(SERVICES).path(), "/services", "{trip}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_a_refusal_s_address_says_of_its_trip_opens_nothing() {
    journey(async |app| {
        let refused = "/services/hubrise/refused/state-expired";
        let mut manager = app.signed_in(MANAGER).await;
        for trip in ["", "?trip=", "?trip=nonsense", "?trip=link&trip=open"] {
            let page = app.browser().open(&format!("{refused}{trip}")).await.clone();
            page.assert_status(410);
            assert!(page.find_link(SIGN_IN).is_some(), "{trip}: {}", page.words());
            let page = manager.open(&format!("{refused}{trip}")).await;
            assert_eq!(page.link(FRENCH.start_again).path(), "/services/hubrise/connect", "{trip}");
        }
        // A link that this browser has not followed is not offered.
        let page = app.browser().open(&format!("{refused}?trip=link")).await.clone();
        assert!(page.find_link(FRENCH.start_again).is_none(), "{}", page.words());
    })
    .await;
}
