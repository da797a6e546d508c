//! Which language a page speaks: what its reader chose, then what their HubRise profile says, then what the browser
//! asks for, and French otherwise.

use crate::harness::{
    Browser, CHOSEN, ENGLISH, FRENCH, MANAGER, NESTOR, PARIS, PASSWORD, STAFF, TestApp, hubrise, journey,
};

/// A browser that asks for these languages.
fn asking_for(app: &TestApp, languages: &str) -> Browser {
    let mut browser = app.browser();
    browser.headers.push(("accept-language".to_owned(), languages.to_owned()));
    browser
}

fn language(browser: &Browser) -> String {
    let page = browser.page();
    let code = page.attributes("lang").swap_remove(0);
    let offered = if code == "fr" { FRENCH.other_language } else { ENGLISH.other_language };
    assert!(page.has_button(offered), "`{offered}` is not offered: {}", page.words());
    code
}

async fn language_at(browser: &mut Browser, path: &str) -> String {
    browser.open(path).await;
    language(browser)
}

/// Signs in from the sign-in page, whatever it speaks.
async fn sign_in(browser: &mut Browser, email: &str) {
    browser.open("/login").await;
    let button = if language(browser) == "fr" { FRENCH.sign_in } else { ENGLISH.sign_in };
    browser.press(button, &[("email", email), ("password", PASSWORD)]).await.assert_status(200);
}

/// Links the profile at HubRise to the account that is signed in.
async fn link_profile(browser: &mut Browser, at_hubrise: &str) {
    browser.open("/settings").await;
    let french = language(browser) == "fr";
    browser.press(if french { "Relier mon profil HubRise" } else { "Link my HubRise profile" }, &[]).await;
    browser.sign_in_at_hubrise(at_hubrise).await;
    let allow = if browser.page().has_button(FRENCH.allow) { FRENCH.allow } else { ENGLISH.allow };
    browser.press(allow, &[]).await;
    browser.press(if french { "Confirmer et relier" } else { "Confirm and link" }, &[]).await;
    assert_eq!(browser.page().url.path(), "/settings");
    browser.page().assert_shows(&[at_hubrise]);
}

async fn kept_language(app: &TestApp, email: &str) -> Option<String> {
    let kept = sqlx::query_scalar("select language from app_user where email = $1").bind(email);
    kept.fetch_one(app.db()).await.unwrap()
}

