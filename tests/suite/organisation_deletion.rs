//! Deleting a restaurant: everything is disconnected and gone, people who belong nowhere else with it, and HubRise is
//! asked until it has taken every access back.

use chrono::TimeDelta;
use secrecy::ExposeSecret as _;
use tickncook_hubrise::api::keys::add_key;

use crate::harness::{
    AS_STAFF, BAKER_STREET, Browser, FRENCH, LYON, MANAGER, NESTOR, NICE_AT_HUBRISE, OWNER_OF_BOTH, PARIS,
    PARIS_AT_HUBRISE, PASSWORD, STAFF, TestApp,
    departures::{DELETE, DELETE_FOR_GOOD, DELETED, PROOF, RESTAURANT},
    http_client, journey,
    support::three_connections,
};

const PATH: &str = "/settings/organisation/delete";
const NO_PASSWORD: &str = "Ce mot de passe ne correspond pas. Rien n’a été supprimé.";
const NO_NAME: &str = "Ce n’est pas le nom de cet établissement. Rien n’a été supprimé.";

async fn organisations(app: &TestApp) -> i64 {
    app.count("select count(*) from organisation").await
}

#[tokio::test]
async fn a_restaurant_goes_with_everything_and_everybody_who_belongs_nowhere_else() {
    journey(async |app| {
        let (mut manager, mut nestor) = three_connections(app).await;
        let (mut staff, mut both) = (app.signed_in(STAFF).await, app.signed_in(OWNER_OF_BOTH).await);
        app.run_upkeep().await;
        app.hubrise.inject_orders("3r4s3-0", 3).await;
        manager.link_identity("thomas@bellapizza.example").await;
        let id = app.organisation("Bella Pizza").await.to_string();
        app.advance(TimeDelta::minutes(2));
        let before = app.hubrise.revocations().await;

        manager.open("/settings").await;
        let page = manager.click(DELETE).await;
        page.assert_shows(&[
            "Supprimer « Bella Pizza » de TicknCook ?",
            "Les 2 connexions à HubRise sont coupées",
            "2 points de vente sont supprimés",
            "L’historique est effacé",
            "messages reçus de HubRise sont effacés",
            "2 personnes n’ont accès qu’à cet établissement",
            "1 personne travaille aussi ailleurs avec TicknCook : elle garde son compte.",
            "sans aucun nom, pendant un an",
            "Télécharger les données",
        ]);
        assert_eq!(app.hubrise.revocations().await, before, "nothing happens before the name is typed");
        let fields = [(RESTAURANT, "bella pizza "), (PROOF, PASSWORD)];
        let page = manager.press(DELETE_FOR_GOOD, &fields).await.clone();
        page.assert_status(200);
        assert!(page.url.path().starts_with("/deletions/"), "{}", page.url);
        page.assert_shows(&[
            DELETED,
            "2 connexions à HubRise coupées 23 novembre 2026 à 18:04:00",
            "Toutes les données supprimées de TicknCook 23 novembre 2026 à 18:04:00",
            "Accès retirés chez HubRise, nos copies des clés effacées 23 novembre 2026 à 18:04:00",
            "elle reste jusqu’au 23 novembre 2027",
        ]);
        page.assert_hides(&["Bella Pizza", MANAGER]);
        assert!(!app.hubrise.is_live("3r4s3-0").await && !app.hubrise.is_live("3r4s3-1").await);
        let calls = app.hubrise.calls().await;
        assert!(calls.iter().any(|call| call.starts_with("DELETE /v1/callback")), "{calls:?}");
        app.run_jobs().await;
        app.assert_nothing_of_bella_is_left(&id).await;
        let counts =
            "select count(*) from hubrise_budget where token_digest not in (select token_digest from connection)";
        assert_eq!(app.count(counts).await, 0, "the counts of revoked tokens stay");

        assert_eq!(manager.open("/services").await.url.path(), "/login");
        manager.try_to_sign_in(MANAGER, PASSWORD).await.assert_shows(&["ne correspond pas"]);
        staff.assert_account_is_gone().await;
        both.open("/points-of-sale").await.assert_shows(&[BAKER_STREET]);
        both.page().assert_hides(&["Bella Pizza", PARIS]);
        nestor.open("/services").await.assert_shows(&["Baker Street - z6q31-0"]);
        assert_eq!(app.hubrise.answers_to_token_of("z6q31-0").await, 200);
        assert_eq!(app.browser().open(page.url.path()).await.words(), page.words());
        let other = page.url.path().replace("/deletions/", "/deletions/x");
        app.browser().open(&other).await.assert_status(404);
    })
    .await;
}

