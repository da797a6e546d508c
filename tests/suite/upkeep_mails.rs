//! What the managers are told by mail, and that it is told once.

use chrono::TimeDelta;
use serde_json::json;

use crate::harness::{
    Browser, Delivered, FRENCH, MANAGER, Mailbox, NESTOR, OWNER_OF_BOTH, PARIS, PARIS_AT_HUBRISE, PASSWORD, TestApp,
    events::event, journey_with,
};

/// A restaurant whose Paris is connected, and the mail server that the bridge uses.
pub(crate) async fn with_mails(test: impl AsyncFnOnce(&mut TestApp, &Mailbox, Browser)) {
    let mailbox = Mailbox::start();
    let address = mailbox.address().to_owned();
    journey_with(
        |layers| layers.set("mail.smtp_url", address),
        async |app| {
            let mut manager = app.signed_in(MANAGER).await;
            manager.connect(PARIS, PARIS_AT_HUBRISE).await;
            app.run_upkeep().await;
            test(app, &mailbox, manager).await;
        },
    )
    .await;
}

pub(crate) async fn at_hubrise(app: &TestApp, what: &str) {
    app.hubrise.control(&format!("connections/{what}"), json!({ "location_id": "3r4s3-0" })).await;
}

/// Time goes by, and what is due is done.
pub(crate) async fn pass(app: &TestApp, minutes: i64) {
    // A failing connection is looked at again after two minutes, or more.
    for _ in 0..minutes / 3 {
        app.advance(TimeDelta::minutes(3));
        app.run_upkeep().await;
    }
    app.run_jobs().await;
}

#[tokio::test]
async fn managers_are_told_once_of_a_failure_and_once_of_its_end_in_their_languages() {
    with_mails(async |app, mailbox, _| {
        let mut other = app.signed_in(OWNER_OF_BOTH).await;
        other.press(FRENCH.other_language, &[]).await;
        at_hubrise(app, "block").await;
        pass(app, 90).await;
        let mails = mailbox.collect();
        let [english, french] = &mails[..] else { panic!("{mails:?}") };
        assert_eq!((english.to.as_str(), french.to.as_str()), (OWNER_OF_BOTH, MANAGER));
        assert_eq!(french.subject, "«\u{a0}Paris République\u{a0}» ne reçoit plus les commandes de HubRise");
        assert_eq!(english.subject, "“Paris République” no longer receives orders from HubRise");
        let address = app.public().join(&format!("/organisations/{}", app.organisation("Bella Pizza").await)).unwrap();
        for body in [&french.text, &french.html] {
            for words in [
                "TicknCook a été bloqué chez HubRise.",
                "CONNEXIONS › TicknCook › Actions › Débloquer",
                "Paris - 3r4s3-0",
                "Bella Pizza - 3r4s3",
                "responsable de «\u{a0}Bella Pizza\u{a0}»",
                address.as_str(),
            ] {
                assert!(body.contains(words), "{words}: {body}");
            }
        }
        assert!(english.text.contains("has to unblock TicknCook at HubRise"), "{}", english.text);
        assert!(french.html.contains("<html lang=\"fr\">") && english.html.contains("<html lang=\"en\">"));
        assert_ne!(french.id, english.id);

        pass(app, 240).await;
        assert!(mailbox.collect().is_empty(), "told once");
        at_hubrise(app, "unblock").await;
        pass(app, 20).await;
        let mails = mailbox.collect();
        assert_eq!(mails.len(), 2, "{mails:?}");
        let accepted = "«\u{a0}Paris République\u{a0}»\u{a0}: HubRise accepte de nouveau la connexion";
        assert_eq!(mails[1].subject, accepted);
        assert!(mails[1].text.contains("Vous n’avez rien à faire."), "{}", mails[1].text);
        pass(app, 100).await;
        assert!(mailbox.collect().is_empty(), "told once");
    })
    .await;
}

