//! That the harness itself notices what must not be left behind.

use crate::harness::{MANAGER, PARIS, PARIS_AT_HUBRISE, journey};

#[tokio::test]
#[should_panic(expected = "jobs were left behind")]
async fn a_forgotten_job_fails_its_test() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        browser.connect(PARIS, PARIS_AT_HUBRISE).await;
        app.hubrise.stop().await;
        browser.delete(PARIS).await;
    })
    .await;
}

#[tokio::test]
#[should_panic(expected = "a token stands readable")]
async fn a_token_in_the_database_fails_its_test() {
    journey(async |app| {
        app.signed_in(MANAGER).await.connect(PARIS, PARIS_AT_HUBRISE).await;
        let token = app.hubrise.tokens().await.remove(0);
        let leak = sqlx::query("update connection set token_ciphertext = convert_to($1, 'UTF8')").bind(token);
        leak.execute(app.db()).await.unwrap();
    })
    .await;
}

#[tokio::test]
#[should_panic(expected = "a token was sent to a browser")]
async fn a_token_in_an_answer_fails_its_test() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        browser.connect(PARIS, PARIS_AT_HUBRISE).await;
        browser.open(&format!("{}/control/connections", app.hubrise.url())).await;
    })
    .await;
}

#[tokio::test]
#[should_panic(expected = "a token was logged")]
async fn a_token_in_the_log_fails_its_test() {
    journey(async |app| {
        app.signed_in(MANAGER).await.connect(PARIS, PARIS_AT_HUBRISE).await;
        let token = app.hubrise.tokens().await.remove(0);
        tracing::info!(token, "a leak");
    })
    .await;
}
