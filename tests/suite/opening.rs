//! **Ouvrir** in HubRise's back office: the install that it names proves nothing, completing HubRise's authorise page
//! does, and only for a day.

use chrono::TimeDelta;
use serde_json::json;

use crate::harness::{
    BAKER_STREET_AT_HUBRISE, Browser, CHOSEN, FRENCH, LYON, LYON_AT_HUBRISE, MANAGER, NESTOR, PARIS, PARIS_AT_HUBRISE,
    STAFF, TestApp, hubrise, journey,
};

fn hubrise_url(app: &TestApp) -> String {
    app.hubrise.url().to_owned()
}

pub(crate) async fn app_instance(app: &TestApp, location: &str) -> String {
    let id = sqlx::query_scalar("select app_instance_id from connection where location_id = $1").bind(location);
    id.fetch_one(app.db()).await.unwrap()
}

/// A colleague at HubRise who may only look there, and has no TicknCook account.
pub(crate) const COLLEAGUE: &str = "lea@bellapizza.example";

pub(crate) async fn add_colleague(app: &TestApp) {
    let mut owner = app.browser();
    let hubrise = hubrise_url(app);
    owner.open(&hubrise).await;
    owner.sign_in_at_hubrise(hubrise::THOMAS).await;
    let fields = [("account", "3r4s3"), ("email", COLLEAGUE), ("role", "read_only")];
    owner.post(&format!("{hubrise}/configuration/permissions"), &fields).await;
}

async fn remove_colleague(app: &TestApp) {
    let mut owner = app.browser();
    let hubrise = hubrise_url(app);
    owner.open(&hubrise).await;
    owner.sign_in_at_hubrise(hubrise::THOMAS).await;
    let fields = [("account", "3r4s3"), ("email", COLLEAGUE)];
    let answer = owner.post(&format!("{hubrise}/configuration/permissions/remove"), &fields).await;
    assert!(answer.status.is_redirection(), "{}", answer.words());
}

/// The colleague's browser, once they have opened TicknCook from HubRise.
pub(crate) async fn colleague(app: &TestApp) -> Browser {
    add_colleague(app).await;
    let mut browser = app.browser();
    browser.open_at_hubrise(&hubrise_url(app), COLLEAGUE).await;
    let page = browser.press(FRENCH.allow, &[]).await;
    page.assert_status(200);
    page.assert_shows(&["Services tiers", "Paris - 3r4s3-0", COLLEAGUE]);
    browser
}

pub(crate) async fn connected(app: &TestApp) -> Browser {
    let mut manager = app.signed_in(MANAGER).await;
    manager.connect(PARIS, PARIS_AT_HUBRISE).await;
    manager
}

#[tokio::test]
async fn a_member_goes_straight_to_the_connection() {
    journey(async |app| {
        connected(app).await;
        for email in [MANAGER, STAFF] {
            let mut browser = app.signed_in(email).await;
            let exchanges = app.hubrise.exchanges().await;
            let page = browser.open_at_hubrise(&hubrise_url(app), hubrise::THOMAS).await;
            assert_eq!(page.url.path(), "/services");
            assert_eq!(page.url.fragment(), Some(&*format!("connection-{}", app.connection("3r4s3-0").await)));
            page.assert_shows(&["Paris - 3r4s3-0"]);
            assert_eq!(app.hubrise.exchanges().await, exchanges, "nothing has to be proved");
        }
    })
    .await;
}

#[tokio::test]
async fn a_colleague_without_an_account_becomes_staff_for_a_day_without_a_password() {
    journey(async |app| {
        let mut manager = connected(app).await;
        let mut browser = colleague(app).await;
        browser.page().assert_hides(&[FRENCH.add, FRENCH.disconnect]);
        browser.open("/services/hubrise/connect").await.assert_status(403);
        browser.open("/settings/team").await.assert_status(403);
        let page = manager.open("/settings/team").await;
        page.assert_shows(&[COLLEAGUE, "Rôle chez HubRise", "23 novembre 2026 à 18:02"]);
        app.run_jobs().await;
        assert_eq!(app.hubrise.answers_to_token_of("3r4s3-0").await, 200, "the connection's token is not given back");
    })
    .await;
}

