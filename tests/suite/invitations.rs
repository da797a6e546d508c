//! Invitations: a link that lets one person in, once, within a week, whatever they have to prove who they are.

use chrono::TimeDelta;
use tickncook_hubrise::database;
use tokio::task::JoinSet;

use crate::harness::{
    AS_MANAGER, AS_STAFF, Browser, FRENCH, MANAGER, NESTOR, PARIS, PASSWORD, Page, STAFF, TestApp, WITH_HUBRISE,
    eventually, hubrise::THOMAS, journey, leftovers::tables_containing, logs, secret_of,
};

const GUEST: &str = "anna@bellapizza.example";
const GUEST_PASSWORD: &str = "un-mot-de-passe";
const JOIN: &str = "Rejoindre";
const JOIN_ANEW: &str = "Créer mon compte et rejoindre";
const USED: &str = "Cette invitation a déjà servi";

async fn invited(app: &TestApp, role: &str) -> (Browser, String) {
    let mut manager = app.signed_in(MANAGER).await;
    let link = manager.invite("Anna", role).await;
    (manager, link)
}

/// Fills in the form for a new account on an invitation's page.
async fn make_account<'a>(guest: &'a mut Browser, email: &str, password: &str) -> &'a Page {
    guest.press(JOIN_ANEW, &[(FRENCH.email, email), (FRENCH.password, password)]).await
}

async fn people(app: &TestApp) -> (i64, i64) {
    (app.count("select count(*) from app_user").await, app.count("select count(*) from membership").await)
}

/// Fails unless an invitation is of no use any more, to somebody new or known, and changes nothing.
async fn assert_over(app: &TestApp, link: &str, title: &str) {
    let before = people(app).await;
    for mut guest in [app.browser(), app.signed_in(NESTOR).await] {
        let page = guest.open(link).await;
        page.assert_status(410);
        page.assert_shows(&[title]);
        assert!(!page.has_button(JOIN) && !page.has_button(JOIN_ANEW), "{}", page.words());
    }
    assert_eq!(people(app).await, before);
}

#[tokio::test]
async fn a_manager_makes_an_invitation_and_can_see_its_link_again() {
    journey(async |app| {
        let (mut manager, link) = invited(app, AS_STAFF).await;
        manager.page().assert_shows(&["Invitation pour Anna", "Valable jusqu’au 30 novembre 2026 à 18:02."]);
        assert!(link.starts_with(app.public().join("/invitations/").unwrap().as_str()), "{link}");
        assert!(secret_of(&link).len() >= 43, "{link}");
        app.advance(TimeDelta::days(1));
        let entry = manager.open("/settings/team").await.entry("Anna");
        for words in
            ["Membre de l’équipe", "Pas encore utilisée", "30 novembre 2026 à 18:02", "23 novembre 2026 à 18:02"]
        {
            assert!(entry.contains(words), "{words}: {entry}");
        }
        let again = manager.click_beside("Anna", "Voir Anna").await.link_to_send();
        assert_eq!(again, link);
        let other = manager.invite("", AS_MANAGER).await;
        assert_ne!(other, link);
        let entry = manager.open("/settings/team").await.entry("Invitation Responsable");
        assert!(entry.contains("Valable jusqu’au 1er décembre 2026"), "{entry}");
    })
    .await;
}

