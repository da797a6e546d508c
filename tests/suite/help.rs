//! The help page, for whoever needs it.

use crate::harness::{
    Browser, ENGLISH, FRENCH, MANAGER, NESTOR, Page,
    chromium::{PHONE, Person, TABLET},
    journey,
};

const HELP: &str = "/help/support-access";

const FRENCH_STEPS: [&str; 5] = [
    "Depuis le back-office de HubRise, sélectionnez CONFIGURATION dans le menu de gauche.",
    "Dans la section Permissions, ajoutez hello@tickncook.com.",
    "Cliquez sur Ajouter l'utilisateur.",
    "Dans le menu déroulant de choix d’un rôle prédéfini, sélectionnez Partenaire Technique.",
    "Cliquez sur Définir les permissions.",
];
const ENGLISH_STEPS: [&str; 5] = [
    "In HubRise’s back office, select SETTINGS in the left-hand menu.",
    "In the Permissions section, add hello@tickncook.com.",
    "Click Add User.",
    "In the drop-down list of predefined roles, select Technical Partner.",
    "Click Set Permissions.",
];
const FRENCH_LABELS: [&str; 6] = [
    "CONFIGURATION",
    "Permissions",
    "hello@tickncook.com",
    "Ajouter l'utilisateur",
    "Partenaire Technique",
    "Définir les permissions",
];

fn assert_steps(page: &Page, steps: &[&str; 5]) {
    page.assert_status(200);
    let seen = page.texts("ol li > p:first-child");
    assert_eq!(seen, steps);
}

async fn in_english(browser: &mut Browser) -> &Page {
    browser.open(HELP).await;
    browser.press(FRENCH.other_language, &[]).await
}

#[tokio::test]
async fn whoever_is_signed_in_finds_the_steps_in_the_menu_in_both_languages() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        browser.open("/services").await;
        let page = browser.click("AIDE").await;
        assert_eq!(page.url.path(), HELP);
        assert_steps(page, &FRENCH_STEPS);
        assert_eq!(page.texts("ol strong"), FRENCH_LABELS);
        assert_eq!(page.texts("nav [aria-current=page]"), ["AIDE"]);
        assert_eq!(page.link("Aller sur HubRise (nouvel onglet)").as_str().trim_end_matches('/'), app.hubrise.url());
        page.assert_shows(&[
            "Pourquoi ne jamais donner un mot de passe",
            "Le support de TicknCook ne vous demandera jamais de mot de passe.",
            "voir les clés d’accès à HubRise",
            "chaque connexion que le support ouvre",
        ]);
        assert_eq!(page.link("Voir l’Historique").path(), "/history");
        assert_steps(in_english(&mut browser).await, &ENGLISH_STEPS);
        browser.page().assert_shows(&["Why you should never share a password"]);
    })
    .await;
}

#[tokio::test]
async fn whoever_is_signed_out_reads_it_too_and_finds_no_way_into_what_is_not_theirs() {
    journey(async |app| {
        let mut browser = app.browser();
        let page = browser.open(HELP).await;
        assert_eq!(page.url.path(), HELP, "nobody is sent to sign in");
        assert_steps(page, &FRENCH_STEPS);
        page.assert_hides(&["SERVICES TIERS", "Voir l’Historique"]);
        assert_steps(in_english(&mut browser).await, &ENGLISH_STEPS);
        assert_eq!(browser.page().url.path(), HELP, "the language is changed in place");
    })
    .await;
}

#[tokio::test]
async fn without_a_script_what_is_to_be_copied_can_be_selected() {
    journey(async |app| {
        let mut browser = app.signed_in(NESTOR).await;
        let page = browser.open(HELP).await;
        let values = page.attributes("value");
        for wanted in ["hello@tickncook.com", "Partenaire Technique"] {
            assert!(values.iter().any(|value| value == wanted), "{wanted} stands in no field: {values:?}");
        }
        page.assert_hides(&["Copier"]);
        assert_eq!(page.attributes("data-copies"), ["address", "role"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn both_are_copied_with_a_touch_on_a_phone_and_on_a_tablet() {
    for (device, words) in [(PHONE, FRENCH), (TABLET, ENGLISH)] {
        journey(async |app| {
            let person = Person::sit_down(app, device).await;
            person.open(HELP).await;
            if words.other_language == ENGLISH.other_language {
                person.click(FRENCH.other_language).await;
                person.click("Copy hello@tickncook.com").await;
                person.sees("Copied.").await;
                person.click("Copy Technical Partner").await;
            } else {
                person.click("Copier hello@tickncook.com").await;
                person.sees("Copié.").await;
                person.click("Copier Partenaire Technique").await;
            }
            person.leave().await;
        })
        .await;
    }
}
