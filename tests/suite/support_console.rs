//! The console of TicknCook's support: finding anything, seeing what is wrong and what happened, and helping.

use chrono::TimeDelta;
use serde_json::json;

use crate::harness::{
    FRENCH, MANAGER, NESTOR, OWNER_OF_BOTH, PARIS, STAFF, TestApp, journey,
    support::{SEARCH, page_of, three_connections},
};

const NOTHING: &str = "Rien ne correspond à";
const CHECK: &str = "Vérifier maintenant";

async fn run(app: &TestApp, sql: &'static str) {
    sqlx::query(sql).execute(app.db()).await.unwrap();
}

async fn text(app: &TestApp, sql: &'static str) -> String {
    sqlx::query_scalar(sql).fetch_one(app.db()).await.unwrap()
}

#[tokio::test]
async fn anything_is_found_by_any_part_of_it_and_leads_to_its_connection() {
    journey(async |app| {
        three_connections(app).await;
        let organisation = text(app, "select id::text from organisation where name = 'Bella Pizza'").await;
        let attempt = text(
            app,
            "select a.id::text from authorisation_attempt a join connection c on c.id = a.connection_id
             where c.location_id = '3r4s3-0'",
        )
        .await;
        let mut support = app.support().await;
        assert!(support.open("/support").await.find_link("SUPPORT").is_some(), "{}", support.page().words());
        let paris = app.connection("3r4s3-0").await;
        for query in [
            "bELLA",
            "ella pizz",
            "pizza  bella",
            STAFF,
            "GERANT@bella",
            "3r4s3",
            "3R4S3-0",
            "Paris - 3r4s3-0",
            "Bella Pizza - 3r4s3",
            "Paris République",
            "republique",
            "PARIS bella",
            "Part-Dieu",
            &organisation,
            &paris,
            &attempt,
            &app.point_of_sale(PARIS).await,
            &format!("N° {paris}"),
        ] {
            let page = support.search(query).await;
            page.assert_shows(&["Bella Pizza"]);
            page.assert_hides(&["Chez Nestor", NOTHING]);
        }
        let page = support.search("3r4s3-0").await;
        page.assert_shows(&[
            "Points de vente : 2, dont reliés à HubRise : 2",
            "Paris République Paris - 3r4s3-0 Bella Pizza - 3r4s3 Vérifiée à 18:02",
        ]);
        let page = support.click("Ouvrir Paris République").await;
        page.assert_shows(&["Paris République", "Bella Pizza - 3r4s3", "Paris - 3r4s3-0", &paris, MANAGER]);
        let page = support.search("baker").await;
        page.assert_shows(&["Chez Nestor"]);
        page.assert_hides(&["Bella Pizza"]);
        support.click("Envoyer un lien au propriétaire Chez Nestor").await.assert_shows(&["Chez Nestor"]);
        // Of both restaurants.
        support.search(OWNER_OF_BOTH).await.assert_shows(&["Bella Pizza", "Chez Nestor"]);
    })
    .await;
}

#[tokio::test]
async fn a_search_takes_every_character_for_itself_and_none_too_seriously() {
    journey(async |app| {
        three_connections(app).await;
        run(app, "update connection set location_name = 'Crêperie de l’ÉGLISE 50%_\\' where location_id = '3r4s3-1'")
            .await;
        run(app, "update organisation set name = '北京烤鸭 <script>alert(1)</script>' where name = 'Chez Nestor'")
            .await;
        let mut support = app.support().await;
        for query in ["crêperie", "CREPERIE", "l'église", "L’EGLISE", "50%", "50%_", "Creperie 50%"] {
            let page = support.search(query).await;
            page.assert_shows(&["Lyon Part-Dieu", "Crêperie de l’ÉGLISE 50%_\\ - 3r4s3-1"]);
            page.assert_hides(&["北京烤鸭"]);
        }
        for query in ["烤鸭", "北京烤鸭", "<script>", "ALERT(1)"] {
            let page = support.search(query).await;
            page.assert_shows(&["北京烤鸭 <script>alert(1)</script>"]);
            assert!(!page.body.contains("<script>alert"), "{}", page.body);
        }
        // Signs alone would have every name looked at, and find nothing.
        let signs = ["_____", "\\", "%%%", "％", "%_\\"];
        for query in ["100%", "a_b", "' or 1=1 --", "bella%pizza", "Bella Nestor", "3r4s30"].into_iter().chain(signs) {
            let page = support.search(query).await;
            page.assert_status(200);
            page.assert_shows(&[NOTHING]);
        }
        let long = "x".repeat(5000);
        for query in ["%00", "", "%20%20", "%27", long.as_str(), "%ff"] {
            support.peek(&format!("/support?query={query}")).await.assert_status(200);
        }
        let page = support.search("018f0000-0000-7000-8000-000000000000").await;
        page.assert_shows(&["l’exploitant de TicknCook le retrouve dans les journaux"]);
    })
    .await;
}

