//! The ways in, clicked through in a real browser: from HubRise's back office, by a link, by an invitation.

use thirtyfour::Key;

use crate::harness::{
    CHOSEN, ENGLISH, FRENCH, LYON, LYON_AT_HUBRISE, MANAGER, NICE_AT_HUBRISE, PARIS, PARIS_AT_HUBRISE, PASSWORD,
    TestApp,
    chromium::{Device, PHONE, Person, TABLET},
    hubrise, journey,
};

/// The first list of steps in the mission page, up to HubRise's **Autoriser**.
async fn connect_at_hubrise(app: &TestApp, person: &Person, location: &str) {
    person.follow(app.hubrise.url()).await;
    person.fill("Email", hubrise::THOMAS).await;
    person.fill(FRENCH.hubrise_password, hubrise::PASSWORD).await;
    person.click(FRENCH.hubrise_sign_in).await;
    person.click("CONNEXIONS").await;
    person.click("Voir les apps disponibles").await;
    person.click("TicknCook").await;
    person.click_to_new_tab("Connecter").await;
    person.pick(FRENCH.hubrise_location, location).await;
}

async fn restaurant_without_an_account(device: Device) {
    journey(async |app| {
        let person = Person::sit_down(app, device).await;
        connect_at_hubrise(app, &person, "Lyon").await;
        person.click(FRENCH.hubrise_next).await;
        person.click(FRENCH.allow).await;
        person.sees("Terminer la connexion").await;
        for fact in ["Bella Pizza - 3r4s3", "Lyon - 3r4s3-1", "Carte Lyon - q7wd2", "Clients Lyon - m8rt4"] {
            person.sees(fact).await;
        }
        assert_eq!(app.count("select count(*) from connection").await, 0);
        person.click("Créer un compte TicknCook").await;
        assert_eq!(person.value("Nom de l’établissement").await, "Bella Pizza");
        person.fill(FRENCH.email, "neuf@bellapizza.example").await;
        person.fill(FRENCH.password, "bella-pizza-neuf").await;
        person.click("Créer mon compte").await;
        person.click(FRENCH.confirm).await;
        person.sees("« Lyon » est relié à HubRise").await;
        assert_eq!(app.hubrise.answers_to_token_of("3r4s3-1").await, 200);
        person.refresh().await;
        person.sees("« Lyon » est relié à HubRise").await;
        person.leave().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restaurant_without_an_account_connects_from_hubrise_on_a_phone() {
    restaurant_without_an_account(PHONE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restaurant_without_an_account_connects_from_hubrise_without_scripts() {
    restaurant_without_an_account(Device { scripts: false, ..TABLET }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manager_connects_from_hubrise_and_confirms_by_keyboard() {
    journey(async |app| {
        let person = Person::sit_down(app, TABLET).await;
        connect_at_hubrise(app, &person, "Nice").await;
        person.click(FRENCH.allow).await;
        let press = async |label: &str, key: Key| {
            person.tab_to(label).await;
            person.press(key).await;
        };
        press("J’ai déjà un compte TicknCook", Key::Enter).await;
        person.tab_to(FRENCH.email).await;
        person.type_in(MANAGER).await;
        person.tab_to(FRENCH.password).await;
        person.type_in(PASSWORD).await;
        person.press(Key::Enter).await;
        person.tab_to(LYON).await;
        person.press(Key::Space).await;
        press(FRENCH.confirm, Key::Enter).await;
        person.sees("« Lyon Part-Dieu » est relié à HubRise").await;
        person.sees("Nice - 3r4s3-2").await;
        person.leave().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_colleague_opens_tickncook_from_hubrise_without_an_account() {
    journey(async |app| {
        app.signed_in(MANAGER).await.connect(PARIS, PARIS_AT_HUBRISE).await;
        let person = Person::sit_down(app, TABLET).await;
        person.follow(app.hubrise.url()).await;
        person.fill("Email", hubrise::THOMAS).await;
        person.fill(FRENCH.hubrise_password, hubrise::PASSWORD).await;
        person.click(FRENCH.hubrise_sign_in).await;
        person.click("CONNEXIONS").await;
        person.click_to_new_tab("Ouvrir").await;
        person.click(FRENCH.allow).await;
        person.sees("Paris - 3r4s3-0").await;
        person.reaches("/services").await;
        assert!(!person.text().await.contains(FRENCH.disconnect));
        person.leave().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_follows_a_link_and_a_guest_an_invitation_on_a_phone() {
    journey(async |app| {
        let person = Person::sit_down(app, PHONE).await;
        person.open("/services/hubrise/links").await;
        person.fill(FRENCH.email, MANAGER).await;
        person.fill(FRENCH.password, PASSWORD).await;
        person.click(FRENCH.sign_in).await;
        person.click(PARIS).await;
        person.fill("Point de vente HubRise", "Paris").await;
        person.click("Créer le lien").await;
        person.reaches("/services/hubrise/links/").await;
        let link = person.value("Lien à envoyer").await;
        person.open("/settings/team").await;
        person.click("Créer l’invitation").await;
        person.reaches("/settings/team/invitations/").await;
        let invitation = person.value("Lien à envoyer").await;
        person.leave().await;

        let owner = Person::sit_down(app, PHONE).await;
        owner.follow(&link).await;
        owner.fill("Email", hubrise::THOMAS).await;
        owner.fill(FRENCH.hubrise_password, hubrise::PASSWORD).await;
        owner.click(FRENCH.hubrise_sign_in).await;
        owner.pick(FRENCH.hubrise_location, "Paris").await;
        owner.click(FRENCH.allow).await;
        owner.sees("Est-ce bien ce point de vente").await;
        owner.click(FRENCH.confirm).await;
        owner.sees("« Paris République » est relié à HubRise").await;
        owner.follow_error(&link).await;
        owner.sees("Ce lien a déjà servi").await;
        owner.leave().await;

        let guest = Person::sit_down(app, PHONE).await;
        guest.follow(&invitation).await;
        guest.sees("Rejoindre « Bella Pizza »").await;
        guest.fill(FRENCH.email, "lea@bellapizza.example").await;
        guest.fill(FRENCH.password, "dix-lettres").await;
        guest.click("Créer mon compte et rejoindre").await;
        guest.sees("Paris - 3r4s3-0").await;
        guest.leave().await;
    })
    .await;
}

/// What a person in a plain browser reaches, for the real one to look at with the same session.
async fn look_at_the_pages(app: &TestApp, device: Device, english: bool) {
    let url = app.hubrise.url().to_owned();
    let words = if english { ENGLISH } else { FRENCH };
    let person = Person::sit_down(app, device).await;
    person.open("/login").await;
    if english {
        person.click(FRENCH.other_language).await;
    }
    let mut manager = app.signed_in(MANAGER).await;
    manager.connect(PARIS, PARIS_AT_HUBRISE).await;
    manager.open("/settings/team").await;
    manager.press("Créer l’invitation", &[("note", "Léa")]).await;
    let invitation = manager.page().url.path().to_owned();
    let address = manager.page().link_to_send();
    manager.open("/services/hubrise/links").await;
    let link = manager.press("Créer le lien", &[(LYON, CHOSEN), ("location_name", "Lyon")]).await.url.path().to_owned();
    let to_owner = manager.page().link_to_send();
    let mut colleague = app.browser();
    colleague.open_at_hubrise(&url, hubrise::THOMAS).await;
    colleague.press(FRENCH.allow, &[]).await;
    let staff = manager.open("/settings/team").await.link_beside(hubrise::THOMAS, "Retirer").path().to_owned();

    let mut owner = app.browser();
    owner.open(&to_owner).await;
    let wrong = owner.allow(NICE_AT_HUBRISE).await.url.path().to_owned();
    person.take_over(&owner).await;
    person.open(&wrong).await;
    owner.press("Choisir un autre point de vente", &[]).await;
    let right = owner.allow(LYON_AT_HUBRISE).await.url.path().to_owned();
    person.open(&right).await;
    owner.press(FRENCH.confirm, &[]).await;
    person.open(&right).await;

    let mut nobody = app.browser();
    let pending = nobody.install(&url, NICE_AT_HUBRISE).await.url.path().to_owned();
    person.take_over(&nobody).await;
    person.open(&pending).await;
    person.open(&format!("{pending}/account")).await;
    person.follow(&address).await;
    person.open("/login").await;
    person.fill(words.email, MANAGER).await;
    person.fill(words.password, PASSWORD).await;
    person.click(words.sign_in).await;
    for path in [&*pending, "/services", "/settings", "/settings/team", &invitation, &link, "/services/hubrise/links"] {
        person.open(path).await;
    }
    person.open(&staff).await;
    person.follow(&address).await;

    manager.open("/services").await;
    let reconnect = format!("/services/hubrise/connections/{}/reconnect", app.connection("3r4s3-0").await);
    let departure = manager.post(&reconnect, &[]).await.target();
    manager.open(departure.as_str()).await;
    let switch = manager.allow(NICE_AT_HUBRISE).await.url.path().to_owned();
    person.take_over(&manager).await;
    person.open(&switch).await;

    let mut newcomer = app.browser();
    newcomer.sign_in_with_hubrise(hubrise::NESTOR).await;
    person.take_over(&newcomer).await;
    person.open("/login/hubrise/confirm").await;
    person.take_over(&app.support().await).await;
    person.open("/support?query=bella").await;
    person.open("/support?show=failing").await;
    let connection = app.connection("3r4s3-0").await;
    let organisation = app.organisation("Bella Pizza").await;
    for path in [
        format!("/support/connections/{connection}"),
        format!("/support/connections/{connection}/remove"),
        format!("/support/organisations/{organisation}"),
    ] {
        person.open(&path).await;
    }
    person.leave().await;
    app.run_jobs().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_of_the_ways_in_keep_nobody_out_at_any_width_in_either_language() {
    for (device, english) in [(TABLET, false), (PHONE, false), (TABLET, true), (PHONE, true)] {
        journey(async |app| {
            look_at_the_pages(app, device, english).await;
            // Nice was given up once, and waits again: whoever gave it up waits for that.
            app.leaves_jobs(1);
        })
        .await;
    }
}
