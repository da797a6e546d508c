//! Attacks by trying: who has an account, which password, which code, which secret. And by making others wait.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use reqwest::Method;
use tickncook_hubrise::config::Layers;

use super::ground::tidy;
use crate::{
    api::{call, key_of_bella, problem},
    harness::{
        AS_STAFF, Browser, FRENCH, MANAGER, Mailbox, NESTOR, PARIS, PARIS_AT_HUBRISE, PASSWORD, STAFF, TestApp,
        hubrise::THOMAS, journey, journey_with, secret_of, support::SUPPORT,
    },
};

const NOBODY: &str = "personne@bellapizza.example";
const WRONG: &str = "a-wrong-guess";
const JOIN_ANEW: &str = "Créer mon compte et rejoindre";

fn behind_a_proxy(layers: &mut Layers) {
    layers.set("trusted_proxies", "127.0.0.1/32");
}

/// A browser at this address.
fn at(app: &TestApp, address: &str) -> Browser {
    let mut browser = app.browser();
    browser.headers.push(("x-forwarded-for".to_owned(), address.to_owned()));
    browser
}

async fn guess(browser: &mut Browser, email: &str, password: &str) -> u16 {
    browser.post("/login", &[("email", email), ("password", password)]).await.status.as_u16()
}

#[tokio::test]
async fn an_unknown_account_costs_as_much_work_as_a_known_one() {
    journey(async |app| {
        sqlx::query("update app_user set password_hash = null where email = $1")
            .bind(STAFF)
            .execute(app.db())
            .await
            .unwrap();
        // Nobody can hash any more: whoever is to be compared with a hash fails.
        app.app.hashing.close();
        for email in [MANAGER, STAFF, NOBODY, "no address", "é@è", &"a".repeat(3000)] {
            assert_eq!(guess(&mut app.browser(), email, WRONG).await, 500, "{email} was answered without the work");
        }
    })
    .await;
}

#[tokio::test]
async fn signing_up_costs_as_much_work_for_a_known_address_and_tells_only_few() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        let mut guest = app.browser();
        guest.open(&manager.invite("Anna", AS_STAFF).await).await;
        let form = guest.page().clone();
        let mut statuses = Vec::new();
        for email in std::iter::repeat_n([MANAGER, NESTOR], 15).flatten() {
            let mut guest = guest.clone();
            assert!(form.has_button(JOIN_ANEW));
            let page = guest.press(JOIN_ANEW, &[(FRENCH.email, email), (FRENCH.password, "un-mot-de-passe")]).await;
            statuses.push(page.status.as_u16());
        }
        assert_eq!(statuses.iter().filter(|status| **status == 409).count(), 10, "five of each: {statuses:?}");
        assert_eq!(statuses.last(), Some(&429));
        app.advance(TimeDelta::hours(2));
        app.app.hashing.close();
        for email in [MANAGER, "anna@bellapizza.example"] {
            let mut guest = guest.clone();
            let page = guest.press(JOIN_ANEW, &[(FRENCH.email, email), (FRENCH.password, "un-mot-de-passe")]).await;
            page.assert_status(500);
        }
    })
    .await;
}

#[tokio::test]
async fn nobody_floods_a_mailbox_with_links_to_choose_a_password_from_wherever() {
    let mailbox = Mailbox::start();
    let address = mailbox.address().to_owned();
    let settings = |layers: &mut Layers| {
        behind_a_proxy(layers);
        layers.set("mail.smtp_url", address);
    };
    journey_with(settings, async |app| {
        for host in 0..120 {
            let mut anybody = at(app, &format!("198.51.100.{host}"));
            let answers = [anybody.post("/login/password", &[("email", MANAGER)]).await.status.as_u16()];
            assert!(answers == [303] || answers == [429], "{answers:?}");
            app.advance(TimeDelta::seconds(30));
        }
        app.run_jobs().await;
        let sent = mailbox.collect().len();
        assert!((5..=15).contains(&sent), "{sent} mails in an hour");
        // Nor with one for each of very many.
        let mut asked = 0;
        for person in 0..30 {
            let email = format!("personne{person}@bellapizza.example");
            let page = at(app, "192.0.2.1").post("/login/password", &[("email", &email)]).await;
            asked += usize::from(page.status == 303);
        }
        assert_eq!(asked, 10);
        app.run_jobs().await;
    })
    .await;
}

