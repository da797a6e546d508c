//! Signing in with HubRise: whom it lets in, whom it does not, and what is kept of it.

use serde_json::json;

use crate::harness::{
    Browser, FRENCH, MANAGER, NESTOR, PARIS, PARIS_AT_HUBRISE, PASSWORD, STAFF, TestApp, hubrise, journey,
};

const WITH_HUBRISE: &str = "Se connecter avec HubRise";

/// The manager, whose account says that the HubRise identity of Thomas belongs to it.
async fn linked_manager(app: &TestApp) -> Browser {
    let mut browser = app.signed_in(MANAGER).await;
    browser.open("/settings").await;
    browser.press("Relier mon profil HubRise", &[]).await;
    let page = browser.allow_profile(hubrise::THOMAS).await;
    page.assert_shows(&["Relier le profil HubRise de thomas@bellapizza.example", MANAGER]);
    let page = browser.press("Confirmer et relier", &[]).await;
    assert_eq!(page.url.path(), "/settings");
    assert_eq!(page.fact("Profil HubRise pour vous connecter"), hubrise::THOMAS);
    browser
}

/// The page of the trip that has just brought this browser here.
fn arrival(browser: &Browser) -> reqwest::Url {
    let redirects = browser.page().redirects.iter().map(|page| page.url.clone());
    redirects.into_iter().find(|url| url.path().starts_with("/services/hubrise/attempts/")).unwrap()
}

async fn assert_no_profile_token_lives(app: &TestApp) {
    app.run_jobs().await;
    let living = app
        .hubrise
        .connections()
        .await
        .into_iter()
        .filter(|(location, _, status)| location.is_empty() && status == "live");
    assert_eq!(living.count(), 0, "a profile's token outlives its use");
}

#[tokio::test]
async fn a_known_identity_is_signed_in_and_its_token_is_given_back() {
    journey(async |app| {
        linked_manager(app).await;
        let mut browser = app.browser();
        assert_eq!(browser.open("/points-of-sale").await.url.path(), "/login");
        browser.press(WITH_HUBRISE, &[]).await;
        let page = browser.allow_profile(hubrise::THOMAS).await;
        assert_eq!(page.url.path(), "/points-of-sale", "where they wanted to go");
        page.assert_shows(&[MANAGER, PARIS]);
        assert_no_profile_token_lives(app).await;
        assert_eq!(app.count("select count(*) from authorisation_attempt where grant_ciphertext is not null").await, 0);
    })
    .await;
}

#[tokio::test]
async fn somebody_new_is_told_three_ways_in_and_gets_no_account() {
    journey(async |app| {
        let mut browser = app.browser();
        let page = browser.sign_in_with_hubrise(hubrise::THOMAS).await;
        assert_eq!(page.url.path(), "/login/hubrise/unknown");
        page.assert_shows(&["Thomas", hubrise::THOMAS, "Ouvrir", "invitation", "Voir les apps disponibles"]);
        assert_eq!(browser.open("/services").await.url.path(), "/login");
        assert_eq!(app.count("select count(*) from app_user").await, 4);
        assert_no_profile_token_lives(app).await;
        // What HubRise said of them is forgotten after a day.
        app.advance(chrono::TimeDelta::hours(25));
        app.run_regular("purge_sign_ins").await;
        assert_eq!(app.count("select count(*) from hubrise_identity").await, 0);
        assert_eq!(browser.open("/login/hubrise/unknown").await.url.path(), "/login");
    })
    .await;
}

/// Gives an account the address that Thomas has at HubRise.
async fn same_address(app: &TestApp, email: &str) {
    let renamed = sqlx::query("update app_user set email = $1 where email = $2").bind(hubrise::THOMAS).bind(email);
    renamed.execute(app.db()).await.unwrap();
}

