//! What is written down, and as whose doing: for everything that is done in the team, to points of sale, with links for
//! owners and with grants that are given up.

use chrono::TimeDelta;
use tickncook_hubrise::api::keys::add_key;

use crate::harness::{
    AS_MANAGER, AS_STAFF, Browser, FRENCH, LYON, MANAGER, NICE_AT_HUBRISE, PARIS, PARIS_AT_HUBRISE, Page, STAFF,
    TestApp, hubrise, journey, leftovers, logs,
    owners::{ANYWAY, CHOOSE_AGAIN},
    secret_of,
};

const LEA: &str = "lea@bellapizza.example";

async fn history(browser: &mut Browser) -> &Page {
    browser.open("/history").await
}

/// Fails unless the only entry that begins like this goes on with all of that.
fn assert_entry(page: &Page, beginning: &str, all: &[&str]) {
    let entry = page.entry_of(beginning);
    for words in all {
        assert!(entry.contains(words), "`{words}` is not in `{entry}`");
    }
}

async fn join(app: &TestApp, link: &str) -> Browser {
    let mut guest = app.browser();
    guest.open(link).await;
    let account = [("email", LEA), ("password", "dix-lettres")];
    guest.press("Créer mon compte et rejoindre", &account).await.assert_status(200);
    guest
}

#[tokio::test]
async fn what_the_operator_did_is_told_as_the_service_s_doing() {
    journey(async |app| {
        add_key(&app.app, app.organisation("Bella Pizza").await, "back office", None).await.unwrap();
        let mut manager = app.signed_in(MANAGER).await;
        let page = history(&mut manager).await;
        let when = "TicknCook 23 novembre 2026 à 18:02:00";
        assert_entry(page, "Compte TicknCook créé Bella Pizza", &[when]);
        assert_entry(page, "Point de vente ajouté Paris République", &[when]);
        assert_entry(page, "Accès donné par TicknCook gerant@bellapizza.example", &["Rôle Responsable", when]);
        assert_entry(page, "Accès donné par TicknCook equipe@bellapizza.example", &["Rôle Membre de l’équipe", when]);
        assert_entry(page, "Clé du back-office TicknCook créée back office", &[when]);
        assert_eq!(page.entries().last().map(|entry| entry.starts_with("Compte TicknCook créé")), Some(true));
    })
    .await;
}

#[tokio::test]
async fn invitations_are_told_from_their_making_to_their_use() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        let used = manager.invite("Léa", AS_MANAGER).await;
        let unused = manager.invite("Anna", AS_STAFF).await;
        manager.press("Annuler cette invitation", &[]).await.assert_status(200);
        let cancelled = manager.open("/settings/team").await.entry("Anna");
        assert!(cancelled.contains("Annulée."), "{cancelled}");
        app.advance(TimeDelta::minutes(3));
        join(app, &used).await;
        let page = history(&mut manager).await;
        let by_manager = "gerant@bellapizza.example 23 novembre 2026 à 18:02:00";
        assert_entry(page, "Invitation créée Léa", &["Rôle Responsable", by_manager]);
        assert_entry(page, "Invitation créée Anna", &["Rôle Membre de l’équipe", by_manager]);
        assert_entry(page, "Invitation annulée Anna", &[by_manager]);
        let by_guest = "lea@bellapizza.example 23 novembre 2026 à 18:05:00";
        assert_entry(page, "Invitation acceptée lea@", &["Rôle Responsable", "Invitation Léa", by_guest]);
        for link in [used, unused] {
            let secret = secret_of(&link);
            assert_eq!(leftovers::tables_containing(app.db(), &secret).await, Vec::<String>::new());
            assert!(logs::containing(&secret).is_empty());
        }
    })
    .await;
}

#[tokio::test]
async fn an_invitation_that_is_cancelled_twice_is_cancelled_once() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        manager.invite("Léa", AS_STAFF).await;
        let cancel = format!("{}/cancel", manager.page().url.path());
        for _ in 0..2 {
            manager.post(&cancel, &[]).await.assert_status(303);
        }
        assert_entry(history(&mut manager).await, "Invitation annulée Léa", &[MANAGER]);
    })
    .await;
}

