//! Signing in and out: who gets in, who does not, and how often they may try.

use chrono::TimeDelta;
use tokio::task::JoinSet;

use crate::harness::{Browser, FRENCH, MANAGER, NESTOR, PASSWORD, TestApp, journey, journey_with};

async fn try_once(browser: &mut Browser, email: &str, password: &str) -> u16 {
    browser.open("/login").await;
    browser.try_to_sign_in(email, password).await.status.as_u16()
}

fn session(app: &TestApp, browser: &Browser) -> Option<String> {
    browser.cookie(&app.app.config.cookie_name("session")).map(str::to_owned)
}

#[tokio::test]
async fn whoever_is_not_signed_in_signs_in_first_and_gets_where_they_wanted() {
    journey(async |app| {
        let mut browser = app.browser();
        let page = browser.open("/points-of-sale").await;
        assert_eq!(page.url.path(), "/login");
        let page = browser.try_to_sign_in(MANAGER, PASSWORD).await;
        assert_eq!(page.url.path(), "/points-of-sale");
        page.assert_shows(&["Paris République", "Lyon Part-Dieu", "Bella Pizza", MANAGER]);
    })
    .await;
}

#[tokio::test]
async fn what_they_asked_for_is_there_after_the_sign_in() {
    journey(async |app| {
        let mut browser = app.browser();
        browser.open("/history?query=paris&page=x").await;
        let page = browser.try_to_sign_in(MANAGER, PASSWORD).await;
        assert_eq!((page.url.path(), page.url.query()), ("/history", Some("query=paris&page=x")));
    })
    .await;
}

#[tokio::test]
async fn the_start_page_leads_to_the_services() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        assert_eq!(browser.open("/").await.url.path(), "/services");
        assert_eq!(browser.open("/login").await.url.path(), "/services");
    })
    .await;
}

#[tokio::test]
async fn the_case_and_the_blanks_around_an_email_do_not_matter() {
    journey(async |app| {
        let mut browser = app.browser();
        assert_eq!(try_once(&mut browser, " Gerant@BellaPizza.example ", PASSWORD).await, 200);
        assert_eq!(browser.page().url.path(), "/services");
    })
    .await;
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_email_are_answered_alike() {
    journey(async |app| {
        let mut seen = Vec::new();
        for email in [MANAGER, "personne@bellapizza.example"] {
            let mut browser = app.browser();
            assert_eq!(try_once(&mut browser, email, "something-else").await, 401);
            let page = browser.page();
            page.assert_shows(&["L’e-mail ou le mot de passe ne correspond pas."]);
            let mut names: Vec<_> = page.headers.keys().map(ToString::to_string).collect();
            names.sort_unstable();
            seen.push((page.status, names, page.body.replace(email, "")));
        }
        assert_eq!(seen[0], seen[1]);
    })
    .await;
}

#[tokio::test]
async fn what_was_typed_stays_except_for_the_password() {
    journey(async |app| {
        let mut browser = app.browser();
        try_once(&mut browser, MANAGER, "something-else").await;
        let values = browser.page().attributes("value");
        assert!(values.contains(&MANAGER.to_owned()), "{values:?}");
        assert!(!browser.page().body.contains("something-else"));
    })
    .await;
}

#[tokio::test]
async fn guessing_at_one_account_is_slowed_and_time_lets_its_owner_in() {
    journey(async |app| {
        let mut guesser = app.browser();
        for _ in 0..5 {
            assert_eq!(try_once(&mut guesser, MANAGER, "a-wrong-guess").await, 401);
        }
        // Now even the right password waits, for its owner and for a guesser alike.
        assert_eq!(try_once(&mut guesser, MANAGER, PASSWORD).await, 429);
        let page = guesser.page();
        let wait: i64 = page.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=60).contains(&wait), "{wait}");
        page.assert_shows(&["Trop d’essais ont échoué."]);
        assert_eq!(try_once(&mut guesser, NESTOR, PASSWORD).await, 200);
        app.advance(TimeDelta::seconds(wait));
        let mut owner = app.browser();
        assert_eq!(try_once(&mut owner, MANAGER, PASSWORD).await, 200);
        assert_eq!(owner.page().url.path(), "/services");
    })
    .await;
}

#[tokio::test]
async fn an_unknown_account_is_slowed_like_a_known_one() {
    journey(async |app| {
        let mut statuses = Vec::new();
        for email in [MANAGER, "personne@bellapizza.example"] {
            let mut browser = app.browser();
            let mut answers = Vec::new();
            for _ in 0..7 {
                answers.push(try_once(&mut browser, email, "a-wrong-guess").await);
            }
            statuses.push(answers);
        }
        assert_eq!(statuses[0], statuses[1]);
        assert_eq!(statuses[0].last(), Some(&429));
    })
    .await;
}

#[tokio::test]
async fn guessing_from_one_address_is_slowed_whatever_the_account() {
    journey_with(
        |layers| layers.set("trusted_proxies", "127.0.0.1/32"),
        async |app| {
            let mut guesser = app.browser();
            guesser.headers.push(("x-forwarded-for".to_owned(), "198.51.100.7".to_owned()));
            for guess in 0..20 {
                let email = format!("personne{guess}@bellapizza.example");
                assert_eq!(try_once(&mut guesser, &email, "a-wrong-guess").await, 401, "guess {guess}");
            }
            assert_eq!(try_once(&mut guesser, MANAGER, PASSWORD).await, 429);
            let mut elsewhere = app.browser();
            elsewhere.headers.push(("x-forwarded-for".to_owned(), "203.0.113.9".to_owned()));
            assert_eq!(try_once(&mut elsewhere, MANAGER, PASSWORD).await, 200);
        },
    )
    .await;
}

