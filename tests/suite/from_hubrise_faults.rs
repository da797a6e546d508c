//! What goes wrong on a way that begins at HubRise, and what a changed mind comes to.

use serde_json::json;

use crate::harness::{
    BAKER_STREET_AT_HUBRISE, CHOSEN, FRENCH, LYON, MANAGER, NESTOR, NICE_AT_HUBRISE, PARIS, PARIS_AT_HUBRISE, TestApp,
    expire_grants, journey,
};

fn hubrise(app: &TestApp) -> String {
    app.hubrise.url().to_owned()
}

#[tokio::test]
async fn a_code_that_hubrise_does_not_know_leads_back_to_hubrise() {
    journey(async |app| {
        let mut browser = app.browser();
        let page = browser.open("/hubrise_oauth/connect_callback?code=00112233445566778899aabbccddeeff").await;
        page.assert_status(410);
        page.assert_shows(&["L’accord donné chez HubRise a expiré ou a déjà servi."]);
        assert!(page.link("Revenir chez HubRise").as_str().starts_with(app.hubrise.url()));
        browser.open("/hubrise_oauth/connect_callback?code=%00%0a").await.assert_status(400);
        assert_eq!(app.count("select count(*) from pending_connection").await, 0);
    })
    .await;
}

#[tokio::test]
async fn guessing_at_codes_is_slowed_and_time_lets_the_owner_through() {
    journey(async |app| {
        let mut guesser = app.browser();
        for guess in 0..20 {
            let page = guesser.open(&format!("/hubrise_oauth/connect_callback?code={guess:032x}")).await;
            page.assert_status(410);
        }
        let page = guesser.open("/hubrise_oauth/connect_callback?code=ffffffffffffffffffffffffffffffff").await;
        page.assert_status(429);
        page.assert_shows(&["Trop de connexions refusées par HubRise"]);
        assert_eq!(app.hubrise.exchanges().await, 20, "HubRise is not asked any more");
        app.advance(chrono::TimeDelta::minutes(1));
        // A right one counts for nothing, however often.
        for pick in [PARIS_AT_HUBRISE, NICE_AT_HUBRISE] {
            app.browser().install(&hubrise(app), pick).await.assert_shows(&["Terminer la connexion"]);
        }
    })
    .await;
}

#[tokio::test]
async fn a_hubrise_that_is_down_at_the_exchange_or_the_proof_is_told_and_loses_nothing() {
    journey(async |app| {
        for (path, words) in
            [("/oauth2/v1/token", "terminer la connexion"), ("/v1/location", "vérifiions la connexion")]
        {
            let mut browser = app.browser();
            let callback = browser.install_callback(&hubrise(app), PARIS_AT_HUBRISE).await;
            app.hubrise.lasting_fault(path, json!({ "kind": "status", "status": 503 })).await;
            let page = browser.open(&callback).await;
            page.assert_status(502);
            page.assert_shows(&["HubRise ne répond pas", words]);
            app.hubrise.clear_faults().await;
            app.run_jobs().await;
            assert_eq!(app.count("select count(*) from pending_connection").await, 0);
        }
        assert!(!app.hubrise.is_live("3r4s3-0").await, "what could not be proven is given back");
    })
    .await;
}

#[tokio::test]
async fn a_hubrise_that_is_down_at_the_confirmation_keeps_the_grant_and_the_choice() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        browser.install(&hubrise(app), PARIS_AT_HUBRISE).await;
        app.hubrise.lasting_fault("/v1/location", json!({ "kind": "drop" })).await;
        let page = browser.press(FRENCH.confirm, &[(LYON, CHOSEN)]).await;
        page.assert_status(502);
        page.assert_shows(&["HubRise ne répond pas, et rien n’est encore relié."]);
        assert_eq!(app.count("select count(*) from connection").await, 0);
        app.hubrise.clear_faults().await;
        browser.press(FRENCH.confirm, &[]).await.assert_shows(&["« Lyon Part-Dieu » est relié à HubRise"]);
    })
    .await;
}