#[tokio::test]
async fn the_same_email_address_joins_an_account_only_with_that_account_s_password() {
    journey(async |app| {
        same_address(app, MANAGER).await;
        let mut browser = app.browser();
        browser.open("/points-of-sale").await;
        browser.press(WITH_HUBRISE, &[]).await;
        let page = browser.allow_profile(hubrise::THOMAS).await;
        assert_eq!(page.url.path(), "/login/hubrise/confirm");
        page.assert_shows(&["Un compte TicknCook existe déjà pour thomas@bellapizza.example"]);
        assert_eq!(browser.open("/services").await.url.path(), "/login", "the address alone lets nobody in");
        browser.open("/login/hubrise/confirm").await;
        let page = browser.press("Confirmer et relier", &[("Mot de passe TicknCook", "a-wrong-guess")]).await;
        page.assert_status(401);
        page.assert_shows(&["Ce mot de passe ne correspond pas."]);
        assert_eq!(app.count("select count(*) from hubrise_identity where user_id is not null").await, 0);
        let page = browser.press("Confirmer et relier", &[("Mot de passe TicknCook", PASSWORD)]).await;
        assert_eq!(page.url.path(), "/points-of-sale");
        page.assert_shows(&[PARIS]);
        // From then on HubRise is enough.
        let mut elsewhere = app.browser();
        elsewhere.sign_in_with_hubrise(hubrise::THOMAS).await;
        elsewhere.open("/services").await.assert_shows(&["Bella Pizza"]);
    })
    .await;
}

#[tokio::test]
async fn guessing_that_password_is_slowed_like_any_other() {
    journey(async |app| {
        same_address(app, MANAGER).await;
        let mut browser = app.browser();
        browser.sign_in_with_hubrise(hubrise::THOMAS).await;
        let mut statuses = Vec::new();
        for _ in 0..6 {
            let page = browser.press("Confirmer et relier", &[("Mot de passe TicknCook", "a-wrong-guess")]).await;
            statuses.push(page.status.as_u16());
        }
        assert_eq!(statuses, [401, 401, 401, 401, 401, 429]);
        assert!(browser.page().header("retry-after").is_some());
    })
    .await;
}

#[tokio::test]
async fn an_account_without_a_password_is_not_joined_by_another_identity() {
    journey(async |app| {
        same_address(app, MANAGER).await;
        sqlx::query("update app_user set password_hash = null where email = $1")
            .bind(hubrise::THOMAS)
            .execute(app.db())
            .await
            .unwrap();
        let mut browser = app.browser();
        let page = browser.sign_in_with_hubrise(hubrise::THOMAS).await;
        page.assert_shows(&["il s’ouvre avec un autre profil HubRise"]);
        assert!(!page.has_button("Confirmer et relier"));
        browser.post("/login/hubrise/confirm", &[("password", "")]).await.assert_status(401);
        assert_eq!(app.count("select count(*) from hubrise_identity where user_id is not null").await, 0);
    })
    .await;
}

#[tokio::test]
async fn an_identity_of_another_account_is_not_taken_from_it() {
    journey(async |app| {
        linked_manager(app).await;
        let mut nestor = app.signed_in(NESTOR).await;
        nestor.open("/settings").await;
        nestor.press("Relier mon profil HubRise", &[]).await;
        let page = nestor.allow_profile(hubrise::THOMAS).await;
        page.assert_shows(&["déjà relié à un autre compte TicknCook"]);
        nestor.post("/login/hubrise/confirm", &[]).await;
        nestor.open("/services").await.assert_shows(&[NESTOR, "Chez Nestor"]);
        let mut thomas = app.browser();
        thomas.sign_in_with_hubrise(hubrise::THOMAS).await;
        thomas.open("/services").await.assert_shows(&[MANAGER]);
    })
    .await;
}

#[tokio::test]
async fn an_account_with_a_password_can_let_go_of_its_identity_and_one_without_cannot() {
    journey(async |app| {
        let mut browser = linked_manager(app).await;
        browser.press("Ne plus me connecter avec HubRise", &[]).await;
        assert_eq!(browser.page().fact("Profil HubRise pour vous connecter"), "—");
        let mut thomas = app.browser();
        assert_eq!(thomas.sign_in_with_hubrise(hubrise::THOMAS).await.url.path(), "/login/hubrise/unknown");
        let mut browser = linked_manager(app).await;
        sqlx::query("update app_user set password_hash = null").execute(app.db()).await.unwrap();
        assert!(!browser.open("/settings").await.has_button("Ne plus me connecter avec HubRise"));
        browser.post("/settings/hubrise/unlink", &[]).await;
        assert_eq!(browser.open("/settings").await.fact("Profil HubRise pour vous connecter"), hubrise::THOMAS);
    })
    .await;
}

