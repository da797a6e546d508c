//! The cookie of a session: known beforehand, kept afterwards.

use reqwest::Method;

use super::{
    ground::{Ground, Id, password_link, tidy},
    routes::{self, local},
    trips,
};
use crate::{
    harness::{
        AS_STAFF, Browser, FRENCH, MANAGER, NESTOR, NICE_AT_HUBRISE, PASSWORD, STAFF, WITH_HUBRISE, hubrise, journey,
        support::SUPPORT,
    },
    opening::{COLLEAGUE, add_colleague, connected},
};

fn session(browser: &Browser) -> Option<String> {
    let cookie = browser.cookies.iter().find(|((_, name), _)| name.contains("tickncook_session"));
    cookie.map(|(_, value)| value.clone())
}

/// The browser of somebody who knows the cookies of before.
fn thief(before: &Browser) -> Browser {
    before.clone()
}

async fn assert_signed_out(thief: &mut Browser, at: &str) {
    let page = thief.peek("/settings").await;
    assert_eq!(page.status, 303, "{at}: the cookie of before is still good: {}", page.words());
    assert_eq!(page.target().path(), "/login", "{at}");
}

/// The session has another id than before, and the one of before is nobody's.
async fn assert_new_session(before: &Browser, now: &Browser, at: &str) {
    assert!(session(now).is_some(), "{at}: no session");
    assert_ne!(session(before), session(now), "{at}: the session kept its id");
    assert_signed_out(&mut thief(before), at).await;
}