#[tokio::test]
async fn a_long_list_of_restaurants_is_cut_and_a_chain_shows_what_was_searched_for() {
    journey(async |app| {
        run(
            app,
            "insert into organisation (id, name, created_at)
             select gen_random_uuid(), 'Pizza numéro ' || n, now() from generate_series(1, 40) n",
        )
        .await;
        run(
            app,
            "insert into point_of_sale (id, organisation_id, name, created_at)
             select gen_random_uuid(), o.id, 'Comptoir ' || n, now()
             from organisation o, generate_series(1, 50) n where o.name = 'Chez Nestor'",
        )
        .await;
        let mut support = app.support().await;
        let page = support.search("pizza").await;
        page.assert_shows(&["Il y en a d’autres"]);
        assert_eq!(page.texts("li.found").len(), 25);
        support.search("numéro 40").await.assert_hides(&["Il y en a d’autres"]);
        let page = support.search("comptoir 49").await;
        page.assert_shows(&["Comptoir 49", "45 autres points de vente"]);
        support.click("Chez Nestor").await.assert_shows(&["Comptoir 49", "Comptoir 1", NESTOR]);
    })
    .await;
}

#[tokio::test]
async fn what_is_wrong_is_counted_and_listed_page_by_page() {
    journey(async |app| {
        three_connections(app).await;
        let mut support = app.support().await;
        for none in ["En échec : 0", "HubRise ne répond pas : 0", "Révocations en retard : 0", "Alertes : 0"] {
            support.open("/support").await;
            support.click(none).await.assert_shows(&["Rien de tel en ce moment."]);
        }
        run(
            app,
            "with p as (insert into point_of_sale (id, organisation_id, name, created_at)
                select gen_random_uuid(), o.id, 'Rayon ' || n, now() from organisation o, generate_series(1, 29) n
                where o.name = 'Chez Nestor' returning id, organisation_id, name)
             insert into connection (id, organisation_id, point_of_sale_id, account_id, location_id, token_key_id,
                token_ciphertext, token_digest, connected_at, verified_at, failed_since, failure)
             select gen_random_uuid(), organisation_id, id, 'zz', name, 'test', 'x', sha256(name::bytea),
                '2026-11-01', '2026-11-01', '2026-11-20', 'blocked' from p",
        )
        .await;
        run(app, "update connection set failed_since = '2026-11-22', failure = 'unpaid' where location_id = '3r4s3-0'")
            .await;
        run(app, "update connection set unreachable_since = '2026-11-22' where location_id = '3r4s3-1'").await;
        support.open("/support").await;
        let page = support.click("En échec : 30").await;
        let first = page.texts(".line-what h3");
        assert_eq!((first.len(), first[0].as_str()), (25, PARIS), "the latest first");
        page.assert_shows(&["L’abonnement HubRise n’est pas réglé", "TicknCook a été bloqué"]);
        let page = support.click("Plus anciens").await;
        let rest = page.texts(".line-what h3");
        assert_eq!(rest.len(), 5);
        assert!(rest.iter().all(|name| !first.contains(name)), "{rest:?}");
        assert!(page.find_link("Plus anciens").is_none());
        support
            .click("HubRise ne répond pas : 1")
            .await
            .assert_shows(&["Lyon Part-Dieu", "HubRise ne répond pas depuis"]);
        for nonsense in ["?show=nonsense", "?show=failing&after=nonsense", "?show=failing&after=9-x", "?after=1"] {
            support.peek(&format!("/support{nonsense}")).await.assert_status(200);
        }
    })
    .await;
}

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
        page.assert_shows(&[
            "Accès révoqué chez HubRise",
            "Tâche relancée par le support",
            "Tâche : Révocation chez HubRise",
        ]);
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
            "2 fois, la dernière en",
            "Essais : 1.",
            "Dernière erreur : the mail is not sent",
            "GET /location · 200",
            "location.update",
            "Reçu : 3 fois",
            "Connexion vérifiée à la demande",
            "Support TicknCook · support@tickncook.example",
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
        for before in ["nonsense", "-262143-01-01T00:00:00Z", "%2B262142-12-31T00:00:00Z"] {
            support.peek(&format!("/support/connections/{id}?before={before}")).await.assert_status(200);
        }
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
