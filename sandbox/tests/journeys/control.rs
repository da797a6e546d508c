//! The rest of the control interface: what it shows, switches and undoes.

use hubrise_sandbox::{Options, Sandbox};
use serde_json::{Value, json};

use crate::browser::{Browser, THOMAS, http};
use crate::connector::{
    CLIENT_ID, OTHER_ID, SCOPE, SECRET, api, connect, control, json_of, listing, options, post, revoke, start, text_of,
    token_for,
};
use crate::receiver::token_of;

#[tokio::test]
async fn connections_are_listed_with_their_token() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    let listed = listing(&sandbox, "/connections").await;
    let app_instance_id = text_of(&listed[0]["app_instance_id"]);
    let expected = json!([{
        "app_instance_id": app_instance_id, "device_id": null, "client_id": CLIENT_ID, "account_id": "3r4s3", "location_id": "3r4s3-0",
        "catalog_id": "psmlf", "customer_list_id": "xab66", "scope": SCOPE,
        "status": "live", "blocked": false, "access_token": token, "user": THOMAS,
    }]);
    assert_eq!(listed, expected);
}

#[tokio::test]
async fn calls_are_listed_oldest_first_without_what_they_carried() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    api(&sandbox, &token, "/location").await;
    api(&sandbox, &token, "/catalogs/nonsense?hide_data=true").await;
    revoke(&sandbox, &token).await;
    let calls = listing(&sandbox, "/requests").await;
    let of = |call: &Value| (text_of(&call["path"]), call["status"].clone(), call["authorization"].clone());
    let calls: Vec<_> = calls.as_array().expect("a list").iter().map(of).collect();
    let expected = [
        ("/oauth2/v1/authorize", json!(303), Value::Null),
        ("/oauth2/v1/token", json!(200), json!("basic")),
        ("/v1/location", json!(200), json!("token")),
        ("/v1/catalogs/nonsense", json!(404), json!("token")),
        ("/oauth2/v1/revoke", json!(200), json!("basic")),
    ];
    assert_eq!(calls, expected.map(|(path, status, authorization)| (path.to_owned(), status, authorization)));
    let cleared = http().delete(format!("{}/control/requests", sandbox.url())).send().await.expect("an answer");
    assert_eq!(cleared.status(), 204);
    assert_eq!(listing(&sandbox, "/requests").await, json!([]));
}

#[tokio::test]
async fn a_suspended_account_is_401_until_it_is_resumed() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    control(&sandbox, "/accounts/3r4s3/suspend", json!({})).await;
    let (status, body) = api(&sandbox, &token, "/location").await;
    let message = "The account/location has been suspended for non payment of the subscription";
    assert_eq!((status, body), (401, json!({ "message": message, "error_type": "unauthorized" })));
    control(&sandbox, "/accounts/3r4s3/resume", json!({})).await;
    assert_eq!(api(&sandbox, &token, "/location").await.0, 200);
    let unknown = post(&sandbox, "/control/accounts/nonsense/suspend").send().await.expect("an answer");
    assert_eq!(unknown.status(), 404);
}

#[tokio::test]
async fn a_blocked_connection_is_401_until_it_is_unblocked_or_authorised_again() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    let paris = json!({ "location_id": "3r4s3-0" });
    control(&sandbox, "/connections/block", paris.clone()).await;
    let (status, body) = api(&sandbox, &token, "/location").await;
    assert_eq!((status, &body["message"]), (401, &json!("The connection has been blocked")));
    control(&sandbox, "/connections/unblock", paris.clone()).await;
    assert_eq!(api(&sandbox, &token, "/location").await.0, 200);
    control(&sandbox, "/connections/block", paris).await;
    assert_eq!(token_for(&sandbox, "3r4s3-0").await, token);
    assert_eq!(api(&sandbox, &token, "/location").await.0, 200);
}

#[tokio::test]
async fn a_connection_is_disconnected_as_a_user_would() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    let body = json!({ "location_id": "3r4s3-0" });
    control(&sandbox, "/connections/disconnect", body.clone()).await;
    assert_eq!(api(&sandbox, &token, "/location").await.0, 401);
    let again = post(&sandbox, "/control/connections/disconnect").json(&body).send().await.expect("an answer");
    assert_eq!(again.status(), 404);
    let account = text_of(&connect(&sandbox, "account[orders.read]", "3r4s3", &[]).await["access_token"]);
    control(&sandbox, "/connections/disconnect", json!({ "account_id": "3r4s3" })).await;
    assert_eq!(api(&sandbox, &account, "/account").await.0, 401);
}

