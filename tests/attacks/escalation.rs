//! More than one's role allows. The tables of `other_tenants` and `whos_who` say what each role may on every route.

use super::{ground::tidy, trips};
use crate::{
    harness::{
        AS_MANAGER, AS_STAFF, Browser, LYON, MANAGER, NESTOR, OWNER_OF_BOTH, PARIS, PASSWORD, STAFF, TestApp,
        WITH_HUBRISE, hubrise, journey, owners::LINKS, secret_of, support::SUPPORT,
    },
    opening::COLLEAGUE,
};

/// What nobody is asked for, in case somebody listens to it.
const TAMPERED: [(&str, &str); 7] = [
    ("role", "manager"),
    ("is_manager", "true"),
    ("is_support", "true"),
    ("support", "on"),
    ("admin", "1"),
    ("user", "018f0000-0000-7000-8000-000000000000"),
    ("second_factor_at", "2026-11-23T17:02:00Z"),
];

const INVITATIONS: &str = "/settings/team/invitations";

async fn invitations(app: &TestApp) -> i64 {
    app.count("select count(*) from invitation").await
}

#[tokio::test]
async fn staff_invite_nobody_not_even_as_staff() {
    journey(async |app| {
        let mut staff = app.signed_in(STAFF).await;
        for role in ["staff", "manager"] {
            staff.post(INVITATIONS, &[("note", "Moi"), ("role", role)]).await.assert_status(403);
        }
        assert_eq!(invitations(app).await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_manager_makes_no_invitation_for_a_role_that_an_organisation_does_not_have() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        for role in ["support", "admin", "owner", "MANAGER", "manager ", "manager,support", "", "2", "manager\0"] {
            manager.post(INVITATIONS, &[("note", "Moi"), ("role", role)]).await.assert_status(400);
        }
        for twice in [[("role", "staff"), ("role", "manager")], [("role", "manager"), ("role", "support")]] {
            manager.post(INVITATIONS, &twice).await.assert_status(400);
        }
        assert_eq!(invitations(app).await, 0);
    })
    .await;
}

#[tokio::test]
async fn an_invitation_gives_its_own_role_whatever_the_guest_sends_along() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        let link = manager.invite("Nestor", AS_STAFF).await;
        let mut nestor = app.signed_in(NESTOR).await;
        nestor.open(&link).await;
        let invitation = nestor.page().hidden("invitation");
        let fields = [&[("invitation", &*invitation)][..], &TAMPERED[..]].concat();
        nestor.post("/invitation?role=manager", &fields).await.assert_status(303);
        assert_eq!(app.memberships(NESTOR).await, ["Bella Pizza: staff", "Chez Nestor: manager"]);
        let link = manager.invite("Samira", AS_STAFF).await;
        let mut samira = app.browser();
        samira.open(&link).await;
        let email = "samira@bellapizza.example";
        let invitation = samira.page().hidden("invitation");
        let account = [("email", email), ("password", PASSWORD), ("invitation", &*invitation)];
        let account = [&account[..], &TAMPERED[..]].concat();
        samira.post("/invitation/account", &account).await.assert_status(303);
        assert_eq!(app.memberships(email).await, ["Bella Pizza: staff"]);
        samira.open("/settings/team").await.assert_status(403);
        assert_eq!(app.count("select count(*) from app_user where is_support").await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_role_at_hubrise_never_makes_a_manager_whatever_the_callback_says() {
    journey(async |app| {
        let mut traveller = trips::open(app).await;
        for (name, value) in TAMPERED {
            traveller.callback.query_pairs_mut().append_pair(name, value);
        }
        traveller.browser.open(traveller.callback.as_str()).await.assert_status(200);
        assert_eq!(app.memberships(COLLEAGUE).await, ["Bella Pizza: staff"]);
        for path in ["/settings/team", "/services/hubrise/connect", "/services/hubrise/links"] {
            traveller.browser.open(path).await.assert_status(403);
        }
        app.run_jobs().await;
    })
    .await;
}

/// A colleague sees that it is there, and by whom, and takes it back; its secret is on no page of theirs.
async fn assert_shown_to_its_maker_alone(
    app: &TestApp,
    colleague: &mut Browser,
    (list, made): (&str, &str),
    link: &str,
) {
    for path in [list, made] {
        let page = colleague.open(path).await;
        page.assert_status(200);
        page.assert_shows(&[MANAGER]);
        assert!(!page.body.contains(&secret_of(link)), "{path}");
    }
    let page = colleague.page();
    page.assert_shows(&["Seule la personne qui a créé"]);
    assert!(!page.attributes("class").contains(&"qr".to_owned()), "the secret is in the picture");
    app.browser().peek(link).await.assert_status(303);
}

/// Whoever is about to be removed would come back with it under another address.
#[tokio::test]
async fn a_colleague_s_open_invitation_is_shown_to_whoever_made_it_alone() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        let link = manager.invite("Léa", AS_MANAGER).await;
        let made = manager.page().url.path().to_owned();
        let mut colleague = app.signed_in(OWNER_OF_BOTH).await;
        assert_shown_to_its_maker_alone(app, &mut colleague, ("/settings/team", &made), &link).await;
        assert_eq!(manager.open(&made).await.link_to_send(), link);
        colleague.press("Annuler cette invitation", &[]).await.assert_status(200);
        app.browser().open(&link).await.assert_status(410);
    })
    .await;
}

