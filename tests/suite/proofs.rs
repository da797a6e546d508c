//! What was on its way when somebody's sessions were ended, or their password became another, lets nobody in when it
//! arrives. Each race is run in the order that it would be lost in.

use std::{net::IpAddr, sync::Arc};

use axum::http::HeaderMap;
use tickncook_hubrise::{
    database,
    hubrise::HubRiseUserId,
    organisations::Acting,
    users::{
        Proof, SignedIn, go_in, may_do_more,
        service::{SignIn, link_identity, prove_again, set_password},
    },
};
use tower_sessions::{Session, session::Id};

use crate::{
    harness::{MANAGER, PASSWORD, TestApp, eventually, journey},
    password_links::{CHOOSE, NEW_PASSWORD, ask, follow, signs_in, with_mailbox},
};

const OTHER: &str = "un-autre-mot-de-passe";
const IDENTITIES: &str = "select count(*) from hubrise_identity where user_id is not null";

/// The manager has just typed this password.
async fn proof(app: &TestApp, password: &str) -> Proof {
    let address = IpAddr::from([192, 0, 2, 1]);
    match prove_again(&app.app, &HeaderMap::new(), MANAGER, password.into(), address).await.unwrap() {
        SignIn::Welcome(proof) => proof,
        other => panic!("{other:?}"),
    }
}

/// A request with the session of this id, or with none.
fn session(app: &TestApp, id: Option<Id>) -> Session {
    Session::new(id, Arc::new(app.app.sessions()), None)
}

/// What a request with this proof leaves behind.
async fn signed_in_by(app: &TestApp, proof: Proof) -> Option<Id> {
    let request = session(app, None);
    go_in(&app.app, &request, &HeaderMap::new(), proof).await.unwrap();
    request.save().await.unwrap();
    request.id()
}

async fn is_somebody(app: &TestApp, id: Option<Id>) -> bool {
    Acting::of(&app.app, &session(app, id)).await.unwrap().is_some()
}

#[tokio::test]
async fn a_sign_in_that_a_new_password_overtakes_does_not_get_in() {
    with_mailbox(async |app, mailbox| {
        app.signed_in(MANAGER).await;
        let (mut owner, mut thief) = (app.browser(), app.browser());
        ask(&mut owner, MANAGER).await;
        follow(app, mailbox, &mut owner).await.assert_status(200);
        thief.open("/login").await;
        // The new password is written and not there yet: this is the last thing that choosing it waits for.
        let mut held = database::begin(app.db()).await.unwrap();
        sqlx::query("select from known_device for update").execute(&mut *held).await.unwrap();
        let choosing = tokio::spawn(async move {
            owner.press(CHOOSE, &[(NEW_PASSWORD, OTHER)]).await;
            owner
        });
        eventually("the new password waits", async || app.waiting_for_locks().await == 1).await;
        let signing_in = tokio::spawn(async move { thief.try_to_sign_in(MANAGER, PASSWORD).await.clone() });
        eventually("the former one was right", async || app.waiting_for_locks().await == 2).await;
        held.rollback().await.unwrap();
        let mut owner = choosing.await.unwrap();
        owner.page().assert_shows(&["Bella Pizza", MANAGER]);
        let page = signing_in.await.unwrap();
        page.assert_status(401);
        page.assert_shows(&["ne correspond pas"]);
        owner.open("/services").await.assert_shows(&["Bella Pizza"]);
        assert!(signs_in(app, MANAGER, OTHER).await);
    })
    .await;
}

#[tokio::test]
async fn what_was_proved_before_a_new_password_signs_nobody_in() {
    journey(async |app| {
        let before = proof(app, PASSWORD).await;
        assert!(is_somebody(app, signed_in_by(app, before).await).await);
        set_password(&app.app, MANAGER, OTHER.into()).await.unwrap();
        let late = signed_in_by(app, before).await;
        assert_eq!(app.count("select count(*) from browser_session where user_id is not null").await, 1);
        assert!(!is_somebody(app, late).await);
        let now = proof(app, OTHER).await;
        assert!(is_somebody(app, signed_in_by(app, now).await).await);
    })
    .await;
}

#[tokio::test]
async fn what_was_proved_before_a_new_password_links_no_identity() {
    journey(async |app| {
        let known = "insert into hubrise_identity (hubrise_user_id, email, locales, proved_at)
            values ('17', 'voleur@example.org', '{}', now())";
        sqlx::query(known).execute(app.db()).await.unwrap();
        let identity = HubRiseUserId::parse("17").unwrap();
        let before = proof(app, PASSWORD).await;
        set_password(&app.app, MANAGER, OTHER.into()).await.unwrap();
        link_identity(&app.app, &identity, before).await.unwrap();
        assert_eq!(app.count(IDENTITIES).await, 0);
        link_identity(&app.app, &identity, proof(app, OTHER).await).await.unwrap();
        assert_eq!(app.count(IDENTITIES).await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_session_that_is_written_anew_after_it_was_ended_is_nobody_s() {
    journey(async |app| {
        let stolen = signed_in_by(app, proof(app, PASSWORD).await).await;
        // A request has read it, and will give it another id.
        let request = session(app, stolen);
        assert!(SignedIn::of(&request).await.unwrap().is_some());
        let mut owner = app.signed_in(MANAGER).await;
        owner.open("/settings").await;
        owner.press("Fermer toutes les autres", &[]).await.assert_status(200);
        may_do_more(&request).await.unwrap();
        request.save().await.unwrap();
        assert_eq!(app.count("select count(*) from browser_session where user_id is not null").await, 2);
        assert!(!is_somebody(app, request.id()).await);
        // Nor for the request itself.
        assert!(Acting::of(&app.app, &request).await.unwrap().is_none());
        assert_eq!(owner.open("/settings").await.texts("ul.sessions > li").len(), 1);
        owner.open("/services").await.assert_shows(&["Bella Pizza", MANAGER]);
    })
    .await;
}
