//! The team's page: who has access and through what, for its managers alone, and how access is taken away.

use chrono::TimeDelta;
use tokio::task::JoinSet;

use crate::harness::{
    AS_MANAGER, AS_STAFF, BAKER_STREET, Browser, FRENCH, MANAGER, NESTOR, OWNER_OF_BOTH, PARIS, PASSWORD, Page, STAFF,
    journey,
};

const UNKNOWN: &str = "018f0000-0000-7000-8000-000000000000";
const TEAM: &str = "/settings/team";

fn removal(user: &str) -> String {
    format!("{TEAM}/{user}/remove")
}

/// Opens the confirmation that takes somebody's access away.
async fn ask_to_remove<'a>(manager: &'a mut Browser, email: &str) -> &'a Page {
    manager.open(TEAM).await;
    manager.click_beside(email, "Retirer").await
}

/// Takes somebody's access away, all the way.
async fn remove<'a>(manager: &'a mut Browser, email: &str) -> &'a Page {
    ask_to_remove(manager, email).await;
    manager.press(FRENCH.confirm, &[]).await
}

/// What a page says, but for the number of the request and the id that was asked for.
fn without(page: &Page, id: &str) -> (u16, String) {
    let body = page.body.replace(page.header("x-request-id").unwrap(), "").replace(id, "");
    (page.status.as_u16(), body)
}

#[tokio::test]
async fn the_team_s_page_tells_who_has_access_and_through_what() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        manager.open("/settings").await.assert_shows(&["Bella Pizza", "Qui a accès, depuis quand et comment."]);
        let page = manager.click("Équipe").await;
        assert_eq!(page.url.path(), TEAM);
        let entry = page.entry(MANAGER);
        for words in [
            "vous",
            "Rôle Responsable",
            "Depuis le 23 novembre 2026",
            "Au moyen de Mot de passe",
            "Vérifié 23 novembre 2026 à 18:02",
        ] {
            assert!(entry.contains(words), "{words}: {entry}");
        }
        let entry = page.entry(STAFF);
        for words in ["Rôle Membre de l’équipe", "Au moyen de Mot de passe", "Vérifié Jamais"] {
            assert!(entry.contains(words), "{words}: {entry}");
        }
        assert!(!entry.contains("vous"), "{entry}");
        page.assert_hides(&[NESTOR, "Chez Nestor", "Vérifier les accès"]);
    })
    .await;
}

#[tokio::test]
async fn somebody_s_last_sign_in_is_when_they_were_verified() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        app.advance(TimeDelta::hours(2));
        app.signed_in(STAFF).await;
        app.advance(TimeDelta::hours(1));
        let entry = manager.open(TEAM).await.entry(STAFF);
        assert!(entry.contains("Vérifié 23 novembre 2026 à 20:02"), "{entry}");
        let entry = manager.page().entry(MANAGER);
        assert!(entry.contains("Vérifié 23 novembre 2026 à 18:02"), "{entry}");
    })
    .await;
}

#[tokio::test]
async fn access_by_a_role_at_hubrise_is_told_from_access_that_was_given() {
    journey(async |app| {
        sqlx::query(
            "update membership set source = 'hubrise', verified_at = $2, expires_at = $3, app_instance_id = 'a1'
             where user_id = $1::uuid",
        )
        .bind(app.user(STAFF).await)
        .bind(app.now())
        .bind(app.now() + TimeDelta::hours(24))
        .execute(app.db())
        .await
        .unwrap();
        let mut manager = app.signed_in(MANAGER).await;
        let entry = manager.open(TEAM).await.entry(STAFF);
        assert!(entry.contains("Au moyen de Rôle chez HubRise Vérifié 23 novembre 2026 à 18:02"), "{entry}");
        assert!(!entry.contains("à vérifier"), "{entry}");
        app.advance(TimeDelta::hours(1));
        let page = manager.press("Vérifier les accès", &[]).await;
        assert_eq!(page.url.path(), TEAM);
        assert!(page.entry(STAFF).contains("à vérifier"), "{}", page.entry(STAFF));
        let proved = app.count("select count(*) from membership where expires_at > verified_at + interval '1 hour'");
        assert_eq!(proved.await, 0, "the role at HubRise is still believed");
        assert_eq!(app.memberships(STAFF).await, ["Bella Pizza: staff"]);
    })
    .await;
}

