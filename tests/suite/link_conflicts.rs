//! What gets in the way of an owner who follows a link: somebody was faster, the location is taken, HubRise is silent.
//! Nothing that lives is revoked, nothing that was granted in vain stays alive, and the link is used up by success
//! alone.

use chrono::TimeDelta;
use tokio::task::JoinSet;

use crate::harness::{
    BAKER_STREET, Browser, FRENCH, LYON, LYON_AT_HUBRISE, MANAGER, NESTOR, NICE_AT_HUBRISE, PARIS, PARIS_AT_HUBRISE,
    TestApp, expire_grants,
    hubrise::THOMAS,
    journey,
    owners::{ANYWAY, CHOOSE_AGAIN},
};

const OVER: &str = "Ce lien n’est plus valable";
const TAKEN: &str = "Ce point de vente HubRise est déjà relié";

/// A link for Paris.
async fn link(app: &TestApp) -> String {
    app.signed_in(MANAGER).await.make_link(PARIS, "Bella Pizza", "Paris").await
}

/// An owner who has come back from HubRise with Paris, and has not confirmed.
async fn undecided(app: &TestApp, link: &str) -> Browser {
    let mut owner = app.browser();
    owner.follow(link, PARIS_AT_HUBRISE).await.assert_status(200);
    owner
}

async fn assert_link_is_unused(app: &TestApp) {
    assert_eq!(
        app.count("select count(*) from connection_link where used_at is null and cancelled_at is null").await,
        1
    );
}

async fn assert_connections(app: &TestApp, count: i64) {
    assert_eq!(app.count("select count(*) from connection").await, count);
    assert_eq!(app.count("select count(*) from pending_connection where token_ciphertext is not null").await, 0);
}

#[tokio::test]
async fn of_two_owners_with_one_link_the_first_to_confirm_wins_and_the_second_is_told() {
    journey(async |app| {
        let link = link(app).await;
        let mut first = undecided(app, &link).await;
        let mut second = app.browser();
        second.follow(&link, NICE_AT_HUBRISE).await.assert_shows(&["Ce n’est pas le point de vente attendu"]);
        first.press(FRENCH.confirm, &[]).await.assert_shows(&["« Paris République » est relié à HubRise"]);
        let page = second.press(ANYWAY, &[]).await;
        page.assert_status(410);
        page.assert_shows(&[OVER, "Ce lien a déjà servi, a été annulé ou a expiré."]);
        let told = page.words();
        let here = page.url.to_string();
        assert_eq!(second.open(&here).await.words(), told);
        app.run_jobs().await;
        assert!(!app.hubrise.is_live("3r4s3-2").await, "the second grant is left behind");
        assert_eq!(app.hubrise.answers_to_token_of("3r4s3-0").await, 200);
        assert_connections(app, 1).await;
    })
    .await;
}