#[tokio::test]
async fn a_blip_is_not_told() {
    with_mails(async |app, mailbox, mut manager| {
        app.advance(TimeDelta::minutes(11));
        let refusal =
            json!({ "kind": "status", "status": 401, "body": "{\"message\":\"The connection has been blocked\"}" });
        app.hubrise.fault("/v1/location", 1, refusal).await;
        manager.open("/services").await.assert_shows(&["En échec depuis 18:13"]);
        pass(app, 10).await;
        manager.open("/services").await.assert_hides(&["En échec"]);
        assert!(mailbox.collect().is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_hubrise_that_does_not_answer_is_not_told_as_a_failure() {
    with_mails(async |app, mailbox, _| {
        app.hubrise.lasting_fault("/v1/location", json!({ "kind": "status", "status": 500 })).await;
        pass(app, 75).await;
        assert!(mailbox.collect().is_empty());
    })
    .await;
}

#[tokio::test]
async fn whoever_reconnects_after_a_failure_is_told_that_it_is_over() {
    with_mails(async |app, mailbox, mut manager| {
        at_hubrise(app, "disconnect").await;
        app.hubrise.run_deliveries().await;
        pass(app, 10).await;
        let told: Vec<Delivered> = mailbox.collect();
        assert!(told.iter().all(|mail| mail.text.contains("TicknCook a été déconnecté depuis HubRise.")), "{told:?}");
        assert_eq!(told.len(), 2);
        manager.reconnect(PARIS_AT_HUBRISE).await;
        app.run_jobs().await;
        let told = mailbox.collect();
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told.iter().all(|mail| mail.subject.contains("accepte de nouveau")), "{told:?}");
    })
    .await;
}

#[tokio::test]
async fn a_mail_server_that_refuses_is_asked_again_until_it_takes_the_mail() {
    with_mails(async |app, mailbox, _| {
        mailbox.be_full(true);
        at_hubrise(app, "block").await;
        pass(app, 75).await;
        assert!(mailbox.collect().is_empty());
        assert_eq!(app.count("select count(*) from mail where sent_at is null and given_up_at is null").await, 2);
        mailbox.be_full(false);
        app.run_jobs().await;
        assert_eq!(mailbox.collect().len(), 2);
        assert_eq!(app.count("select count(*) from mail where sent_at is null").await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_mail_that_is_no_news_any_more_is_given_up() {
    with_mails(async |app, mailbox, _| {
        mailbox.be_full(true);
        at_hubrise(app, "block").await;
        pass(app, 75).await;
        app.advance(TimeDelta::days(3));
        mailbox.be_full(false);
        app.run_jobs().await;
        assert!(mailbox.collect().is_empty());
        assert_eq!(app.count("select count(*) from mail where given_up_at is not null").await, 2);
        // What still is so is told anew.
        pass(app, 75).await;
        let told = mailbox.collect();
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told.iter().all(|mail| mail.subject.contains("Paris République")), "{told:?}");
        pass(app, 75).await;
        assert!(mailbox.collect().is_empty(), "told once");
    })
    .await;
}

#[tokio::test]
async fn another_cause_has_another_remedy_and_is_told_once_too() {
    with_mails(async |app, mailbox, _| {
        at_hubrise(app, "block").await;
        pass(app, 75).await;
        assert_eq!(mailbox.collect().len(), 2);
        app.hubrise.control("accounts/3r4s3/suspend", json!({})).await;
        at_hubrise(app, "unblock").await;
        pass(app, 60).await;
        let mails = mailbox.collect();
        assert_eq!(mails.len(), 2, "{mails:?}");
        assert!(mails.iter().all(|mail| mail.text.contains("CONFIGURATION › Demandes de paiement")), "{mails:?}");
        // The first cause again, within the same failure.
        at_hubrise(app, "block").await;
        app.hubrise.control("accounts/3r4s3/resume", json!({})).await;
        pass(app, 60).await;
        let mails = mailbox.collect();
        assert_eq!(mails.len(), 2, "{mails:?}");
        assert!(mails.iter().all(|mail| mail.text.contains("Actions › Débloquer")), "{mails:?}");
    })
    .await;
}

#[tokio::test]
async fn a_cause_that_came_back_while_mails_waited_is_told() {
    with_mails(async |app, mailbox, _| {
        mailbox.be_full(true);
        at_hubrise(app, "block").await;
        pass(app, 60).await;
        app.hubrise.control("accounts/3r4s3/suspend", json!({})).await;
        at_hubrise(app, "unblock").await;
        pass(app, 60).await;
        at_hubrise(app, "block").await;
        app.hubrise.control("accounts/3r4s3/resume", json!({})).await;
        pass(app, 60).await;
        mailbox.be_full(false);
        app.run_jobs().await;
        let mails = mailbox.collect();
        assert_eq!(mails.len(), 2, "{mails:?}");
        assert!(mails.iter().all(|mail| mail.text.contains("Actions › Débloquer")), "{mails:?}");
    })
    .await;
}

#[tokio::test]
async fn the_address_in_a_mail_leads_to_the_restaurant_that_it_is_about() {
    with_mails(async |app, mailbox, _| {
        at_hubrise(app, "block").await;
        pass(app, 90).await;
        let mail = mailbox.collect().into_iter().find(|mail| mail.to == OWNER_OF_BOTH).unwrap();
        let address = mail.text.lines().find(|line| line.starts_with("http")).unwrap().to_owned();
        let mut owner = app.signed_in(OWNER_OF_BOTH).await;
        let nestor = app.organisation("Chez Nestor").await.to_string();
        owner.post("/organisation", &[("organisation_id", &nestor)]).await;
        owner.open("/services").await.assert_hides(&[PARIS]);
        let page = owner.open(&address).await;
        assert_eq!(page.url.path(), "/services");
        page.assert_shows(&["Bella Pizza", PARIS, "TicknCook a été bloqué"]);
        // After the sign-in as well; and for nobody else.
        let mut anew = app.browser();
        anew.open(&address).await;
        anew.try_to_sign_in(OWNER_OF_BOTH, PASSWORD).await.assert_shows(&[PARIS]);
        app.signed_in(NESTOR).await.open(&address).await.assert_status(404);
    })
    .await;
}

#[tokio::test]
async fn what_is_over_before_the_mail_server_takes_it_is_not_told() {
    with_mails(async |app, mailbox, _| {
        mailbox.be_full(true);
        at_hubrise(app, "block").await;
        pass(app, 75).await;
        assert_eq!(app.count("select count(*) from mail where sent_at is null and given_up_at is null").await, 2);
        at_hubrise(app, "unblock").await;
        pass(app, 20).await;
        mailbox.be_full(false);
        app.run_jobs().await;
        assert!(mailbox.collect().is_empty(), "neither the failure nor its end, of which nobody knows");
    })
    .await;
}

#[tokio::test]
async fn a_mail_that_waits_reaches_nobody_who_was_removed_and_nobody_about_what_was_cut() {
    with_mails(async |app, mailbox, mut manager| {
        mailbox.be_full(true);
        at_hubrise(app, "block").await;
        pass(app, 75).await;
        let owner = app.user(OWNER_OF_BOTH).await;
        manager.post(&format!("/settings/team/{owner}/remove"), &[]).await.assert_status(303);
        let waiting = "select count(*) from mail where sent_at is null and given_up_at is null";
        assert_eq!(app.count(waiting).await, 1);
        manager.disconnect(PARIS).await;
        assert_eq!(app.count(waiting).await, 0);
        mailbox.be_full(false);
        app.run_jobs().await;
        assert!(mailbox.collect().is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_failure_that_was_kept_while_the_clock_was_ahead_is_told() {
    with_mails(async |app, mailbox, _| {
        at_hubrise(app, "block").await;
        app.advance(TimeDelta::minutes(67));
        app.run_upkeep().await;
        let ahead = "update connection set failed_since = failed_since + interval '6 hours'";
        assert_eq!(sqlx::query(ahead).execute(app.db()).await.unwrap().rows_affected(), 1);
        pass(app, 30).await;
        assert_eq!(mailbox.collect().len(), 2, "nobody is told");
    })
    .await;
}

/// The worker has four places for all jobs.
#[tokio::test]
async fn what_gives_access_back_comes_before_mails_and_mails_before_names() {
    with_mails(async |app, mailbox, mut manager| {
        mailbox.be_full(true);
        let body = event("renamed", "location", "3r4s3-0");
        assert_eq!(app.send_good("3r4s3-0", body).await, 200);
        manager.post("/login/password", &[("email", MANAGER)]).await.assert_status(303);
        app.hubrise.lasting_fault("/oauth2/v1/revoke", json!({ "kind": "status", "status": 503 })).await;
        manager.disconnect(PARIS).await;
        let waiting: Vec<String> = sqlx::query_scalar(
            "select t.identifier from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
             order by j.priority",
        )
        .fetch_all(app.db())
        .await
        .unwrap();
        assert_eq!(waiting, ["revoke_token", "send_password_link", "apply_events"]);
        app.hubrise.clear_faults().await;
        mailbox.be_full(false);
        app.run_jobs().await;
        mailbox.collect();
    })
    .await;
}
