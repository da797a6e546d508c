//! Connecting a point of sale from TicknCook, as the mission page describes it.

use serde_json::json;

use crate::harness::{
    BAKER_STREET, BAKER_STREET_AT_HUBRISE, CHOSEN, ENGLISH, FRENCH, LYON, LYON_AT_HUBRISE, LYON_DELIVERY_AT_HUBRISE,
    MANAGER, NESTOR, NICE_AT_HUBRISE, PARIS, PARIS_AT_HUBRISE, PASSWORD, Page, STAFF, journey, journey_with,
    narrow_journey,
};

fn links_of(page: &Page) -> [String; 4] {
    [FRENCH.account, FRENCH.location, FRENCH.catalog, FRENCH.customer_list].map(|label| page.fact(label))
}

#[tokio::test]
async fn a_manager_connects_a_point_of_sale_step_by_step() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        browser.click(FRENCH.services).await.assert_shows(&["HUBRISE", "Aucun point de vente n’est encore relié"]);
        let page = browser.click(FRENCH.add).await;
        page.assert_shows(&[FRENCH.choose]);
        let labels = page.form(FRENCH.allow).labels();
        assert_eq!(labels, [LYON, PARIS, FRENCH.new, FRENCH.new_name]);

        let page = browser.press(FRENCH.allow, &[(PARIS, CHOSEN)]).await;
        assert_eq!(page.url.as_str().split('/').nth(2), app.hubrise.url().split('/').nth(2));
        browser.sign_in_at_hubrise("thomas@bellapizza.example").await.assert_shows(&[
            "TicknCook souhaite accéder à un point de vente :",
            "Voir et modifier les commandes",
            "Voir une liste de clients :",
            "Voir un catalogue :",
        ]);
        let page = browser.press(FRENCH.allow, &[(FRENCH.hubrise_location, "Bella Pizza Paris (3r4s3-0)")]).await;

        page.assert_status(200);
        assert!(page.url.path().starts_with("/services/hubrise/attempts/"), "{}", page.url);
        assert_eq!(page.url.query(), None, "the code stays in nobody's history");
        page.assert_shows(&["« Paris République » est relié à HubRise", "Vérifiée à 18:02"]);
        let linked = ["Bella Pizza - 3r4s3", "Paris - 3r4s3-0", "Carte Paris - psmlf", "Clients Paris - xab66"];
        assert_eq!(links_of(page), linked);

        let page = browser.click(FRENCH.services).await;
        assert_eq!(links_of(page), linked);
        page.assert_shows(&[PARIS, "Connectée par gerant@bellapizza.example le 23 novembre 2026 à 18:02"]);
        let page = browser.click(FRENCH.points_of_sale).await;
        page.assert_shows(&["Paris - 3r4s3-0", "Bella Pizza - 3r4s3", "Lyon Part-Dieu Non relié"]);
        assert_eq!(
            app.hubrise.calls().await,
            ["POST /oauth2/v1/token basic 200", "GET /v1/location token 200"],
            "the code is exchanged once, and the token proven"
        );
    })
    .await;
}

#[tokio::test]
async fn the_same_works_in_english() {
    journey(async |app| {
        let mut browser = app.browser();
        browser.open("/").await;
        browser.press(FRENCH.other_language, &[]).await;
        browser.press(ENGLISH.sign_in, &[(ENGLISH.email, MANAGER), (ENGLISH.password, PASSWORD)]).await;
        browser.click(ENGLISH.services).await.assert_shows(&["No point of sale is linked to HubRise yet."]);
        browser.click(ENGLISH.add).await.assert_shows(&[ENGLISH.choose]);
        browser.press(ENGLISH.allow, &[(PARIS, CHOSEN)]).await;
        let page = browser.allow(PARIS_AT_HUBRISE).await;
        page.assert_shows(&["“Paris République” is linked to HubRise", "Verified at 18:02"]);
        let labels = [ENGLISH.account, ENGLISH.location, ENGLISH.catalog, ENGLISH.customer_list];
        let facts = labels.map(|label| page.fact(label));
        assert_eq!(facts, ["Bella Pizza - 3r4s3", "Paris - 3r4s3-0", "Carte Paris - psmlf", "Clients Paris - xab66"]);
    })
    .await;
}

#[tokio::test]
async fn the_chosen_language_survives_signing_in_and_out() {
    journey(async |app| {
        let mut browser = app.browser();
        browser.open("/login").await;
        let page = browser.press(FRENCH.other_language, &[]).await;
        assert_eq!(page.url.path(), "/login");
        assert_eq!(page.attributes("lang"), ["en", "fr"]);
        browser.press(ENGLISH.sign_in, &[(ENGLISH.email, MANAGER), (ENGLISH.password, PASSWORD)]).await;
        browser.press(ENGLISH.sign_out, &[]).await.assert_shows(&["Sign in to TicknCook"]);
        browser.press(ENGLISH.other_language, &[]).await.assert_shows(&["Connectez-vous à TicknCook"]);
    })
    .await;
}

