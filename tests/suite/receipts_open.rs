//! Revocations that HubRise has not confirmed: where people see them, and when the operator hears of them.

use chrono::TimeDelta;

use crate::harness::{
    BAKER_STREET, LYON, MANAGER, NESTOR, NICE_AT_HUBRISE, PARIS, PARIS_AT_HUBRISE, STAFF, journey, journey_with,
};

/// What the lists say of a point of sale whose access HubRise has not taken back.
const UNDER_WAY: &str = "Paris République Non relié · révocation en cours";

#[tokio::test]
async fn a_revocation_that_fails_for_a_day_is_raised_once_and_ends_when_hubrise_confirms() {
    journey_with(
        |settings| settings.set("mail.operator", "ops@tickncook.example"),
        async |app| {
            let mut browser = app.signed_in(MANAGER).await;
            browser.connect(PARIS, PARIS_AT_HUBRISE).await;
            let connection = app.connection("3r4s3-0").await;
            app.hubrise.keep_tokens().await;
            browser.disconnect(PARIS).await;
            app.advance(TimeDelta::hours(23));
            app.run_regular("raise_overdue_revocations").await;
            assert_eq!(app.count("select count(*) from alarm").await, 0, "a day is not over");
            app.advance(TimeDelta::hours(1));
            for _ in 0..3 {
                app.run_regular("raise_overdue_revocations").await;
            }
            let raised: Vec<(String, String, bool)> = sqlx::query_as(
                "select a.kind, a.connection_id::text, a.ended_at is null from alarm a
                 join organisation o on o.id = a.organisation_id and o.name = 'Bella Pizza'
                 join revocation r on r.id::text = a.subject",
            )
            .fetch_all(app.db())
            .await
            .unwrap();
            assert_eq!(raised, [("revocation_overdue".to_owned(), connection, true)]);
            assert_eq!(app.count("select count(*) from mail where recipient = 'ops@tickncook.example'").await, 1);
            app.hubrise.clear_faults().await;
            sqlx::query("delete from mail").execute(app.db()).await.unwrap();
            app.run_jobs().await;
            assert_eq!(app.count("select count(*) from alarm where ended_at is null").await, 0);
            app.run_regular("raise_overdue_revocations").await;
            assert_eq!(app.count("select count(*) from alarm").await, 1, "what is confirmed is not raised again");
        },
    )
    .await;
}

#[tokio::test]
async fn a_failed_try_after_a_day_raises_the_alarm_and_connecting_again_ends_it() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        browser.connect(PARIS, PARIS_AT_HUBRISE).await;
        app.hubrise.keep_tokens().await;
        browser.disconnect(PARIS).await;
        app.advance(TimeDelta::hours(25));
        app.run_jobs().await;
        assert_eq!(app.count("select count(*) from alarm where ended_at is null").await, 1);
        browser.connect(LYON, PARIS_AT_HUBRISE).await;
        assert_eq!(app.count("select count(*) from alarm where ended_at is null").await, 0);
    })
    .await;
}

#[tokio::test]
async fn the_pages_say_that_a_revocation_is_under_way_and_lead_to_the_receipt() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        browser.connect(PARIS, PARIS_AT_HUBRISE).await;
        browser.connect(LYON, NICE_AT_HUBRISE).await;
        app.hubrise.keep_tokens().await;
        let paris = browser.disconnect(PARIS).await.url.clone();
        let lyon = browser.delete(LYON).await.url.clone();

        let mut staff = app.signed_in(STAFF).await;
        for reader in [&mut browser, &mut staff] {
            let page = reader.open("/points-of-sale").await;
            page.assert_shows(&[UNDER_WAY]);
            assert_eq!(page.link_beside(PARIS, "Voir le reçu"), paris);
            let page = reader.open("/services").await;
            page.assert_shows(&["Révocation en cours", "vous n’avez rien à faire"]);
            assert_eq!(page.link("Paris République (Paris - 3r4s3-0)"), paris);
            assert_eq!(page.link("Lyon Part-Dieu (Nice - 3r4s3-2)"), lyon, "a deleted point of sale is listed too");
        }
        let mut nestor = app.signed_in(NESTOR).await;
        nestor.open("/services").await.assert_hides(&["Révocation en cours", PARIS]);
        nestor.open("/points-of-sale").await.assert_shows(&[BAKER_STREET]);

        app.hubrise.clear_faults().await;
        app.run_jobs().await;
        browser.open("/points-of-sale").await.assert_shows(&["Paris République Non relié"]);
        browser.page().assert_hides(&["révocation"]);
        browser.open("/services").await.assert_hides(&["Révocation en cours"]);
    })
    .await;
}

#[tokio::test]
async fn after_a_switch_the_receipt_of_the_former_connection_is_one_click_away() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        browser.connect(PARIS, PARIS_AT_HUBRISE).await;
        browser.page().assert_hides(&["Voir le reçu"]);
        browser.reconnect(NICE_AT_HUBRISE).await;
        browser.press("Passer à Nice - 3r4s3-2", &[]).await.assert_shows(&["est relié à HubRise", "Nice - 3r4s3-2"]);
        let page = browser.click("Voir le reçu de l’ancienne connexion").await;
        page.assert_shows(&["« Paris République » est déconnecté", "Paris - 3r4s3-0"]);
    })
    .await;
}
