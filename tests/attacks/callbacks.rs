//! Somebody else's code or link, brought to a browser that did not ask for it.

use super::trips::{self, AUTHORIZE, DOORS, LOGIN, gains, with_parameters};
use crate::harness::{MANAGER, NESTOR, PARIS, PARIS_AT_HUBRISE, TestApp, journey};

#[tokio::test]
async fn an_attacker_s_code_without_a_state_is_refused_where_hubrise_never_brings_one() {
    journey(async |app| {
        let attackers = [trips::sign_in(app).await, trips::install(app).await, trips::connect(app, MANAGER).await];
        let codes = attackers.iter().map(|attacker| attacker.parameter("code").unwrap());
        for code in codes {
            for door in [LOGIN, AUTHORIZE] {
                for mut victim in [app.browser(), app.signed_in(NESTOR).await] {
                    let (before, cookies) = (gains(app).await, victim.cookies.clone());
                    let page = victim.open(&with_parameters(app, door, &[("code", &code)])).await;
                    assert_eq!(page.url.path(), "/services/hubrise/refused/malformed", "{door}");
                    assert_eq!(gains(app).await, before, "{door}");
                    assert_eq!(victim.cookies, cookies, "{door} has signed somebody in");
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn an_attacker_s_install_code_in_a_victim_s_browser_waits_under_its_names_and_is_attached_to_nothing() {
    journey(async |app| {
        for mut victim in [app.browser(), app.signed_in(NESTOR).await] {
            let attacker = trips::install(app).await;
            let page = victim.open(attacker.callback.as_str()).await;
            assert!(page.url.path().starts_with("/services/hubrise/pending/"), "{}", page.url);
            page.assert_shows(&["Bella Pizza - 3r4s3", "Nice - 3r4s3-2"]);
            victim.open("/services").await;
            assert_eq!(app.count("select count(*) from connection").await, 0);
        }
        super::ground::tidy(app).await;
        assert_eq!(app.count("select count(*) from connection").await, 0);
    })
    .await;
}

#[tokio::test]
async fn an_attacker_s_sign_in_brought_to_a_victim_s_browser_signs_nobody_in() {
    journey(async |app| {
        let attacker = trips::sign_in(app).await;
        for mut victim in [app.browser(), app.signed_in(NESTOR).await] {
            let before = victim.cookies.clone();
            victim.open(attacker.callback.as_str()).await;
            assert_eq!(victim.cookies, before);
            let page = victim.open("/settings").await.clone();
            if before.is_empty() {
                assert_eq!(page.url.path(), "/login");
            } else {
                page.assert_shows(&[NESTOR]);
            }
        }
        assert_eq!(app.count("select count(*) from hubrise_identity").await, 0);
    })
    .await;
}

/// Brings a code that a victim got, with the state of the attacker's own trip.
async fn inject(app: &TestApp, attacker: &mut trips::Traveller, code: &str) -> String {
    let (door, state) = (attacker.callback.path().to_owned(), attacker.parameter("state").unwrap());
    let callback = with_parameters(app, &door, &[("code", code), ("state", &state)]);
    attacker.browser.open(&callback).await.words()
}

#[tokio::test]
async fn a_victim_s_code_of_one_kind_opens_nothing_in_an_attacker_s_trip_of_another_and_its_token_is_given_back() {
    journey(async |app| {
        let victims = [trips::sign_in(app).await, trips::install(app).await, trips::connect(app, MANAGER).await];
        for victim in victims {
            let code = victim.parameter("code").unwrap();
            let mut attacker = match victim.kind {
                "sign-in" => trips::connect(app, MANAGER).await,
                _ => trips::sign_in(app).await,
            };
            let before = attacker.browser.cookies.clone();
            let words = inject(app, &mut attacker, &code).await;
            assert!(!words.contains("est relié"), "{}: {words}", victim.kind);
            assert_eq!(attacker.browser.cookies, before, "{}: {words}", victim.kind);
        }
        assert_eq!(app.count("select count(*) from connection").await, 0);
        assert_eq!(app.count("select count(*) from pending_connection").await, 0);
        app.run_jobs().await;
        let live = app.hubrise.connections().await.into_iter().filter(|(_, _, status)| status == "live").count();
        assert_eq!(live, 0, "a token of the victim's lives on");
    })
    .await;
}

#[tokio::test]
async fn a_victim_s_used_code_opens_nothing_in_an_attacker_s_own_trip_and_the_victim_keeps_theirs() {
    journey(async |app| {
        let mut victim = app.signed_in(MANAGER).await;
        let callback: reqwest::Url = victim.callback(PARIS, PARIS_AT_HUBRISE).await.parse().unwrap();
        victim.open(callback.as_str()).await.assert_shows(&["est relié à HubRise"]);
        let code = callback.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
        let mut attacker = trips::connect(app, MANAGER).await;
        inject(app, &mut attacker, &code).await;
        for door in DOORS {
            attacker.browser.open(&with_parameters(app, door, &[("code", &code)])).await;
        }
        assert_eq!(app.count("select count(*) from connection").await, 1);
        assert_eq!(app.count("select count(*) from pending_connection").await, 0);
        app.run_jobs().await;
        assert_eq!(app.hubrise.answers_to_token_of("3r4s3-0").await, 200);
    })
    .await;
}

#[tokio::test]
async fn the_open_address_takes_no_code_and_no_state_and_leads_to_hubrise_alone() {
    journey(async |app| {
        trips::open(app).await;
        let attacker = trips::install(app).await;
        let (code, before) = (attacker.parameter("code").unwrap(), gains(app).await);
        let instance = crate::opening::app_instance(app, "3r4s3-0").await;
        for mut victim in [app.browser(), app.signed_in(NESTOR).await] {
            for query in [
                format!("code={code}"),
                format!("code={code}&state=x"),
                format!("app_instance_id={instance}&code={code}&state=x&user=1&role=manager"),
                format!("app_instance_id={instance}&app_instance_id=other"),
                "app_instance_id=../../evil".to_owned(),
            ] {
                let page = victim.peek(&format!("/hubrise_open?{query}")).await;
                let target = page.target();
                let known = [app.public().origin(), app.hubrise.url().parse::<reqwest::Url>().unwrap().origin()];
                assert!(known.contains(&target.origin()), "{query}: {target}");
                assert!(!target.as_str().contains(&code), "{query}: {target}");
                assert_eq!(gains(app).await, before, "{query}");
            }
        }
        app.run_jobs().await;
    })
    .await;
}

#[tokio::test]
async fn a_guessed_install_in_a_signed_in_browser_shows_nothing_without_a_role_at_hubrise() {
    journey(async |app| {
        trips::open(app).await;
        let instance = crate::opening::app_instance(app, "3r4s3-0").await;
        let mut nestor = app.signed_in(NESTOR).await;
        nestor.open(&format!("/hubrise_open?app_instance_id={instance}")).await;
        nestor.sign_in_at_hubrise(crate::harness::hubrise::NESTOR).await;
        if nestor.page().has_button("Autoriser") {
            nestor.press("Autoriser", &[]).await;
        }
        assert_eq!(app.memberships(NESTOR).await, ["Chez Nestor: manager"]);
        nestor.page().assert_hides(&[PARIS]);
        app.run_jobs().await;
    })
    .await;
}

#[tokio::test]
async fn no_code_stays_in_an_address_a_page_a_referrer_or_the_log() {
    journey(async |app| {
        for mut traveller in trips::all_with_state(app).await {
            let code = traveller.parameter("code").unwrap();
            let state = traveller.parameter("state").unwrap();
            let page = traveller.browser.open(traveller.callback.as_str()).await.clone();
            let all: Vec<_> = page.redirects.iter().skip(1).chain([&page]).collect();
            for page in all {
                for secret in [&code, &state] {
                    let at = format!("{} at {}", traveller.kind, page.url.path());
                    assert!(
                        !page.url.as_str().contains(secret.as_str()) && !page.body.contains(secret.as_str()),
                        "{at}"
                    );
                }
            }
            assert_eq!(page.header("referrer-policy"), Some("same-origin"));
            for secret in [code, state] {
                assert!(crate::harness::logs::containing(&secret).is_empty(), "{} is in the log", traveller.kind);
            }
        }
        super::ground::tidy(app).await;
    })
    .await;
}