#[tokio::test]
async fn access_is_renewed_after_a_day_without_anybody_noticing() {
    journey(async |app| {
        connected(app).await;
        let mut browser = colleague(app).await;
        app.advance(TimeDelta::hours(23));
        let exchanges = app.hubrise.exchanges().await;
        browser.open("/points-of-sale").await.assert_shows(&[PARIS]);
        assert_eq!(app.hubrise.exchanges().await, exchanges);
        app.advance(TimeDelta::hours(1));
        let page = browser.open("/points-of-sale").await;
        assert_eq!(page.url.path(), "/points-of-sale", "back to where they were");
        page.assert_shows(&[PARIS]);
        assert_eq!(app.hubrise.exchanges().await, exchanges + 1);
        app.run_jobs().await;
        assert_eq!(app.hubrise.answers_to_token_of("3r4s3-0").await, 200);
        let renewed = "select count(*) from history_entry where action = 'reconnected'";
        assert_eq!(app.count(renewed).await, 0, "nothing of the connection has changed");
    })
    .await;
}

#[tokio::test]
async fn a_role_that_was_taken_away_at_hubrise_ends_the_access_within_a_day() {
    journey(async |app| {
        connected(app).await;
        let mut browser = colleague(app).await;
        remove_colleague(app).await;
        app.advance(TimeDelta::hours(24));
        let page = browser.open("/services").await;
        assert!(page.url.as_str().starts_with(app.hubrise.url()), "HubRise turns them away: {}", page.url);
        // They are not sent there over and over, and can sign out.
        let page = browser.open("/services").await;
        page.assert_status(403);
        page.assert_shows(&["Votre accès est à vérifier"]);
        page.assert_hides(&[PARIS, "3r4s3-0"]);
        for path in ["/points-of-sale", "/services/hubrise/connect", "/"] {
            browser.open(path).await.assert_hides(&[PARIS, "3r4s3-0"]);
        }
        browser.press(FRENCH.sign_out, &[]).await;
        assert_eq!(browser.open("/services").await.url.path(), "/login");
    })
    .await;
}

#[tokio::test]
async fn a_manager_can_have_all_roles_at_hubrise_checked_at_once() {
    journey(async |app| {
        let mut manager = connected(app).await;
        let mut browser = colleague(app).await;
        manager.open("/settings/team").await;
        manager.press("Vérifier les accès", &[]).await.assert_shows(&["à vérifier"]);
        // Still in the role: nothing is noticed.
        browser.open("/services").await.assert_shows(&["Paris - 3r4s3-0"]);
        remove_colleague(app).await;
        manager.open("/settings/team").await;
        manager.press("Vérifier les accès", &[]).await;
        let page = browser.open("/services").await;
        assert!(page.url.as_str().starts_with(app.hubrise.url()), "{}", page.url);
        browser.open("/points-of-sale").await.assert_hides(&[PARIS]);
        // Whom the organisation itself lets in is not concerned.
        app.signed_in(STAFF).await.open("/services").await.assert_shows(&["Paris - 3r4s3-0"]);
    })
    .await;
}

/// Their access stood on a role at a location that is linked no more.
#[tokio::test]
async fn a_role_at_a_location_that_was_cut_is_proved_again_at_another() {
    journey(async |app| {
        let mut manager = connected(app).await;
        let mut browser = colleague(app).await;
        browser.open("/services").await.assert_shows(&["Paris - 3r4s3-0"]);
        manager.connect(LYON, LYON_AT_HUBRISE).await;
        manager.disconnect(PARIS).await;
        remove_colleague(app).await;
        let page = browser.open("/services").await;
        assert!(page.url.as_str().starts_with(app.hubrise.url()), "they look on: {}", page.url);
        browser.open("/points-of-sale").await.assert_hides(&[PARIS, "3r4s3-1"]);
        // Whom the organisation itself lets in is not concerned.
        app.signed_in(STAFF).await.open("/services").await.assert_shows(&["Lyon - 3r4s3-1"]);
        app.run_jobs().await;
    })
    .await;
}