#[tokio::test]
async fn two_owners_who_bring_the_same_location_leave_it_connected() {
    journey(async |app| {
        let link = link(app).await;
        let (mut first, mut second) = (undecided(app, &link).await, undecided(app, &link).await);
        second.press(FRENCH.confirm, &[]).await.assert_shows(&["« Paris République » est relié à HubRise"]);
        let page = first.press(FRENCH.confirm, &[]).await;
        page.assert_status(410);
        page.assert_shows(&[OVER]);
        app.run_jobs().await;
        // HubRise gives one token for a location: the first owner's is the second's.
        assert_eq!(app.hubrise.answers_to_token_of("3r4s3-0").await, 200);
        assert_eq!(app.hubrise.revocations().await, 0);
        assert_connections(app, 1).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn owners_who_confirm_at_once_connect_once() {
    journey(async |app| {
        let link = link(app).await;
        let mut second = app.browser();
        second.follow(&link, NICE_AT_HUBRISE).await;
        let mut words = JoinSet::new();
        for (owner, button) in [(undecided(app, &link).await, FRENCH.confirm), (second, ANYWAY)] {
            // Each of them is impatient.
            for _ in 0..2 {
                let mut tab = owner.clone();
                words.spawn(async move { tab.press(button, &[]).await.status.as_u16() });
            }
        }
        let mut answers = words.join_all().await;
        answers.sort_unstable();
        assert_eq!(answers, [200, 200, 410, 410]);
        app.run_jobs().await;
        let live = [app.hubrise.is_live("3r4s3-0").await, app.hubrise.is_live("3r4s3-2").await];
        assert_eq!(live.iter().filter(|live| **live).count(), 1, "{live:?}");
        assert_connections(app, 1).await;
    })
    .await;
}

#[tokio::test]
async fn whoever_never_says_yes_is_not_left_connected_at_hubrise() {
    journey(async |app| {
        let link = link(app).await;
        let mut owner = undecided(app, &link).await;
        app.advance(TimeDelta::minutes(59));
        app.run_regular("expire_pending_connections").await;
        assert!(app.hubrise.is_live("3r4s3-0").await, "there is a minute left");
        app.advance(TimeDelta::minutes(1));
        let page = owner.press(FRENCH.confirm, &[]).await;
        page.assert_status(410);
        page.assert_shows(&["Le délai est dépassé", "Une heure est passée sans confirmation"]);
        app.run_regular("expire_pending_connections").await;
        app.run_jobs().await;
        assert!(!app.hubrise.is_live("3r4s3-0").await);
        assert_connections(app, 0).await;
        assert_link_is_unused(app).await;
        let mut owner = undecided(app, &link).await;
        owner.press(FRENCH.confirm, &[]).await.assert_shows(&["« Paris République » est relié à HubRise"]);
    })
    .await;
}

#[tokio::test]
async fn an_owner_who_came_too_late_to_look_is_told_and_leaves_nothing_behind() {
    journey(async |app| {
        let link = link(app).await;
        let mut first = undecided(app, &link).await;
        let mut second = app.browser();
        let here = second.follow(&link, NICE_AT_HUBRISE).await.url.to_string();
        first.press(FRENCH.confirm, &[]).await.assert_status(200);
        let page = second.open(&here).await;
        page.assert_status(410);
        page.assert_shows(&[OVER]);
        app.advance(TimeDelta::hours(1));
        app.run_regular("expire_pending_connections").await;
        app.run_jobs().await;
        assert!(!app.hubrise.is_live("3r4s3-2").await);
        assert_connections(app, 1).await;
    })
    .await;
}

#[tokio::test]
async fn a_link_that_was_cancelled_on_the_way_connects_nothing() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        let link = manager.make_link(PARIS, "Bella Pizza", "Paris").await;
        let mut owner = undecided(app, &link).await;
        manager.press("Annuler ce lien", &[]).await.assert_status(200);
        let page = owner.press(FRENCH.confirm, &[]).await;
        page.assert_status(410);
        page.assert_shows(&[OVER]);
        app.run_jobs().await;
        assert!(!app.hubrise.is_live("3r4s3-0").await, "the grant is left behind");
        assert_connections(app, 0).await;
    })
    .await;
}

/// Fails unless a location that is taken is told as such and stays as it is, and the link can still be used.
async fn assert_taken(app: &TestApp, owner: &mut Browser, link: &str, words: &[&str]) {
    let page = owner.press(FRENCH.confirm, &[]).await.clone();
    page.assert_status(409);
    page.assert_shows(&[TAKEN]);
    page.assert_shows(words);
    app.run_jobs().await;
    assert_eq!(app.hubrise.revocations().await, 0, "HubRise gives one token for a location");
    assert_eq!(app.hubrise.answers_to_token_of("3r4s3-0").await, 200);
    assert_connections(app, 1).await;
    assert_link_is_unused(app).await;
    owner.follow(link, NICE_AT_HUBRISE).await.assert_status(200);
    owner.press(ANYWAY, &[]).await.assert_shows(&["« Paris République » est relié à HubRise", "Nice - 3r4s3-2"]);
    assert_connections(app, 2).await;
    // What is in the way is there, whether or not the owner may know its name.
    page.assert_hides(&["a été supprimé depuis"]);
}