#[tokio::test]
async fn a_grant_that_was_taken_back_at_hubrise_meanwhile_is_not_connected() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        browser.install(&hubrise(app), PARIS_AT_HUBRISE).await;
        app.hubrise.control("connections/disconnect", json!({ "location_id": "3r4s3-0" })).await;
        let page = browser.press(FRENCH.confirm, &[(PARIS, CHOSEN)]).await;
        page.assert_status(502);
        page.assert_shows(&["HubRise refuse l’accès"]);
        app.run_jobs().await;
        assert_eq!(app.count("select count(*) from connection").await, 0);
        assert_eq!(app.count("select count(*) from pending_connection where token_ciphertext is not null").await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_location_that_somebody_else_connected_meanwhile_is_refused() {
    journey(async |app| {
        let mut nestor = app.signed_in(NESTOR).await;
        nestor.install(&hubrise(app), PARIS_AT_HUBRISE).await;
        app.signed_in(MANAGER).await.connect(PARIS, PARIS_AT_HUBRISE).await;
        let page = nestor.press(FRENCH.confirm, &[("Baker Street 221", CHOSEN)]).await;
        page.assert_status(409);
        page.assert_shows(&["par un autre établissement"]);
        expire_grants(app).await;
        assert_eq!(app.count("select count(*) from connection").await, 1);
        assert_eq!(app.hubrise.answers_to_token_of("3r4s3-0").await, 200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_confirmations_at_once_connect_once() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        browser.install(&hubrise(app), PARIS_AT_HUBRISE).await;
        let mut tabs = tokio::task::JoinSet::new();
        for _ in 0..5 {
            let mut tab = browser.clone();
            tabs.spawn(async move { tab.press(FRENCH.confirm, &[(FRENCH.new, CHOSEN)]).await.clone() });
        }
        for page in tabs.join_all().await {
            page.assert_status(200);
            page.assert_shows(&["« Paris » est relié à HubRise"]);
        }
        assert_eq!(app.count("select count(*) from connection").await, 1);
        assert_eq!(app.count("select count(*) from point_of_sale").await, 4);
        app.run_jobs().await;
        assert_eq!(app.hubrise.answers_to_token_of("3r4s3-0").await, 200);
    })
    .await;
}

#[tokio::test]
async fn a_grant_for_a_whole_account_is_refused() {
    journey(async |app| {
        let mut browser = app.browser();
        browser.open(&hubrise(app)).await;
        browser.sign_in_at_hubrise("thomas@bellapizza.example").await;
        let redirect = app.public().join("/hubrise_oauth/connect_callback").unwrap();
        let mut address = reqwest::Url::parse(&format!("{}/oauth2/v1/authorize", app.hubrise.url())).unwrap();
        address.query_pairs_mut().extend_pairs([
            ("client_id", crate::harness::hubrise::CLIENT_ID),
            ("redirect_uri", redirect.as_str()),
            ("scope", "account[orders.read]"),
        ]);
        browser.open(address.as_str()).await;
        let answer = browser.press_only(FRENCH.allow, &[]).await;
        let page = browser.open(answer.target().as_str()).await;
        page.assert_status(409);
        page.assert_shows(&["Aucun point de vente n’a été choisi"]);
        app.run_jobs().await;
    })
    .await;
}

#[tokio::test]
async fn a_denial_at_hubrise_is_told_and_creates_nothing() {
    journey(async |app| {
        let mut browser = app.browser();
        browser.begin_at_hubrise(&hubrise(app), "thomas@bellapizza.example").await;
        let page = browser.press(FRENCH.hubrise_deny, &[]).await;
        page.assert_status(200);
        page.assert_shows(&["Vous avez refusé l’accès"]);
        assert_eq!(app.hubrise.exchanges().await, 0);
    })
    .await;
}

#[tokio::test]
async fn names_from_hubrise_are_shown_as_they_are_and_run_nothing() {
    journey(async |app| {
        let mut owner = app.browser();
        let evil = "<script>alert(1)</script>\"'";
        let names =
            json!({ "account_name": evil, "location_name": evil, "catalog_name": evil, "customer_list_name": evil });
        app.hubrise.fault("/oauth2/v1/token", 1, json!({ "kind": "with", "fields": names })).await;
        let location = json!({ "name": evil, "account": { "id": "3r4s3", "name": evil } });
        app.hubrise.fault("/v1/location", 1, json!({ "kind": "with", "fields": location })).await;
        let page = owner.install(&hubrise(app), PARIS_AT_HUBRISE).await;
        page.assert_shows(&["<script>alert(1)</script>\"' - 3r4s3-0"]);
        assert!(!page.body.contains("<script>alert"), "a name was written as HTML");
        owner.click("Créer un compte TicknCook").await;
        assert!(!owner.page().body.contains("<script>alert"));
    })
    .await;
}

#[tokio::test]
async fn coming_back_with_another_location_is_asked_about_and_can_be_declined() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        browser.connect(PARIS, PARIS_AT_HUBRISE).await;
        let connection = app.connection("3r4s3-0").await;
        let page = browser.reconnect(NICE_AT_HUBRISE).await;
        page.assert_status(200);
        page.assert_shows(&["Changer de point de vente HubRise ?", "Paris - 3r4s3-0", "Nice - 3r4s3-2"]);
        assert_eq!(app.connection("3r4s3-0").await, connection, "nothing is switched before it was asked");
        let page = browser.press("Garder Paris - 3r4s3-0", &[]).await;
        assert_eq!(page.url.path(), "/services");
        page.assert_shows(&["Paris - 3r4s3-0"]);
        app.run_jobs().await;
        assert_eq!(app.connection("3r4s3-0").await, connection);
        assert_eq!(app.hubrise.answers_to_token_of("3r4s3-0").await, 200);
        assert!(!app.hubrise.is_live("3r4s3-2").await, "the other location's grant is given back");
    })
    .await;
}