#[tokio::test]
async fn an_address_of_a_link_that_never_was_tells_as_little_as_any_other() {
    journey(async |app| {
        let mut answers = BTreeSet::new();
        for path in ["/invitations/", "/links/"] {
            for secret in ["x", &"a".repeat(43), &"A".repeat(2000), "..%2f..", "%00", "\u{e9}"] {
                let page = app.browser().peek(&format!("{path}{secret}")).await;
                let names: Vec<_> = page.headers.keys().map(ToString::to_string).collect();
                answers.insert((page.status.as_u16(), names.len(), page.texts("h1")));
            }
        }
        assert_eq!(answers.len(), 1, "{answers:?}");
        assert_eq!(answers.first().unwrap().0, 404);
        // One to choose a password by is forgotten with its use: whether it ever was is nobody's to know.
        for secret in ["x", &"a".repeat(43)] {
            app.browser().peek(&format!("/password-links/{secret}")).await.assert_status(410);
        }
        app.browser().peek("/login/password/new").await.assert_status(404);
    })
    .await;
}

#[tokio::test]
async fn who_guesses_from_everywhere_does_not_lock_the_owner_out() {
    journey_with(behind_a_proxy, async |app| {
        let mut owner = at(app, "192.0.2.1");
        assert_eq!(guess(&mut owner, MANAGER, PASSWORD).await, 303);
        owner.open("/services").await;
        owner.press(FRENCH.sign_out, &[]).await;
        let mut looked_at = 0;
        for round in 0..60_u32 {
            for host in 0..3 {
                let mut guesser = at(app, &format!("198.51.100.{}", round * 3 + host));
                looked_at += usize::from(guess(&mut guesser, MANAGER, WRONG).await == 401);
            }
            app.advance(TimeDelta::seconds(10));
        }
        assert!(looked_at < 20, "{looked_at} of 180 guesses in ten minutes were looked at");
        // Whoever comes with a browser that the account does not know waits like the guessers.
        assert_eq!(guess(&mut at(app, "198.51.100.250"), MANAGER, WRONG).await, 429);
        assert_eq!(guess(&mut at(app, "203.0.113.5"), MANAGER, PASSWORD).await, 429);
        assert_eq!(guess(&mut owner, MANAGER, PASSWORD).await, 303, "the owner is locked out");
    })
    .await;
}

#[tokio::test]
async fn a_neighbour_behind_the_same_address_does_not_lock_the_owner_out() {
    journey(async |app| {
        let mut owner = app.signed_in(MANAGER).await;
        owner.press(FRENCH.sign_out, &[]).await;
        let mut neighbour = app.browser();
        for account in 0..21 {
            guess(&mut neighbour, &format!("personne{account}@bellapizza.example"), WRONG).await;
        }
        assert_eq!(guess(&mut neighbour, NESTOR, PASSWORD).await, 429);
        assert_eq!(guess(&mut owner, MANAGER, PASSWORD).await, 303);
    })
    .await;
}

