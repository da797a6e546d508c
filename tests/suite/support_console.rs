//! The console of TicknCook's support: what it tells of a connection, and how it helps.

use chrono::TimeDelta;
use serde_json::json;

use crate::harness::{
    FRENCH, MANAGER, PARIS, PARIS_AT_HUBRISE, journey,
    support::{SEARCH, SUPPORT, page_of, run, text, three_connections},
};

const CHECK: &str = "Vérifier maintenant";
const REMOVE: &str = "Retirer ce point de vente";
const REASON: &str = "Motif";

#[tokio::test]
async fn an_overdue_revocation_and_its_alarm_lead_to_what_is_left_of_the_connection() {
    journey(async |app| {
        let (mut bella, _) = three_connections(app).await;
        let paris = app.connection("3r4s3-0").await;
        app.hubrise.lasting_fault("/oauth2/v1/revoke", json!({ "kind": "status", "status": 503 })).await;
        bella.disconnect(PARIS).await;
        app.advance(TimeDelta::hours(25));
        app.run_jobs().await;
        let mut support = app.support().await;
        let page = support.click("Révocations en retard : 1").await;
        page.assert_shows(&["Paris République", "Paris - 3r4s3-0", "Révocation demandée et pas confirmée depuis"]);
        let page = support.click("Alertes : 1").await;
        page.assert_shows(&["HubRise ne confirme pas une révocation depuis un jour", "Bella Pizza"]);
        let page = support.click(&format!("Ouvrir {paris}")).await;
        page.assert_shows(&[
            "Cette connexion n’existe plus",
            "Révocation chez HubRise",
            "Prochain essai",
            "Bella Pizza",
        ]);
        assert!(!page.has_button(CHECK));

        app.hubrise.clear_faults().await;
        let key = support.page().form("Rejouer Révocation chez HubRise").fields()[0].1.clone();
        let mut again = support.clone();
        support.press("Rejouer Révocation chez HubRise", &[]).await.assert_shows(&["Essais : 0."]);
        let due = "select count(*) from graphile_worker._private_jobs where run_at <= now() and attempts = 0";
        assert_eq!(app.count(due).await, 1);
        app.run_jobs().await;
        assert!(!app.hubrise.is_live("3r4s3-0").await);
        let page = support.open(&format!("/support/connections/{paris}")).await;
        page.assert_shows(&["Accès révoqué chez HubRise", "Tâche relancée par le support"]);
        page.assert_hides(&["Ce qui attend"]);
        // The same page, still open elsewhere: there is nothing left to try, and nothing is written down.
        again.press("Rejouer Révocation chez HubRise", &[]).await.assert_status(200);
        assert_eq!(app.count("select count(*) from history_entry where action = 'job_replayed'").await, 1);
        // Nobody's jobs are reached through another's page.
        let lyon = app.connection("3r4s3-1").await;
        support.post(&format!("/support/connections/{lyon}/replay"), &[("job", &key)]).await.assert_status(404);
        support.post(&format!("/support/connections/{lyon}/replay"), &[]).await.assert_status(400);
        // By any of its numbers, what is gone is found.
        support.search(&paris).await.assert_shows(&["« Paris République », déconnecté le"]);
        support.click("Ouvrir Reçu").await.assert_shows(&["Cette connexion n’existe plus"]);
        support.click("Voir le reçu").await.assert_shows(&["Reçu de déconnexion", "Accès révoqué chez HubRise"]);
        assert_eq!(support.click("Retour").await.url.path(), format!("/support/connections/{paris}"));
    })
    .await;
}