#[tokio::test]
async fn a_location_that_another_point_of_sale_of_the_organisation_has_stays_there() {
    journey(async |app| {
        let link = link(app).await;
        let mut owner = undecided(app, &link).await;
        app.signed_in(MANAGER).await.connect(LYON, PARIS_AT_HUBRISE).await;
        let connection = app.connection("3r4s3-0").await;
        assert_taken(app, &mut owner, &link, &[]).await;
        assert_eq!(app.connection("3r4s3-0").await, connection);
    })
    .await;
}

#[tokio::test]
async fn a_location_that_another_organisation_has_stays_there_and_is_not_told_whose_it_is() {
    journey(async |app| {
        let link = link(app).await;
        app.signed_in(NESTOR).await.connect(BAKER_STREET, PARIS_AT_HUBRISE).await;
        let connection = app.connection("3r4s3-0").await;
        let mut owner = undecided(app, &link).await;
        owner.page().assert_hides(&["Chez Nestor", BAKER_STREET]);
        assert_taken(app, &mut owner, &link, &["déjà relié à TicknCook par un autre établissement"]).await;
        owner.page().assert_hides(&["Chez Nestor", BAKER_STREET]);
        assert_eq!(app.connection("3r4s3-0").await, connection);
    })
    .await;
}

#[tokio::test]
async fn a_point_of_sale_that_was_connected_on_the_way_stays_as_it_is() {
    journey(async |app| {
        let link = link(app).await;
        let mut owner = undecided(app, &link).await;
        app.signed_in(MANAGER).await.connect(PARIS, LYON_AT_HUBRISE).await;
        let page = owner.press(FRENCH.confirm, &[]).await.clone();
        page.assert_status(409);
        page.assert_shows(&["Ce point de vente est déjà relié"]);
        app.run_jobs().await;
        assert!(!app.hubrise.is_live("3r4s3-0").await, "the grant is left behind");
        assert_eq!(app.hubrise.answers_to_token_of("3r4s3-1").await, 200);
        assert_connections(app, 1).await;
        assert_link_is_unused(app).await;
        page.assert_hides(&["a été supprimé depuis"]);
    })
    .await;
}

#[tokio::test]
async fn an_owner_who_looks_once_the_point_of_sale_is_linked_is_told_that_and_not_that_the_link_was_used() {
    journey(async |app| {
        let link = link(app).await;
        let mut owner = undecided(app, &link).await;
        let here = owner.page().url.path().to_owned();
        app.signed_in(MANAGER).await.connect(PARIS, LYON_AT_HUBRISE).await;
        let page = owner.open(&here).await;
        page.assert_status(410);
        page.assert_shows(&["Ce lien n’a plus d’objet", "l’est déjà, ou n’existe plus."]);
        page.assert_hides(&[OVER, "a déjà servi"]);
        assert_link_is_unused(app).await;
        app.advance(TimeDelta::hours(1));
        expire_grants(app).await;
        assert!(!app.hubrise.is_live("3r4s3-0").await, "the grant is left behind");
        assert_connections(app, 1).await;
    })
    .await;
}

#[tokio::test]
async fn a_link_whose_point_of_sale_is_linked_is_not_to_be_sent_and_can_be_cancelled() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        let link = manager.make_link(PARIS, "Bella Pizza", "Paris").await;
        let shown = manager.page().url.path().to_owned();
        manager.connect(PARIS, LYON_AT_HUBRISE).await;
        let page = manager.open(&shown).await;
        page.assert_shows(&["ce point de vente est déjà relié, ou n’existe plus."]);
        page.assert_hides(&["Envoyez ce lien", "Ou faites-le scanner"]);
        assert!(!page.body.contains(&link), "it is of no use to anybody");
        let entry = manager.press("Annuler ce lien", &[]).await.entry("Bella Pizza › Paris");
        assert!(entry.contains("Annulé."), "{entry}");
    })
    .await;
}

#[tokio::test]
async fn a_point_of_sale_that_was_deleted_on_the_way_is_not_made_again() {
    journey(async |app| {
        let link = link(app).await;
        let mut owner = undecided(app, &link).await;
        app.signed_in(MANAGER).await.delete(PARIS).await.assert_status(200);
        let page = owner.press(FRENCH.confirm, &[]).await;
        page.assert_status(409);
        page.assert_shows(&["Ce point de vente n’existe plus"]);
        app.run_jobs().await;
        assert!(!app.hubrise.is_live("3r4s3-0").await, "the grant is left behind");
        assert_connections(app, 0).await;
        assert_eq!(app.count("select count(*) from point_of_sale").await, 2);
    })
    .await;
}

