//! Pages about a connection that was cut since: they say so, and not that its point of sale is gone.

use crate::harness::{
    CHOSEN, FRENCH, MANAGER, NESTOR, NICE_AT_HUBRISE, PARIS, PARIS_AT_HUBRISE, PASSWORD, Page, STAFF, journey,
};

/// Fails unless the page tells that the connection is gone, and how the reader goes on.
fn assert_gone(page: &Page, words: &str) {
    page.assert_status(409);
    page.assert_shows(&["Cette connexion n’existe plus", words]);
    page.assert_hides(&["Ce point de vente n’existe plus", "a été supprimé"]);
}

const FOR_A_MANAGER: &str = "Si le point de vente existe encore, recommencez pour le relier.";
const FOR_AN_OWNER: &str =
    "Elle a été coupée depuis dans TicknCook. Parlez-en à la personne qui vous a envoyé le lien.";

#[tokio::test]
async fn a_switch_of_a_connection_that_was_cut_on_the_way_tells_that() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        browser.connect(PARIS, PARIS_AT_HUBRISE).await;
        let pending = browser.reconnect(NICE_AT_HUBRISE).await.url.path().to_owned();
        app.signed_in(MANAGER).await.disconnect(PARIS).await.assert_status(200);
        let mut other_tab = browser.clone();
        assert_gone(other_tab.open(&pending).await, FOR_A_MANAGER);
        assert_gone(browser.press("Passer à Nice - 3r4s3-2", &[]).await, FOR_A_MANAGER);
        // The point of sale is there, and can be chosen.
        let page = browser.click(FRENCH.start_again).await;
        assert!(page.form(FRENCH.allow).labels().contains(&PARIS.to_owned()));
        app.run_jobs().await;
        assert!(!app.hubrise.is_live("3r4s3-2").await, "the grant is left behind");
    })
    .await;
}

#[tokio::test]
async fn the_page_of_a_grant_whose_connection_was_cut_since_tells_that() {
    journey(async |app| {
        let hubrise = app.hubrise.url().to_owned();
        let mut manager = app.signed_in(MANAGER).await;
        let pending = manager.install(&hubrise, PARIS_AT_HUBRISE).await.url.path().to_owned();
        manager.press(FRENCH.confirm, &[(PARIS, CHOSEN)]).await.assert_shows(&["est relié à HubRise"]);
        manager.disconnect(PARIS).await.assert_status(200);
        assert_gone(manager.open(&pending).await, FOR_A_MANAGER);
        assert_eq!(manager.page().link(FRENCH.start_again).path(), "/services/hubrise/connect");
        // Staff who sign in with the same browser cannot connect, and others learn nothing.
        manager.post("/login", &[("email", STAFF), ("password", PASSWORD)]).await;
        let page = manager.open(&pending).await;
        page.assert_status(409);
        assert!(page.find_link(FRENCH.start_again).is_none());
        manager.post("/login", &[("email", NESTOR), ("password", PASSWORD)]).await;
        manager.open(&pending).await.assert_status(404);
        app.run_jobs().await;
    })
    .await;
}

#[tokio::test]
async fn an_owner_whose_connection_was_cut_since_is_told_whom_to_ask() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        let link = manager.make_link(PARIS, "Bella Pizza", "Paris").await;
        let mut owner = app.browser();
        let here = owner.follow(&link, PARIS_AT_HUBRISE).await.url.path().to_owned();
        owner.press(FRENCH.confirm, &[]).await.assert_shows(&["est relié à HubRise"]);
        manager.disconnect(PARIS).await.assert_status(200);
        let page = owner.open(&here).await;
        assert_gone(page, FOR_AN_OWNER);
        for label in [FRENCH.start_again, "Se connecter autrement", "Se connecter et recommencer"] {
            assert!(page.find_link(label).is_none(), "{label}: an owner has no account");
        }
        app.run_jobs().await;
    })
    .await;
}