#[tokio::test]
async fn a_session_id_that_an_attacker_made_up_is_not_taken_on() {
    journey(async |app| {
        let mut browser = app.signed_in(NESTOR).await;
        let key = browser.cookies.keys().find(|(_, name)| name.contains("tickncook_session")).unwrap().clone();
        browser.press(FRENCH.sign_out, &[]).await;
        for planted in ["AAAAAAAAAAAAAAAAAAAAAA", "1", "", "not-a-session", "%00", "AAAAAAAAAAAAAAAAAAAAAA; admin=1"] {
            let mut victim = app.browser();
            victim.cookies.insert(key.clone(), planted.to_owned());
            let mut attacker = victim.clone();
            victim.sign_in(MANAGER).await;
            assert_ne!(session(&victim).as_deref(), Some(planted));
            assert_signed_out(&mut attacker, planted).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_planted_session_is_worth_nothing_once_its_victim_signs_in() {
    journey(async |app| {
        // An attacker's own session, begun by following a link, and put into the victim's browser.
        let link = app.signed_in(MANAGER).await.invite("Samira", AS_STAFF).await;
        let mut attacker = app.browser();
        attacker.open(&link).await;
        let mut victim = attacker.clone();
        victim.sign_in(MANAGER).await;
        assert_new_session(&attacker, &victim, "sign-in").await;
        // One that is signed in already, as the attacker.
        let attacker = app.signed_in(NESTOR).await;
        let mut victim = attacker.clone();
        victim.post("/login", &[("email", MANAGER), ("password", PASSWORD)]).await.assert_status(303);
        assert_new_session(&attacker, &victim, "sign-in over another").await;
    })
    .await;
}

#[tokio::test]
async fn the_session_id_changes_with_the_second_factor() {
    journey(async |app| {
        let device = app.add_support(SUPPORT).await;
        let mut browser = app.signed_in(SUPPORT).await;
        let before = browser.clone();
        browser.prove(&device.code(app)).await.assert_status(200);
        assert_new_session(&before, &browser, "second factor").await;
    })
    .await;
}

#[tokio::test]
async fn the_session_id_changes_when_somebody_signs_in_with_hubrise() {
    journey(async |app| {
        app.signed_in(MANAGER).await.link_identity(hubrise::THOMAS).await;
        let mut traveller = trips::sign_in(app).await;
        let before = traveller.browser.clone();
        traveller.browser.open(traveller.callback.as_str()).await.assert_shows(&[MANAGER]);
        assert_new_session(&before, &traveller.browser, "sign-in with HubRise").await;
        app.run_jobs().await;
    })
    .await;
}

#[tokio::test]
async fn the_session_id_changes_when_somebody_chooses_a_password_by_a_link() {
    journey(async |app| {
        let secret = password_link(app, MANAGER).await;
        let invitation = app.signed_in(MANAGER).await.invite("Samira", AS_STAFF).await;
        let mut attacker = app.browser();
        attacker.open(&invitation).await;
        let mut owner = attacker.clone();
        owner.open(&format!("/password-links/{secret}")).await.assert_shows(&[MANAGER]);
        attacker.peek("/login/password/new").await.assert_status(404);
        let before = owner.clone();
        owner.press_only("Enregistrer et me connecter", &[("password", PASSWORD)]).await.assert_status(303);
        owner.open("/services").await.assert_shows(&[MANAGER]);
        assert_new_session(&before, &owner, "password by a link").await;
    })
    .await;
}

#[tokio::test]
async fn the_session_id_changes_when_somebody_proves_a_role_at_hubrise() {
    journey(async |app| {
        let mut traveller = trips::open(app).await;
        let before = traveller.browser.clone();
        traveller.browser.open(traveller.callback.as_str()).await.assert_shows(&[COLLEAGUE]);
        assert_new_session(&before, &traveller.browser, "open").await;
        app.run_jobs().await;
    })
    .await;
}

#[tokio::test]
async fn the_session_id_changes_when_somebody_signs_up() {
    journey(async |app| {
        let mut browser = app.browser();
        let account = format!("{}/account", browser.install(app.hubrise.url(), NICE_AT_HUBRISE).await.url.path());
        let before = browser.clone();
        let fields = [("organisation_name", "Chez moi"), ("email", "moi@chezmoi.example"), ("password", PASSWORD)];
        browser.post(&account, &fields).await.assert_status(303);
        browser.open("/services").await.assert_shows(&["Chez moi"]);
        assert_new_session(&before, &browser, "sign-up").await;
        tidy(app).await;
    })
    .await;
}

#[tokio::test]
async fn the_session_id_changes_when_somebody_joins_however_they_join() {
    journey(async |app| {
        // With an account, signed in.
        let link = app.signed_in(MANAGER).await.invite("Nestor", AS_STAFF).await;
        let mut nestor = app.signed_in(NESTOR).await;
        nestor.open(&link).await;
        let before = nestor.clone();
        nestor.press("Rejoindre", &[]).await.assert_shows(&["Bella Pizza"]);
        assert_new_session(&before, &nestor, "joining with an account").await;
        // With an account made on the way.
        let link = app.signed_in(MANAGER).await.invite("Samira", AS_STAFF).await;
        let mut samira = app.browser();
        samira.open(&link).await;
        let before = samira.clone();
        let fields = [("email", "samira@bellapizza.example"), ("password", PASSWORD)];
        samira.press_only("Créer mon compte et rejoindre", &fields).await.assert_status(303);
        assert_new_session(&before, &samira, "joining with a new account").await;
        // As somebody whom HubRise knows.
        let link = app.signed_in(MANAGER).await.invite("Léa", AS_STAFF).await;
        connected(app).await;
        add_colleague(app).await;
        let mut lea = app.browser();
        lea.open(&link).await;
        lea.press(WITH_HUBRISE, &[]).await;
        lea.allow_profile(COLLEAGUE).await;
        let before = lea.clone();
        lea.press("Rejoindre", &[]).await.assert_status(200);
        assert_new_session(&before, &lea, "joining with HubRise").await;
        app.run_jobs().await;
    })
    .await;
}

#[tokio::test]
async fn a_stolen_cookie_is_nobody_s_on_any_route_after_the_sign_out() {
    journey(async |app| {
        let (ground, mut bella) = Ground::prepare(app).await;
        let mut thief = thief(&bella);
        assert!(session(&thief).is_some());
        bella.open("/services").await;
        bella.press(FRENCH.sign_out, &[]).await;
        for route in routes::all(app, &ground).await {
            if route.path == "/support/verify" || route.is_api() || route.is_from_hubrise() {
                continue;
            }
            let (mut stolen, mut nobody) = (thief.clone(), app.browser());
            let path = ground.fill(&route.path, Id::Real);
            let stolen = stolen.ask(route.method.clone(), &path, "", &[]).await;
            let nobody = nobody.ask(route.method.clone(), &path, "", &[]).await;
            assert_eq!(stolen.status, nobody.status, "{}", route.name());
            if stolen.status.is_redirection() && !stolen.target().path().starts_with("/oauth2/") {
                assert_eq!(local(&stolen.target()), local(&nobody.target()), "{}", route.name());
            }
            stolen.assert_hides(&[MANAGER, "3r4s3-0", "Paris République"]);
        }
        assert_signed_out(&mut thief, "at last").await;
        tidy(app).await;
    })
    .await;
}

#[tokio::test]
async fn a_stolen_cookie_is_nobody_s_after_its_owner_was_removed_from_the_team() {
    journey(async |app| {
        let mut thief = app.signed_in(STAFF).await;
        thief.open("/points-of-sale").await.assert_shows(&["Paris République"]);
        let removal = format!("/settings/team/{}/remove", app.user(STAFF).await);
        app.signed_in(MANAGER).await.post(&removal, &[]).await.assert_status(303);
        for path in ["/", "/services", "/points-of-sale", "/history", "/history.csv", "/settings"] {
            let page = thief.ask(Method::GET, path, "", &[]).await;
            assert_eq!(page.status, 303, "{path}");
            assert_eq!(page.target().path(), "/login", "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_stolen_cookie_is_nobody_s_once_the_account_has_changed_what_lets_it_in() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        let (mut thief, mut other) = (manager.clone(), app.signed_in(MANAGER).await);
        manager.link_identity(hubrise::THOMAS).await;
        manager.open("/settings").await.assert_shows(&[MANAGER, hubrise::THOMAS]);
        assert_signed_out(&mut thief, "linked").await;
        assert_signed_out(&mut other, "linked, another session").await;
        // Somebody who came in with that identity is out once it is let go.
        let mut with_hubrise = app.browser();
        with_hubrise.sign_in_with_hubrise(hubrise::THOMAS).await.assert_shows(&[MANAGER]);
        let mut thief = manager.clone();
        manager.post("/settings/hubrise/unlink", &[]).await.assert_status(303);
        manager.open("/settings").await.assert_shows(&[MANAGER]);
        manager.page().assert_hides(&[hubrise::THOMAS]);
        assert_signed_out(&mut thief, "let go").await;
        assert_signed_out(&mut with_hubrise, "let go, came in with it").await;
        app.run_jobs().await;
    })
    .await;
}

#[tokio::test]
async fn a_session_is_over_after_its_time_whatever_its_cookie_says() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        let cookies = browser.cookies.clone();
        app.advance(chrono::TimeDelta::hours(169));
        browser.cookies = cookies;
        assert_signed_out(&mut browser, "after a week").await;
    })
    .await;
}

#[tokio::test]
async fn a_forged_session_cookie_opens_nothing() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        let key = browser.cookies.keys().find(|(_, name)| name.contains("tickncook_session")).unwrap().clone();
        let good = session(&browser).unwrap();
        let mut digests: Vec<String> = sqlx::query_scalar("select encode(id_digest, 'base64') from browser_session")
            .fetch_all(app.db())
            .await
            .unwrap();
        digests.extend([good.to_lowercase(), good.to_uppercase(), format!("{good}A"), good[1..].to_owned()]);
        digests.extend([format!("{good}' or '1'='1"), "null".to_owned(), "AAAAAAAAAAAAAAAAAAAAAA".to_owned()]);
        for forged in digests.iter().filter(|forged| **forged != good) {
            browser.cookies.insert(key.clone(), forged.clone());
            assert_signed_out(&mut browser, forged).await;
        }
    })
    .await;
}
