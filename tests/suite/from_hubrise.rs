//! Connecting from HubRise's back office: what comes in without a state is held for its browser, shown, and attached to
//! nothing before somebody has said so.

use chrono::TimeDelta;
use serde_json::json;

use crate::harness::{
    BAKER_STREET_AT_HUBRISE, CHOSEN, FRENCH, LYON, LYON_AT_HUBRISE, LYON_DELIVERY_AT_HUBRISE, MANAGER, NESTOR,
    NICE_AT_HUBRISE, OWNER_OF_BOTH, PARIS, PARIS_AT_HUBRISE, PASSWORD, STAFF, TestApp, expire_grants, hubrise::THOMAS,
    journey,
};

const CREATE: &str = "Créer un compte TicknCook";
const SIGN_IN: &str = "J’ai déjà un compte TicknCook";
const GIVE_UP: &str = "Renoncer à cette connexion";

fn hubrise(app: &TestApp) -> String {
    app.hubrise.url().to_owned()
}

/// Fails unless nothing is connected, whatever waits.
async fn assert_nothing_attached(app: &TestApp) {
    assert_eq!(app.count("select count(*) from connection").await, 0, "something was attached");
    assert_eq!(app.count("select count(*) from point_of_sale").await, 3);
}

#[tokio::test]
async fn a_restaurant_without_an_account_ends_connected() {
    journey(async |app| {
        let mut browser = app.browser();
        let page = browser.install(&hubrise(app), LYON_AT_HUBRISE).await;
        page.assert_status(200);
        page.assert_shows(&["Terminer la connexion", "Rien n’est encore relié"]);
        assert_eq!(page.fact(FRENCH.account), "Bella Pizza - 3r4s3");
        assert_eq!(page.fact(FRENCH.location), "Lyon - 3r4s3-1");
        assert_eq!(page.fact(FRENCH.catalog), "Carte Lyon - q7wd2");
        assert_eq!(page.fact(FRENCH.customer_list), "Clients Lyon - m8rt4");
        assert!(!page.url.as_str().contains("code="), "{}", page.url);
        assert_nothing_attached(app).await;

        let page = browser.click(CREATE).await;
        page.assert_shows(&["Essai gratuit de 30 jours, jusqu’au 23 décembre 2026"]);
        assert!(page.attributes("value").contains(&"Bella Pizza".to_owned()), "the organisation's name is filled in");
        let fields = [("E-mail", "neuf@bellapizza.example"), ("Mot de passe", "bella-pizza-neuf")];
        let page = browser.press("Créer mon compte", &fields).await;
        page.assert_shows(&["Terminer la connexion", "Comment appeler ce point de vente dans « Bella Pizza » ?"]);
        assert_nothing_attached(app).await;
        let page = browser.press(FRENCH.confirm, &[]).await;
        page.assert_shows(&["« Lyon » est relié à HubRise", "Lyon - 3r4s3-1", "Carte Lyon - q7wd2"]);
        browser.open("/services").await.assert_shows(&["Lyon - 3r4s3-1", "Connectée par neuf@bellapizza.example"]);
        browser.open("/settings").await.assert_shows(&["Essai gratuit jusqu’au 23 décembre 2026"]);
        assert_eq!(app.hubrise.answers_to_token_of("3r4s3-1").await, 200);
        assert_eq!(app.count("select count(*) from connection where app_instance_id is not null").await, 1);
        // The new organisation is its own tenant.
        app.signed_in(MANAGER).await.open("/services").await.assert_hides(&["Lyon - 3r4s3-1"]);
    })
    .await;
}

#[tokio::test]
async fn a_manager_who_is_signed_in_says_which_point_of_sale() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        let page = browser.install(&hubrise(app), PARIS_AT_HUBRISE).await;
        page.assert_shows(&["Terminer la connexion", PARIS, LYON, FRENCH.new]);
        let pending = page.url.path().to_owned();
        assert_nothing_attached(app).await;
        let page = browser.press(FRENCH.confirm, &[]).await;
        page.assert_status(422);
        page.assert_shows(&["Choisissez un point de vente dans la liste"]);
        assert_nothing_attached(app).await;
        let page = browser.press(FRENCH.confirm, &[(PARIS, CHOSEN)]).await;
        page.assert_shows(&["« Paris République » est relié à HubRise"]);
        // Said again, by the back button, it shows what was done.
        let again =
            browser.post(&pending, &[("point_of_sale", "new"), ("organisation", &organisation(app).await)]).await;
        assert_eq!(again.target().path(), pending);
        assert_eq!(app.count("select count(*) from connection").await, 1);
        assert_eq!(app.hubrise.exchanges().await, 1);
    })
    .await;
}