#[tokio::test]
async fn while_hubrise_is_down_the_page_tells_the_truth_and_jobs_go_on() {
    journey(async |app| {
        let (mut manager, _) = three_connections(app).await;
        app.run_upkeep().await;
        // One of them was cut before, and HubRise has not taken it back.
        app.hubrise.keep_tokens().await;
        manager.disconnect(LYON).await;
        app.hubrise.clear_faults().await;
        app.hubrise.stop().await;
        let page = manager.delete_restaurant("Bella Pizza").await;
        page.assert_status(200);
        page.assert_shows(&[
            DELETED,
            "HubRise n’a pas encore confirmé le retrait de 2 accès.",
            "1 connexion à HubRise coupée",
            "nos copies des clés effacées 0 sur 2",
        ]);
        let here = page.url.path().to_owned();
        assert_eq!(organisations(app).await, 1);
        app.run_jobs().await;
        assert_eq!(app.count("select count(*) from graphile_worker._private_jobs").await, 2);
        app.hubrise.restart().await;
        app.advance(TimeDelta::minutes(2));
        app.run_jobs().await;
        assert!(!app.hubrise.is_live("3r4s3-0").await && !app.hubrise.is_live("3r4s3-1").await);
        let page = manager.open(&here).await;
        page.assert_hides(&["pas encore confirmé", "0 sur 2"]);
        page.assert_shows(&["nos copies des clés effacées 23 novembre 2026 à 18:04:00"]);
        assert_eq!(app.count("select count(*) from revocation where token_ciphertext is not null").await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_location_that_somebody_connects_meanwhile_is_theirs_and_the_page_says_so() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        manager.connect(PARIS, PARIS_AT_HUBRISE).await;
        app.hubrise.keep_tokens().await;
        let here = manager.delete_restaurant("Bella Pizza").await.url.path().to_owned();
        let mut nestor = app.signed_in(NESTOR).await;
        nestor.connect(BAKER_STREET, PARIS_AT_HUBRISE).await;
        app.hubrise.clear_faults().await;
        app.run_jobs().await;
        assert_eq!(app.hubrise.answers_to_token_of("3r4s3-0").await, 200);
        manager.open(&here).await.assert_shows(&["1 accès conservé : le même point de vente HubRise a été relié"]);
    })
    .await;
}

/// Nothing has changed.
async fn assert_untouched(app: &TestApp) {
    assert_eq!(organisations(app).await, 2);
    assert_eq!(app.count("select count(*) from connection").await, 1);
    assert_eq!(app.hubrise.answers_to_token_of("3r4s3-0").await, 200);
}

#[tokio::test]
async fn nobody_deletes_a_restaurant_who_may_not_or_does_not_prove_who_they_are() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        manager.connect(PARIS, PARIS_AT_HUBRISE).await;
        let (bella, nestor) = (app.organisation("Bella Pizza").await, app.organisation("Chez Nestor").await);
        let (id, foreign) = (bella.to_string(), nestor.to_string());
        let good = [("organisation_id", &*id), ("name", "Bella Pizza"), ("password", PASSWORD)];

        manager.open(PATH).await;
        let tries = [
            (401, NO_PASSWORD, [(RESTAURANT, "Bella Pizza"), (PROOF, "falsch-und-lang")]),
            (422, NO_PASSWORD, [(RESTAURANT, "Bella Pizza"), (PROOF, "")]),
            (422, NO_NAME, [(RESTAURANT, "Bella"), (PROOF, PASSWORD)]),
            (422, NO_NAME, [(RESTAURANT, ""), (PROOF, PASSWORD)]),
        ];
        for (status, sentence, fields) in tries {
            let page = manager.press(DELETE_FOR_GOOD, &fields).await;
            page.assert_status(status);
            page.assert_shows(&[sentence, "Supprimer « Bella Pizza » de TicknCook ?"]);
        }
        manager.post(PATH, &good[..2]).await.assert_status(422);
        manager.post_with(PATH, &good, &[("origin", "https://evil.example")]).await.assert_status(403);
        // The page of another restaurant, its own or not, deletes nothing.
        let other = [("organisation_id", &*foreign), ("name", "Chez Nestor"), ("password", PASSWORD)];
        manager.post(PATH, &other).await.assert_status(409);
        let mut both = app.signed_in(OWNER_OF_BOTH).await;
        both.open("/services").await;
        both.post(PATH, &other).await.assert_status(409);

        let mut staff = app.signed_in(STAFF).await;
        staff.open(PATH).await.assert_status(403);
        staff.post(PATH, &good).await.assert_status(403);
        let mut support = app.support().await;
        assert_eq!(support.post(PATH, &good).await.target().path(), "/");
        assert_eq!(support.peek(PATH).await.target().path(), "/");
        assert_eq!(app.browser().post(PATH, &good).await.target().path(), "/login");
        let key = add_key(&app.app, bella, "Caisse", None).await.unwrap();
        let origin = app.public().origin().ascii_serialization();
        for method in [reqwest::Method::POST, reqwest::Method::DELETE] {
            for path in [PATH, "/api/v1/organisation", "/api/v1/organisations"] {
                let request = http_client().request(method.clone(), app.public().join(path).unwrap());
                let request = request.bearer_auth(key.expose_secret()).header("origin", &origin).form(&good);
                let status = request.send().await.unwrap().status().as_u16();
                assert!([303, 404, 405].contains(&status), "{method} {path}: {status}");
            }
        }
        assert_untouched(app).await;
    })
    .await;
}

