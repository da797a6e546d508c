//! How TicknCook's support finds anything, and what something is wrong with.

use crate::harness::{
    MANAGER, NESTOR, OWNER_OF_BOTH, PARIS, STAFF, journey,
    support::{run, text, three_connections},
};

const NOTHING: &str = "Rien ne correspond à";

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
        let paris = app.connection("3r4s3-0").await;
        for query in [
            "bELLA",
            "ella pizz",
            "pizza  bella",
            STAFF,
            "GERANT@bella",
            "3r4s3",
            "3R4S3-0",
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
        for query in ["crêperie", "CREPERIE", "l'église", "L’EGLISE", "50%", "50%_", "%_\\", "Creperie 50%"] {
            let page = support.search(query).await;
            page.assert_shows(&["Lyon Part-Dieu", "Crêperie de l’ÉGLISE 50%_\\ - 3r4s3-1"]);
            page.assert_hides(&["北京烤鸭"]);
        }
        for query in ["烤鸭", "北京烤鸭", "<script>", "ALERT(1)"] {
            let page = support.search(query).await;
            page.assert_shows(&["北京烤鸭 <script>alert(1)</script>"]);
            assert!(!page.body.contains("<script>alert"), "{}", page.body);
        }
        for query in ["100%", "a_b", "' or 1=1 --", "bella%pizza", "_____", "\\", "Bella Nestor", "3r4s30", "%%%", "％"]
        {
            let page = support.search(query).await;
            page.assert_status(200);
            page.assert_shows(&[NOTHING]);
        }
        let long = "x".repeat(5000);
        for query in ["%00", "", "%20%20", "%27", long.as_str(), "%ff"] {
            support.peek(&format!("/support?query={query}")).await.assert_status(200);
        }
        let page = support.search("018f0000-0000-7000-8000-000000000000").await;
        page.assert_shows(&["l’exploitant le retrouve dans les journaux"]);
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