async fn organisation(app: &TestApp) -> String {
    let id = sqlx::query_scalar("select id::text from organisation where name = 'Bella Pizza'");
    id.fetch_one(app.db()).await.unwrap()
}

#[tokio::test]
async fn signing_in_on_the_way_leads_back_to_the_same_question() {
    journey(async |app| {
        let mut browser = app.browser();
        let pending = browser.install(&hubrise(app), PARIS_AT_HUBRISE).await.url.path().to_owned();
        browser.click(SIGN_IN).await;
        let page = browser.try_to_sign_in(MANAGER, PASSWORD).await;
        assert_eq!(page.url.path(), pending);
        page.assert_shows(&["À quel point de vente de « Bella Pizza » le relier ?", PARIS]);
        browser.press(FRENCH.confirm, &[(PARIS, CHOSEN)]).await.assert_shows(&["est relié à HubRise"]);
    })
    .await;
}

#[tokio::test]
async fn whoever_gets_lost_finds_the_grant_again_among_the_services() {
    journey(async |app| {
        let mut browser = app.browser();
        browser.install(&hubrise(app), PARIS_AT_HUBRISE).await;
        browser.sign_in(MANAGER).await;
        let page = browser.open("/services").await;
        page.assert_shows(&["Paris - 3r4s3-0 (Bella Pizza - 3r4s3) attend votre confirmation"]);
        browser.click("Terminer la connexion").await.assert_shows(&[PARIS]);
        // Another browser of the same person knows nothing of it.
        app.signed_in(MANAGER).await.open("/services").await.assert_hides(&["attend votre confirmation"]);
    })
    .await;
}

#[tokio::test]
async fn a_manager_of_several_organisations_says_which() {
    journey(async |app| {
        let mut browser = app.signed_in(OWNER_OF_BOTH).await;
        let page = browser.install(&hubrise(app), BAKER_STREET_AT_HUBRISE).await;
        page.assert_shows(&["Pour quel établissement ?", "Bella Pizza", "Chez Nestor"]);
        let odd = browser.peek(&format!("{}?organisation=nonsense", browser.page().url.path())).await;
        odd.assert_shows(&["Pour quel établissement ?"]);
        let page = browser.click("Chez Nestor").await;
        page.assert_shows(&["À quel point de vente de « Chez Nestor » le relier ?", "Baker Street 221"]);
        page.assert_hides(&[PARIS]);
        browser.press(FRENCH.confirm, &[("Baker Street 221", CHOSEN)]).await.assert_shows(&["est relié à HubRise"]);
        app.signed_in(NESTOR).await.open("/services").await.assert_shows(&["Baker Street - z6q31-0"]);
    })
    .await;
}

#[tokio::test]
async fn nobody_confirms_for_an_organisation_that_they_do_not_manage() {
    journey(async |app| {
        let mut staff = app.signed_in(STAFF).await;
        let page = staff.install(&hubrise(app), PARIS_AT_HUBRISE).await;
        page.assert_shows(&["Vous n’êtes responsable d’aucun établissement"]);
        let pending = page.url.path().to_owned();
        let bella = organisation(app).await;
        let paris = app.point_of_sale(PARIS).await;
        let fields = [("organisation", &*bella), ("point_of_sale", &paris)];
        staff.post(&pending, &fields).await.assert_status(403);
        let mut nestor = app.signed_in(NESTOR).await;
        let theirs = nestor.install(&hubrise(app), NICE_AT_HUBRISE).await.url.path().to_owned();
        nestor.post(&theirs, &fields).await.assert_status(404);
        // Nor for a point of sale of somebody else's.
        let own: String = sqlx::query_scalar("select id::text from organisation where name = 'Chez Nestor'")
            .fetch_one(app.db())
            .await
            .unwrap();
        nestor.post(&theirs, &[("organisation", &*own), ("point_of_sale", &paris)]).await.assert_status(422);
        let mut nobody = app.browser();
        let held = nobody.install(&hubrise(app), LYON_AT_HUBRISE).await.url.path().to_owned();
        let answer = nobody.post(&held, &fields).await;
        assert_eq!(answer.target().path(), "/login");
        assert_nothing_attached(app).await;
    })
    .await;
}