/// The only location was cut, and there was nowhere to send them.
#[tokio::test]
async fn a_role_at_a_location_that_was_cut_and_connected_again_is_proved_at_its_new_install() {
    journey(async |app| {
        let mut manager = connected(app).await;
        let mut browser = colleague(app).await;
        manager.disconnect(PARIS).await;
        app.run_jobs().await;
        browser.open("/services").await.assert_status(200);
        manager.open("/services").await;
        manager.begin_at_hubrise(&hubrise_url(app), hubrise::THOMAS).await;
        manager.allow(PARIS_AT_HUBRISE).await;
        manager.press(FRENCH.confirm, &[(PARIS, CHOSEN)]).await.assert_status(200);
        let held =
            "select count(*) from membership m join connection c using (app_instance_id) where source = 'hubrise'";
        assert_eq!(app.count(held).await, 1, "they would be sent to an install that is gone");
        app.advance(TimeDelta::hours(25));
        let page = browser.open("/points-of-sale").await;
        assert_eq!(page.url.path(), "/points-of-sale");
        page.assert_shows(&[PARIS]);
        app.run_jobs().await;
    })
    .await;
}

#[tokio::test]
async fn an_old_callback_loaded_again_renews_nothing() {
    journey(async |app| {
        let mut manager = connected(app).await;
        add_colleague(app).await;
        let mut browser = app.browser();
        browser.open_at_hubrise(&hubrise_url(app), COLLEAGUE).await;
        let page = browser.press(FRENCH.allow, &[]).await.clone();
        let callback =
            page.redirects.iter().find(|page| page.url.path() == "/hubrise_oauth/authorize_callback").unwrap();
        let attempt = callback.target();
        remove_colleague(app).await;
        manager.open("/settings/team").await;
        manager.press("Vérifier les accès", &[]).await;
        browser.open(callback.url.as_str()).await;
        browser.open(attempt.as_str()).await;
        browser.open("/points-of-sale").await.assert_hides(&[PARIS]);
    })
    .await;
}

#[tokio::test]
async fn a_guessed_app_instance_opens_nothing() {
    journey(async |app| {
        connected(app).await;
        let mut nestor = app.signed_in(NESTOR).await;
        nestor.connect("Baker Street 221", BAKER_STREET_AT_HUBRISE).await;
        nestor.link_identity(hubrise::NESTOR).await;
        nestor.post("/language", &[("language", "fr"), ("return_to", "/")]).await;
        let guessed = app_instance(app, "3r4s3-0").await;
        // Signed in here, and at HubRise as somebody without access to that location.
        let page = nestor.open(&format!("/hubrise_open?app_instance_id={guessed}")).await;
        assert!(page.url.as_str().starts_with(app.hubrise.url()), "only HubRise can say: {}", page.url);
        nestor.open("/services").await.assert_hides(&["3r4s3-0"]);
        // He has HubRise grant his own location instead: the trip was about another one.
        let answer = nestor.peek(&format!("/hubrise_open?app_instance_id={guessed}")).await;
        let own = app_instance(app, "z6q31-0").await;
        let swapped = answer.target().as_str().replace(&guessed, &own);
        let page = nestor.open(&swapped).await;
        page.assert_status(409);
        page.assert_shows(&["Ce n’est pas le même point de vente"]);
        nestor.open("/services").await.assert_hides(&["3r4s3-0"]);
        // Known or not, an install looks the same from outside.
        let mut nobody = app.browser();
        let known = nobody.peek(&format!("/hubrise_open?app_instance_id={guessed}")).await;
        let unknown = app.browser().peek("/hubrise_open?app_instance_id=zzzzz").await;
        assert_eq!(
            (known.status, known.target().path().to_owned()),
            (unknown.status, unknown.target().path().to_owned())
        );
        for odd in ["", "?app_instance_id=", "?app_instance_id=../x", "?app_instance_id=a&app_instance_id=b"] {
            assert_eq!(app.browser().open(&format!("/hubrise_open{odd}")).await.url.path(), "/login", "{odd}");
        }
        app.run_jobs().await;
        assert_eq!(app.hubrise.answers_to_token_of("z6q31-0").await, 200);
        assert_eq!(app.hubrise.answers_to_token_of("3r4s3-0").await, 200);
        assert_eq!(app.count("select count(*) from membership where source = 'hubrise'").await, 0);
    })
    .await;
}