#[tokio::test]
async fn hubrise_is_asked_for_the_least_that_is_needed() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        browser.open("/services/hubrise/connect").await;
        let answer = browser.press_only(FRENCH.allow, &[(PARIS, CHOSEN)]).await;
        answer.assert_status(303);
        let target = answer.target();
        assert!(target.as_str().starts_with(&format!("{}/oauth2/v1/authorize?", app.hubrise.url())), "{target}");
        let parameters: std::collections::BTreeMap<_, _> = target.query_pairs().into_owned().collect();
        assert_eq!(parameters["scope"], "location[orders.write,customer_list.read,catalog.read]");
        assert_eq!(parameters["client_id"], crate::harness::hubrise::CLIENT_ID);
        assert_eq!(parameters["redirect_uri"], app.public().join("/hubrise_oauth/connect_callback").unwrap().as_str());
        assert!(parameters["state"].len() >= 43, "256 bits: {}", parameters["state"]);
        assert_eq!(parameters.get("response_type").map_or("code", |text| text), "code");
        let found = crate::harness::leftovers::tables_containing(app.db(), &parameters["state"]).await;
        assert!(found.is_empty(), "the state is stored as a hash only, not in {found:?}");
    })
    .await;
}

#[tokio::test]
async fn another_scope_can_be_configured() {
    let scope = "location[orders.read]";
    journey_with(
        |layers| layers.set("hubrise.scope", scope),
        async |app| {
            let mut browser = app.signed_in(MANAGER).await;
            let page = browser.leave_for_hubrise(PARIS).await;
            assert!(page.redirects[0].target().query_pairs().any(|(name, value)| name == "scope" && value == scope));
            let page = browser.allow(PARIS_AT_HUBRISE).await;
            assert_eq!(links_of(page), ["Bella Pizza - 3r4s3", "Paris - 3r4s3-0", "—", "—"]);
        },
    )
    .await;
}

#[tokio::test]
async fn a_location_with_a_choice_of_catalogs_and_lists_takes_a_second_step() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        browser.leave_for_hubrise(LYON).await;
        browser.sign_in_at_hubrise("thomas@bellapizza.example").await;
        browser.press(FRENCH.hubrise_next, &[(FRENCH.hubrise_location, "Lyon")]).await;
        let picked = [("Voir un catalogue :", "livraison"), ("Voir une liste de clients :", "fidélité")];
        let page = browser.press(FRENCH.allow, &picked).await;
        let linked =
            ["Bella Pizza - 3r4s3", "Lyon - 3r4s3-1", "Carte Lyon livraison - h3kz9", "Clients Lyon fidélité - b2nv7"];
        assert_eq!(links_of(page), linked);
    })
    .await;
}

#[tokio::test]
async fn a_location_without_catalog_and_list_shows_dashes() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        let page = browser.connect(PARIS, NICE_AT_HUBRISE).await;
        assert_eq!(links_of(page), ["Bella Pizza - 3r4s3", "Nice - 3r4s3-2", "—", "—"]);
    })
    .await;
}

#[tokio::test]
async fn a_new_point_of_sale_is_made_under_its_name() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        browser.open("/services/hubrise/connect").await;
        browser.press(FRENCH.allow, &[(FRENCH.new, CHOSEN), (FRENCH.new_name, "  Camion <b>Nice</b> ")]).await;
        assert_eq!(app.count("select count(*) from point_of_sale").await, 3, "nothing is made before HubRise agrees");
        browser.allow(NICE_AT_HUBRISE).await.assert_shows(&["« Camion <b>Nice</b> » est relié à HubRise"]);
        browser.open("/points-of-sale").await.assert_shows(&["Camion <b>Nice</b>", "Nice - 3r4s3-2"]);
    })
    .await;
}

#[tokio::test]
async fn a_new_point_of_sale_without_a_name_takes_the_location_s() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        browser.open("/services/hubrise/connect").await;
        browser.press(FRENCH.allow, &[(FRENCH.new, CHOSEN)]).await;
        browser.allow(NICE_AT_HUBRISE).await.assert_shows(&["« Nice » est relié à HubRise"]);
        browser.open("/points-of-sale").await.assert_shows(&["Nice Nice - 3r4s3-2"]);
    })
    .await;
}

