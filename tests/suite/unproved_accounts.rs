//! Accounts under addresses that nobody has proved to be theirs: what a stranger made of one is nothing that its person
//! gets without knowing it.

use chrono::TimeDelta;

use crate::{
    harness::{
        AS_MANAGER, AS_STAFF, Browser, CHOSEN, FRENCH, MANAGER, Mailbox, NESTOR, OWNER_OF_BOTH, Page, STAFF, TestApp,
    },
    password_links::{CHOOSE, NEW_PASSWORD, ask, follow, signs_in, with_mailbox},
};

const PERSON: &str = "patronne@trattoria.example";
/// Of the stranger's choice.
const PLANTED: &str = "mot-de-passe-plante";
const OWN: &str = "mot-de-passe-a-moi";
const QUESTION: &str = "Est-ce bien votre équipe ?";
const YES: &str = "Oui, c’est bien mon équipe vous gardez ces accès ; si une partie seulement vous est inconnue, \
                   écrivez ensuite au support de TicknCook";
const NO: &str = "Non, je ne la connais pas : retirer ces accès votre compte n’y donnera plus accès";
const UNSAID: &str = "Dites si c’est bien votre équipe.";
const MINE: [(&str, &str); 2] = [(NEW_PASSWORD, OWN), (YES, CHOSEN)];
const STRANGE: [(&str, &str); 2] = [(NEW_PASSWORD, OWN), (NO, CHOSEN)];

/// Chez Nestor's manager makes an account under somebody else's address, and brings it in. The browser that it is open
/// in.
async fn planted(app: &TestApp, role: &str) -> Browser {
    let link = app.signed_in(NESTOR).await.invite("Moi-même", role).await;
    let mut stranger = app.browser();
    stranger.open(&link).await;
    let account = [(FRENCH.email, PERSON), (FRENCH.password, PLANTED)];
    stranger.press("Créer mon compte et rejoindre", &account).await.assert_shows(&["Chez Nestor", PERSON]);
    stranger
}

/// The person has forgotten a password that they never had, and follows the link.
async fn reset<'a>(app: &TestApp, mailbox: &Mailbox, browser: &'a mut Browser) -> &'a Page {
    ask(browser, PERSON).await;
    let page = follow(app, mailbox, browser).await;
    page.assert_status(200);
    page
}

/// Nothing has changed by what was sent.
async fn assert_untouched(app: &TestApp, stranger: &mut Browser) {
    stranger.open("/services").await.assert_shows(&[PERSON]);
    assert!(signs_in(app, PERSON, PLANTED).await && !signs_in(app, PERSON, OWN).await);
    assert_eq!(app.memberships(PERSON).await, ["Chez Nestor: manager"]);
    assert_eq!(app.count("select count(*) from app_user where email_proved_at is null").await, 1);
}

#[tokio::test]
async fn what_a_stranger_made_of_an_account_is_shown_to_its_person_who_lets_go_of_it() {
    with_mailbox(async |app, mailbox| {
        let mut stranger = planted(app, AS_MANAGER).await;
        let invitation = stranger.invite("Un complice", AS_STAFF).await;
        let mut person = app.browser();
        let page = reset(app, mailbox, &mut person).await;
        page.assert_shows(&[QUESTION, "Chez Nestor", "Responsable", "23 novembre 2026", NESTOR, OWNER_OF_BOTH]);
        assert!(!page.body.contains(" checked"), "an answer is given already");
        assert_eq!(person.press(CHOOSE, &STRANGE).await.url.path(), "/");
        person.page().assert_shows(&["Aucun établissement pour ce compte", PERSON]);
        person.page().assert_hides(&["Chez Nestor"]);
        assert!(app.memberships(PERSON).await.is_empty());
        assert_eq!(stranger.open("/services").await.url.path(), "/login");
        app.browser().open(&invitation).await.assert_status(410);
        let mut nestor = app.signed_in(NESTOR).await;
        let entry = nestor.open("/history").await.entry_of("Accès retiré patronne@");
        assert!(entry.contains("Rôle Responsable → devient — rien"), "{entry}");
        app.advance(TimeDelta::minutes(1));
        // The address is proved now, and nothing is asked again, whatever the account joins.
        let link = nestor.invite("La patronne", AS_STAFF).await;
        person.open(&link).await;
        person.press("Rejoindre", &[]).await.assert_shows(&["Chez Nestor"]);
        let mut elsewhere = app.browser();
        reset(app, mailbox, &mut elsewhere).await.assert_hides(&[QUESTION]);
        elsewhere.press(CHOOSE, &[(NEW_PASSWORD, OWN)]).await.assert_shows(&["Chez Nestor"]);
    })
    .await;
}

