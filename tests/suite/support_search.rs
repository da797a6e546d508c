//! Finding in the console what is no longer there.

use crate::harness::{BAKER_STREET, BAKER_STREET_AT_HUBRISE, LYON, MANAGER, NESTOR, PARIS, PARIS_AT_HUBRISE, journey};

#[tokio::test]
async fn what_was_deleted_is_found_by_its_names_until_it_is_linked_again() {
    journey(async |app| {
        let mut bella = app.signed_in(MANAGER).await;
        bella.connect(PARIS, PARIS_AT_HUBRISE).await;
        app.signed_in(NESTOR).await.connect(BAKER_STREET, BAKER_STREET_AT_HUBRISE).await;
        let paris = app.connection("3r4s3-0").await;
        bella.delete(PARIS).await;
        app.run_jobs().await;
        let mut support = app.support().await;
        for query in ["Paris", "republique paris", "PARIS République"] {
            let page = support.search(query).await;
            page.assert_shows(&["« Paris République », déconnecté le 23 novembre 2026", "Bella Pizza"]);
            page.assert_hides(&["Chez Nestor"]);
        }
        support.click("Ouvrir Reçu").await.assert_shows(&["Cette connexion n’existe plus", &paris]);
        support.search("baker").await.assert_hides(&["déconnecté le"]);

        bella.connect(LYON, PARIS_AT_HUBRISE).await;
        let page = support.search("paris").await;
        page.assert_shows(&["Lyon Part-Dieu Paris - 3r4s3-0"]);
        page.assert_hides(&["déconnecté le"]);
    })
    .await;
}
