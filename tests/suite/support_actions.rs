//! What support does to a connection: looking, checking and removing, each with what the organisation reads of it.

use chrono::TimeDelta;

use crate::harness::{
    FRENCH, PARIS, PARIS_AT_HUBRISE, journey,
    support::{SUPPORT, page_of, three_connections},
};

const CHECK: &str = "Vérifier maintenant";
const REMOVE: &str = "Supprimer ce point de vente";
const REASON: &str = "Motif";

#[tokio::test]
async fn looking_is_written_down_once_an_hour_and_the_organisation_sees_it() {
    journey(async |app| {
        let (mut bella, mut nestor) = three_connections(app).await;
        let mut support = app.support().await;
        let looks = "select count(*) from history_entry where action = 'support_looked'";
        for _ in 0..3 {
            page_of(app, &mut support, "3r4s3-0").await;
        }
        assert_eq!(app.count(looks).await, 1);
        page_of(app, &mut support, "3r4s3-1").await;
        assert_eq!(app.count(looks).await, 2);
        app.advance(TimeDelta::minutes(61));
        page_of(app, &mut support, "3r4s3-0").await;
        assert_eq!(app.count(looks).await, 3);
        support.press(CHECK, &[]).await.assert_status(200);
        let page = bella.open("/history").await;
        page.assert_shows(&["Consultation par le support", "Connexion vérifiée à la demande", SUPPORT]);
        nestor.open("/history").await.assert_hides(&[SUPPORT]);
    })
    .await;
}

#[tokio::test]
async fn a_point_of_sale_is_removed_with_a_reason_only_and_the_organisation_reads_it() {
    journey(async |app| {
        let (mut bella, mut nestor) = three_connections(app).await;
        let paris = app.connection("3r4s3-0").await;
        let mut support = app.support().await;
        page_of(app, &mut support, "3r4s3-0").await;
        let page = support.click(REMOVE).await;
        page.assert_shows(&[
            "Supprimer « Paris République » ?",
            "Ce qui s’arrête",
            "Ce qui est conservé",
            "Bella Pizza",
        ]);
        let path = page.url.path().to_owned();
        for reason in ["", "   ", "\n", &"é".repeat(501)] {
            let page = support.post(&path, &[("reason", reason)]).await;
            page.assert_status(422);
            page.assert_shows(&["Rien n’a été modifié", "Ce qui s’arrête"]);
        }
        support.post(&path, &[]).await.assert_status(422);
        assert_eq!(app.hubrise.revocations().await, 0);
        assert_eq!(app.count("select count(*) from connection").await, 3);

        let mut again = support.clone();
        let page = support.press(FRENCH.confirm, &[(REASON, " Demandé par la gérante <b>au téléphone</b> ")]).await;
        page.assert_status(200);
        assert!(page.url.path().starts_with("/support/receipts/"), "{}", page.url);
        page.assert_shows(&[
            "« Paris République » est supprimé",
            "Demandé par la gérante <b>au téléphone</b>",
            SUPPORT,
        ]);
        assert!(!app.hubrise.is_live("3r4s3-0").await);
        let receipt = page.url.path().rsplit('/').next().unwrap().to_owned();
        let page = bella.open("/history").await;
        page.assert_shows(&["Point de vente supprimé", "Demandé par la gérante <b>au téléphone</b>", SUPPORT]);
        bella.open(&format!("/receipts/{receipt}")).await.assert_shows(&["au téléphone"]);
        nestor.peek(&format!("/receipts/{receipt}")).await.assert_status(404);
        support.peek(&format!("/receipts/{receipt}")).await.assert_status(303);
        bella.open("/points-of-sale").await.assert_hides(&[PARIS]);

        // Confirmed twice, it is done once.
        let page = again.press(FRENCH.confirm, &[(REASON, "encore")]).await;
        assert_eq!(page.url.path(), format!("/support/receipts/{receipt}"));
        page.assert_hides(&["encore"]);
        assert_eq!(app.hubrise.revocations().await, 1);
        support.open(&path).await.assert_shows(&["« Paris République » est supprimé"]);
        let page = support.open(&format!("/support/connections/{paris}")).await;
        page.assert_shows(&["Cette connexion n’existe plus", "Motif : Demandé par la gérante"]);
    })
    .await;
}

#[tokio::test]
async fn a_point_of_sale_that_is_linked_to_something_else_by_now_is_not_removed_for_its_former_connection() {
    journey(async |app| {
        let (mut bella, _) = three_connections(app).await;
        let mut support = app.support().await;
        page_of(app, &mut support, "3r4s3-0").await;
        support.click(REMOVE).await;
        bella.disconnect(PARIS).await;
        bella.connect(PARIS, PARIS_AT_HUBRISE).await;
        let page = support.press(FRENCH.confirm, &[(REASON, "trop tard")]).await;
        page.assert_shows(&["« Paris République » est déconnecté"]);
        assert_eq!(app.count("select count(*) from connection").await, 3);
    })
    .await;
}

#[tokio::test]
async fn removing_while_hubrise_is_down_tells_the_truth() {
    journey(async |app| {
        three_connections(app).await;
        let mut support = app.support().await;
        page_of(app, &mut support, "3r4s3-0").await;
        support.click(REMOVE).await;
        app.hubrise.stop().await;
        let page = support.press(FRENCH.confirm, &[(REASON, "fermeture")]).await;
        page.assert_shows(&["la révocation chez HubRise est en cours"]);
        app.hubrise.restart().await;
        app.advance(TimeDelta::minutes(1));
        app.run_jobs().await;
        assert!(!app.hubrise.is_live("3r4s3-0").await);
    })
    .await;
}

#[tokio::test]
async fn checking_while_hubrise_is_down_says_so() {
    journey(async |app| {
        three_connections(app).await;
        let mut support = app.support().await;
        page_of(app, &mut support, "3r4s3-0").await;
        app.hubrise.stop().await;
        app.advance(TimeDelta::minutes(1));
        let page = support.press(CHECK, &[]).await;
        page.assert_status(200);
        page.assert_shows(&["HubRise ne répond pas depuis 18:03"]);
        page.assert_hides(&["En échec depuis"]);
    })
    .await;
}