#[tokio::test]
async fn being_a_known_browser_buys_few_guesses_and_none_at_others() {
    journey_with(behind_a_proxy, async |app| {
        let name = app.app.config.cookie_name("device");
        let mut thief = at(app, "192.0.2.1");
        assert_eq!(guess(&mut thief, NESTOR, PASSWORD).await, 303);
        assert!(thief.cookie(&name).is_some_and(|value| value.len() == 43));
        // To another account it is as unknown as any browser, and so is one that made its cookie up.
        for cookie in [thief.cookie(&name).unwrap().to_owned(), "a".repeat(43), String::new(), "é".repeat(43)] {
            app.advance(TimeDelta::hours(2));
            let mut guesser = at(app, "192.0.2.2");
            guesser.cookies.insert(("127.0.0.1".to_owned(), name.clone()), cookie);
            let mut statuses = Vec::new();
            for _ in 0..6 {
                statuses.push(guess(&mut guesser, MANAGER, WRONG).await);
            }
            assert_eq!(statuses, [401, 401, 401, 401, 401, 429]);
            assert_eq!(guess(&mut at(app, "192.0.2.3"), MANAGER, PASSWORD).await, 429, "it was counted by itself");
        }
        // And whoever stole the cookie of the account itself guesses as slowly, from wherever.
        let mut statuses = Vec::new();
        for host in 0..6 {
            thief.headers = vec![("x-forwarded-for".to_owned(), format!("198.51.100.{host}"))];
            statuses.push(guess(&mut thief, NESTOR, WRONG).await);
        }
        assert_eq!(statuses, [401, 401, 401, 401, 401, 429]);
    })
    .await;
}

#[tokio::test]
async fn a_browser_is_known_for_half_a_year_and_its_cookie_opens_nothing() {
    journey(async |app| {
        let name = app.app.config.cookie_name("device");
        let mut owner = app.signed_in(MANAGER).await;
        let value = owner.cookie(&name).unwrap().to_owned();
        let mut thief = app.browser();
        thief.cookies.insert(("127.0.0.1".to_owned(), name.clone()), value.clone());
        assert_eq!(thief.open("/services").await.url.path(), "/login");
        assert_eq!(app.count("select count(*) from known_device").await, 1);
        owner.press(FRENCH.sign_out, &[]).await;
        owner.sign_in(MANAGER).await;
        assert_eq!(owner.cookie(&name), Some(value.as_str()), "the same browser");
        assert_eq!(app.count("select count(*) from known_device").await, 1);
        app.advance(TimeDelta::days(181));
        app.run_regular("purge_sign_ins").await;
        assert_eq!(app.count("select count(*) from known_device").await, 0);
        owner.sign_in(MANAGER).await;
        assert_ne!(owner.cookie(&name), Some(value.as_str()), "what we do not know any more is not kept");
    })
    .await;
}

#[tokio::test]
async fn stuffing_many_accounts_from_the_addresses_of_one_network_is_slowed() {
    journey_with(behind_a_proxy, async |app| {
        let mut looked_at = 0;
        for host in 0..40 {
            let mut guesser = at(app, &format!("2001:db8:7:7:{host:x}::{host:x}"));
            let status = guess(&mut guesser, &format!("personne{host}@bellapizza.example"), WRONG).await;
            looked_at += usize::from(status == 401);
        }
        assert_eq!(looked_at, 20);
        assert_eq!(
            guess(&mut at(app, "2001:db8:7:8::1"), MANAGER, PASSWORD).await,
            303,
            "another network is not slowed"
        );
    })
    .await;
}

#[tokio::test]
async fn an_address_in_front_of_the_proxy_s_own_word_is_not_believed() {
    journey_with(behind_a_proxy, async |app| {
        let mut looked_at = 0;
        for host in 0..40 {
            let mut guesser = at(app, &format!("203.0.113.{host}, 198.51.100.7"));
            let status = guess(&mut guesser, &format!("personne{host}@bellapizza.example"), WRONG).await;
            looked_at += usize::from(status == 401);
        }
        assert_eq!(looked_at, 20);
    })
    .await;
}