#[tokio::test]
async fn one_connection_of_several_at_a_location_is_named_by_its_app_instance() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    let other = token_of(&sandbox, OTHER_ID, SCOPE, "3r4s3-0").await;
    let status = async |token: &str| api(&sandbox, token, "/location").await.0;
    let first = json!({ "app_instance_id": listing(&sandbox, "/connections").await[0]["app_instance_id"] });
    for (change, expected) in [("block", 401), ("unblock", 200), ("disconnect", 401)] {
        let changed = control(&sandbox, &format!("/connections/{change}"), first.clone()).await;
        assert_eq!(json_of(changed).await, json!({ "changed": 1 }), "{change}");
        assert_eq!((status(&token).await, status(&other).await), (expected, 200), "{change}");
    }
    let unknown = json!({ "app_instance_id": "nonsense" });
    let refused = post(&sandbox, "/control/connections/block").json(&unknown).send().await.expect("an answer");
    assert_eq!(refused.status(), 404);
}

#[tokio::test]
async fn the_secret_of_the_given_client_is_changed_while_the_former_stays_good() {
    let sandbox = start().await;
    let path = format!("/clients/{CLIENT_ID}/secret");
    let answer = json_of(control(&sandbox, &path, json!({})).await).await;
    assert_eq!(answer["previous_secret"], SECRET);
    let secret = text_of(&answer["secret"]);
    let status = async |secret: &str| {
        let request = post(&sandbox, "/oauth2/v1/token").basic_auth(CLIENT_ID, Some(secret)).form(&[("code", "none")]);
        request.send().await.expect("an answer").status().as_u16()
    };
    // 400 is about the code: the client is believed.
    assert_eq!((status(SECRET).await, status(&secret).await), (400, 400));
    let again = post(&sandbox, &format!("/control{path}")).send().await.expect("an answer");
    assert_eq!(again.status(), 409, "the former would be lost to whoever still uses it");
    let answer = json_of(control(&sandbox, &format!("{path}/retire"), json!({})).await).await;
    assert_eq!(answer, json!({ "secret": secret, "previous_secret": null }));
    assert_eq!((status(SECRET).await, status(&secret).await), (401, 400));
    control(&sandbox, "/reset", json!({})).await;
    assert_eq!((status(SECRET).await, status(&secret).await), (400, 401));
    let unknown = post(&sandbox, "/control/clients/nonsense/secret").send().await.expect("an answer");
    assert_eq!(unknown.status(), 404);
}

#[tokio::test]
async fn a_reset_goes_back_to_the_seed() {
    let sandbox = start().await;
    let defaults = listing(&sandbox, "/settings").await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    control(&sandbox, "/settings", json!({ "revoke_twice": "ok" })).await;
    control(&sandbox, "/accounts/3r4s3/suspend", json!({})).await;
    crate::connector::fault(&sandbox, "/v1/*", None, json!({ "kind": "drop" })).await;
    control(&sandbox, "/reset", json!({})).await;
    for list in ["/connections", "/faults", "/requests"] {
        assert_eq!(listing(&sandbox, list).await, json!([]), "{list}");
    }
    assert_eq!((&defaults["token_after_revoke"], &defaults["revoke_twice"]), (&json!("new"), &json!("not_found")));
    assert_eq!(listing(&sandbox, "/settings").await, defaults);
    assert_eq!(api(&sandbox, &token, "/location").await.0, 401);
    assert!(browser.visit("/").await.target().starts_with("/login"));
}

#[tokio::test]
async fn without_the_option_there_is_no_control_interface() {
    let sandbox = Sandbox::start(Options { control: false, ..options() }).await.expect("a sandbox");
    let connections = http().get(format!("{}/control/connections", sandbox.url())).send().await.expect("an answer");
    assert_eq!(connections.status(), 404);
}

#[tokio::test]
async fn the_control_interface_is_not_served_to_other_machines() {
    let everywhere = Options { host: "0.0.0.0".parse().expect("an address"), ..options() };
    let refusal = Sandbox::start(everywhere).await.expect_err("a refusal");
    assert!(refusal.to_string().contains("loopback"), "{refusal}");
}