#[tokio::test]
async fn a_colleague_s_open_link_for_an_owner_is_shown_to_whoever_made_it_alone() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        let link = manager.make_link(PARIS, "Bella Pizza", "Paris").await;
        let made = manager.page().url.path().to_owned();
        let mut colleague = app.signed_in(OWNER_OF_BOTH).await;
        assert_shown_to_its_maker_alone(app, &mut colleague, (LINKS, &made), &link).await;
        assert_eq!(manager.open(&made).await.link_to_send(), link);
        colleague.press("Annuler ce lien", &[]).await.assert_status(200);
        app.browser().open(&link).await.assert_status(410);
    })
    .await;
}

#[tokio::test]
async fn what_support_has_made_support_sees_again_and_nobody_else_does() {
    journey(async |app| {
        let mut support = app.support().await;
        let base = format!("/support/organisations/{}/links", app.organisation("Bella Pizza").await);
        support.open(&base).await;
        let link = support.fill_in_link(PARIS, "Bella Pizza", "Paris").await;
        let made = support.page().url.path().to_owned();
        let device = app.add_support("nouvelle@tickncook.example").await;
        let mut another = app.signed_in("nouvelle@tickncook.example").await;
        another.prove(&device.code(app)).await;
        assert_eq!(another.open(&made).await.link_to_send(), link);
        let mut manager = app.signed_in(MANAGER).await;
        let page = manager.open(&made.replace(&base, LINKS)).await;
        page.assert_shows(&["Seule la personne qui a créé ce lien peut le revoir.", SUPPORT]);
        assert!(!page.body.contains(&secret_of(&link)));
        // Nor does support see a manager's.
        let link = manager.make_link(LYON, "Bella Pizza", "Lyon").await;
        let page = another.open(&manager.page().url.path().replace(LINKS, &base)).await;
        page.assert_shows(&["Seule la personne qui a créé ce lien peut le revoir.", MANAGER]);
        assert!(!page.body.contains(&secret_of(&link)));
    })
    .await;
}

async fn assert_no_console(browser: &mut Browser, end: &str, at: &str) {
    for path in ["/support", "/support?query=paris", "/support/organisations/018f0000-0000-7000-8000-000000000000"] {
        let page = browser.peek(path).await;
        let found = if page.status.is_redirection() {
            page.target().path().to_owned()
        } else {
            page.status.as_str().to_owned()
        };
        assert_eq!(found, end, "{at}: {path}");
    }
}

#[tokio::test]
async fn a_proof_of_the_second_factor_passes_to_no_other_session_and_to_no_other_account() {
    journey(async |app| {
        let mut proved = app.support().await;
        let mut other = app.signed_in(SUPPORT).await;
        assert_no_console(&mut other, "/support/verify", "another session").await;
        // Over the session that has proved it, somebody else signs in; then support again.
        proved.post("/login", &[("email", MANAGER), ("password", PASSWORD)]).await.assert_status(303);
        assert_no_console(&mut proved, "404", "a manager in its place").await;
        proved.post("/login", &[("email", SUPPORT), ("password", PASSWORD)]).await.assert_status(303);
        assert_no_console(&mut proved, "/support/verify", "support again").await;
    })
    .await;
}

#[tokio::test]
async fn signing_in_with_hubrise_does_not_stand_in_for_the_second_factor() {
    journey(async |app| {
        app.add_support(SUPPORT).await;
        let mut support = app.signed_in(SUPPORT).await;
        support.open("/settings").await;
        support.press("Relier mon profil HubRise", &[]).await;
        support.allow_profile(hubrise::THOMAS).await;
        support.press("Confirmer et relier", &[]).await;
        assert_no_console(&mut support, "/support/verify", "linked").await;
        let mut browser = app.browser();
        browser.open("/login").await;
        browser.press(WITH_HUBRISE, &[]).await;
        browser.allow_profile(hubrise::THOMAS).await;
        assert_no_console(&mut browser, "/support/verify", "by HubRise").await;
        app.run_jobs().await;
    })
    .await;
}

#[tokio::test]
async fn a_founder_of_a_restaurant_manages_that_one_alone() {
    journey(async |app| {
        let mut staff = app.signed_in(STAFF).await;
        let path = staff.install(app.hubrise.url(), crate::harness::NICE_AT_HUBRISE).await.url.path().to_owned();
        let bella = app.organisation("Bella Pizza").await.to_string();
        let own = [("organisation_name", "Bella Pizza"), ("organisation", &*bella), ("organisation_id", &*bella)];
        let fields = [&own[..], &TAMPERED[..]].concat();
        staff.post(&format!("{path}/account"), &fields).await.assert_status(303);
        let mut roles = app.memberships(STAFF).await;
        roles.sort();
        assert_eq!(roles, ["Bella Pizza: manager", "Bella Pizza: staff"]);
        let place = [("organisation", &*bella), ("point_of_sale", "new"), ("new_name", "Nice")];
        staff.post(&path, &place).await.assert_status(403);
        assert_eq!(app.count("select count(*) from connection").await, 0);
        tidy(app).await;
    })
    .await;
}