#[tokio::test]
async fn a_removal_tells_what_it_took_back_as_well() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        let link = manager.invite("Léa", AS_MANAGER).await;
        let mut lea = join(app, &link).await;
        lea.invite("Un ami", AS_STAFF).await;
        lea.make_link(LYON, "Bella Pizza", "Lyon").await;
        manager.open("/settings/team").await;
        manager.click_beside(LEA, "Retirer").await;
        manager.press(FRENCH.confirm, &[]).await.assert_status(200);
        let page = history(&mut manager).await;
        assert_entry(page, "Accès retiré lea@", &["Rôle Responsable → devient — rien", MANAGER]);
        assert_entry(page, "Invitation annulée Un ami", &[MANAGER]);
        assert_entry(page, "Lien pour le propriétaire annulé Lyon Part-Dieu", &[MANAGER]);
        assert_entry(page, "Lien pour le propriétaire créé Lyon Part-Dieu", &[LEA]);
    })
    .await;
}

#[tokio::test]
async fn a_refused_removal_and_a_refused_guest_leave_no_entry() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        let link = manager.invite("Léa", AS_STAFF).await;
        let invitation = manager.page().url.path_segments().unwrap().next_back().unwrap().to_owned();
        // The manager has more access already than the invitation gives.
        manager.open(&link).await.assert_shows(&["Vous en faites déjà partie"]);
        manager.post("/invitation", &[("invitation", &*invitation)]).await.assert_status(303);
        let mut staff = app.signed_in(STAFF).await;
        let removal = format!("/settings/team/{}/remove", app.user(MANAGER).await);
        staff.post(&removal, &[]).await.assert_status(403);
        sqlx::query("delete from membership where role = 'manager' and user_id <> $1::uuid")
            .bind(app.user(MANAGER).await)
            .execute(app.db())
            .await
            .unwrap();
        manager.post(&removal, &[]).await.assert_status(409);
        let page = history(&mut manager).await;
        let entries = page.entries();
        assert!(!entries.iter().any(|entry| entry.starts_with("Accès retiré")), "{entries:?}");
        assert!(!entries.iter().any(|entry| entry.starts_with("Invitation acceptée")), "{entries:?}");
    })
    .await;
}

#[tokio::test]
async fn access_by_a_role_at_hubrise_is_told_when_it_begins_and_not_when_it_is_proved_again() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        manager.connect(PARIS, PARIS_AT_HUBRISE).await;
        let hubrise = app.hubrise.url().to_owned();
        let mut colleague = app.browser();
        colleague.open_at_hubrise(&hubrise, hubrise::THOMAS).await;
        colleague.press(FRENCH.allow, &[]).await.assert_shows(&["Paris - 3r4s3-0"]);
        manager.open("/settings/team").await;
        manager.press("Vérifier les accès", &[]).await.assert_status(200);
        app.advance(TimeDelta::hours(1));
        colleague.open("/services").await;
        if colleague.page().has_button(FRENCH.allow) {
            colleague.press(FRENCH.allow, &[]).await;
        }
        colleague.page().assert_shows(&["Paris - 3r4s3-0"]);
        assert_eq!(app.count("select count(*) from membership where expires_at > verified_at").await, 1);
        let page = history(&mut manager).await;
        let by_them = "thomas@bellapizza.example 23 novembre 2026 à 18:02:00";
        assert_entry(page, "Accès par un rôle chez HubRise thomas@", &["Rôle Membre de l’équipe", by_them]);
        assert_entry(page, "Accès à vérifier de nouveau", &[MANAGER]);
        app.run_jobs().await;
    })
    .await;
}

#[tokio::test]
async fn a_new_point_of_sale_is_told_as_the_doing_of_who_connects() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        manager.connect(FRENCH.new, NICE_AT_HUBRISE).await;
        let link = manager.make_link(FRENCH.new, "Bella Pizza", "Paris").await;
        let mut owner = app.browser();
        owner.follow(&link, PARIS_AT_HUBRISE).await;
        owner.press(FRENCH.confirm, &[]).await.assert_shows(&["est relié à HubRise"]);
        let page = history(&mut manager).await;
        assert_entry(page, "Point de vente ajouté Nice", &[MANAGER]);
        let expected = ["Compte HubRise Bella Pizza", "Point de vente HubRise Paris", MANAGER];
        assert_entry(page, "Lien pour le propriétaire créé Paris", &expected);
        let entries = page.entries();
        let added =
            entries.iter().find(|entry| entry.starts_with("Point de vente ajouté Paris ") && !entry.contains(PARIS));
        let added = added.unwrap_or_else(|| panic!("{entries:#?}"));
        assert!(added.contains("Le propriétaire du compte HubRise 23 novembre"), "{added}");
        assert_eq!(leftovers::tables_containing(app.db(), &secret_of(&link)).await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn what_an_owner_declines_is_told_as_theirs() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        let link = manager.make_link(PARIS, "Bella Pizza", "Paris").await;
        let mut owner = app.browser();
        owner.follow(&link, NICE_AT_HUBRISE).await.assert_shows(&[ANYWAY]);
        owner.press(CHOOSE_AGAIN, &[]).await;
        let page = history(&mut manager).await;
        assert_entry(page, "Connexion abandonnée Nice - 3r4s3-2", &["Le propriétaire du compte HubRise 23 novembre"]);
        app.run_jobs().await;
    })
    .await;
}

