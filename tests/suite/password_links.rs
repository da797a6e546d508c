//! Forgotten passwords: who gets a link, what it is good for, and how long.

use chrono::TimeDelta;
use tickncook_hubrise::users;
use tokio::task::JoinSet;

use crate::attacks::ground::holdings;
use crate::harness::{
    AS_MANAGER, AS_STAFF, Browser, ENGLISH, FRENCH, MANAGER, Mailbox, NESTOR, OWNER_OF_BOTH, PARIS, PASSWORD, Page,
    TestApp, WITH_HUBRISE, hubrise::THOMAS, journey, journey_with,
};

const FORGOTTEN: &str = "Mot de passe oublié ?";
const SEND: &str = "Recevoir le lien";
pub(crate) const CHOOSE: &str = "Enregistrer et me connecter";
pub(crate) const NEW_PASSWORD: &str = "Nouveau mot de passe";
const CHOSEN: &str = "un-autre-mot-de-passe";

/// With the mail server that the bridge uses.
pub(crate) async fn with_mailbox(test: impl AsyncFnOnce(&mut TestApp, &Mailbox)) {
    let mailbox = Mailbox::start();
    let address = mailbox.address().to_owned();
    journey_with(|layers| layers.set("mail.smtp_url", address), async |app| test(app, &mailbox).await).await;
}

/// From the sign-in page to the page that says what comes next.
pub(crate) async fn ask(browser: &mut Browser, email: &str) {
    browser.open("/login").await;
    browser.click(FORGOTTEN).await;
    let page = browser.press(SEND, &[(FRENCH.email, email)]).await;
    assert_eq!((page.status.as_u16(), page.url.path()), (200, "/login/password/sent"));
}

/// The page that the link in the only mail leads to.
pub(crate) async fn follow<'a>(app: &TestApp, mailbox: &Mailbox, browser: &'a mut Browser) -> &'a Page {
    app.run_jobs().await;
    browser.open(mailbox.collect_one().link().as_str()).await
}

pub(crate) async fn signs_in(app: &TestApp, email: &str, password: &str) -> bool {
    let mut browser = app.browser();
    browser.open("/login").await;
    !browser.try_to_sign_in(email, password).await.url.path().starts_with("/login")
}

#[tokio::test]
async fn whoever_has_forgotten_their_password_chooses_another_and_is_in() {
    with_mailbox(async |app, mailbox| {
        let mut elsewhere = app.signed_in(MANAGER).await;
        let mut browser = app.browser();
        ask(&mut browser, " Gerant@BellaPizza.example ").await;
        app.run_jobs().await;
        let mail = mailbox.collect_one();
        assert_eq!((mail.to.as_str(), mail.subject.as_str()), (MANAGER, "Choisir un autre mot de passe TicknCook"));
        for body in [&mail.text, &mail.html] {
            for words in ["pour le compte TicknCook de gerant@bellapizza.example", "dans l’heure", "ne faites rien"] {
                assert!(body.contains(words), "{words}: {body}");
            }
        }
        // What opens the account is in the mail, and nowhere else.
        let secret = mail.link().path_segments().unwrap().next_back().unwrap().to_owned();
        assert!(!holdings(app).await.contains(&secret), "the secret is kept");
        // A look at the link, as mail programs take one, uses nothing up.
        app.browser().open(mail.link().as_str()).await.assert_shows(&[MANAGER]);
        let page = browser.open(mail.link().as_str()).await;
        assert_eq!(page.url.path(), "/login/password/new", "the secret stays in the address");
        page.assert_shows(&["Choisir un autre mot de passe", MANAGER]);
        // The operator knew whom the account was for.
        page.assert_hides(&["Est-ce bien votre équipe"]);
        let page = browser.press(CHOOSE, &[(NEW_PASSWORD, CHOSEN)]).await;
        assert_eq!(page.url.path(), "/services");
        page.assert_shows(&["Bella Pizza", MANAGER]);

        assert!(signs_in(app, MANAGER, CHOSEN).await);
        assert!(!signs_in(app, MANAGER, PASSWORD).await, "the former password still opens");
        assert_eq!(
            elsewhere.open("/services").await.url.path(),
            "/login",
            "whoever was in with the former one still is"
        );
    })
    .await;
}

#[tokio::test]
async fn a_link_is_good_once_and_ends_all_others_of_its_account() {
    with_mailbox(async |app, mailbox| {
        let mut browser = app.browser();
        for _ in 0..2 {
            ask(&mut browser, MANAGER).await;
        }
        ask(&mut browser, NESTOR).await;
        app.run_jobs().await;
        let mails = mailbox.collect();
        let [first, second, of_nestor] = &mails[..] else { panic!("{mails:#?}") };
        // Opened before it was used, and sent afterwards.
        let mut late = app.browser();
        late.open(second.link().as_str()).await.assert_status(200);
        browser.open(first.link().as_str()).await;
        browser.press(CHOOSE, &[(NEW_PASSWORD, CHOSEN)]).await.assert_status(200);
        let page = late.press(CHOOSE, &[(NEW_PASSWORD, "encore-un-autre")]).await;
        page.assert_status(410);
        page.assert_shows(&["Ce lien ne sert plus", "Demander un autre lien"]);
        for mail in [first, second] {
            app.browser().open(mail.link().as_str()).await.assert_status(410);
        }
        assert!(signs_in(app, MANAGER, CHOSEN).await);
        app.browser().open(of_nestor.link().as_str()).await.assert_shows(&[NESTOR]);
    })
    .await;
}