#[tokio::test]
async fn only_managers_see_and_change_the_team() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        manager.invite("Anna", AS_STAFF).await;
        let invitation = manager.page().url.path().to_owned();
        let mut staff = app.signed_in(STAFF).await;
        staff.open("/settings").await.assert_shows(&["Un responsable gère les accès"]);
        assert!(staff.page().find_link("Équipe").is_none());
        let removal = removal(&app.user(MANAGER).await);
        for path in [TEAM, &removal, &invitation] {
            let page = staff.peek(path).await;
            page.assert_status(403);
            page.assert_shows(&["Réservé aux responsables"]);
        }
        let (check, invite) = (format!("{TEAM}/check"), format!("{TEAM}/invitations"));
        for path in [&removal, &check, &invite, &format!("{invitation}/cancel")] {
            staff.post(path, &[("role", "manager")]).await.assert_status(403);
            let page = app.browser().post(path, &[("role", "manager")]).await;
            page.assert_status(303);
            assert_eq!(page.target().path(), "/login");
        }
        assert_eq!(app.memberships(MANAGER).await, ["Bella Pizza: manager"]);
        assert_eq!(app.count("select count(*) from invitation where cancelled_at is null").await, 1);
    })
    .await;
}

#[tokio::test]
async fn another_organisation_s_member_does_not_exist() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        let foreign = app.user(NESTOR).await;
        for id in [&*foreign, "nonsense"] {
            let page = manager.peek(&removal(id)).await;
            page.assert_status(404);
            assert_eq!(without(&page, id), without(&manager.peek(&removal(UNKNOWN)).await, UNKNOWN));
            let page = manager.post(&removal(id), &[]).await;
            page.assert_status(404);
            assert_eq!(without(&page, id), without(&manager.post(&removal(UNKNOWN), &[]).await, UNKNOWN));
        }
        assert_eq!(app.memberships(NESTOR).await, ["Chez Nestor: manager"]);
        assert_eq!(app.count("select count(*) from removed_member").await, 0);
    })
    .await;
}

#[tokio::test]
async fn the_confirmation_tells_what_stops_and_what_is_kept() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        let page = ask_to_remove(&mut manager, STAFF).await;
        page.assert_shows(&[
            &format!("Retirer l’accès de {STAFF} ?"),
            "Ses sessions se ferment immédiatement, sur tous ses appareils.",
            "Revenir demandera une nouvelle invitation, même avec un rôle chez HubRise.",
            "Les connexions que cette personne a établies.",
            "Ses droits chez HubRise",
        ]);
        assert_eq!(manager.click("Annuler").await.url.path(), TEAM);
        assert_eq!(app.memberships(STAFF).await, ["Bella Pizza: staff"]);
        let page = ask_to_remove(&mut manager, MANAGER).await;
        page.assert_shows(&["Vous perdez l’accès à cet établissement, et vos sessions se ferment."]);
    })
    .await;
}

#[tokio::test]
async fn whoever_is_removed_is_signed_out_everywhere_at_once_and_has_no_access() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        let mut phone = app.signed_in(STAFF).await;
        let mut tablet = app.signed_in(STAFF).await;
        let page = remove(&mut manager, STAFF).await;
        assert_eq!(page.url.path(), TEAM);
        page.assert_hides(&[STAFF]);
        for browser in [&mut phone, &mut tablet] {
            assert_eq!(browser.open("/services").await.url.path(), "/login");
        }
        assert_eq!(app.count("select count(*) from browser_session").await, 1);
        // Their account is theirs; it opens nothing here.
        phone.try_to_sign_in(STAFF, PASSWORD).await.assert_shows(&["Aucun établissement pour ce compte"]);
        phone.open("/").await.assert_shows(&["Aucun établissement pour ce compte"]);
        phone.open("/points-of-sale").await.assert_hides(&[PARIS, "Bella Pizza"]);
        assert!(app.memberships(STAFF).await.is_empty());
        // Said twice, it is done once.
        manager.post(&removal(&app.user(STAFF).await), &[]).await.assert_status(404);
    })
    .await;
}