#[tokio::test]
async fn a_new_point_of_sale_never_takes_a_name_that_is_in_use() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        sqlx::query("update point_of_sale set name = 'nice' where name = $1")
            .bind(LYON)
            .execute(app.db())
            .await
            .unwrap();
        browser.open("/services/hubrise/connect").await;
        let page = browser.press(FRENCH.allow, &[(FRENCH.new, CHOSEN), (FRENCH.new_name, "NICE")]).await;
        page.assert_status(422);
        page.assert_shows(&["Vous avez déjà un point de vente « NICE »."]);
        browser.press(FRENCH.allow, &[(FRENCH.new, CHOSEN), (FRENCH.new_name, "")]).await;
        browser.allow(NICE_AT_HUBRISE).await.assert_shows(&["« Nice (3r4s3-2) » est relié à HubRise"]);
    })
    .await;
}

#[tokio::test]
async fn a_form_without_a_usable_choice_says_what_is_wrong_and_goes_nowhere() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        browser.connect(PARIS, PARIS_AT_HUBRISE).await;
        let connected = app.point_of_sale(PARIS).await;
        let foreign = app.point_of_sale(BAKER_STREET).await;
        let gone = "018f0000-0000-7000-8000-000000000000";
        let long = "x".repeat(121);
        for (choice, name) in
            [("", ""), ("nonsense", ""), (&*connected, ""), (&*foreign, ""), (gone, ""), ("new", &*long)]
        {
            let page =
                browser.post("/services/hubrise/connect", &[("point_of_sale", choice), ("new_name", name)]).await;
            page.assert_status(422);
            assert_eq!(page.texts("[role=alert]").len(), 1, "{choice}: {}", page.words());
        }
        let refusals = [&*foreign, gone].map(async |id| {
            let fields = [("point_of_sale", id)];
            app.signed_in(MANAGER).await.post("/services/hubrise/connect", &fields).await.body
        });
        let [foreign, unknown] = refusals;
        assert_eq!(foreign.await, unknown.await, "another restaurant's point of sale is one that does not exist");
        assert_eq!(app.count("select count(*) from authorisation_attempt").await, 1);
    })
    .await;
}

#[tokio::test]
async fn two_tabs_connect_two_points_of_sale_at_once() {
    journey(async |app| {
        let mut first = app.signed_in(MANAGER).await;
        let mut second = first.clone();
        let to_paris = first.callback(PARIS, PARIS_AT_HUBRISE).await;
        let to_lyon = second.callback(LYON, LYON_AT_HUBRISE).await;
        let (first, second) = tokio::join!(first.open(&to_paris), second.open(&to_lyon));
        first.assert_shows(&["« Paris République » est relié"]);
        second.assert_shows(&["« Lyon Part-Dieu » est relié"]);
        assert_eq!(app.count("select count(*) from connection").await, 2);
    })
    .await;
}

#[tokio::test]
async fn two_restaurants_know_nothing_of_each_other() {
    journey(async |app| {
        let mut bella = app.signed_in(MANAGER).await;
        let mut nestor = app.signed_in(NESTOR).await;
        bella.connect(PARIS, PARIS_AT_HUBRISE).await;
        nestor.connect(BAKER_STREET, BAKER_STREET_AT_HUBRISE).await;
        bella.open("/services").await.assert_hides(&["Nestor", "Baker Street", "z6q31"]);
        nestor.open("/services").await.assert_hides(&["Bella", PARIS, "3r4s3"]);
    })
    .await;
}

#[tokio::test]
async fn an_older_token_answer_without_type_and_names_is_completed_by_asking() {
    journey(async |app| {
        let missing = ["token_type", "account_name", "location_name", "catalog_name", "customer_list_name"];
        app.hubrise.fault("/oauth2/v1/token", 1, json!({ "kind": "without", "fields": missing })).await;
        let mut browser = app.signed_in(MANAGER).await;
        let page = browser.connect(PARIS, PARIS_AT_HUBRISE).await;
        let linked = ["Bella Pizza - 3r4s3", "Paris - 3r4s3-0", "Carte Paris - psmlf", "Clients Paris - xab66"];
        assert_eq!(links_of(page), linked);
    })
    .await;
}

#[tokio::test]
async fn names_that_hubrise_does_not_tell_are_left_out() {
    journey(async |app| {
        let missing = ["catalog_name", "customer_list_name"];
        app.hubrise.fault("/oauth2/v1/token", 1, json!({ "kind": "without", "fields": missing })).await;
        app.hubrise.lasting_fault("/v1/catalogs/*", json!({ "kind": "status", "status": 404 })).await;
        app.hubrise.lasting_fault("/v1/customer_lists/*", json!({ "kind": "status", "status": 403 })).await;
        let mut browser = app.signed_in(MANAGER).await;
        let page = browser.connect(PARIS, PARIS_AT_HUBRISE).await;
        assert_eq!(links_of(page), ["Bella Pizza - 3r4s3", "Paris - 3r4s3-0", "psmlf", "xab66"]);
    })
    .await;
}