#[tokio::test]
async fn an_attacker_s_code_in_a_manager_s_browser_attaches_nothing() {
    journey(async |app| {
        // The attacker grants a location of his own, and has the victim's browser open the address with his code.
        let mut attacker = app.browser();
        let trap = attacker.install_callback(&hubrise(app), BAKER_STREET_AT_HUBRISE).await;
        let mut victim = app.signed_in(MANAGER).await;
        let page = victim.open(&trap).await;
        page.assert_shows(&["Terminer la connexion", "Chez Nestor - z6q31", "Ne confirmez pas."]);
        let pending = page.url.path().to_owned();
        for _ in 0..3 {
            victim.open(&trap).await;
            victim.open(&pending).await;
            victim.open("/services").await;
        }
        assert_nothing_attached(app).await;
        // The attacker's own browser can do nothing with it any more.
        attacker.open(&trap).await.assert_status(409);
        attacker.open(&pending).await.assert_status(404);
        attacker.sign_in(NESTOR).await;
        attacker.open(&pending).await.assert_status(404);
        attacker.post(&pending, &[]).await.assert_status(404);
        // Nor can he have the victim confirm from another site.
        let cross = [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")];
        victim.post_with(&pending, &[("point_of_sale", "new")], &cross).await.assert_status(403);
        assert_nothing_attached(app).await;
        victim.open(&pending).await;
        let page = victim.press(GIVE_UP, &[]).await;
        page.assert_shows(&["Rien n’a été relié"]);
        app.run_jobs().await;
        assert!(!app.hubrise.is_live("z6q31-0").await, "what was given up is given back");
        assert_nothing_attached(app).await;
    })
    .await;
}

#[tokio::test]
async fn a_victim_s_code_in_an_attacker_s_browser_shows_nothing_once_it_was_used() {
    journey(async |app| {
        let mut owner = app.browser();
        let callback = owner.install_callback(&hubrise(app), PARIS_AT_HUBRISE).await;
        let pending = owner.open(&callback).await.url.path().to_owned();
        let mut thief = app.signed_in(NESTOR).await;
        let page = thief.open(&callback).await;
        page.assert_status(409);
        page.assert_hides(&["3r4s3"]);
        thief.open(&pending).await.assert_status(404);
        thief.open(&format!("{pending}/account")).await.assert_status(404);
        for action in ["", "/cancel", "/again", "/account"] {
            let answer = thief.post(&format!("{pending}{action}"), &[("organisation_name", "X")]).await;
            answer.assert_status(404);
        }
        owner.open(&pending).await.assert_shows(&["Paris - 3r4s3-0"]);
    })
    .await;
}

#[tokio::test]
async fn the_same_callback_twice_is_exchanged_once_and_shows_the_same_grant() {
    journey(async |app| {
        for signed_in in [true, false] {
            let mut browser = if signed_in { app.signed_in(MANAGER).await } else { app.browser() };
            let pick = if signed_in { PARIS_AT_HUBRISE } else { NICE_AT_HUBRISE };
            let exchanges = app.hubrise.exchanges().await;
            let callback = browser.install_callback(&hubrise(app), pick).await;
            let first = browser.open(&callback).await.url.clone();
            assert_eq!(browser.open(&callback).await.url, first);
            assert_eq!(app.hubrise.exchanges().await, exchanges + 1);
        }
    })
    .await;
}

#[tokio::test]
async fn a_browser_that_keeps_no_cookies_is_told_so_and_nothing_is_exchanged() {
    journey(async |app| {
        let mut browser = app.browser();
        let callback = browser.install_callback(&hubrise(app), PARIS_AT_HUBRISE).await;
        let first = browser.peek(&callback).await;
        browser.cookies.clear();
        let page = browser.open(first.target().as_str()).await;
        page.assert_status(400);
        page.assert_shows(&["Votre navigateur refuse les cookies"]);
        assert_eq!(app.hubrise.exchanges().await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_location_of_one_s_own_organisation_is_updated_and_its_changes_are_told() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        browser.connect(LYON, LYON_AT_HUBRISE).await;
        let connection = app.connection("3r4s3-1").await;
        app.advance(TimeDelta::minutes(1));
        let page = browser.install(&hubrise(app), LYON_DELIVERY_AT_HUBRISE).await;
        page.assert_status(200);
        page.assert_shows(&[
            "Il l’était déjà",
            "« Lyon Part-Dieu » est relié à HubRise",
            "Ce qui a changé",
            "remplace Carte Lyon - q7wd2",
            "remplace Clients Lyon - m8rt4",
        ]);
        browser.open("/services").await.assert_shows(&["h3kz9", "b2nv7"]);
        browser.page().assert_hides(&["q7wd2", "attend votre confirmation"]);
        assert_eq!(app.connection("3r4s3-1").await, connection, "updated in place");
        expire_grants(app).await;
        assert_eq!(app.hubrise.revocations().await, 0);
        assert_eq!(app.hubrise.answers_to_token_of("3r4s3-1").await, 200);
    })
    .await;
}

#[tokio::test]
async fn a_location_of_another_organisation_is_refused_and_stays_as_it_is() {
    journey(async |app| {
        app.signed_in(MANAGER).await.connect(PARIS, PARIS_AT_HUBRISE).await;
        let connection = app.connection("3r4s3-0").await;
        let mut nestor = app.signed_in(NESTOR).await;
        let page = nestor.install(&hubrise(app), PARIS_AT_HUBRISE).await;
        page.assert_status(409);
        page.assert_shows(&["déjà relié à TicknCook par un autre établissement"]);
        page.assert_hides(&[MANAGER, "Paris République"]);
        let pending = page.url.path().to_owned();
        let own: String = sqlx::query_scalar("select id::text from organisation where name = 'Chez Nestor'")
            .fetch_one(app.db())
            .await
            .unwrap();
        nestor.post(&pending, &[("organisation", &*own), ("point_of_sale", "new")]).await;
        nestor.open(&pending).await.assert_status(409);
        // Whoever is not signed in is only told to sign in.
        let mut nobody = app.browser();
        let page = nobody.install(&hubrise(app), PARIS_AT_HUBRISE).await;
        page.assert_shows(&["déjà relié à TicknCook", SIGN_IN]);
        page.assert_hides(&[CREATE, MANAGER, "Paris République"]);
        expire_grants(app).await;
        assert_eq!(app.connection("3r4s3-0").await, connection);
        assert_eq!(app.hubrise.revocations().await, 0, "the token is the connection's");
        assert_eq!(app.hubrise.answers_to_token_of("3r4s3-0").await, 200);
    })
    .await;
}

#[tokio::test]
async fn what_nobody_confirms_within_the_hour_is_wiped_and_given_back() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        let pending = browser.install(&hubrise(app), PARIS_AT_HUBRISE).await.url.path().to_owned();
        app.advance(TimeDelta::minutes(59));
        expire_grants(app).await;
        assert!(app.hubrise.is_live("3r4s3-0").await);
        browser.open(&pending).await.assert_shows(&["Paris - 3r4s3-0"]);
        app.advance(TimeDelta::minutes(1));
        // Too late even before it was cleared away.
        let fields = [("organisation", &*organisation(app).await), ("point_of_sale", "new")];
        browser.post(&pending, &fields).await.assert_status(303);
        assert_nothing_attached(app).await;
        expire_grants(app).await;
        assert!(!app.hubrise.is_live("3r4s3-0").await, "a token stays alive that nobody holds");
        assert_eq!(app.count("select count(*) from pending_connection where token_ciphertext is not null").await, 0);
        let page = browser.open(&pending).await;
        page.assert_status(410);
        page.assert_shows(&["Une heure est passée sans confirmation"]);
        assert!(page.find_link("Revenir chez HubRise").is_some());
    })
    .await;
}