#[tokio::test]
async fn an_attacker_s_sign_in_cannot_be_finished_in_a_victim_s_browser() {
    journey(async |app| {
        linked_manager(app).await;
        let mut attacker = app.browser();
        attacker.open("/login").await;
        attacker.press(WITH_HUBRISE, &[]).await;
        attacker.sign_in_at_hubrise(hubrise::THOMAS).await;
        let trap = attacker.press_only(FRENCH.allow, &[]).await.target().to_string();
        let exchanges = app.hubrise.exchanges().await;
        for mut victim in [app.browser(), app.signed_in(STAFF).await] {
            let page = victim.open(&trap).await;
            page.assert_status(403);
            page.assert_shows(&["dans un autre navigateur"]);
        }
        // A state of one kind of trip opens no other door.
        for door in ["connect_callback", "authorize_callback"] {
            attacker.open(&trap.replace("login_callback", door)).await.assert_status(400);
        }
        // Without a state nobody is signed in.
        let mut bare = reqwest::Url::parse(&trap).unwrap();
        bare.set_query(Some("code=00112233445566778899aabbccddeeff"));
        app.browser().open(bare.as_str()).await.assert_status(400);
        assert_eq!(app.hubrise.exchanges().await, exchanges);
        attacker.open(&trap).await;
        attacker.open("/services").await.assert_shows(&[MANAGER]);
    })
    .await;
}

#[tokio::test]
async fn the_page_of_a_sign_in_lets_nobody_in_a_second_time() {
    journey(async |app| {
        linked_manager(app).await;
        let mut browser = app.browser();
        browser.sign_in_with_hubrise(hubrise::THOMAS).await;
        let arrival = arrival(&browser);
        // Somebody else signs in with the same browser, without signing out first, and goes back.
        browser.post("/login", &[("email", NESTOR), ("password", PASSWORD)]).await;
        browser.open(arrival.as_str()).await;
        browser.open("/services").await.assert_shows(&[NESTOR]);
        browser.press(FRENCH.sign_out, &[]).await;
        assert_eq!(browser.open(arrival.as_str()).await.url.path(), "/login");
    })
    .await;
}

#[tokio::test]
async fn what_somebody_without_an_account_has_proved_is_good_for_an_hour_and_its_page_does_not_prove_it_again() {
    journey(async |app| {
        let mut browser = app.browser();
        browser.sign_in_with_hubrise(hubrise::THOMAS).await;
        let arrival = arrival(&browser);
        app.advance(chrono::TimeDelta::minutes(59));
        browser.open("/login/hubrise/unknown").await.assert_shows(&[hubrise::THOMAS]);
        app.advance(chrono::TimeDelta::minutes(1));
        assert_eq!(browser.open(arrival.as_str()).await.url.path(), "/login");
        assert_eq!(browser.open("/login/hubrise/unknown").await.url.path(), "/login");
    })
    .await;
}

#[tokio::test]
async fn signing_in_with_hubrise_gives_the_browser_a_new_session() {
    journey(async |app| {
        linked_manager(app).await;
        let mut browser = app.browser();
        browser.open("/login").await;
        browser.press(WITH_HUBRISE, &[]).await;
        let name = app.app.config.cookie_name("session");
        let before = browser.cookie(&name).map(str::to_owned);
        browser.allow_profile(hubrise::THOMAS).await;
        assert!(before.is_some());
        assert_ne!(browser.cookie(&name).map(str::to_owned), before);
    })
    .await;
}

