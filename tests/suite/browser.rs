//! The mission page, clicked through in a real browser.

use thirtyfour::Key;

use crate::harness::{
    ENGLISH, FRENCH, LYON, LYON_AT_HUBRISE, MANAGER, NICE_AT_HUBRISE, PARIS, PARIS_AT_HUBRISE, PASSWORD, TestApp,
    Words,
    chromium::{Device, PHONE, Person, TABLET},
    hubrise, journey,
};

async fn sign_in(person: &Person, words: &Words) {
    person.fill(words.email, MANAGER).await;
    person.fill(words.password, PASSWORD).await;
    person.click(words.sign_in).await;
}

async fn sign_in_at_hubrise(person: &Person, words: &Words) {
    person.fill("Email", hubrise::THOMAS).await;
    person.fill(words.hubrise_password, hubrise::PASSWORD).await;
    person.click(words.hubrise_sign_in).await;
}

async fn open_menu(person: &Person, entry: &str) {
    person.click("Menu").await;
    person.click(entry).await;
}

/// The steps of the mission page: connect, look, disconnect.
async fn whole_journey(app: &TestApp, person: &Person, words: &Words) {
    sign_in(person, words).await;
    open_menu(person, words.services).await;
    person.click(words.add).await;
    person.sees(words.choose).await;
    person.click(LYON).await;
    person.click(words.allow).await;

    if words.hubrise_next == ENGLISH.hubrise_next {
        person.click("EN").await;
    }
    sign_in_at_hubrise(person, words).await;
    person.pick(words.hubrise_location, "Lyon").await;
    person.click(words.hubrise_next).await;
    person.click(words.allow).await;

    for fact in ["Bella Pizza - 3r4s3", "Lyon - 3r4s3-1", "Carte Lyon - q7wd2", "Clients Lyon - m8rt4"] {
        person.sees(fact).await;
    }
    person.reaches("/services/hubrise/attempts/").await;
    open_menu(person, words.services).await;
    person.sees("Lyon - 3r4s3-1").await;
    assert_eq!(app.hubrise.answers_to_token_of("3r4s3-1").await, 200);

    open_menu(person, words.points_of_sale).await;
    person.click_beside(LYON, words.delete).await;
    person.sees("Lyon - 3r4s3-1").await;
    person.click(words.confirm).await;
    person.reaches("/receipts/").await;
    person.sees("Lyon - 3r4s3-1").await;
    assert_eq!(app.hubrise.answers_to_token_of("3r4s3-1").await, 401);
    open_menu(person, words.points_of_sale).await;
    person.sees(PARIS).await;
    assert!(!person.text().await.contains(LYON));
    person.click("Menu").await;
    person.click(words.sign_out).await;
    person.reaches("/login").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_journey_on_a_tablet_in_french() {
    journey(async |app| {
        let person = Person::sit_down(app, TABLET).await;
        person.open("/").await;
        whole_journey(app, &person, &FRENCH).await;
        person.leave().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_journey_on_a_phone_in_english() {
    journey(async |app| {
        let person = Person::sit_down(app, PHONE).await;
        person.open("/").await;
        person.click(FRENCH.other_language).await;
        whole_journey(app, &person, &ENGLISH).await;
        person.leave().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_journey_without_scripts() {
    for device in [TABLET, PHONE] {
        journey(async |app| {
            let person = Person::sit_down(app, Device { scripts: false, ..device }).await;
            person.open("/").await;
            whole_journey(app, &person, &FRENCH).await;
            person.leave().await;
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_journey_by_keyboard_alone() {
    journey(async |app| {
        let person = Person::sit_down(app, TABLET).await;
        let press = async |label: &str, key: Key| {
            person.tab_to(label).await;
            person.press(key).await;
        };
        let fill = async |label: &str, text: &str| {
            person.tab_to(label).await;
            person.type_in(text).await;
        };
        person.open("/").await;
        fill(FRENCH.email, MANAGER).await;
        fill(FRENCH.password, PASSWORD).await;
        person.press(Key::Enter).await;
        press("Menu", Key::Enter).await;
        press(FRENCH.services, Key::Enter).await;
        press(FRENCH.add, Key::Enter).await;
        person.tab_to(LYON).await;
        person.press(Key::Down).await;
        assert_eq!(person.focused().await, PARIS);
        press(FRENCH.allow, Key::Enter).await;

        fill("Email", hubrise::THOMAS).await;
        fill(FRENCH.hubrise_password, hubrise::PASSWORD).await;
        person.press(Key::Enter).await;
        press(FRENCH.allow, Key::Enter).await;

        person.sees("Paris - 3r4s3-0").await;
        press("Menu", Key::Enter).await;
        press(FRENCH.points_of_sale, Key::Enter).await;
        press(&format!("{} {PARIS}", FRENCH.delete), Key::Enter).await;
        press(FRENCH.confirm, Key::Enter).await;
        person.sees("« Paris République » est supprimé").await;
        assert_eq!(app.hubrise.answers_to_token_of("3r4s3-0").await, 401);
        person.leave().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refusing_at_hubrise_and_starting_again() {
    journey(async |app| {
        let person = Person::sit_down(app, PHONE).await;
        person.open("/services/hubrise/connect").await;
        sign_in(&person, &FRENCH).await;
        // Typing a name chooses the new one, where there are scripts.
        person.fill(FRENCH.new_name, "Camion").await;
        person.click(FRENCH.allow).await;
        sign_in_at_hubrise(&person, &FRENCH).await;
        person.click(FRENCH.hubrise_deny).await;
        person.sees("Vous avez refusé l’accès").await;
        person.click(FRENCH.start_again).await;
        person.click(FRENCH.new).await;
        person.click(FRENCH.allow).await;
        person.pick(FRENCH.hubrise_location, "Nice").await;
        person.click(FRENCH.allow).await;
        person.sees("« Nice » est relié à HubRise").await;
        person.leave().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn going_back_and_refreshing_after_a_connection_shows_it_still() {
    journey(async |app| {
        let mut known = app.signed_in(MANAGER).await;
        known.connect(PARIS, PARIS_AT_HUBRISE).await;
        let person = Person::sit_down(app, TABLET).await;
        person.open("/").await;
        sign_in(&person, &FRENCH).await;
        person.click_beside(PARIS, FRENCH.reconnect).await;
        sign_in_at_hubrise(&person, &FRENCH).await;
        person.click(FRENCH.allow).await;
        person.sees("« Paris République » est relié").await;
        person.refresh().await;
        person.sees("« Paris République » est relié").await;
        person.click("Voir les services tiers").await;
        person.back().await;
        person.sees("« Paris République » est relié").await;
        person.leave().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_other_page_keeps_nobody_out_at_any_width_in_either_language() {
    for (device, language) in [(TABLET, "fr"), (PHONE, "fr"), (TABLET, "en"), (PHONE, "en")] {
        journey(async |app| {
            let mut known = app.signed_in(MANAGER).await;
            known.connect(PARIS, PARIS_AT_HUBRISE).await;
            known.connect(LYON, LYON_AT_HUBRISE).await;
            let receipt = known.disconnect(LYON).await.url.path().to_owned();
            known.connect(LYON, NICE_AT_HUBRISE).await;
            app.hubrise.lasting_fault("/oauth2/v1/revoke", serde_json::json!({ "kind": "drop" })).await;
            let pending = known.delete(LYON).await.url.path().to_owned();

            let person = Person::sit_down(app, device).await;
            person.open("/login").await;
            person.fill(FRENCH.email, MANAGER).await;
            if language == "en" {
                person.click(FRENCH.other_language).await;
            }
            let words = if language == "en" { ENGLISH } else { FRENCH };
            person.open_error("/no-such-page").await;
            person.open_error("/services/hubrise/refused/other-browser").await;
            person.open("/").await;
            sign_in(&person, &words).await;
            person.open("/points-of-sale").await;
            person.open(&format!("/services/hubrise/connections/{}/disconnect", app.connection("3r4s3-0").await)).await;
            person.open(&format!("/points-of-sale/{}/delete", app.point_of_sale(PARIS).await)).await;
            person.open("/services/hubrise/connect").await;
            person.open(&receipt).await;
            person.open(&pending).await;
            person.open_error("/no-such-page").await;
            for reason in ["state-expired", "state-used", "state-unknown", "other-organisation", "malformed"] {
                person.open_error(&format!("/services/hubrise/refused/{reason}")).await;
            }
            // And while HubRise refuses a connection, with the banner on each of them.
            app.hubrise.control("connections/block", serde_json::json!({ "location_id": "3r4s3-0" })).await;
            app.advance(chrono::TimeDelta::minutes(67));
            app.run_upkeep().await;
            for path in ["/services", "/points-of-sale", "/settings"] {
                person.open(path).await;
                let told = if language == "en" { "no longer receives orders" } else { "ne reçoit plus les commandes" };
                person.sees(told).await;
            }
            person.leave().await;
            app.leaves_jobs(1);
        })
        .await;
    }
}