#[tokio::test]
async fn a_guest_is_spoken_to_as_their_browser_asks_and_in_french_otherwise() {
    journey(async |app| {
        assert_eq!(language_at(&mut app.browser(), "/login").await, "fr");
        for (languages, expected) in [
            ("fr-FR,fr;q=0.9,en;q=0.8", "fr"),
            ("en-GB,en;q=0.9,fr;q=0.8", "en"),
            ("de-DE,de;q=0.9,en;q=0.7,fr;q=0.3", "en"),
            ("de-DE,de;q=0.9", "fr"),
            ("*", "fr"),
            ("nonsense;;q=", "fr"),
            ("", "fr"),
        ] {
            let mut browser = asking_for(app, languages);
            assert_eq!(language_at(&mut browser, "/login").await, expected, "{languages}");
            assert_eq!(language_at(&mut browser, "/no-such-page").await, expected, "{languages}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_weights_of_a_browser_s_languages_count_more_than_their_order() {
    journey(async |app| {
        assert_eq!(language_at(&mut asking_for(app, "fr;q=0.5,en;q=0.8"), "/login").await, "en");
        assert_eq!(language_at(&mut asking_for(app, "en;q=0,fr;q=0.1"), "/login").await, "fr");
    })
    .await;
}

#[tokio::test]
async fn somebody_without_a_choice_or_a_profile_is_spoken_to_as_their_browser_asks() {
    journey(async |app| {
        let mut browser = asking_for(app, "en");
        sign_in(&mut browser, MANAGER).await;
        assert_eq!(language_at(&mut browser, "/services").await, "en");
        browser.page().assert_shows(&[ENGLISH.services]);
        assert_eq!(kept_language(app, MANAGER).await, None, "nothing was chosen");
        let mut browser = asking_for(app, "fr");
        sign_in(&mut browser, MANAGER).await;
        assert_eq!(language_at(&mut browser, "/services").await, "fr");
    })
    .await;
}

#[tokio::test]
async fn a_choice_is_kept_with_the_account_and_holds_in_every_browser() {
    journey(async |app| {
        let mut tablet = asking_for(app, "fr");
        sign_in(&mut tablet, MANAGER).await;
        tablet.open("/points-of-sale").await;
        let page = tablet.press(FRENCH.other_language, &[]).await;
        assert_eq!(page.url.path(), "/points-of-sale");
        page.assert_shows(&[ENGLISH.points_of_sale, PARIS]);
        assert_eq!(kept_language(app, MANAGER).await.as_deref(), Some("en"));
        let mut laptop = asking_for(app, "fr");
        assert_eq!(language_at(&mut laptop, "/login").await, "fr", "nobody has said yet who they are");
        sign_in(&mut laptop, MANAGER).await;
        assert_eq!(language_at(&mut laptop, "/services").await, "en");
        // The last choice holds, wherever it was made.
        laptop.press(ENGLISH.other_language, &[]).await;
        assert_eq!(language_at(&mut laptop, "/settings").await, "fr");
        assert_eq!(language_at(&mut tablet, "/settings").await, "fr");
        // Somebody else's choice is theirs.
        tablet.press(FRENCH.other_language, &[]).await;
        let mut other = asking_for(app, "fr");
        sign_in(&mut other, STAFF).await;
        assert_eq!(language_at(&mut other, "/services").await, "fr");
        assert_eq!(kept_language(app, STAFF).await, None);
    })
    .await;
}

#[tokio::test]
async fn the_languages_of_the_profile_come_before_the_browser_s() {
    journey(async |app| {
        // Nestor's profile says en-GB, Thomas's fr-FR and then en-GB.
        for (email, at_hubrise, asked, spoken) in
            [(NESTOR, hubrise::NESTOR, "fr", "en"), (MANAGER, hubrise::THOMAS, "en", "fr")]
        {
            let mut browser = asking_for(app, asked);
            sign_in(&mut browser, email).await;
            assert_eq!(language_at(&mut browser, "/services").await, asked);
            link_profile(&mut browser, at_hubrise).await;
            assert_eq!(language_at(&mut browser, "/services").await, spoken);
            assert_eq!(kept_language(app, email).await, None, "nothing was chosen");
            let mut elsewhere = asking_for(app, asked);
            sign_in(&mut elsewhere, email).await;
            assert_eq!(language_at(&mut elsewhere, "/services").await, spoken);
        }
        app.run_jobs().await;
    })
    .await;
}

#[tokio::test]
async fn the_first_language_of_the_profile_that_we_speak_is_taken() {
    journey(async |app| {
        let mut browser = asking_for(app, "fr");
        sign_in(&mut browser, NESTOR).await;
        link_profile(&mut browser, hubrise::NESTOR).await;
        for (locales, spoken) in
            [("{de-DE,fr-FR,en-GB}", "fr"), ("{it-IT,en-GB,fr-FR}", "en"), ("{it-IT}", "fr"), ("{}", "fr")]
        {
            let profile = sqlx::query("update hubrise_identity set locales = $1::text[]").bind(locales);
            profile.execute(app.db()).await.unwrap();
            assert_eq!(language_at(&mut browser, "/services").await, spoken, "{locales}");
        }
        app.run_jobs().await;
    })
    .await;
}

#[tokio::test]
async fn a_choice_comes_before_the_profile_and_the_browser() {
    journey(async |app| {
        let mut browser = asking_for(app, "fr");
        sign_in(&mut browser, MANAGER).await;
        link_profile(&mut browser, hubrise::THOMAS).await;
        browser.press(FRENCH.other_language, &[]).await;
        assert_eq!(language_at(&mut browser, "/services").await, "en");
        let mut elsewhere = asking_for(app, "fr");
        sign_in(&mut elsewhere, MANAGER).await;
        assert_eq!(language_at(&mut elsewhere, "/services").await, "en");
        // One that was made with this browser before anybody signed in counts as well.
        sqlx::query("update app_user set language = null").execute(app.db()).await.unwrap();
        let mut guest = asking_for(app, "fr");
        guest.open("/login").await;
        guest.press(FRENCH.other_language, &[]).await;
        sign_in(&mut guest, MANAGER).await;
        assert_eq!(language_at(&mut guest, "/services").await, "en");
        assert_eq!(language_at(&mut elsewhere, "/services").await, "fr", "the profile has its turn again");
        app.run_jobs().await;
    })
    .await;
}

#[tokio::test]
async fn a_language_that_we_do_not_speak_cannot_be_chosen() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        for language in ["de", "", "fr-FR; Path=/"] {
            let fields = [("language", language), ("return_to", "/")];
            browser.post("/language", &fields).await.assert_status(400);
        }
        let foreign = [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")];
        browser.post_with("/language", &[("language", "en")], &foreign).await.assert_status(403);
        assert_eq!(kept_language(app, MANAGER).await, None);
        assert_eq!(language_at(&mut browser, "/services").await, "fr");
    })
    .await;
}

/// A browser that asks for French, and somebody at it who has chosen English elsewhere.
async fn english_reader(app: &TestApp, email: &str) -> Browser {
    let choice = sqlx::query("update app_user set language = 'en' where email = $1").bind(email);
    choice.execute(app.db()).await.unwrap();
    let mut browser = asking_for(app, "fr");
    sign_in(&mut browser, email).await;
    assert_eq!(language_at(&mut browser, "/services").await, "en");
    browser
}

#[tokio::test]
async fn what_is_wrong_with_a_form_is_told_in_the_reader_s_language() {
    journey(async |app| {
        let mut browser = english_reader(app, MANAGER).await;
        let long = "é".repeat(121);
        let mut alerts = Vec::new();
        for (path, fields) in [
            ("/settings/team/invitations", [("note", &*long), ("role", "staff")]),
            ("/services/hubrise/links", [("account_name", "Bella Pizza"), ("point_of_sale", "")]),
            ("/services/hubrise/connect", [("new_name", &*long), ("point_of_sale", "new")]),
        ] {
            let page = browser.post(path, &fields).await;
            page.assert_status(422);
            alerts.extend(page.texts("[role=alert]"));
        }
        let english = [
            "This note is too long: 120 characters at most.",
            "Choose a point of sale from the list, or create a new one.",
            "That name is too long: 120 characters at most.",
        ];
        assert_eq!(alerts, english);
    })
    .await;
}

#[tokio::test]
async fn the_last_manager_is_told_so_in_their_language() {
    journey(async |app| {
        let mut browser = english_reader(app, NESTOR).await;
        sqlx::query("delete from membership where user_id <> $1::uuid")
            .bind(app.user(NESTOR).await)
            .execute(app.db())
            .await
            .unwrap();
        let path = format!("/settings/team/{}/remove", app.user(NESTOR).await);
        browser.open(&path).await;
        let page = browser.press(ENGLISH.confirm, &[]).await;
        page.assert_status(409);
        page.assert_hides(&["C’est le seul responsable"]);
    })
    .await;
}

#[tokio::test]
async fn a_page_that_tells_an_error_speaks_the_reader_s_language() {
    journey(async |app| {
        let mut browser = english_reader(app, STAFF).await;
        for (path, status) in [("/settings/team", 403), ("/no-such-page", 404), ("/support", 404)] {
            browser.open(path).await.assert_status(status);
            assert_eq!(language(&browser), "en", "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn hubrise_s_answers_are_told_in_the_reader_s_language() {
    journey(async |app| {
        let mut browser = english_reader(app, MANAGER).await;
        browser.click(ENGLISH.add).await;
        browser.press(ENGLISH.allow, &[(PARIS, CHOSEN)]).await;
        browser.sign_in_at_hubrise(hubrise::THOMAS).await;
        let deny = if browser.page().has_button(FRENCH.hubrise_deny) { FRENCH.hubrise_deny } else { "Deny" };
        browser.press(deny, &[]).await.assert_status(200);
        assert_eq!(language(&browser), "en");
        browser.page().assert_hides(&["Vous avez refusé"]);
    })
    .await;
}

#[tokio::test]
async fn whoever_changes_the_language_on_the_way_arrives_where_they_wanted_to_go() {
    journey(async |app| {
        let mut browser = asking_for(app, "fr");
        browser.open("/login?return_to=/points-of-sale").await;
        browser.press(FRENCH.other_language, &[]).await;
        assert_eq!(language(&browser), "en");
        let page = browser.press(ENGLISH.sign_in, &[("email", MANAGER), ("password", PASSWORD)]).await;
        assert_eq!(page.url.path(), "/points-of-sale");
        browser.open("/history?who=hubrise").await;
        let page = browser.press(ENGLISH.other_language, &[]).await;
        assert_eq!(page.url.query(), Some("who=hubrise"));
        // What HubRise sends along is not carried on.
        browser.open("/hubrise_oauth/connect_callback?state=unknown").await;
        browser.page().assert_hides(&["state=unknown"]);
    })
    .await;
}