#[tokio::test]
async fn a_connection_s_page_tells_what_happened_from_every_source() {
    journey(async |app| {
        three_connections(app).await;
        let mut support = app.support().await;
        let page = page_of(app, &mut support, "3r4s3-0").await;
        page.assert_shows(&["Vérifiée à 18:02", "Autorisation réussie", "Par gerant@bellapizza.example"]);
        app.hubrise.control("connections/disconnect", json!({ "location_id": "3r4s3-0" })).await;
        run(
            app,
            "insert into hubrise_event (id, organisation_id, connection_id, event_id, resource_type, event_type, body,
                status, received_at, times)
             select gen_random_uuid(), organisation_id, id, 'ks8f6', 'location', 'update', 'the whole body', 'pending',
                '2026-11-23T17:03:00Z', 3 from connection where location_id = '3r4s3-0'",
        )
        .await;
        app.advance(TimeDelta::minutes(2));
        support.press(CHECK, &[]).await;
        app.advance(TimeDelta::minutes(3));
        support.press(CHECK, &[]).await.assert_shows(&["Essais : 0."]);
        // The mail server is not there.
        app.run_jobs().await;
        let page = page_of(app, &mut support, "3r4s3-0").await;
        page.assert_shows(&[
            "En échec depuis 18:04",
            "TicknCook a été déconnecté depuis HubRise",
            "GET /location · 401",
            "Fois : 2",
            "Essais : 1.",
            "Dernière erreur : the mail is not sent",
            "GET /location · 200",
            "location.update",
            "Reçu : 3 fois",
            "Connexion vérifiée à la demande",
            "Support TicknCook (support@tickncook.example)",
            "Connexion en échec",
            "Pas encore envoyé.",
            "E-mail à envoyer · gerant@bellapizza.example",
            "À gerant@bellapizza.example",
        ]);
        page.assert_hides(&["the whole body"]);
        let told = page.texts(".moment h3");
        let place = |words: &str| told.iter().position(|title| title.contains(words)).unwrap();
        assert!(place("401") < place("location.update"), "the newest first: {told:?}");
        assert!(place("location.update") < place("Autorisation réussie"), "{told:?}");
        let callback_key = text(app, "select callback_key from connection where location_id = '3r4s3-0'").await;
        assert!(!page.body.contains(&callback_key), "the callback's key is shown");
        // One for each manager.
        app.leaves_jobs(2);
    })
    .await;
}

#[tokio::test]
async fn a_failed_trip_is_told_with_what_the_person_read() {
    journey(async |app| {
        let (mut bella, _) = three_connections(app).await;
        bella.open("/services").await;
        let id = app.connection("3r4s3-0").await;
        let departure = bella.post(&format!("/services/hubrise/connections/{id}/reconnect"), &[]).await.target();
        bella.open(departure.as_str()).await;
        bella.press(FRENCH.hubrise_deny, &[]).await;
        let mut support = app.support().await;
        let page = page_of(app, &mut support, "3r4s3-0").await;
        page.assert_shows(&[
            "Autorisation échouée : Vous avez refusé l’accès",
            "Ce que la personne a lu : « Vous avez choisi « Refuser » chez HubRise",
        ]);
        let attempt = text(app, "select id::text from authorisation_attempt where failure = 'denied'").await;
        let page = support.search(&attempt).await;
        page.assert_shows(&["Autorisation échouée", "Vous avez refusé l’accès", "Bella Pizza"]);
        let page = support.click("Ouvrir Autorisation échouée : Vous avez refusé l’accès").await;
        page.assert_shows(&["Bella Pizza", "Passages récents chez HubRise", "Autorisation échouée"]);
    })
    .await;
}

#[tokio::test]
async fn a_long_timeline_is_read_page_by_page() {
    journey(async |app| {
        three_connections(app).await;
        run(
            app,
            "insert into hubrise_event (id, organisation_id, connection_id, event_id, resource_type, event_type, body,
                status, received_at)
             select gen_random_uuid(), organisation_id, id, 'e' || n, 'order', 'number' || n, '', 'kept',
                '2026-11-23T16:00:00Z'::timestamptz - n * interval '1 minute'
             from connection, generate_series(1, 120) n where location_id = '3r4s3-0'",
        )
        .await;
        let mut support = app.support().await;
        page_of(app, &mut support, "3r4s3-0").await;
        let mut seen = Vec::new();
        for page in 0.. {
            assert!(page < 10, "the pages have no end");
            let page = support.page();
            let shown = page.texts(".moment h3");
            assert!(shown.len() <= 50, "{}", shown.len());
            seen.extend(shown.into_iter().filter(|title| title.starts_with("order.")));
            if page.find_link("Plus anciens").is_none() {
                break;
            }
            support.click("Plus anciens").await;
        }
        let all: Vec<String> = (1..=120).map(|n| format!("order.number{n}")).collect();
        assert_eq!(seen, all);
        support.click("Les plus récents").await.assert_shows(&["order.number1"]);
        let id = app.connection("3r4s3-0").await;
        support.peek(&format!("/support/connections/{id}?before=nonsense")).await.assert_status(200);
    })
    .await;
}