#[tokio::test]
async fn what_expires_beside_a_connection_with_the_same_token_is_not_revoked() {
    journey(async |app| {
        let mut nobody = app.browser();
        nobody.install(&hubrise(app), PARIS_AT_HUBRISE).await;
        let mut manager = app.signed_in(MANAGER).await;
        manager.connect(PARIS, PARIS_AT_HUBRISE).await;
        app.advance(TimeDelta::hours(2));
        expire_grants(app).await;
        assert_eq!(app.count("select count(*) from pending_connection where status = 'held'").await, 0);
        assert_eq!(app.hubrise.revocations().await, 0);
        assert_eq!(app.hubrise.answers_to_token_of("3r4s3-0").await, 200);
    })
    .await;
}

#[tokio::test]
async fn of_two_grants_with_one_token_the_last_to_end_gives_it_back() {
    journey(async |app| {
        let mut first = app.browser();
        first.install(&hubrise(app), PARIS_AT_HUBRISE).await;
        app.advance(TimeDelta::minutes(30));
        let mut second = app.signed_in(MANAGER).await;
        let pending = second.install(&hubrise(app), PARIS_AT_HUBRISE).await.url.path().to_owned();
        app.advance(TimeDelta::minutes(31));
        expire_grants(app).await;
        assert_eq!(app.hubrise.answers_to_token_of("3r4s3-0").await, 200, "the second grant still waits");
        second.open(&pending).await;
        second.press(GIVE_UP, &[]).await;
        app.run_jobs().await;
        assert!(!app.hubrise.is_live("3r4s3-0").await);
    })
    .await;
}