#[tokio::test]
async fn codes_of_a_second_factor_are_guessed_neither_at_once_nor_from_everywhere() {
    journey_with(behind_a_proxy, async |app| {
        let device = app.add_support(SUPPORT).await;
        let mut looked_at = 0;
        for host in 0..12 {
            let mut thief = at(app, &format!("198.51.100.{host}"));
            thief.sign_in(SUPPORT).await;
            let page = thief.post("/support/verify", &[("code", "000000")]).await;
            looked_at += usize::from(page.status.as_u16() != 429);
        }
        assert_eq!(looked_at, 5);
        // The right one is not looked at either, until the wait is over.
        let mut support = at(app, "192.0.2.1");
        support.sign_in(SUPPORT).await;
        assert_eq!(support.post("/support/verify", &[("code", &device.code(app))]).await.status, 429);
        app.advance(TimeDelta::seconds(901));
        assert_eq!(support.post("/support/verify", &[("code", &device.code(app))]).await.status, 303);
    })
    .await;
}

#[tokio::test]
async fn secrets_in_addresses_and_keys_are_too_long_to_be_guessed_and_guesses_harm_nobody() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        manager.connect(PARIS, PARIS_AT_HUBRISE).await;
        let key = key_of_bella(app).await;
        let invitation = secret_of(&manager.invite("Anna", AS_STAFF).await);
        let callback = app.callback_key("3r4s3-0").await;
        for secret in [&key, &invitation, &callback] {
            assert!(secret.len() >= 43 && secret.chars().collect::<BTreeSet<_>>().len() > 10, "256 random bits");
        }
        for guess in 0..50 {
            let wrong = format!("{guess:043}");
            assert_eq!(call(app, Method::GET, "/connections", Some(&wrong)).await.status(), 401);
            assert_eq!(app.send_event_to(&wrong, None, "{}").await.status(), 404);
            assert_eq!(app.browser().peek(&format!("/invitations/{wrong}")).await.status, 404);
        }
        assert_eq!(call(app, Method::GET, "/connections", Some(&key)).await.status(), 200);
        assert_eq!(app.browser().peek(&format!("/invitations/{invitation}")).await.status, 303);
    })
    .await;
}

#[tokio::test]
async fn trips_to_hubrise_that_nobody_comes_back_from_are_slowed_and_leave_few_rows() {
    journey_with(behind_a_proxy, async |app| {
        let mut manager = at(app, "192.0.2.1");
        manager.sign_in(MANAGER).await;
        manager.open("/services").await;
        let link = manager.make_link(PARIS, "Bella Pizza", "Paris").await;
        let link = reqwest::Url::parse(&link).unwrap().path().to_owned();
        let mut begun = 0;
        for trip in 0..60 {
            let mut stranger = at(app, "192.0.2.1");
            let page = match trip % 3 {
                0 => stranger.post("/login/hubrise", &[]).await,
                1 => stranger.peek("/hubrise_open?app_instance_id=guessed").await,
                _ => stranger.peek(&link).await,
            };
            if page.status == 429 {
                assert!(page.header("retry-after").is_some());
                page.assert_shows(&["Un peu trop vite"]);
            } else {
                begun += 1;
            }
        }
        assert_eq!(begun, 30);
        assert_eq!(app.count("select count(*) from authorisation_attempt").await, 30);
        assert_eq!(app.count("select count(*) from browser_session where user_id is null").await, 30);
        // A manager behind the same address goes to HubRise as ever, and so do people elsewhere.
        manager.open("/services").await;
        manager.connect(PARIS, PARIS_AT_HUBRISE).await.assert_status(200);
        assert_eq!(at(app, "192.0.2.2").post("/login/hubrise", &[]).await.status, 303);
        // After the wait, the next one may go.
        app.advance(TimeDelta::seconds(61));
        assert_eq!(at(app, "192.0.2.1").post("/login/hubrise", &[]).await.status, 303);
    })
    .await;
}