#[tokio::test]
async fn looking_is_written_down_once_an_hour_and_the_organisation_sees_it() {
    journey(async |app| {
        let (mut bella, mut nestor) = three_connections(app).await;
        let mut support = app.support().await;
        let looks = "select count(*) from history_entry where action = 'support_looked'";
        for _ in 0..3 {
            page_of(app, &mut support, "3r4s3-0").await;
        }
        assert_eq!(app.count(looks).await, 1);
        page_of(app, &mut support, "3r4s3-1").await;
        assert_eq!(app.count(looks).await, 2);
        app.advance(TimeDelta::minutes(61));
        page_of(app, &mut support, "3r4s3-0").await;
        assert_eq!(app.count(looks).await, 3);
        support.press(CHECK, &[]).await.assert_status(200);
        let page = bella.open("/history").await;
        page.assert_shows(&["Consultation par le support", "Connexion vérifiée à la demande", SUPPORT]);
        nestor.open("/history").await.assert_hides(&[SUPPORT]);
    })
    .await;
}

#[tokio::test]
async fn a_point_of_sale_is_removed_with_a_reason_only_and_the_organisation_reads_it() {
    journey(async |app| {
        let (mut bella, mut nestor) = three_connections(app).await;
        let paris = app.connection("3r4s3-0").await;
        let mut support = app.support().await;
        page_of(app, &mut support, "3r4s3-0").await;
        let page = support.click(REMOVE).await;
        page.assert_shows(&[
            "Supprimer « Paris République » ?",
            "Ce qui s’arrête",
            "Ce qui est conservé",
            "Bella Pizza",
        ]);
        let path = page.url.path().to_owned();
        for reason in ["", "   ", "\n", &"é".repeat(501)] {
            let page = support.post(&path, &[("reason", reason)]).await;
            page.assert_status(422);
            page.assert_shows(&["Rien n’a été modifié", "Ce qui s’arrête"]);
        }
        support.post(&path, &[]).await.assert_status(422);
        assert_eq!(app.hubrise.revocations().await, 0);
        assert_eq!(app.count("select count(*) from connection").await, 3);

        let mut again = support.clone();
        let page = support.press(FRENCH.confirm, &[(REASON, " Demandé par la gérante <b>au téléphone</b> ")]).await;
        page.assert_status(200);
        assert!(page.url.path().starts_with("/support/receipts/"), "{}", page.url);
        page.assert_shows(&[
            "« Paris République » est supprimé",
            "Demandé par la gérante <b>au téléphone</b>",
            SUPPORT,
        ]);
        assert!(!app.hubrise.is_live("3r4s3-0").await);
        let receipt = page.url.path().rsplit('/').next().unwrap().to_owned();
        let page = bella.open("/history").await;
        page.assert_shows(&["Point de vente supprimé", "Demandé par la gérante <b>au téléphone</b>", SUPPORT]);
        bella.open(&format!("/receipts/{receipt}")).await.assert_shows(&["au téléphone"]);
        nestor.peek(&format!("/receipts/{receipt}")).await.assert_status(404);
        support.peek(&format!("/receipts/{receipt}")).await.assert_status(303);
        bella.open("/points-of-sale").await.assert_hides(&[PARIS]);

        // Confirmed twice, it is done once.
        let page = again.press(FRENCH.confirm, &[(REASON, "encore")]).await;
        assert_eq!(page.url.path(), format!("/support/receipts/{receipt}"));
        page.assert_hides(&["encore"]);
        assert_eq!(app.hubrise.revocations().await, 1);
        support.open(&path).await.assert_shows(&["« Paris République » est supprimé"]);
        let page = support.open(&format!("/support/connections/{paris}")).await;
        page.assert_shows(&["Cette connexion n’existe plus", "Motif : Demandé par la gérante"]);
    })
    .await;
}

