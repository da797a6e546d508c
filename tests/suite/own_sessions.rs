//! One's own sessions: where somebody is signed in, as the settings list it, and how they end it from afar.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::TimeDelta;

use crate::harness::{Browser, FRENCH, MANAGER, NESTOR, Page, STAFF, TestApp, journey};

const TABLET: &str = "Mozilla/5.0 (Linux; Android 14; SM-X200) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 \
                      Safari/537.36";
const LAPTOP: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0";
const END: &str = "Fermer";
const END_OTHERS: &str = "Fermer toutes les autres";

/// Signs somebody in with a device that says what it is.
async fn signed_in_with(app: &TestApp, email: &str, agent: &str) -> Browser {
    let mut browser = app.browser();
    browser.headers.push(("user-agent".to_owned(), agent.to_owned()));
    browser.sign_in(email).await;
    browser
}

fn sessions(page: &Page) -> Vec<String> {
    page.texts("ul.sessions > li")
}

async fn handles(app: &TestApp, email: &str) -> Vec<String> {
    let found = sqlx::query_scalar("select handle::text from browser_session where user_id = $1::uuid");
    found.bind(app.user(email).await).fetch_all(app.db()).await.unwrap()
}

async fn assert_signed_out(browser: &mut Browser) {
    assert_eq!(browser.open("/services").await.url.path(), "/login");
}

async fn assert_signed_in(browser: &mut Browser) {
    assert_eq!(browser.open("/services").await.url.path(), "/services");
}