#[tokio::test]
async fn somebody_s_proof_cannot_be_used_in_another_browser() {
    journey(async |app| {
        connected(app).await;
        let instance = app_instance(app, "3r4s3-0").await;
        let mut thief = app.signed_in(NESTOR).await;
        thief.link_identity(hubrise::NESTOR).await;
        let departure = thief.peek(&format!("/hubrise_open?app_instance_id={instance}")).await.target();
        // The owner's browser follows the thief's trip, all the way back.
        let mut owner = app.browser();
        owner.open(&hubrise_url(app)).await;
        owner.sign_in_at_hubrise(hubrise::THOMAS).await;
        let page = owner.open(departure.as_str()).await;
        page.assert_status(403);
        page.assert_shows(&["dans un autre navigateur"]);
        let landing =
            page.redirects.iter().map(|page| page.url.clone()).find(|url| url.path().contains("authorize_callback"));
        // The code was not exchanged, and the state is the thief's: that is what the refusal is for.
        let exchanges = app.hubrise.exchanges().await;
        assert!(landing.is_some());
        let mut bystander = app.signed_in(STAFF).await;
        bystander.open(landing.unwrap().as_str()).await.assert_status(403);
        assert_eq!(app.hubrise.exchanges().await, exchanges);
    })
    .await;
}

