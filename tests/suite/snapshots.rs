//! What each page says, in French and in English. A change of a page shows up here, to be looked at and accepted.

use crate::attacks::ground::password_link;
use crate::harness::{
    BAKER_STREET, Browser, LYON, LYON_AT_HUBRISE, MANAGER, NESTOR, PARIS, PARIS_AT_HUBRISE, STAFF, journey,
};
use tickncook_hubrise::authorisations::Failure;

/// Compares a page with what it said before; what differs from run to run is left out.
pub(crate) async fn snap(browser: &mut Browser, name: &str, path: &str) {
    for language in ["fr", "en"] {
        browser.post("/language", &[("language", language), ("return_to", "/")]).await.assert_status(303);
        let page = browser.peek(path).await;
        let text = format!("{} {}\n\n{}\n", page.status.as_u16(), page.texts("title").join(""), page.outline());
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path("snapshots");
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.add_filter(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "[id]");
        settings.add_filter(r"\b[0-9a-f]{32}\b", "[reference]");
        settings.add_filter(r"app_instance_id=\w+", "app_instance_id=[id]");
        settings.add_filter(r"127\.0\.0\.1:\d+", "[host]");
        settings.bind(|| insta::assert_snapshot!(format!("{name}.{language}"), text));
    }
    browser.post("/language", &[("language", "fr"), ("return_to", "/")]).await.assert_status(303);
}

#[tokio::test]
async fn pages_before_signing_in() {
    journey(async |app| {
        let mut browser = app.browser();
        snap(&mut browser, "login", "/login").await;
        snap(&mut browser, "password-ask", "/login/password").await;
        snap(&mut browser, "password-sent", "/login/password/sent").await;
        snap(&mut browser, "password-over", "/password-links/x").await;
        let link = format!("/password-links/{}", password_link(app, MANAGER).await);
        browser.open(&link).await;
        snap(&mut browser, "password-choose", "/login/password/new").await;
        snap(&mut browser, "not-found", "/no-such-page").await;
        snap(&mut browser, "refused-signed-out", "/services/hubrise/refused/other-browser").await;
    })
    .await;
}

#[tokio::test]
async fn pages_with_nothing_connected() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        snap(&mut browser, "services-empty", "/services").await;
        snap(&mut browser, "connect", "/services/hubrise/connect").await;
        snap(&mut browser, "points-of-sale-unlinked", "/points-of-sale").await;
        let delete = format!("/points-of-sale/{}/delete", app.point_of_sale(LYON).await);
        snap(&mut browser, "delete-unlinked", &delete).await;
        let mut staff = app.signed_in(STAFF).await;
        snap(&mut staff, "services-staff", "/services").await;
        snap(&mut staff, "forbidden", "/services/hubrise/connect").await;
        let mut nestor = app.signed_in(NESTOR).await;
        nestor.delete(BAKER_STREET).await;
        let receipt = nestor.page().url.path().to_owned();
        snap(&mut nestor, "receipt-unlinked", &receipt).await;
        snap(&mut nestor, "points-of-sale-none", "/points-of-sale").await;
        snap(&mut nestor, "connect-new-only", "/services/hubrise/connect").await;
    })
    .await;
}

#[tokio::test]
async fn pages_of_a_connection() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        browser.connect(PARIS, PARIS_AT_HUBRISE).await;
        browser.connect(LYON, LYON_AT_HUBRISE).await;
        let connected = browser.page().url.path().to_owned();
        snap(&mut browser, "connected", &connected).await;
        snap(&mut browser, "services", "/services").await;
        snap(&mut browser, "points-of-sale", "/points-of-sale").await;
        let disconnect = format!("/services/hubrise/connections/{}/disconnect", app.connection("3r4s3-1").await);
        snap(&mut browser, "disconnect", &disconnect).await;
        let delete = format!("/points-of-sale/{}/delete", app.point_of_sale(PARIS).await);
        snap(&mut browser, "delete", &delete).await;
        let receipt = browser.disconnect(LYON).await.url.path().to_owned();
        snap(&mut browser, "receipt", &receipt).await;
        app.hubrise.stop().await;
        let receipt = browser.delete(PARIS).await.url.path().to_owned();
        snap(&mut browser, "receipt-pending", &receipt).await;
        app.leaves_jobs(1);
    })
    .await;
}

#[tokio::test]
async fn pages_of_failures() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        browser.leave_for_hubrise(PARIS).await;
        browser.open("/services").await;
        let attempt: String =
            sqlx::query_scalar("select id::text from authorisation_attempt").fetch_one(app.db()).await.unwrap();
        for failure in Failure::ALL {
            let word = failure.word();
            if failure.refuses_the_callback() {
                snap(&mut browser, &format!("refused-{word}"), &format!("/services/hubrise/refused/{word}")).await;
                continue;
            }
            sqlx::query(
                "update authorisation_attempt set status = 'failed', failure = $1, claimed_at = created_at,
                     finished_at = created_at, obstacle_point_of_sale_id =
                     case when $1 in ('location-taken', 'point-of-sale-taken') then point_of_sale_id end",
            )
            .bind(word)
            .execute(app.db())
            .await
            .unwrap();
            snap(&mut browser, &format!("failed-{word}"), &format!("/services/hubrise/attempts/{attempt}")).await;
        }
    })
    .await;
}