#[tokio::test]
async fn what_an_invitation_cannot_be_is_told_and_nothing_is_made() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        manager.open("/settings/team").await;
        let long = "é".repeat(121);
        let page = manager.press("Créer l’invitation", &[("Pour qui ?", &long)]).await;
        page.assert_status(422);
        page.assert_shows(&["Cette note est trop longue : 120 caractères au plus."]);
        assert!(page.attributes("value").contains(&long), "what was typed is lost");
        for role in ["", "owner", "support"] {
            manager.post("/settings/team/invitations", &[("role", role)]).await.assert_status(400);
        }
        assert_eq!(app.count("select count(*) from invitation").await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_guest_without_an_account_makes_one_and_is_in() {
    journey(async |app| {
        let (mut manager, link) = invited(app, AS_STAFF).await;
        let mut guest = app.browser();
        let page = guest.open(&link).await;
        page.assert_shows(&["Rejoindre « Bella Pizza »", &format!("{MANAGER} vous invite."), "consulter les points"]);
        app.advance(TimeDelta::hours(1));
        let page = make_account(&mut guest, " Anna@BellaPizza.example ", GUEST_PASSWORD).await;
        page.assert_status(200);
        assert_eq!(page.url.path(), "/services");
        guest.open("/points-of-sale").await.assert_shows(&[PARIS, "Bella Pizza", GUEST]);
        guest.open("/settings/team").await.assert_status(403);
        assert_eq!(app.memberships(GUEST).await, ["Bella Pizza: staff"]);
        let entry = manager.open("/settings/team").await.entry("Utilisée");
        assert!(entry.contains(&format!("Utilisée le 23 novembre 2026 à 19:02 par {GUEST}")), "{entry}");
        assert!(manager.page().entry(&format!("{GUEST} Rôle")).contains("Au moyen de Mot de passe"));
        let mut elsewhere = app.browser();
        elsewhere.open("/").await;
        let page = elsewhere.try_to_sign_in(GUEST, GUEST_PASSWORD).await;
        assert_eq!(page.url.path(), "/services");
    })
    .await;
}

#[tokio::test]
async fn a_guest_with_an_account_signs_in_and_joins() {
    journey(async |app| {
        let (_, link) = invited(app, AS_MANAGER).await;
        let mut guest = app.browser();
        guest.open(&link).await.assert_shows(&["gérer l’équipe"]);
        guest.click("J’ai déjà un compte TicknCook").await;
        let page = guest.try_to_sign_in(NESTOR, PASSWORD).await;
        assert_eq!(page.url.path(), "/invitation");
        page.assert_shows(&[NESTOR]);
        assert_eq!(app.memberships(NESTOR).await, ["Chez Nestor: manager"], "nobody was asked yet");
        let page = guest.press(JOIN, &[]).await;
        assert_eq!(page.url.path(), "/services");
        page.assert_shows(&["Bella Pizza"]);
        guest.open("/points-of-sale").await.assert_shows(&[PARIS]);
        assert_eq!(app.memberships(NESTOR).await, ["Bella Pizza: manager", "Chez Nestor: manager"]);
        // It is forgotten once it has served.
        guest.open("/invitation").await.assert_status(404);
    })
    .await;
}

#[tokio::test]
async fn a_guest_whom_hubrise_knows_joins_without_a_password() {
    journey(async |app| {
        let (mut manager, link) = invited(app, AS_STAFF).await;
        let mut guest = app.browser();
        guest.open(&link).await;
        guest.press(WITH_HUBRISE, &[]).await;
        let page = guest.allow_profile(THOMAS).await;
        assert_eq!(page.url.path(), "/invitation");
        page.assert_shows(&["Rejoindre « Bella Pizza »", THOMAS]);
        assert_eq!(people(app).await, (4, 5), "nobody was asked yet");
        let page = guest.press(JOIN, &[]).await;
        assert_eq!(page.url.path(), "/services");
        assert_eq!(app.memberships(THOMAS).await, ["Bella Pizza: staff"]);
        assert_eq!(app.count("select count(*) from app_user where password_hash is null").await, 1);
        let entry = manager.open("/settings/team").await.entry("Thomas Rossi");
        assert!(entry.contains(&format!("{THOMAS} Rôle Membre de l’équipe")), "{entry}");
        assert!(entry.contains("Au moyen de HubRise Vérifié 23 novembre 2026 à 18:02"), "{entry}");
        let mut elsewhere = app.browser();
        let page = elsewhere.sign_in_with_hubrise(THOMAS).await;
        assert_eq!(page.url.path(), "/services");
        page.assert_shows(&["Bella Pizza"]);
        app.run_jobs().await;
        assert_eq!(app.hubrise.revocations().await, 2, "the profile's tokens have done their work");
    })
    .await;
}

#[tokio::test]
async fn an_invitation_used_twice_lets_nobody_in_the_second_time() {
    journey(async |app| {
        let (_, link) = invited(app, AS_STAFF).await;
        let mut late = app.browser();
        late.open(&link).await.assert_status(200);
        let mut late_member = app.signed_in(NESTOR).await;
        late_member.open(&link).await.assert_status(200);
        let mut guest = app.browser();
        guest.open(&link).await;
        make_account(&mut guest, GUEST, GUEST_PASSWORD).await.assert_status(200);
        assert_over(app, &link, USED).await;
        // Nor whoever had the page open already.
        let before = people(app).await;
        let page = make_account(&mut late, "bruno@bellapizza.example", GUEST_PASSWORD).await;
        page.assert_status(410);
        page.assert_shows(&[USED, "Une invitation ne sert qu’une fois."]);
        let page = late_member.press(JOIN, &[]).await;
        page.assert_status(410);
        page.assert_shows(&[USED]);
        assert_eq!(people(app).await, before);
        assert_eq!(app.memberships(NESTOR).await, ["Chez Nestor: manager"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_guests_with_accounts_at_once_one_gets_in() {
    journey(async |app| {
        sqlx::query("delete from membership where user_id = $1::uuid")
            .bind(app.user(STAFF).await)
            .execute(app.db())
            .await
            .unwrap();
        let (_, link) = invited(app, AS_STAFF).await;
        let mut guests = [app.signed_in(NESTOR).await, app.signed_in(STAFF).await];
        for guest in &mut guests {
            guest.open(&link).await;
        }
        let mut joining = JoinSet::new();
        for mut guest in guests {
            joining.spawn(async move { guest.press(JOIN, &[]).await.clone() });
        }
        assert_one_got_in(&joining.join_all().await);
        assert_eq!(app.count("select count(*) from invitation where used_by is not null").await, 1);
        assert_eq!(people(app).await, (4, 5));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_guests_who_make_accounts_at_once_one_gets_in_and_the_other_is_told_why_not() {
    journey(async |app| {
        let (_, link) = invited(app, AS_STAFF).await;
        // Both get as far as they can before either is let in.
        let mut gate = database::begin(app.db()).await.unwrap();
        sqlx::query("select id from organisation for update").fetch_all(&mut *gate).await.unwrap();
        let mut joining = JoinSet::new();
        for email in [GUEST, "bruno@bellapizza.example"] {
            let mut guest = app.browser();
            guest.open(&link).await;
            joining.spawn(async move { make_account(&mut guest, email, GUEST_PASSWORD).await.clone() });
        }
        eventually("both guests wait at the door", async || app.waiting_for_locks().await == 2).await;
        gate.commit().await.unwrap();
        let pages = joining.join_all().await;
        assert_eq!(people(app).await, (5, 6), "one account, with its access");
        assert_one_got_in(&pages);
    })
    .await;
}

fn assert_one_got_in(pages: &[Page]) {
    let (inside, outside): (Vec<_>, Vec<_>) = pages.iter().partition(|page| page.url.path() == "/services");
    assert_eq!((inside.len(), outside.len()), (1, 1), "{:?}", pages.iter().map(Page::words).collect::<Vec<_>>());
    outside[0].assert_shows(&[USED]);
    outside[0].assert_status(410);
}

#[tokio::test]
async fn an_invitation_lasts_a_week_and_its_secret_no_longer() {
    journey(async |app| {
        let (mut manager, link) = invited(app, AS_STAFF).await;
        let sealed = "select count(*) from invitation where secret_ciphertext is not null or secret_key_id is not null";
        app.advance(TimeDelta::seconds(7 * 24 * 3600 - 1));
        let mut guest = app.browser();
        guest.open(&link).await.assert_status(200);
        app.run_regular("purge_access").await;
        assert_eq!(app.count(sealed).await, 1, "it can still be used, and be copied again");
        app.advance(TimeDelta::seconds(1));
        let before = people(app).await;
        let page = make_account(&mut guest, GUEST, GUEST_PASSWORD).await;
        page.assert_status(410);
        page.assert_shows(&["Cette invitation a expiré", "Une invitation est valable une semaine."]);
        assert_eq!(people(app).await, before);
        assert_over(app, &link, "Cette invitation a expiré").await;
        app.run_regular("purge_access").await;
        assert_eq!(app.count(sealed).await, 0);
        manager.sign_in(MANAGER).await;
        let entry = manager.open("/settings/team").await.entry("Anna");
        assert!(entry.contains("Expirée le 30 novembre 2026 à 18:02 sans avoir servi."), "{entry}");
        assert_over(app, &link, "Cette invitation a expiré").await;
    })
    .await;
}

#[tokio::test]
async fn a_cancelled_invitation_lets_nobody_in() {
    journey(async |app| {
        let (mut manager, link) = invited(app, AS_STAFF).await;
        let mut guest = app.browser();
        guest.open(&link).await.assert_status(200);
        let page = manager.press("Annuler cette invitation", &[]).await;
        assert_eq!(page.url.path(), "/settings/team");
        assert!(page.entry("Anna").contains("Annulée."), "{}", page.entry("Anna"));
        assert_eq!(app.count("select count(*) from invitation where secret_ciphertext is not null").await, 0);
        let before = people(app).await;
        let page = make_account(&mut guest, GUEST, GUEST_PASSWORD).await;
        page.assert_status(410);
        page.assert_shows(&["Cette invitation a été annulée"]);
        assert_eq!(people(app).await, before);
        assert_over(app, &link, "Cette invitation a été annulée").await;
    })
    .await;
}

#[tokio::test]
async fn an_unknown_secret_and_another_organisation_s_invitation_do_not_exist() {
    journey(async |app| {
        let (manager, link) = invited(app, AS_STAFF).await;
        for path in ["/invitation", "/invitations/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "/invitations/x"] {
            app.browser().open(path).await.assert_status(404);
        }
        let almost = format!("{}x", link.strip_suffix(link.chars().last().unwrap()).unwrap());
        if almost != link {
            app.browser().open(&almost).await.assert_status(404);
        }
        app.browser().post("/invitation", &[]).await.assert_status(404);
        let account = [("email", GUEST), ("password", GUEST_PASSWORD)];
        app.browser().post("/invitation/account", &account).await.assert_status(404);
        let shown = manager.page().url.path().to_owned();
        let mut nestor = app.signed_in(NESTOR).await;
        nestor.peek(&shown).await.assert_status(404);
        nestor.post(&format!("{shown}/cancel"), &[]).await.assert_status(404);
        app.browser().open(&link).await.assert_status(200);
        assert_eq!(people(app).await, (4, 5));
    })
    .await;
}

#[tokio::test]
async fn the_secret_is_in_the_link_alone() {
    journey(async |app| {
        let (_, link) = invited(app, AS_STAFF).await;
        let secret = secret_of(&link);
        let mut guest = app.browser();
        let page = guest.open(&link).await;
        assert_eq!((page.url.path(), page.url.query()), ("/invitation", None));
        assert_eq!(page.redirects.len(), 1);
        for (name, value) in &page.redirects[0].headers {
            assert!(!value.to_str().unwrap().contains(&secret), "{name} holds the secret");
        }
        assert!(!page.body.contains(&secret));
        guest.open(&link).await.assert_status(200);
        assert_eq!(tables_containing(app.db(), &secret).await, Vec::<String>::new());
        make_account(&mut guest, GUEST, GUEST_PASSWORD).await.assert_status(200);
        app.browser().open(&link).await.assert_status(410);
        app.run_jobs().await;
        assert_eq!(logs::containing(&secret), Vec::<String>::new());
        assert_eq!(tables_containing(app.db(), &secret).await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn a_member_who_opens_an_invitation_does_not_use_it_up() {
    journey(async |app| {
        let (mut manager, link) = invited(app, AS_STAFF).await;
        let invitation = manager.page().url.path_segments().unwrap().next_back().unwrap().to_owned();
        for (email, role) in [(MANAGER, "manager"), (STAFF, "staff")] {
            let mut member = app.signed_in(email).await;
            let page = member.open(&link).await;
            page.assert_status(200);
            page.assert_shows(&["Vous en faites déjà partie", "L’invitation n’a pas servi"]);
            // Nor by a page that was open before they belonged to it.
            let joined = member.post("/invitation", &[("invitation", &*invitation)]).await;
            assert_eq!(joined.target().path(), "/services");
            assert_eq!(app.memberships(email).await, [format!("Bella Pizza: {role}")]);
        }
        assert_eq!(app.count("select count(*) from invitation where used_at is null").await, 1);
        assert!(manager.open("/settings/team").await.entry("Anna").contains("Pas encore utilisée"));
        let mut guest = app.browser();
        guest.open(&link).await;
        make_account(&mut guest, GUEST, GUEST_PASSWORD).await.assert_status(200);
    })
    .await;
}

#[tokio::test]
async fn a_member_of_the_team_who_is_invited_as_manager_becomes_one() {
    journey(async |app| {
        let (_, link) = invited(app, AS_MANAGER).await;
        let mut staff = app.signed_in(STAFF).await;
        staff.open(&link).await;
        staff.press(JOIN, &[]).await.assert_shows(&["Bella Pizza"]);
        assert_eq!(app.memberships(STAFF).await, ["Bella Pizza: manager"]);
        staff.open("/settings/team").await.assert_status(200);
        assert_over(app, &link, USED).await;
    })
    .await;
}

#[tokio::test]
async fn mistakes_in_a_new_account_are_told_and_make_no_account() {
    journey(async |app| {
        let (_, link) = invited(app, AS_STAFF).await;
        let mut guest = app.browser();
        guest.open(&link).await;
        for (email, password, status, words) in [
            (GUEST, "neuf-lett", 422, "Choisissez un mot de passe de 10 à 200 caractères."),
            ("anna", GUEST_PASSWORD, 422, "Cette adresse e-mail n’est pas complète."),
            ("", GUEST_PASSWORD, 422, "Cette adresse e-mail n’est pas complète."),
            (NESTOR, GUEST_PASSWORD, 409, "Un compte existe déjà avec cette adresse e-mail."),
            ("NESTOR@cheznestor.example", PASSWORD, 409, "Un compte existe déjà avec cette adresse e-mail."),
        ] {
            let page = make_account(&mut guest, email, password).await;
            page.assert_status(status);
            page.assert_shows(&[words, "Rejoindre « Bella Pizza »"]);
            assert!(page.attributes("value").iter().any(|value| value == email), "{email} was lost");
            assert!(!page.body.contains(password), "the password is in the page");
            assert_eq!(people(app).await, (4, 5), "{email}");
            assert_eq!(guest.open("/services").await.url.path(), "/login", "{email}");
            guest.open("/invitation").await;
        }
        assert_eq!(app.memberships(NESTOR).await, ["Chez Nestor: manager"]);
        make_account(&mut guest, GUEST, GUEST_PASSWORD).await.assert_status(200);
    })
    .await;
}