#[tokio::test]
async fn whoever_is_removed_keeps_their_other_organisation() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        let mut owner = app.signed_in(OWNER_OF_BOTH).await;
        owner.open("/points-of-sale").await.assert_shows(&[PARIS]);
        remove(&mut manager, OWNER_OF_BOTH).await.assert_hides(&[OWNER_OF_BOTH]);
        assert_eq!(owner.open("/points-of-sale").await.url.path(), "/login");
        let page = owner.try_to_sign_in(OWNER_OF_BOTH, PASSWORD).await;
        page.assert_shows(&[BAKER_STREET]);
        page.assert_hides(&[PARIS, "Bella Pizza"]);
        assert_eq!(app.memberships(OWNER_OF_BOTH).await, ["Chez Nestor: manager"]);
    })
    .await;
}

#[tokio::test]
async fn the_last_manager_cannot_be_removed() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        remove(&mut manager, OWNER_OF_BOTH).await.assert_status(200);
        let page = remove(&mut manager, MANAGER).await;
        page.assert_status(409);
        page.assert_shows(&["C’est le seul responsable de l’établissement. Invitez d’abord un autre responsable."]);
        assert_eq!(app.memberships(MANAGER).await, ["Bella Pizza: manager"]);
        assert_eq!(app.count("select count(*) from removed_member").await, 1);
        assert_eq!(manager.open(TEAM).await.url.path(), TEAM);
    })
    .await;
}