#[tokio::test]
async fn choosing_the_same_location_again_leaves_it_alive() {
    journey(async |app| {
        let link = link(app).await;
        let mut owner = app.browser();
        owner.follow(&link, NICE_AT_HUBRISE).await;
        owner.press(CHOOSE_AGAIN, &[]).await;
        owner.allow(NICE_AT_HUBRISE).await.assert_shows(&["Ce n’est pas le point de vente attendu"]);
        owner.press(ANYWAY, &[]).await.assert_shows(&["« Paris République » est relié à HubRise"]);
        app.run_jobs().await;
        assert!(app.hubrise.is_live("3r4s3-2").await);
        assert_eq!(app.hubrise.answers_to_token_of("3r4s3-2").await, 200);
        assert_connections(app, 1).await;
    })
    .await;
}

#[tokio::test]
async fn an_owner_who_refuses_at_hubrise_has_connected_nothing() {
    journey(async |app| {
        let link = link(app).await;
        let mut owner = app.browser();
        owner.open(&link).await;
        owner.sign_in_at_hubrise(THOMAS).await;
        let page = owner.press(FRENCH.hubrise_deny, &[]).await;
        page.assert_status(200);
        page.assert_shows(&["Vous avez refusé l’accès"]);
        assert_link_is_unused(app).await;
        let page = owner.click(FRENCH.start_again).await;
        assert!(page.url.as_str().starts_with(app.hubrise.url()), "by the same link: {}", page.url);
        owner.allow(PARIS_AT_HUBRISE).await;
        owner.press(FRENCH.confirm, &[]).await.assert_shows(&["« Paris République » est relié à HubRise"]);
    })
    .await;
}

#[tokio::test]
async fn hubrise_down_at_the_confirmation_is_told_and_a_second_one_works() {
    journey(async |app| {
        let link = link(app).await;
        let mut owner = undecided(app, &link).await;
        app.hubrise.stop().await;
        let page = owner.press(FRENCH.confirm, &[]).await;
        page.assert_status(502);
        page.assert_shows(&["HubRise ne répond pas, et rien n’est encore relié.", "Paris - 3r4s3-0", PARIS]);
        assert_eq!(app.count("select count(*) from connection").await, 0);
        assert_link_is_unused(app).await;
        app.hubrise.restart().await;
        owner.press(FRENCH.confirm, &[]).await.assert_shows(&["« Paris République » est relié à HubRise"]);
        app.run_jobs().await;
        assert_eq!(app.hubrise.answers_to_token_of("3r4s3-0").await, 200);
        assert_connections(app, 1).await;
    })
    .await;
}

#[tokio::test]
async fn another_browser_neither_sees_nor_confirms_what_an_owner_brought() {
    journey(async |app| {
        let link = link(app).await;
        let mut owner = undecided(app, &link).await;
        let here = owner.page().url.path().to_owned();
        let mut other_owner = app.browser();
        other_owner.follow(&link, NICE_AT_HUBRISE).await;
        for mut stranger in [app.browser(), app.signed_in(MANAGER).await, app.signed_in(NESTOR).await, other_owner] {
            let page = stranger.peek(&here).await;
            page.assert_status(404);
            page.assert_hides(&["3r4s3", PARIS]);
            for way in ["", "/cancel", "/again", "/account"] {
                let fields = [("organisation_name", "x"), ("email", "x@example.org"), ("password", "long-enough")];
                stranger.post(&format!("{here}{way}"), &fields).await.assert_status(404);
            }
        }
        assert_eq!(app.count("select count(*) from connection").await, 0);
        assert_eq!(app.count("select count(*) from pending_connection where status = 'held'").await, 2);
        owner.press(FRENCH.confirm, &[]).await.assert_shows(&["« Paris République » est relié à HubRise"]);
    })
    .await;
}