#[tokio::test]
async fn a_link_is_good_for_an_hour() {
    with_mailbox(async |app, mailbox| {
        let (mut browser, mut late) = (app.browser(), app.browser());
        ask(&mut browser, MANAGER).await;
        follow(app, mailbox, &mut browser).await.assert_status(200);
        ask(&mut late, MANAGER).await;
        app.run_jobs().await;
        let link = mailbox.collect_one().link();
        app.advance(TimeDelta::minutes(60));
        let page = browser.press(CHOOSE, &[(NEW_PASSWORD, CHOSEN)]).await;
        page.assert_status(410);
        late.open(link.as_str()).await.assert_status(410);
        assert!(signs_in(app, MANAGER, PASSWORD).await);
        app.run_regular("purge_sign_ins").await;
        assert_eq!(app.count("select count(*) from password_link").await, 0, "what is over is kept");
    })
    .await;
}

#[tokio::test]
async fn a_password_that_is_too_short_or_too_long_is_asked_for_again() {
    with_mailbox(async |app, mailbox| {
        let mut browser = app.browser();
        ask(&mut browser, MANAGER).await;
        follow(app, mailbox, &mut browser).await;
        for password in ["neuf-lett".to_owned(), "é".repeat(201)] {
            let page = browser.press(CHOOSE, &[(NEW_PASSWORD, &password)]).await;
            page.assert_status(422);
            page.assert_shows(&["Choisissez un mot de passe de 10 à 200 caractères."]);
        }
        let longest = "é".repeat(200);
        browser.press(CHOOSE, &[(NEW_PASSWORD, &longest)]).await.assert_status(200);
        assert!(signs_in(app, MANAGER, &longest).await);
    })
    .await;
}

#[tokio::test]
async fn an_address_that_is_nobodys_is_answered_alike_and_sent_nothing() {
    with_mailbox(async |app, mailbox| {
        let mut seen = Vec::new();
        for email in [MANAGER, "personne@bellapizza.example"] {
            let mut browser = app.browser();
            ask(&mut browser, email).await;
            let page = browser.page();
            let mut names: Vec<_> = page.headers.keys().map(ToString::to_string).collect();
            names.sort_unstable();
            assert!(!page.body.contains(email));
            seen.push((names, page.body.clone()));
        }
        assert_eq!(seen[0], seen[1]);
        assert_eq!(app.count("select count(*) from password_link").await, 2, "the two cost another work");
        app.run_jobs().await;
        assert_eq!(mailbox.collect_one().to, MANAGER);
        assert_eq!(app.count("select count(*) from password_link").await, 1, "a stranger's address is kept");

        let mut browser = app.browser();
        browser.open("/login/password").await;
        let page = browser.press(SEND, &[(FRENCH.email, "gerant")]).await;
        page.assert_status(422);
        page.assert_shows(&["Cette adresse e-mail n’est pas complète."]);
    })
    .await;
}

#[tokio::test]
async fn whoever_only_comes_in_with_hubrise_is_told_so() {
    with_mailbox(async |app, mailbox| {
        app.signed_in(MANAGER).await.link_identity(THOMAS).await;
        sqlx::query("update app_user set password_hash = null where email = $1")
            .bind(MANAGER)
            .execute(app.db())
            .await
            .unwrap();
        let mut browser = app.browser();
        browser.open("/login").await;
        browser.press(FRENCH.other_language, &[]).await;
        browser.click("Forgotten your password?").await;
        browser.press("Send me the link", &[(ENGLISH.email, MANAGER)]).await.assert_shows(&["Check your email"]);
        app.run_jobs().await;
        let mail = mailbox.collect_one();
        assert!(mail.text.contains("This account has no password: it opens with HubRise."), "{}", mail.text);
        assert_eq!(mail.link(), app.public().join("/login").unwrap());
    })
    .await;
}

/// Whoever knew the password may have linked a HubRise account of their own.
#[tokio::test]
async fn a_hubrise_account_that_was_linked_before_is_confirmed_once_more() {
    with_mailbox(async |app, mailbox| {
        app.signed_in(MANAGER).await.link_identity(THOMAS).await;
        let mut browser = app.browser();
        ask(&mut browser, MANAGER).await;
        follow(app, mailbox, &mut browser).await;
        browser.press(CHOOSE, &[(NEW_PASSWORD, CHOSEN)]).await.assert_status(200);
        browser.open("/settings").await.assert_shows(&["Relier mon profil HubRise"]);
        browser.press(FRENCH.sign_out, &[]).await;
        browser.press(WITH_HUBRISE, &[]).await;
        browser.allow_profile(THOMAS).await;
        browser.open("/services").await.assert_hides(&["Bella Pizza"]);
        app.run_jobs().await;
    })
    .await;
}