#[tokio::test]
async fn a_denial_and_a_hubrise_that_is_down_let_nobody_in() {
    journey(async |app| {
        linked_manager(app).await;
        let mut browser = app.browser();
        browser.open("/login").await;
        browser.press(WITH_HUBRISE, &[]).await;
        browser.sign_in_at_hubrise(hubrise::THOMAS).await;
        let page = browser.press(FRENCH.hubrise_deny, &[]).await;
        page.assert_shows(&["Vous avez refusé l’accès"]);
        for (path, fault) in [
            ("/oauth2/v1/token", json!({ "kind": "status", "status": 503 })),
            ("/v1/user", json!({ "kind": "drop" })),
            ("/v1/user", json!({ "kind": "body", "body": "{\"id\": \"x\", \"first_name\": 7}" })),
            ("/v1/user", json!({ "kind": "body", "body": "{\"id\": \"x\", \"first_name\": \"Nobody\"}" })),
        ] {
            app.hubrise.lasting_fault(path, fault).await;
            let page = browser.sign_in_with_hubrise(hubrise::THOMAS).await;
            assert!(!page.status.is_success(), "{}", page.words());
            assert!(page.find_link("Se connecter autrement").is_some(), "{}", page.words());
            assert_eq!(browser.open("/services").await.url.path(), "/login");
            app.hubrise.clear_faults().await;
        }
        assert_no_profile_token_lives(app).await;
    })
    .await;
}

#[tokio::test]
async fn an_owner_whom_hubrise_knows_gets_an_account_without_a_password() {
    journey(async |app| {
        let hubrise_url = app.hubrise.url().to_owned();
        let mut browser = app.browser();
        browser.install(&hubrise_url, PARIS_AT_HUBRISE).await;
        browser.press(WITH_HUBRISE, &[]).await;
        let page = browser.allow_profile(hubrise::THOMAS).await;
        page.assert_shows(&["Terminer la connexion", "HubRise nous dit que vous êtes thomas@bellapizza.example."]);
        let page = browser.click("Créer un compte TicknCook").await;
        page.assert_shows(&["Vous êtes thomas@bellapizza.example."]);
        page.assert_hides(&["Mot de passe"]);
        browser.press("Créer mon compte", &[]).await.assert_shows(&["Comment appeler ce point de vente"]);
        browser.press(FRENCH.confirm, &[]).await.assert_shows(&["« Paris » est relié à HubRise"]);
        assert_eq!(app.count("select count(*) from app_user where password_hash is null").await, 1);
        // No password opens an account that has none.
        let mut guesser = app.browser();
        guesser.open("/login").await;
        for password in ["", "bella-pizza-demo"] {
            guesser.post("/login", &[("email", hubrise::THOMAS), ("password", password)]).await;
            assert_eq!(guesser.open("/services").await.url.path(), "/login");
        }
        let mut again = app.browser();
        again.sign_in_with_hubrise(hubrise::THOMAS).await;
        again.open("/services").await.assert_shows(&["Paris - 3r4s3-0"]);
        assert_no_profile_token_lives(app).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_without_a_restaurant_founds_one_however_often_they_click() {
    journey(async |app| {
        let url = app.hubrise.url().to_owned();
        sqlx::query("delete from membership where user_id = (select id from app_user where email = $1)")
            .bind(STAFF)
            .execute(app.db())
            .await
            .unwrap();
        let mut browser = app.signed_in(STAFF).await;
        browser.install(&url, PARIS_AT_HUBRISE).await;
        browser.click("Créer un établissement").await;
        browser.press("Créer mon compte", &[("organisation_name", "\u{202e}\u{200b}")]).await.assert_status(422);
        let mut clicks = tokio::task::JoinSet::new();
        for _ in 0..4 {
            let mut tab = browser.clone();
            clicks.spawn(async move { tab.press("Créer mon compte", &[("organisation_name", "Neuf")]).await.clone() });
        }
        for page in clicks.join_all().await {
            page.assert_shows(&["Comment appeler ce point de vente dans « Neuf »"]);
        }
        assert_eq!(app.count("select count(*) from organisation").await, 3);
        // Whoever manages a restaurant founds no other by this way.
        let pending = browser.open("/services").await.link("Terminer la connexion").path().to_owned();
        let answer = browser.post(&format!("{pending}/account"), &[("organisation_name", "Encore")]).await;
        assert_eq!(answer.target().path(), pending);
        assert_eq!(app.count("select count(*) from organisation").await, 3);
    })
    .await;
}