#[tokio::test]
async fn the_settings_list_where_somebody_is_signed_in_this_session_first() {
    journey(async |app| {
        let mut tablet = signed_in_with(app, MANAGER, TABLET).await;
        app.advance(TimeDelta::hours(2));
        let mut laptop = signed_in_with(app, MANAGER, LAPTOP).await;
        app.signed_in(STAFF).await;
        // Whoever only looks around has a session, but is nobody.
        app.browser().open("/login").await;
        let since = |time| format!("Ouverte le 23 novembre 2026 à {time} Utilisée le 23 novembre 2026 à {time}");
        let shown = sessions(laptop.open("/settings").await);
        let listed = [
            format!("Firefox · Windows celle-ci {}", since("20:02")),
            format!("Chrome · Android {} {END}", since("18:02")),
        ];
        assert_eq!(shown, listed);
        laptop.page().assert_hides(&[STAFF]);
        tablet.open("/services").await;
        let shown = sessions(tablet.open("/settings").await);
        assert!(shown[0].starts_with("Chrome · Android celle-ci Ouverte le 23 novembre 2026 à 18:02"), "{shown:?}");
        assert!(shown[0].contains("Utilisée le 23 novembre 2026 à 20:02"), "{shown:?}");
        assert!(shown[1].starts_with("Firefox · Windows Ouverte"), "{shown:?}");
        assert_eq!(shown.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn whoever_has_one_session_is_offered_to_end_none() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        let page = browser.open("/settings").await;
        assert_eq!(sessions(page).len(), 1);
        page.assert_shows(&["Appareil inconnu celle-ci"]);
        assert!(!page.has_button(END) && !page.has_button(END_OTHERS));
        let page = app.browser().open("/settings").await.clone();
        assert_eq!(page.url.path(), "/login");
    })
    .await;
}

#[tokio::test]
async fn a_session_that_was_not_used_for_long_is_not_listed() {
    journey(async |app| {
        signed_in_with(app, MANAGER, TABLET).await;
        app.advance(TimeDelta::hours(169));
        let mut laptop = signed_in_with(app, MANAGER, LAPTOP).await;
        assert_eq!(sessions(laptop.open("/settings").await).len(), 1);
    })
    .await;
}

#[tokio::test]
async fn ending_another_session_signs_that_browser_out() {
    journey(async |app| {
        let mut tablet = signed_in_with(app, MANAGER, TABLET).await;
        let mut laptop = signed_in_with(app, MANAGER, LAPTOP).await;
        laptop.open("/settings").await;
        let page = laptop.press(END, &[]).await;
        assert_eq!(page.url.path(), "/settings");
        assert_eq!(sessions(page).len(), 1);
        assert_signed_out(&mut tablet).await;
        assert_signed_in(&mut laptop).await;
        assert_eq!(handles(app, MANAGER).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn ending_all_others_keeps_this_one() {
    journey(async |app| {
        let mut others = [app.signed_in(MANAGER).await, signed_in_with(app, MANAGER, TABLET).await];
        let mut neighbour = app.signed_in(STAFF).await;
        let mut laptop = signed_in_with(app, MANAGER, LAPTOP).await;
        laptop.open("/settings").await;
        let page = laptop.press(END_OTHERS, &[]).await;
        let shown = sessions(page);
        assert_eq!(shown.len(), 1, "{shown:?}");
        assert!(shown[0].starts_with("Firefox · Windows celle-ci"), "{shown:?}");
        for other in &mut others {
            assert_signed_out(other).await;
        }
        assert_signed_in(&mut neighbour).await;
        assert_signed_in(&mut laptop).await;
    })
    .await;
}

#[tokio::test]
async fn somebody_else_s_session_cannot_be_ended() {
    journey(async |app| {
        let mut victim = app.signed_in(STAFF).await;
        let handle = handles(app, STAFF).await.remove(0);
        for email in [MANAGER, NESTOR] {
            let mut attacker = app.signed_in(email).await;
            let page = attacker.post("/settings/sessions/end", &[("session", &handle)]).await;
            let unknown = [("session", "018f0000-0000-7000-8000-000000000000")];
            let unknown = attacker.post("/settings/sessions/end", &unknown).await;
            assert_eq!((page.status, page.target()), (unknown.status, unknown.target()));
            assert_signed_in(&mut victim).await;
        }
        let page = app.browser().post("/settings/sessions/end", &[("session", &handle)]).await;
        assert_eq!(page.target().path(), "/login");
        let mut nonsense = app.signed_in(MANAGER).await;
        nonsense.post("/settings/sessions/end", &[("session", "nonsense")]).await.assert_status(400);
        assert_eq!(handles(app, STAFF).await, [handle]);
    })
    .await;
}

#[tokio::test]
async fn a_session_s_handle_is_of_no_use_as_a_cookie() {
    journey(async |app| {
        let browser = app.signed_in(MANAGER).await;
        let name = app.app.config.cookie_name("session");
        let cookie = browser.cookie(&name).unwrap().to_owned();
        let handle = handles(app, MANAGER).await.remove(0);
        let bytes: Vec<u8> = u128::from_str_radix(&handle.replace('-', ""), 16).unwrap().to_be_bytes().into();
        let reversed: Vec<u8> = bytes.iter().rev().copied().collect();
        let shown = browser.clone().open("/settings").await.body.clone();
        assert!(!shown.contains(&cookie), "the settings show the cookie");
        let forged = [handle, BASE64_URL_SAFE_NO_PAD.encode(bytes), BASE64_URL_SAFE_NO_PAD.encode(reversed)];
        assert_eq!(forged[1].len(), cookie.len(), "it should look like one");
        for forged in forged {
            let mut thief = app.browser();
            thief.cookies.insert(("127.0.0.1".to_owned(), name.clone()), forged);
            assert_signed_out(&mut thief).await;
        }
        // The same way, the cookie itself would do.
        let mut owner = app.browser();
        owner.cookies.insert(("127.0.0.1".to_owned(), name), cookie);
        assert_signed_in(&mut owner).await;
    })
    .await;
}

#[tokio::test]
async fn sessions_of_the_previous_version_live_on_and_are_listed() {
    journey(async |app| {
        let mut old = signed_in_with(app, MANAGER, TABLET).await;
        sqlx::query("update browser_session set data = data #- '{signed_in,signed_in_at}' #- '{signed_in,device}' #- '{signed_in,epoch}'")
            .execute(app.db())
            .await
            .unwrap();
        assert_eq!(app.count("select count(*) from browser_session where data::text like '%Android%'").await, 0);
        let mut laptop = signed_in_with(app, MANAGER, LAPTOP).await;
        let shown = sessions(laptop.open("/settings").await);
        assert_eq!(shown[1], format!("Appareil inconnu Utilisée le 23 novembre 2026 à 18:02 {END}"));
        app.advance(TimeDelta::hours(2));
        assert_signed_in(&mut old).await;
        let shown = sessions(old.open("/settings").await);
        assert_eq!(shown[0], "Appareil inconnu celle-ci Utilisée le 23 novembre 2026 à 20:02");
        laptop.open("/settings").await;
        laptop.press(END, &[]).await;
        assert_signed_out(&mut old).await;
    })
    .await;
}

#[tokio::test]
async fn another_site_cannot_end_sessions() {
    journey(async |app| {
        let mut tablet = signed_in_with(app, MANAGER, TABLET).await;
        let handle = handles(app, MANAGER).await.remove(0);
        let mut laptop = app.signed_in(MANAGER).await;
        let foreign = [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")];
        for path in ["/settings/sessions/end", "/settings/sessions/end-others"] {
            laptop.post_with(path, &[("session", &handle)], &foreign).await.assert_status(403);
        }
        assert_signed_in(&mut tablet).await;
        laptop.open("/settings").await;
        laptop.press(FRENCH.sign_out, &[]).await;
        assert_eq!(handles(app, MANAGER).await, [handle], "signing out ends one session");
        assert_signed_in(&mut tablet).await;
    })
    .await;
}