#[tokio::test]
async fn an_address_cannot_be_made_up_without_a_trusted_proxy() {
    journey(async |app| {
        let mut guesser = app.browser();
        for guess in 0..21 {
            guesser.headers = vec![("x-forwarded-for".to_owned(), format!("198.51.100.{guess}"))];
            try_once(&mut guesser, &format!("personne{guess}@bellapizza.example"), "a-wrong-guess").await;
        }
        assert_eq!(guesser.page().status.as_u16(), 429);
    })
    .await;
}

#[tokio::test]
async fn signing_in_gives_the_browser_a_new_session() {
    journey(async |app| {
        // Whoever planted a session in somebody's browser must not share it once they have signed in.
        let planted = session(app, &app.signed_in(NESTOR).await).unwrap();
        let mut browser = app.browser();
        let name = app.app.config.cookie_name("session");
        browser.cookies.insert(("127.0.0.1".to_owned(), name), planted.clone());
        browser.open("/services").await;
        browser.press(FRENCH.sign_out, &[]).await;
        let name = app.app.config.cookie_name("session");
        browser.cookies.insert(("127.0.0.1".to_owned(), name), planted.clone());
        browser.sign_in(MANAGER).await;
        assert_ne!(session(app, &browser), Some(planted));
    })
    .await;
}

#[tokio::test]
async fn signing_in_again_within_a_session_gives_a_new_one_and_ends_the_former() {
    journey(async |app| {
        let mut browser = app.signed_in(NESTOR).await;
        let former = session(app, &browser).unwrap();
        browser.post("/login", &[("email", MANAGER), ("password", PASSWORD)]).await;
        assert_ne!(session(app, &browser).unwrap(), former);
        browser.open("/services").await.assert_shows(&[MANAGER]);
        browser.cookies.insert(("127.0.0.1".to_owned(), app.app.config.cookie_name("session")), former);
        assert_eq!(browser.open("/services").await.url.path(), "/login");
    })
    .await;
}

#[tokio::test]
async fn signing_out_ends_the_session_on_the_server() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        let mut thief = browser.clone();
        let page = browser.press(FRENCH.sign_out, &[]).await;
        assert_eq!(page.url.path(), "/login");
        assert_eq!(session(app, &browser), None);
        assert_eq!(thief.open("/services").await.url.path(), "/login");
        assert_eq!(app.count("select count(*) from browser_session").await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_session_ends_when_it_was_not_used_for_long() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        app.advance(TimeDelta::hours(100));
        assert_eq!(browser.open("/services").await.url.path(), "/services");
        app.advance(TimeDelta::hours(100));
        assert_eq!(browser.open("/services").await.url.path(), "/services");
        app.advance(TimeDelta::hours(169));
        assert_eq!(browser.open("/services").await.url.path(), "/login");
    })
    .await;
}

#[tokio::test]
async fn signing_in_leads_to_paths_of_ours_only() {
    journey(async |app| {
        for elsewhere in [
            "https://evil.example/",
            "//evil.example/",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "javascript:alert(1)",
            "http:evil.example",
            "",
        ] {
            let mut browser = app.browser();
            let fields = [("email", MANAGER), ("password", PASSWORD), ("return_to", elsewhere)];
            let target = browser.post("/login", &fields).await.target();
            assert_eq!(target.origin(), app.public().origin(), "{elsewhere:?} leads to {target}");
            let query: String =
                reqwest::Url::parse_with_params("http://x/login", [("return_to", elsewhere)]).unwrap().into();
            let shown = browser.peek(query.trim_start_matches("http://x")).await.target();
            assert_eq!(shown.origin(), app.public().origin(), "{elsewhere:?} leads to {shown}");
        }
    })
    .await;
}

#[tokio::test]
async fn somebody_without_a_restaurant_is_told_so() {
    journey(async |app| {
        sqlx::query("delete from membership").execute(app.db()).await.unwrap();
        let mut browser = app.browser();
        browser.sign_in(MANAGER).await.assert_shows(&["Aucun établissement pour ce compte"]);
        browser.open("/services").await.assert_shows(&["Aucun établissement pour ce compte"]);
    })
    .await;
}

#[tokio::test]
async fn of_many_guesses_at_once_no_more_are_looked_at_than_of_as_many_in_a_row() {
    journey(async |app| {
        let mut browser = app.browser();
        browser.open("/login").await;
        let mut guesses = JoinSet::new();
        for _ in 0..30 {
            let mut browser = browser.clone();
            guesses.spawn(async move { browser.try_to_sign_in(MANAGER, "a-wrong-guess").await.status.as_u16() });
        }
        let answers = guesses.join_all().await;
        let count = |status| answers.iter().filter(|answer| **answer == status).count();
        assert_eq!((count(401), count(429)), (5, 25));
    })
    .await;
}