#[tokio::test]
async fn guesses_at_the_password_are_slowed_down_as_at_the_door() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        manager.open(PATH).await;
        let wrong = [(RESTAURANT, "Bella Pizza"), (PROOF, "falsch-und-lang")];
        for _ in 0..5 {
            manager.press(DELETE_FOR_GOOD, &wrong).await.assert_status(401);
        }
        let page = manager.press(DELETE_FOR_GOOD, &[(RESTAURANT, "Bella Pizza"), (PROOF, PASSWORD)]).await;
        page.assert_status(429);
        page.assert_shows(&["Trop d’essais ont échoué"]);
        assert_eq!(organisations(app).await, 2);
    })
    .await;
}

#[tokio::test]
async fn whoever_has_no_password_types_the_name_alone() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        sqlx::query("update app_user set password_hash = null where email = $1")
            .bind(MANAGER)
            .execute(app.db())
            .await
            .unwrap();
        manager.open(PATH).await.assert_hides(&[PROOF]);
        manager.press(DELETE_FOR_GOOD, &[(RESTAURANT, "Bella")]).await.assert_shows(&[NO_NAME]);
        let page = manager.press(DELETE_FOR_GOOD, &[(RESTAURANT, "Bella Pizza")]).await;
        page.assert_shows(&[DELETED, "Aucune connexion n’était à couper", "Rien à retirer chez HubRise"]);
        assert_eq!(organisations(app).await, 1);
    })
    .await;
}