#[tokio::test]
async fn a_point_of_sale_that_is_linked_to_something_else_by_now_is_not_removed_for_its_former_connection() {
    journey(async |app| {
        let (mut bella, _) = three_connections(app).await;
        let mut support = app.support().await;
        page_of(app, &mut support, "3r4s3-0").await;
        support.click(REMOVE).await;
        bella.disconnect(PARIS).await;
        bella.connect(PARIS, PARIS_AT_HUBRISE).await;
        let page = support.press(FRENCH.confirm, &[(REASON, "trop tard")]).await;
        page.assert_shows(&["« Paris République » est déconnecté"]);
        assert_eq!(app.count("select count(*) from connection").await, 3);
    })
    .await;
}

#[tokio::test]
async fn removing_while_hubrise_is_down_tells_the_truth() {
    journey(async |app| {
        three_connections(app).await;
        let mut support = app.support().await;
        page_of(app, &mut support, "3r4s3-0").await;
        support.click(REMOVE).await;
        app.hubrise.stop().await;
        let page = support.press(FRENCH.confirm, &[(REASON, "fermeture")]).await;
        page.assert_shows(&["la révocation chez HubRise est en cours"]);
        app.hubrise.restart().await;
        app.advance(TimeDelta::minutes(1));
        app.run_jobs().await;
        assert!(!app.hubrise.is_live("3r4s3-0").await);
    })
    .await;
}

#[tokio::test]
async fn checking_while_hubrise_is_down_says_so() {
    journey(async |app| {
        three_connections(app).await;
        let mut support = app.support().await;
        page_of(app, &mut support, "3r4s3-0").await;
        app.hubrise.stop().await;
        app.advance(TimeDelta::minutes(1));
        let page = support.press(CHECK, &[]).await;
        page.assert_status(200);
        page.assert_shows(&["HubRise ne répond pas depuis 18:03"]);
        page.assert_hides(&["En échec depuis"]);
    })
    .await;
}

#[tokio::test]
async fn the_summary_has_every_number_and_no_secret() {
    journey(async |app| {
        three_connections(app).await;
        let paris = app.connection("3r4s3-0").await;
        let organisation = text(app, "select id::text from organisation where name = 'Bella Pizza'").await;
        let mut support = app.support().await;
        let page = page_of(app, &mut support, "3r4s3-0").await;
        let summary = page.texts("textarea#summary").remove(0);
        for part in [
            "Bella Pizza",
            &organisation,
            PARIS,
            &app.point_of_sale(PARIS).await,
            &paris,
            "Paris - 3r4s3-0",
            "Bella Pizza - 3r4s3",
            "Carte Paris - psmlf",
            "Dernière vérification réussie",
            MANAGER,
        ] {
            assert!(summary.contains(part), "{part} is missing: {summary}");
        }
        // That no token is in it, or anywhere else on these pages, is looked at after every journey.
        assert!(!summary.contains(&text(app, "select callback_key from connection limit 1").await));
    })
    .await;
}

#[tokio::test]
async fn the_console_speaks_english_too() {
    journey(async |app| {
        three_connections(app).await;
        let mut support = app.support().await;
        support.press(FRENCH.other_language, &[]).await.assert_shows(&["Find a restaurant", "Failing: 0"]);
        let page = support.press("Search", &[("query", "republique")]).await;
        page.assert_shows(&["Points of sale: 2, connected to HubRise: 2", "Open Paris République"]);
        let page = support.click("Open Paris République").await;
        page.assert_shows(&["What happened", "Authorised", "Trip to HubRise", "Check now"]);
        assert!(page.body.contains("Copy a summary"), "the button that a script shows");
        assert!(!page.has_button(SEARCH));
    })
    .await;
}
