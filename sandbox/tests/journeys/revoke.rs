//! Giving a token back.

use serde_json::json;

use crate::connector::{
    CLIENT_ID, OTHER_ID, OTHER_SECRET, api, control, json_of, listing, post, revoke, start, token_for,
};

#[tokio::test]
async fn a_revoked_token_is_401_at_once() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    assert_eq!(api(&sandbox, &token, "/location").await.0, 200);
    assert_eq!(revoke(&sandbox, &token).await.status(), 200);
    let (status, body) = api(&sandbox, &token, "/location").await;
    assert_eq!(status, 401);
    assert_eq!(
        body,
        json!({
            "message": "The access token is invalid or the connection has been revoked",
            "error_type": "unauthorized",
        })
    );
    assert_eq!(listing(&sandbox, "/connections").await[0]["status"], "revoked");
}

#[tokio::test]
async fn only_its_own_client_revokes_a_token() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    let call = |id: &str, secret: &str| {
        let request = post(&sandbox, "/oauth2/v1/revoke").basic_auth(id, Some(secret)).form(&[("token", &token)]);
        async { request.send().await.expect("an answer") }
    };
    assert_eq!(call(CLIENT_ID, "wrong").await.status(), 401);
    let foreign = call(OTHER_ID, OTHER_SECRET).await;
    assert_eq!(foreign.status(), 403);
    assert_eq!(json_of(foreign).await["error"], "unauthorized_client");
    assert_eq!(api(&sandbox, &token, "/location").await.0, 200, "it lives on");
}

#[tokio::test]
async fn revoking_twice_is_404_or_200_by_a_switch() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    revoke(&sandbox, &token).await;
    for token in [&token, "never-existed"] {
        let again = revoke(&sandbox, token).await;
        assert_eq!(again.status(), 404);
        assert_eq!(json_of(again).await["error"], "invalid_token");
    }
    control(&sandbox, "/settings", json!({ "revoke_twice": "ok" })).await;
    assert_eq!(revoke(&sandbox, &token).await.status(), 200);
}

#[tokio::test]
async fn after_a_revoke_the_token_is_new_or_the_same_by_a_switch() {
    let sandbox = start().await;
    let first = token_for(&sandbox, "3r4s3-0").await;
    revoke(&sandbox, &first).await;
    let second = token_for(&sandbox, "3r4s3-0").await;
    assert_ne!(first, second);
    assert_eq!(api(&sandbox, &first, "/location").await.0, 401);
    control(&sandbox, "/settings", json!({ "token_after_revoke": "same" })).await;
    revoke(&sandbox, &second).await;
    assert_eq!(token_for(&sandbox, "3r4s3-0").await, second);
    assert_eq!(api(&sandbox, &second, "/location").await.0, 200);
}

#[tokio::test]
async fn a_revoke_without_a_token_is_400() {
    let sandbox = start().await;
    assert_eq!(revoke(&sandbox, "").await.status(), 400);
}