/// Whoever knew the password may have invited themselves, or made links, in each of the account's restaurants.
#[tokio::test]
async fn a_new_password_takes_back_the_invitations_and_links_that_were_made_with_the_former_one() {
    with_mailbox(async |app, mailbox| {
        let mut thief = app.signed_in(OWNER_OF_BOTH).await;
        let nestor = app.organisation("Chez Nestor").await.to_string();
        let mut theirs = vec![thief.invite("pour moi", AS_MANAGER).await];
        theirs.push(thief.make_link(PARIS, "Bella Pizza", "Paris").await);
        thief.post("/organisation", &[("organisation_id", &*nestor)]).await.assert_status(303);
        theirs.push(thief.invite("pour moi aussi", AS_STAFF).await);
        let mut manager = app.signed_in(MANAGER).await;
        let colleague_s = manager.invite("pour Léa", AS_STAFF).await;

        let mut browser = app.browser();
        ask(&mut browser, OWNER_OF_BOTH).await;
        follow(app, mailbox, &mut browser).await.assert_shows(&["liens encore ouverts seront annulés"]);
        browser.press(CHOOSE, &[(NEW_PASSWORD, CHOSEN)]).await.assert_status(200);
        for link in theirs {
            app.browser().open(&link).await.assert_status(410);
        }
        app.browser().open(&colleague_s).await.assert_status(200);
        let told =
            "select count(*) from history_entry where actor = 'person' and actor_name = 'deux@restaurants.example'
            and action in ('invitation_cancelled', 'link_cancelled')";
        assert_eq!(app.count(told).await, 3);
        manager.open("/history").await.assert_shows(&["Invitation annulée", "Lien pour le propriétaire annulé"]);
    })
    .await;
}

#[tokio::test]
async fn a_password_that_the_operator_gives_takes_back_invitations_and_links_too() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        let invitation = manager.invite("pour moi", AS_MANAGER).await;
        let link = manager.make_link(PARIS, "Bella Pizza", "Paris").await;
        users::service::set_password(&app.app, MANAGER, CHOSEN.into()).await.unwrap();
        for link in [invitation, link] {
            app.browser().open(&link).await.assert_status(410);
        }
        let told = "select count(*) from history_entry
            where actor = 'system' and action in ('invitation_cancelled', 'link_cancelled')";
        assert_eq!(app.count(told).await, 2);
        assert!(signs_in(app, MANAGER, CHOSEN).await);
    })
    .await;
}

#[tokio::test]
async fn whoever_is_signed_in_gets_there_from_the_settings() {
    with_mailbox(async |app, mailbox| {
        let mut browser = app.signed_in(MANAGER).await;
        browser.open("/settings").await;
        browser.click("Choisir un autre mot de passe").await;
        assert!(browser.page().attributes("value").contains(&MANAGER.to_owned()), "they type their address");
        browser.press(SEND, &[]).await.assert_shows(&["Regardez vos e-mails", MANAGER]);
        // In the same browser the link is somebody else's just as well: the page says whose.
        follow(app, mailbox, &mut browser)
            .await
            .assert_shows(&["Pour le compte TicknCook de gerant@bellapizza.example."]);
        let before = browser.clone();
        browser.press(CHOOSE, &[(NEW_PASSWORD, CHOSEN)]).await.assert_shows(&["Bella Pizza"]);
        let mut before = before;
        assert_eq!(before.open("/services").await.url.path(), "/login", "the session of before is still one");
    })
    .await;
}

#[tokio::test]
async fn a_mail_server_that_refuses_is_asked_again_until_the_hour_is_over() {
    with_mailbox(async |app, mailbox| {
        mailbox.be_full(true);
        let mut browser = app.browser();
        ask(&mut browser, MANAGER).await;
        app.run_jobs().await;
        mailbox.be_full(false);
        app.run_jobs().await;
        browser.open(mailbox.collect_one().link().as_str()).await.assert_shows(&[MANAGER]);

        mailbox.be_full(true);
        ask(&mut browser, MANAGER).await;
        app.run_jobs().await;
        mailbox.be_full(false);
        app.advance(TimeDelta::minutes(61));
        app.run_jobs().await;
        assert!(mailbox.collect().is_empty(), "a link was sent that is over");
    })
    .await;
}

#[tokio::test]
async fn of_two_who_choose_at_the_same_moment_by_one_link_one_does() {
    with_mailbox(async |app, mailbox| {
        let mut browser = app.browser();
        ask(&mut browser, MANAGER).await;
        app.run_jobs().await;
        let link = mailbox.collect_one().link();
        let passwords = ["le-premier-des-deux", "le-second-des-deux"];
        let mut both = JoinSet::new();
        for password in passwords {
            let mut browser = app.browser();
            browser.open(link.as_str()).await;
            both.spawn(async move { browser.press(CHOOSE, &[(NEW_PASSWORD, password)]).await.status.as_u16() });
        }
        let mut statuses = both.join_all().await;
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 410]);
        let mut open = 0;
        for password in passwords {
            open += usize::from(signs_in(app, MANAGER, password).await);
        }
        assert_eq!(open, 1);
    })
    .await;
}