#[tokio::test]
async fn links_keys_grants_and_trips_die_with_it_and_nothing_is_left_at_hubrise() {
    journey(async |app| {
        let bella = app.organisation("Bella Pizza").await;
        let mut manager = app.signed_in(MANAGER).await;
        let invitation = manager.invite("Anna", AS_STAFF).await;
        let unused = manager.make_link(LYON, "Bella Pizza", "Lyon").await;
        let link = manager.make_link(LYON, "Bella Pizza", "Nice").await;
        let mut owner = app.browser();
        owner.follow(&link, NICE_AT_HUBRISE).await.assert_status(200);
        let mut guest = app.signed_in(NESTOR).await;
        guest.open(&invitation).await.assert_shows(&["Bella Pizza"]);
        let mut traveller = manager.clone();
        let callback = traveller.callback(PARIS, PARIS_AT_HUBRISE).await;
        let key = add_key(&app.app, bella, "Caisse", None).await.unwrap();

        let page = manager.delete_restaurant("Bella Pizza").await;
        page.assert_shows(&[DELETED, "Aucune connexion n’était à couper", "Accès retirés chez HubRise"]);
        app.run_jobs().await;
        assert!(!app.hubrise.is_live("3r4s3-2").await, "a grant that waited for the owner's word is left behind");
        for address in [&invitation, &unused, &link] {
            app.browser().open(address).await.assert_status(404);
        }
        owner.press(FRENCH.confirm, &[]).await.assert_status(404);
        guest.press("Rejoindre", &[]).await.assert_status(404);
        let listed = http_client().get(app.public().join("/api/v1/points-of-sale").unwrap());
        assert_eq!(listed.bearer_auth(key.expose_secret()).send().await.unwrap().status(), 401);
        assert!(traveller.open(&callback).await.status.as_u16() < 500);
        assert_eq!(app.hubrise.exchanges().await, 1, "a code was exchanged for nobody");
        assert_eq!(app.count("select count(*) from connection").await, 0);
        app.assert_nothing_of_bella_is_left(&bella.to_string()).await;
    })
    .await;
}

#[tokio::test]
async fn support_learns_that_it_was_deleted_and_no_more() {
    journey(async |app| {
        let id = app.organisation("Bella Pizza").await.to_string();
        let mut support = app.support().await;
        support.open(&format!("/support/organisations/{id}")).await.assert_shows(&["Bella Pizza", MANAGER]);
        // Somebody of support who belongs to it, and nowhere else, goes on with their work.
        let member = "insert into membership (organisation_id, user_id, role, created_at)
            select o.id, u.id, 'staff', now() from organisation o, app_user u
            where o.name = 'Bella Pizza' and u.email = 'support@tickncook.example'";
        sqlx::query(member).execute(app.db()).await.unwrap();
        app.signed_in(MANAGER).await.delete_restaurant("Bella Pizza").await;
        let page = support.search(&id).await;
        page.assert_shows(&["Établissement supprimé", "23 novembre 2026 à 18:02"]);
        page.assert_hides(&["Bella Pizza", MANAGER]);
        let page = support.open(&format!("/support/organisations/{id}")).await;
        page.assert_shows(&["Établissement supprimé"]);
        support.search("Bella").await.assert_hides(&["Bella Pizza", "Établissement supprimé"]);
        assert!(support.open("/services").await.url.path().starts_with("/support"), "support stays");
    })
    .await;
}

#[tokio::test]
async fn of_two_who_delete_at_once_one_does_and_the_other_is_told() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        manager.connect(PARIS, PARIS_AT_HUBRISE).await;
        let mut both = app.signed_in(OWNER_OF_BOTH).await;
        for browser in [&mut manager, &mut both] {
            browser.open(PATH).await;
        }
        let fields = [(RESTAURANT, "Bella Pizza"), (PROOF, PASSWORD)];
        let again = async |browser: &mut Browser| browser.press(DELETE_FOR_GOOD, &fields).await.clone();
        let (one, other) = tokio::join!(again(&mut manager), again(&mut both));
        let done = [&one, &other].iter().filter(|page| page.url.path().starts_with("/deletions/")).count();
        assert_eq!(done, 1, "{} {}", one.words(), other.words());
        assert!(one.status.as_u16() < 500 && other.status.as_u16() < 500, "{} {}", one.words(), other.words());
        assert_eq!(app.count("select count(*) from organisation_deletion").await, 1);
        assert_eq!(app.hubrise.revocations().await, 1);
        // The page that was left open is nobody's any more: Chez Nestor stays, whatever is typed.
        both.post(PATH, &[("organisation_id", "018f0000-0000-7000-8000-000000000000")]).await.assert_status(409);
        assert_eq!(organisations(app).await, 1);
    })
    .await;
}