#[tokio::test]
async fn whoever_knows_the_team_keeps_what_they_have_and_is_not_asked_again() {
    with_mailbox(async |app, mailbox| {
        let mut stranger = planted(app, AS_MANAGER).await;
        let mut person = app.browser();
        reset(app, mailbox, &mut person).await.assert_shows(&[QUESTION]);
        // What was answered stays where it is the password that is asked for again.
        let page = person.press(CHOOSE, &[(NEW_PASSWORD, "court"), (YES, CHOSEN)]).await;
        page.assert_status(422);
        page.assert_hides(&[UNSAID]);
        person.press(CHOOSE, &[(NEW_PASSWORD, OWN)]).await.assert_shows(&["Chez Nestor", PERSON]);
        assert_eq!(app.memberships(PERSON).await, ["Chez Nestor: manager"]);
        assert_eq!(stranger.open("/services").await.url.path(), "/login", "whoever knew the former password");
        reset(app, mailbox, &mut app.browser()).await.assert_hides(&[QUESTION]);
    })
    .await;
}

#[tokio::test]
async fn without_an_answer_nothing_changes() {
    with_mailbox(async |app, mailbox| {
        let mut stranger = planted(app, AS_MANAGER).await;
        let mut person = app.browser();
        reset(app, mailbox, &mut person).await;
        for _ in 0..2 {
            let page = person.press(CHOOSE, &[(NEW_PASSWORD, OWN)]).await;
            page.assert_status(422);
            page.assert_shows(&[UNSAID, "Chez Nestor"]);
            assert!(page.attributes("aria-describedby").contains(&"team-error team-why".to_owned()));
        }
        // As a page sends it that asked nothing.
        let link = person.page().hidden("link");
        let page = person.post("/login/password/new", &[("link", &link), ("password", OWN)]).await;
        page.assert_status(422);
        page.assert_shows(&[UNSAID]);
        assert_untouched(app, &mut stranger).await;
        person.press(CHOOSE, &STRANGE).await.assert_shows(&["Aucun établissement pour ce compte"]);
        assert!(app.memberships(PERSON).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn an_answer_is_about_nothing_that_was_not_listed() {
    with_mailbox(async |app, mailbox| {
        let mut stranger = planted(app, AS_MANAGER).await;
        let mut person = app.browser();
        reset(app, mailbox, &mut person).await.assert_hides(&["Bella Pizza"]);
        let link = app.signed_in(MANAGER).await.invite("Une amie", AS_STAFF).await;
        stranger.open(&link).await;
        stranger.press("Rejoindre", &[]).await.assert_shows(&["Bella Pizza"]);
        for answer in [YES, NO] {
            let mut person = person.clone();
            let page = person.press(CHOOSE, &[(NEW_PASSWORD, OWN), (answer, CHOSEN)]).await;
            page.assert_status(422);
            page.assert_shows(&["La liste vient de changer.", "Bella Pizza", "Chez Nestor", STAFF]);
            assert!(!page.body.contains(" checked"), "the answer was about another list");
        }
        assert!(signs_in(app, PERSON, PLANTED).await);
        assert_eq!(app.memberships(PERSON).await, ["Bella Pizza: staff", "Chez Nestor: manager"]);
        person.press(CHOOSE, &MINE).await.assert_status(422);
        person.press(CHOOSE, &STRANGE).await.assert_shows(&["Aucun établissement pour ce compte"]);
        assert!(app.memberships(PERSON).await.is_empty());
    })
    .await;
}

/// The account is made, and what it belongs to is not there yet when the link is opened.
#[tokio::test]
async fn whoever_was_asked_nothing_is_asked_once_there_is_something_to_ask() {
    with_mailbox(async |app, mailbox| {
        let mut stranger = planted(app, AS_MANAGER).await;
        let mut nestor = app.signed_in(NESTOR).await;
        let removal = format!("/settings/team/{}/remove", app.user(PERSON).await);
        nestor.post(&removal, &[]).await.assert_status(303);
        app.advance(TimeDelta::minutes(1));
        let mut person = app.browser();
        reset(app, mailbox, &mut person).await.assert_hides(&[QUESTION]);
        let link = nestor.invite("Moi-même", AS_MANAGER).await;
        stranger.open("/login").await;
        stranger.try_to_sign_in(PERSON, PLANTED).await;
        stranger.open(&link).await;
        stranger.press("Rejoindre", &[]).await.assert_shows(&["Chez Nestor"]);
        let page = person.press(CHOOSE, &[(NEW_PASSWORD, OWN)]).await;
        page.assert_status(422);
        page.assert_shows(&[QUESTION, UNSAID]);
        assert_untouched(app, &mut stranger).await;
    })
    .await;
}

#[tokio::test]
async fn the_last_manager_lets_go_as_well() {
    with_mailbox(async |app, mailbox| {
        let mut stranger = planted(app, AS_MANAGER).await;
        for email in [NESTOR, OWNER_OF_BOTH] {
            let removal = format!("/settings/team/{}/remove", app.user(email).await);
            stranger.post(&removal, &[]).await.assert_status(303);
        }
        let mut person = app.browser();
        reset(app, mailbox, &mut person).await.assert_shows(&["Chez Nestor", "Avec Personne d’autre"]);
        person.press(CHOOSE, &STRANGE).await.assert_shows(&["Aucun établissement pour ce compte"]);
        assert!(app.memberships(PERSON).await.is_empty());
        assert!(signs_in(app, PERSON, OWN).await);
    })
    .await;
}