#[tokio::test]
async fn reconnecting_with_another_catalog_updates_the_connection_in_place() {
    narrow_journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        browser.connect(LYON, LYON_AT_HUBRISE).await;
        let before = app.connection("3r4s3-1").await;
        app.advance(chrono::TimeDelta::hours(3));
        let page = browser.reconnect(LYON_DELIVERY_AT_HUBRISE).await;
        page.assert_status(200);
        page.assert_shows(&["« Lyon Part-Dieu » est relié à HubRise"]);
        assert_eq!(page.fact(FRENCH.catalog), "Carte Lyon livraison - h3kz9");
        assert_eq!(page.fact(FRENCH.customer_list), "Clients Lyon fidélité - b2nv7");
        assert_eq!(app.connection("3r4s3-1").await, before);
        let page = browser.open("/services").await;
        assert_eq!(page.fact(FRENCH.catalog), "Carte Lyon livraison - h3kz9");
        assert_eq!(app.count("select count(*) from connection").await, 1);
        assert_eq!(app.hubrise.revocations().await, 0);
        assert_eq!(app.hubrise.answers_to_token_of("3r4s3-1").await, 200);
    })
    .await;
}

#[tokio::test]
async fn the_page_that_says_connected_does_not_say_so_of_a_connection_that_fails() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        manager.connect(PARIS, PARIS_AT_HUBRISE).await.assert_shows(&["Tout est prêt"]);
        let path = manager.page().url.path().to_owned();
        app.hubrise.control("connections/block", serde_json::json!({ "location_id": "3r4s3-0" })).await;
        app.advance(chrono::TimeDelta::minutes(67));
        app.run_upkeep().await;
        let page = manager.open(&path).await;
        assert_eq!(page.url.path(), "/services");
        page.assert_shows(&["TicknCook a été bloqué chez HubRise."]);
        page.assert_hides(&["Tout est prêt"]);
        manager.open("/points-of-sale").await;
        let page = manager.click_beside(PARIS, "Voir ce qu’il faut faire").await;
        assert_eq!(page.url.path(), "/services");
    })
    .await;
}

#[tokio::test]
async fn the_page_that_says_connected_does_not_say_that_all_is_well_while_no_orders_come() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        manager.connect(PARIS, PARIS_AT_HUBRISE).await;
        let path = manager.page().url.path().to_owned();
        app.run_jobs().await;
        sqlx::query("update connection set no_orders_since = verified_at").execute(app.db()).await.unwrap();
        let page = manager.open(&path).await;
        page.assert_status(200);
        page.assert_shows(&[
            "« Paris République » est relié à HubRise",
            "HubRise a confirmé la connexion, mais pas encore l’envoi des commandes.",
            "vous n’avez rien à faire.",
        ]);
        page.assert_hides(&["Tout est prêt", FRENCH.reconnect]);
        manager.open("/points-of-sale").await;
        let page = manager.click_beside(PARIS, "Voir ce qu’il faut faire").await;
        assert_eq!(page.url.path(), "/services");
    })
    .await;
}

#[tokio::test]
async fn a_point_of_sale_that_is_not_linked_is_linked_from_its_row() {
    journey(async |app| {
        let link = "Relier à HubRise";
        app.signed_in(STAFF).await.open("/points-of-sale").await.assert_hides(&[link]);
        let mut browser = app.signed_in(MANAGER).await;
        let foreign = app.point_of_sale(BAKER_STREET).await;
        for wanted in [&*foreign, "nonsense", "new", ""] {
            let page = browser.open(&format!("/services/hubrise/connect?point_of_sale={wanted}")).await;
            page.assert_status(200);
            assert!(page.attributes("checked").is_empty(), "{wanted}");
        }
        browser.open("/points-of-sale").await;
        browser.click_beside(LYON, link).await.assert_shows(&[FRENCH.choose]);
        browser.press(FRENCH.allow, &[]).await;
        browser.allow(LYON_AT_HUBRISE).await.assert_shows(&["« Lyon Part-Dieu » est relié à HubRise"]);
        let page = browser.open("/points-of-sale").await;
        let linked = page.texts("tbody tr").into_iter().find(|row| row.contains(LYON)).unwrap();
        assert!(!linked.contains(link), "{linked}");
        assert_eq!(page.link_beside(PARIS, link).path(), "/services/hubrise/connect");
    })
    .await;
}