#[tokio::test]
async fn a_manager_who_leaves_is_signed_out_and_the_other_one_stays() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        let page = remove(&mut manager, MANAGER).await;
        assert_eq!(page.url.path(), "/login");
        assert!(app.memberships(MANAGER).await.is_empty());
        assert_eq!(app.memberships(OWNER_OF_BOTH).await, ["Bella Pizza: manager", "Chez Nestor: manager"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_managers_who_remove_each_other_at_once_leave_one() {
    journey(async |app| {
        let (mut manager, mut owner) = (app.signed_in(MANAGER).await, app.signed_in(OWNER_OF_BOTH).await);
        ask_to_remove(&mut manager, OWNER_OF_BOTH).await;
        ask_to_remove(&mut owner, MANAGER).await;
        let mut removals = JoinSet::new();
        for mut browser in [manager, owner] {
            removals.spawn(async move {
                let answer = browser.press_only(FRENCH.confirm, &[]).await;
                // Whoever comes second is told so, or is signed out by then.
                answer.status == 303 && answer.target().path() == TEAM
            });
        }
        let removed = removals.join_all().await;
        assert_eq!(removed.iter().filter(|removed| **removed).count(), 1, "{removed:?}");
        let managers = "select count(*) from membership m join organisation o on o.id = m.organisation_id
                        where m.role = 'manager' and o.name = 'Bella Pizza'";
        assert_eq!(app.count(managers).await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_removal_or_an_invitation_from_another_site_is_refused() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        manager.invite("Anna", AS_STAFF).await;
        let cancel = format!("{}/cancel", manager.page().url.path());
        let paths = [removal(&app.user(STAFF).await), format!("{TEAM}/check"), format!("{TEAM}/invitations"), cancel];
        let neighbour = app.hubrise.url().to_owned();
        for path in paths {
            for headers in [
                [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")],
                [("sec-fetch-site", "same-site"), ("origin", &neighbour)],
            ] {
                let page = manager.post_with(&path, &[("role", "manager")], &headers).await;
                page.assert_status(403);
                page.assert_shows(&["Demande refusée par sécurité", "Rien n’a été modifié."]);
            }
        }
        assert_eq!(app.memberships(STAFF).await, ["Bella Pizza: staff"]);
        assert_eq!(app.count("select count(*) from invitation where cancelled_at is null").await, 1);
        assert_eq!(app.count("select count(*) from invitation").await, 1);
    })
    .await;
}

#[tokio::test]
async fn an_invitation_lets_a_removed_person_in_again() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        remove(&mut manager, STAFF).await;
        assert_eq!(app.count("select count(*) from removed_member").await, 1);
        app.advance(TimeDelta::seconds(1));
        let link = manager.invite("De retour", AS_STAFF).await;
        let mut guest = app.signed_in(STAFF).await;
        guest.open(&link).await;
        guest.press("Rejoindre", &[]).await.assert_shows(&["Bella Pizza"]);
        guest.open("/points-of-sale").await.assert_shows(&[PARIS]);
        assert_eq!(app.count("select count(*) from removed_member").await, 0);
        assert_eq!(app.memberships(STAFF).await, ["Bella Pizza: staff"]);
    })
    .await;
}

#[tokio::test]
async fn a_removed_manager_s_invitations_and_links_are_of_no_use_any_more() {
    journey(async |app| {
        // Somebody who manages, invites, and makes a link, and has a copy of another manager's invitation.
        let mut owner = app.signed_in(OWNER_OF_BOTH).await;
        let own = owner.invite("pour moi", AS_MANAGER).await;
        let link = owner.make_link(PARIS, "Bella Pizza", "Paris").await;
        let mut manager = app.signed_in(MANAGER).await;
        let copied = manager.invite("pour Léa", AS_MANAGER).await;
        manager.post(&removal(&app.user(OWNER_OF_BOTH).await), &[]).await.assert_status(303);

        let mut back = app.signed_in(OWNER_OF_BOTH).await;
        back.open(&own).await.assert_status(410);
        back.open(&link).await.assert_status(410);
        back.open(&copied).await.assert_status(200);
        let page = back.press("Rejoindre", &[]).await;
        page.assert_status(403);
        page.assert_shows(&["Un responsable a retiré votre accès après l’envoi de cette invitation."]);
        assert_eq!(app.memberships(OWNER_OF_BOTH).await, ["Chez Nestor: manager"]);
        // The invitation is still good for whom it was meant, and a new one lets the removed person in again.
        app.advance(TimeDelta::seconds(1));
        let anew = manager.invite("encore", AS_STAFF).await;
        back.open(&anew).await;
        back.press("Rejoindre", &[]).await.assert_shows(&["Bella Pizza"]);
        assert_eq!(app.memberships(OWNER_OF_BOTH).await, ["Bella Pizza: staff", "Chez Nestor: manager"]);
        assert_eq!(
            app.count("select count(*) from invitation where used_at is null and cancelled_at is null").await,
            1
        );
    })
    .await;
}

#[tokio::test]
async fn where_nobody_s_access_depends_on_hubrise_checking_it_leaves_no_trace() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        let entries = "select count(*) from history_entry";
        let before = app.count(entries).await;
        manager.post("/settings/team/check", &[]).await.assert_status(303);
        assert_eq!(app.count(entries).await, before);
    })
    .await;
}

#[tokio::test]
async fn fifty_invitations_and_fifty_links_wait_at_most() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        let paris = app.point_of_sale(PARIS).await;
        let link = [("account_name", "Bella Pizza"), ("location_name", "Paris"), ("point_of_sale", &*paris)];
        for (path, fields, sentence) in [
            (
                "/settings/team/invitations",
                &[("note", "Anna"), ("role", "staff")][..],
                "Cinquante invitations attendent",
            ),
            ("/services/hubrise/links", &link[..], "Cinquante liens attendent"),
        ] {
            let mut first = String::new();
            for number in 0..50 {
                let made = manager.post(path, fields).await;
                assert_eq!(made.status, 303, "{path} {number}");
                if number == 0 {
                    first = made.target().path().to_owned();
                }
            }
            let refused = manager.post(path, fields).await;
            refused.assert_status(422);
            refused.assert_shows(&[sentence]);
            manager.post(&format!("{first}/cancel"), &[]).await.assert_status(303);
            manager.post(path, fields).await.assert_status(303);
        }
        assert_eq!(app.count("select count(*) from invitation").await, 51);
        assert_eq!(app.count("select count(*) from connection_link").await, 51);
    })
    .await;
}