#[tokio::test]
async fn a_switch_that_is_agreed_to_links_the_new_location_and_takes_the_old_one_down() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        browser.connect(PARIS, PARIS_AT_HUBRISE).await;
        browser.reconnect(NICE_AT_HUBRISE).await;
        let page = browser.press("Passer à Nice - 3r4s3-2", &[]).await;
        page.assert_shows(&["« Paris République » est relié à HubRise", "Nice - 3r4s3-2"]);
        app.run_jobs().await;
        assert_eq!(app.hubrise.answers_to_token_of("3r4s3-2").await, 200);
        assert!(!app.hubrise.is_live("3r4s3-0").await);
        assert_eq!(app.count("select count(*) from connection").await, 1);
        assert_eq!(app.count("select count(*) from disconnection where location_id = '3r4s3-0'").await, 1, "a receipt");
        assert_eq!(app.count("select count(*) from point_of_sale").await, 3);
    })
    .await;
}

#[tokio::test]
async fn a_switch_that_nobody_agreed_to_in_time_leads_back_to_the_connection() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        browser.connect(PARIS, PARIS_AT_HUBRISE).await;
        let pending = browser.reconnect(NICE_AT_HUBRISE).await.url.path().to_owned();
        app.advance(chrono::TimeDelta::hours(1));
        expire_grants(app).await;
        let page = browser.open(&pending).await;
        page.assert_status(410);
        page.assert_shows(&["Une heure est passée sans confirmation", "Pour recommencer, cliquez sur Reconnecter."]);
        assert!(page.find_link(FRENCH.start_again).is_none());
        let page = browser.click("Voir cette connexion").await;
        page.assert_shows(&["Paris - 3r4s3-0"]);
        assert!(page.has_button(FRENCH.reconnect));
    })
    .await;
}

#[tokio::test]
async fn coming_back_with_another_account_s_location_is_asked_about_and_a_taken_one_is_refused() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        browser.connect(PARIS, PARIS_AT_HUBRISE).await;
        let connection = app.connection("3r4s3-0").await;
        // Signed out at HubRise, to sign in there as somebody else.
        browser.cookies.retain(|(_, name), _| name.contains("tickncook"));
        let page = browser.reconnect(BAKER_STREET_AT_HUBRISE).await;
        page.assert_shows(&["Changer de point de vente HubRise ?", "Chez Nestor - z6q31"]);
        let pending = page.url.path().to_owned();
        app.signed_in(NESTOR).await.connect("Baker Street 221", BAKER_STREET_AT_HUBRISE).await;
        let page = browser.press("Passer à Baker Street - z6q31-0", &[]).await;
        page.assert_status(409);
        page.assert_shows(&["par un autre établissement"]);
        app.run_jobs().await;
        assert_eq!(app.connection("3r4s3-0").await, connection, "the old connection stays");
        assert_eq!(app.hubrise.answers_to_token_of("3r4s3-0").await, 200);
        assert_eq!(app.hubrise.answers_to_token_of("z6q31-0").await, 200);
        browser.open(&pending).await.assert_status(409);
    })
    .await;
}

#[tokio::test]
async fn a_reconnection_with_another_catalog_tells_what_changed() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        browser.connect(LYON, crate::harness::LYON_AT_HUBRISE).await;
        browser.page().assert_hides(&["Ce qui a changé"]);
        let page = browser.reconnect(crate::harness::LYON_DELIVERY_AT_HUBRISE).await;
        page.assert_shows(&["Ce qui a changé", "remplace Carte Lyon - q7wd2", "remplace Clients Lyon - m8rt4"]);
        let page = browser.reconnect(crate::harness::LYON_DELIVERY_AT_HUBRISE).await;
        page.assert_hides(&["Ce qui a changé"]);
    })
    .await;
}