#[tokio::test]
async fn a_removed_colleague_comes_back_by_invitation_only() {
    journey(async |app| {
        let mut manager = connected(app).await;
        let mut browser = colleague(app).await;
        manager.open("/settings/team").await;
        manager.click_beside(COLLEAGUE, "Retirer").await;
        manager.press(FRENCH.confirm, &[]).await.assert_hides(&[COLLEAGUE]);
        assert_eq!(browser.open("/services").await.url.path(), "/login", "their session ended at once");
        browser.open(&hubrise_url(app)).await;
        browser.click("Connexions").await;
        browser.click("Ouvrir TicknCook (nouvel onglet)").await;
        let page = browser.press(FRENCH.allow, &[]).await;
        page.assert_status(403);
        page.assert_shows(&["Votre accès a été retiré"]);
        app.run_jobs().await;
        assert_eq!(app.hubrise.answers_to_token_of("3r4s3-0").await, 200);
        assert_eq!(app.count("select count(*) from membership where source = 'hubrise'").await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_removed_colleague_does_not_come_back_by_another_account() {
    journey(async |app| {
        let mut manager = connected(app).await;
        colleague(app).await;
        manager.open("/settings/team").await;
        manager.click_beside(COLLEAGUE, "Retirer").await;
        manager.press(FRENCH.confirm, &[]).await;
        // With an account of another restaurant: the identity belongs to the removed one.
        let mut nestor = app.signed_in(NESTOR).await;
        nestor.open_at_hubrise(&hubrise_url(app), COLLEAGUE).await;
        let page = nestor.press(FRENCH.allow, &[]).await;
        page.assert_shows(&["déjà relié à un autre compte TicknCook"]);
        // Nor once the removed account has let go of it: it is still the same person.
        let given = "update app_user set password_hash = (select password_hash from app_user where email = $1) where email = $2";
        sqlx::query(given).bind(NESTOR).bind(COLLEAGUE).execute(app.db()).await.unwrap();
        let mut removed = app.signed_in(COLLEAGUE).await;
        removed.open("/settings").await;
        removed.press("Ne plus me connecter avec HubRise", &[]).await;
        nestor.link_identity(COLLEAGUE).await;
        let page = nestor.open_at_hubrise(&hubrise_url(app), COLLEAGUE).await;
        page.assert_status(403);
        page.assert_shows(&["Votre accès a été retiré"]);
        nestor.open("/services").await.assert_hides(&["3r4s3-0"]);
    })
    .await;
}

#[tokio::test]
async fn a_page_of_a_grant_asks_for_proof_again_once_access_has_lapsed() {
    journey(async |app| {
        let mut manager = connected(app).await;
        let mut browser = colleague(app).await;
        // The owner's own browser, whose grant was taken up into the connection.
        let mut owner = app.browser();
        owner.sign_in_with_hubrise(hubrise::THOMAS).await;
        owner.open_at_hubrise(&hubrise_url(app), hubrise::THOMAS).await.assert_shows(&["Paris - 3r4s3-0"]);
        let pending = owner.install(&hubrise_url(app), PARIS_AT_HUBRISE).await.url.path().to_owned();
        manager.open("/settings/team").await;
        manager.press("Vérifier les accès", &[]).await;
        let page = owner.open(&pending).await;
        page.assert_status(200);
        page.assert_shows(&["« Paris République » est relié à HubRise"]);
        // Somebody else who signs in with the same browser is told nothing.
        owner.post("/login", &[("email", NESTOR), ("password", crate::harness::PASSWORD)]).await;
        owner.open(&pending).await.assert_status(404);
        browser.open("/services").await.assert_shows(&["Paris - 3r4s3-0"]);
    })
    .await;
}

#[tokio::test]
async fn a_password_member_of_another_restaurant_gets_both_and_keeps_their_own_role() {
    journey(async |app| {
        connected(app).await;
        let mut nestor = app.signed_in(NESTOR).await;
        // A role at HubRise is somebody's: whose it is must be known here before it opens anything.
        nestor.open_at_hubrise(&hubrise_url(app), hubrise::THOMAS).await;
        let page = nestor.press(FRENCH.allow, &[]).await;
        page.assert_shows(&["Relier le profil HubRise de thomas@bellapizza.example"]);
        nestor.open("/services").await.assert_hides(&["3r4s3-0"]);
        nestor.open("/login/hubrise/confirm").await;
        let page = nestor.press("Confirmer et relier", &[]).await;
        page.assert_shows(&["Paris - 3r4s3-0", "Chez Nestor"]);
        page.assert_hides(&[FRENCH.disconnect]);
        nestor.press("Chez Nestor", &[]).await.assert_shows(&[FRENCH.add]);
        // A manager who opens from HubRise stays one.
        let mut manager = app.signed_in(MANAGER).await;
        manager.open_at_hubrise(&hubrise_url(app), hubrise::THOMAS).await.assert_shows(&[FRENCH.disconnect]);
    })
    .await;
}

#[tokio::test]
async fn an_install_that_nobody_has_claimed_can_still_be_finished_from_hubrise() {
    journey(async |app| {
        let mut lost = app.browser();
        lost.install(&hubrise_url(app), PARIS_AT_HUBRISE).await;
        let mut manager = app.signed_in(MANAGER).await;
        manager.link_identity(hubrise::THOMAS).await;
        let page = manager.open_at_hubrise(&hubrise_url(app), hubrise::THOMAS).await;
        page.assert_shows(&["Terminer la connexion", "Paris - 3r4s3-0", PARIS]);
        manager.press(FRENCH.confirm, &[(PARIS, crate::harness::CHOSEN)]).await.assert_shows(&["est relié à HubRise"]);
    })
    .await;
}

#[tokio::test]
async fn a_connection_whose_install_has_no_name_yet_is_found_by_its_location() {
    journey(async |app| {
        connected(app).await;
        sqlx::query("update connection set app_instance_id = null").execute(app.db()).await.unwrap();
        colleague(app).await;
        assert_eq!(app.count("select count(*) from connection where app_instance_id is not null").await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_hubrise_that_is_down_renews_nobody_and_cuts_nothing() {
    journey(async |app| {
        connected(app).await;
        let mut browser = colleague(app).await;
        app.advance(TimeDelta::hours(25));
        app.hubrise.fault("/oauth2/v1/token", 1, json!({ "kind": "status", "status": 503 })).await;
        let page = browser.open("/services").await;
        page.assert_status(502);
        page.assert_shows(&["HubRise ne répond pas"]);
        app.advance(TimeDelta::minutes(11));
        browser.open("/services").await.assert_shows(&["Paris - 3r4s3-0"]);
        app.run_jobs().await;
        assert_eq!(app.hubrise.answers_to_token_of("3r4s3-0").await, 200);
    })
    .await;
}