#[tokio::test]
async fn a_disconnection_does_not_wait_for_a_grant_that_was_there_before_it() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        manager.connect(PARIS, PARIS_AT_HUBRISE).await;
        app.browser().install(&hubrise(app), PARIS_AT_HUBRISE).await;
        app.advance(TimeDelta::seconds(1));
        manager.disconnect(PARIS).await.assert_shows(&["Accès révoqué chez HubRise"]);
        assert!(!app.hubrise.is_live("3r4s3-0").await, "the receipt tells the truth");
        app.advance(TimeDelta::hours(2));
        expire_grants(app).await;
    })
    .await;
}

#[tokio::test]
async fn a_grant_that_comes_after_a_disconnection_that_hubrise_has_not_confirmed_stays_good() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        manager.connect(PARIS, PARIS_AT_HUBRISE).await;
        app.hubrise.lasting_fault("/oauth2/v1/revoke", json!({ "kind": "status", "status": 503 })).await;
        manager.disconnect(PARIS).await.assert_shows(&["en cours"]);
        app.hubrise.clear_faults().await;
        app.advance(TimeDelta::seconds(90));
        manager.install(&hubrise(app), PARIS_AT_HUBRISE).await;
        app.run_jobs().await;
        assert_eq!(app.hubrise.answers_to_token_of("3r4s3-0").await, 200, "somebody is about to connect it");
        let page = manager.press(FRENCH.confirm, &[(PARIS, CHOSEN)]).await;
        page.assert_shows(&["est relié à HubRise"]);
        app.run_jobs().await;
        assert_eq!(app.hubrise.answers_to_token_of("3r4s3-0").await, 200);
    })
    .await;
}

/// Somebody whom HubRise knows and we do not installs what is connected already: signing in would lead back here for
/// ever.
#[tokio::test]
async fn a_newcomer_at_a_location_that_is_connected_opens_it_with_their_access_at_hubrise() {
    journey(async |app| {
        app.signed_in(MANAGER).await.connect(PARIS, PARIS_AT_HUBRISE).await;
        let mut newcomer = app.browser();
        newcomer.sign_in_with_hubrise(THOMAS).await;
        let page = newcomer.install(&hubrise(app), PARIS_AT_HUBRISE).await;
        page.assert_shows(&["Si vous travaillez dans cet établissement, HubRise peut confirmer votre accès."]);
        let page = newcomer.click("J’y ai accès chez HubRise : l’ouvrir").await;
        assert_eq!(page.url.path(), "/services");
        page.assert_shows(&["Paris République"]);
        expire_grants(app).await;
        assert_eq!(app.hubrise.answers_to_token_of("3r4s3-0").await, 200);
    })
    .await;
}

#[tokio::test]
async fn what_waits_for_a_word_says_until_when() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        browser.install(&hubrise(app), PARIS_AT_HUBRISE).await.assert_shows(&["Confirmez avant 19:02."]);
        expire_grants(app).await;
    })
    .await;
}

#[tokio::test]
async fn a_state_that_says_nothing_is_none() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        let callback = browser.install_callback(&hubrise(app), PARIS_AT_HUBRISE).await;
        browser.open(&format!("{callback}&state=")).await.assert_shows(&["Terminer la connexion", "Paris - 3r4s3-0"]);
        let page = browser.open("/hubrise_oauth/connect_callback?error=expired").await;
        page.assert_shows(&["Le délai est dépassé"]);
        expire_grants(app).await;
    })
    .await;
}
