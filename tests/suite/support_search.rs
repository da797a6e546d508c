//! Finding in the console what is no longer there.

use crate::harness::{BAKER_STREET, BAKER_STREET_AT_HUBRISE, LYON, MANAGER, NESTOR, PARIS, PARIS_AT_HUBRISE, journey};

#[tokio::test]
async fn what_was_deleted_is_found_by_its_names_until_it_is_linked_again() {
    journey(async |app| {
        let mut bella = app.signed_in(MANAGER).await;
        bella.connect(PARIS, PARIS_AT_HUBRISE).await;
        app.signed_in(NESTOR).await.connect(BAKER_STREET, BAKER_STREET_AT_HUBRISE).await;
        let paris = app.connection("3r4s3-0").await;
        bella.delete(PARIS).await;
        app.run_jobs().await;
        let mut support = app.support().await;
        for query in ["Paris", "republique paris", "PARIS République", "3r4s3-0", "3r4s3", "Paris - 3r4s3-0"] {
            let page = support.search(query).await;
            page.assert_shows(&["« Paris République », déconnecté le 23 novembre 2026", "Bella Pizza"]);
            page.assert_hides(&["Chez Nestor"]);
        }
        support.click("Ouvrir Reçu").await.assert_shows(&["Cette connexion n’existe plus", &paris]);
        support.search("baker").await.assert_hides(&["déconnecté le"]);

        bella.connect(LYON, PARIS_AT_HUBRISE).await;
        let page = support.search("paris").await;
        page.assert_shows(&["Lyon Part-Dieu Paris - 3r4s3-0"]);
        page.assert_hides(&["déconnecté le"]);
    })
    .await;
}

#[tokio::test]
async fn a_name_that_begins_with_what_is_looked_for_comes_before_any_number_of_others() {
    journey(async |app| {
        sqlx::query(
            "insert into organisation (id, name, created_at)
             select gen_random_uuid(), 'Au Soleil ' || n, now() from generate_series(1, 400) n
             union all select gen_random_uuid(), 'Soleil d’Orient et de Provence', now()",
        )
        .execute(app.db())
        .await
        .unwrap();
        let mut support = app.support().await;
        let page = support.search("SOLEIL").await;
        page.assert_shows(&["Soleil d’Orient et de Provence", "Au Soleil", "Il y en a d’autres"]);
        // One among very many is found by its own words, and follows its name.
        support.search("soleil 399").await.assert_shows(&["Au Soleil 399"]);
        let renamed = "update organisation set name = 'Chez Mireille' where name = 'Au Soleil 399'";
        sqlx::query(renamed).execute(app.db()).await.unwrap();
        support.search("mireille").await.assert_shows(&["Chez Mireille"]);
        support.search("soleil 399").await.assert_hides(&["Au Soleil 399", "Chez Mireille"]);
    })
    .await;
}

#[tokio::test]
async fn an_address_that_begins_so_comes_before_any_number_of_others_and_a_part_is_enough() {
    journey(async |app| {
        sqlx::query(
            "with person as (
                select gen_random_uuid() as id, gen_random_uuid() as organisation, n || '.gino@salle.example' as email,
                    'Restaurant ' || n as name
                from generate_series(1, 400) n
                union all select gen_random_uuid(), gen_random_uuid(), 'gino.rossi-de-la-salle@salle.example', 'Maison Verte'
            ), organisations as (
                insert into organisation (id, name, created_at) select organisation, name, now() from person
            ), people as (
                insert into app_user (id, email, created_at) select id, email, now() from person
            )
            insert into membership (organisation_id, user_id, role, created_at)
            select organisation, id, 'manager', now() from person",
        )
        .execute(app.db())
        .await
        .unwrap();
        let mut support = app.support().await;
        let page = support.search("Gino").await;
        page.assert_shows(&["Maison Verte", "Restaurant", "Il y en a d’autres"]);
        support.search("399.gino@").await.assert_shows(&["Restaurant 399"]);
        let page = support.search("rossi-de-la-salle@").await;
        page.assert_shows(&["Maison Verte"]);
        page.assert_hides(&["Restaurant 1"]);
    })
    .await;
}