#[tokio::test]
async fn a_restaurant_that_comes_back_from_its_trips_is_not_slowed() {
    journey(async |app| {
        for _ in 0..32 {
            app.browser().sign_in_with_hubrise(THOMAS).await;
        }
        assert_eq!(app.count("select count(*) from sign_in_throttle where failures > 2").await, 0);
        // A way back that was made up does not count as one.
        let mut liar = app.browser();
        for _ in 0..31 {
            let address = liar.post("/login/hubrise", &[]).await;
            if address.status == 429 {
                return;
            }
            let state = address.target().query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
            liar.peek(&format!("/hubrise_oauth/login_callback?error=access_denied&state={state}")).await;
        }
        panic!("who denies each trip goes on for ever");
    })
    .await;
}

#[tokio::test]
async fn a_check_that_was_just_made_is_not_made_again_for_a_key() {
    journey(async |app| {
        app.signed_in(MANAGER).await.connect(PARIS, PARIS_AT_HUBRISE).await;
        let (key, id) = (key_of_bella(app).await, app.connection("3r4s3-0").await);
        let path = format!("/connections/{id}/check");
        // HubRise was asked as it was connected.
        problem(call(app, Method::POST, &path, Some(&key)).await, 429).await;
        app.advance(TimeDelta::seconds(16));
        assert_eq!(call(app, Method::POST, &path, Some(&key)).await.status(), 200);
        let asked = app.hubrise.calls().await.len();
        for _ in 0..5 {
            let refused = call(app, Method::POST, &path, Some(&key)).await;
            let wait: i64 = refused.headers()["retry-after"].to_str().unwrap().parse().unwrap();
            assert!((1..=16).contains(&wait), "{wait}");
            problem(refused, 429).await;
        }
        assert_eq!(app.hubrise.calls().await.len(), asked, "HubRise was asked again");
        app.advance(TimeDelta::seconds(16));
        assert_eq!(call(app, Method::POST, &path, Some(&key)).await.status(), 200);
    })
    .await;
}

#[tokio::test]
async fn ways_back_that_were_made_up_leave_few_rows() {
    journey_with(behind_a_proxy, async |app| {
        let mut begun = 0;
        for number in 0..100 {
            let back = format!("/hubrise_oauth/connect_callback?code={number:032}");
            begun += usize::from(at(app, "192.0.2.1").peek(&back).await.status == 303);
            at(app, "192.0.2.1").peek("/hubrise_oauth/connect_callback?code=%20").await;
        }
        assert_eq!(begun, 30);
        assert_eq!(app.count("select count(*) from browser_session").await, 30);
        // Elsewhere, an install goes on as ever.
        let mut owner = at(app, "192.0.2.2");
        owner.install(app.hubrise.url(), PARIS_AT_HUBRISE).await.assert_status(200);
        tidy(app).await;
    })
    .await;
}

#[tokio::test]
async fn whoever_signs_in_again_and_again_leaves_few_sessions_and_few_known_browsers() {
    journey(async |app| {
        let mut first = app.signed_in(MANAGER).await;
        for _ in 0..50 {
            app.advance(TimeDelta::minutes(1));
            app.signed_in(MANAGER).await;
        }
        assert_eq!(app.count("select count(*) from browser_session where user_id is not null").await, 50);
        assert_eq!(app.count("select count(*) from known_device").await, 20);
        assert_eq!(first.open("/services").await.url.path(), "/login", "the oldest has ended");
    })
    .await;
}

#[tokio::test]
async fn a_wait_that_was_kept_while_the_clock_was_ahead_keeps_nobody_out() {
    journey(async |app| {
        let mut guesser = app.browser();
        for _ in 0..8 {
            guesser.open("/login").await;
            guesser.try_to_sign_in(MANAGER, "wrong-password").await;
        }
        let ahead = "update sign_in_throttle set blocked_until = blocked_until + interval '1 day',
            last_failed_at = last_failed_at + interval '1 day'";
        sqlx::query(ahead).execute(app.db()).await.unwrap();
        app.signed_in(MANAGER).await;
    })
    .await;
}