#[tokio::test]
async fn another_location_that_a_manager_declines_is_told_once() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        manager.connect(PARIS, PARIS_AT_HUBRISE).await;
        let page = manager.reconnect(NICE_AT_HUBRISE).await;
        let cancel = format!("{}/cancel", page.url.path());
        for _ in 0..2 {
            manager.post(&cancel, &[]).await.assert_status(303);
        }
        let page = history(&mut manager).await;
        assert_entry(page, "Connexion abandonnée Nice - 3r4s3-2", &[MANAGER]);
        let connection = app.connection("3r4s3-0").await;
        let about = sqlx::query_scalar::<_, String>(
            "select connection_id::text from history_entry where action = 'grant_declined'",
        );
        assert_eq!(about.fetch_one(app.db()).await.unwrap(), connection);
        app.run_jobs().await;
    })
    .await;
}

#[tokio::test]
async fn an_organisation_s_founding_is_told_as_its_founder_s() {
    journey(async |app| {
        let mut founder = app.browser();
        founder.install(app.hubrise.url(), NICE_AT_HUBRISE).await;
        founder.click("Créer un compte TicknCook").await;
        let account = [(FRENCH.email, LEA), (FRENCH.password, "dix-lettres"), ("organisation_name", "Chez Léa")];
        founder.press("Créer mon compte", &account).await.assert_status(200);
        founder.press(FRENCH.confirm, &[]).await.assert_shows(&["est relié à HubRise"]);
        let page = history(&mut founder).await;
        assert_entry(page, "Compte TicknCook créé Chez Léa", &["lea@bellapizza.example 23 novembre"]);
        assert_entry(page, "Point de vente ajouté Nice", &[LEA]);
        page.assert_hides(&[PARIS, MANAGER]);
    })
    .await;
}

#[tokio::test]
async fn what_support_does_is_seen_by_the_organisation_and_marked() {
    journey(async |app| {
        let mut support = app.support().await;
        let base = format!("/support/organisations/{}/links", app.organisation("Bella Pizza").await);
        support.open(&base).await;
        support.fill_in_link(PARIS, "Bella Pizza", "Paris").await;
        support.press("Annuler ce lien", &[]).await.assert_status(200);
        // Their own restaurant's page is nobody's but its members'.
        assert_ne!(history(&mut support).await.url.path(), "/history");
        let mut manager = app.signed_in(MANAGER).await;
        let page = history(&mut manager).await;
        let by = "Support TicknCook · support@tickncook.example";
        assert_entry(page, "Lien pour le propriétaire créé Paris République", &[by]);
        assert_entry(page, "Lien pour le propriétaire annulé Paris République", &[by]);
        assert_eq!(page.texts(".by-support"), [by, by]);
    })
    .await;
}

#[tokio::test]
async fn what_leads_to_a_receipt_leads_to_one_that_is_there() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        manager.connect(PARIS, PARIS_AT_HUBRISE).await;
        let receipt = manager.disconnect(PARIS).await.url.path().to_owned();
        app.run_jobs().await;
        let page = history(&mut manager).await;
        assert_entry(
            page,
            "Connexion à HubRise Paris République",
            &["Point de vente HubRise Paris - 3r4s3-0", MANAGER],
        );
        let link = page.link_beside("Déconnexion de HubRise Paris République", &format!("Voir le reçu {PARIS}"));
        assert_eq!(link.path(), receipt);
        manager.open(&receipt).await.assert_status(200);
    })
    .await;
}
