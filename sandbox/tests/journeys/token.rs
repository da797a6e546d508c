//! Exchanging a code, and what a second authorisation does to the first.

use serde_json::{Value, json};

use crate::browser::http;
use crate::connector::{
    CLIENT_ID, OTHER_ID, OTHER_SECRET, SCOPE, SECRET, code_by, code_for, connect, control, exchange, json_of, listing,
    post, start, text_of,
};

const LYON_A: [(&str, &str); 2] = [("catalog_id", "q7wd2"), ("customer_list_id", "m8rt4")];
const LYON_B: [(&str, &str); 2] = [("catalog_id", "h3kz9"), ("customer_list_id", "b2nv7")];

fn without_token(mut answer: Value) -> Value {
    let token = text_of(&answer["access_token"].take());
    assert!(token.len() == 64 && token.bytes().all(|byte| byte.is_ascii_hexdigit()));
    answer
}

#[tokio::test]
async fn a_code_becomes_a_token_with_the_names_of_what_was_granted() {
    let sandbox = start().await;
    let answer = connect(&sandbox, SCOPE, "3r4s3-0", &[]).await;
    let expected = json!({
        "access_token": null, "token_type": "Bearer",
        "account_id": "3r4s3", "location_id": "3r4s3-0", "catalog_id": "psmlf", "customer_list_id": "xab66",
        "account_name": "Bella Pizza", "location_name": "Paris",
        "catalog_name": "Carte Paris", "customer_list_name": "Clients Paris",
    });
    assert_eq!(without_token(answer), expected);
}

#[tokio::test]
async fn a_location_that_has_none_is_granted_without_catalog_and_list() {
    let sandbox = start().await;
    let answer = connect(&sandbox, SCOPE, "3r4s3-2", &[]).await;
    for field in ["catalog_id", "catalog_name", "customer_list_id", "customer_list_name"] {
        assert_eq!(answer.get(field), Some(&Value::Null), "{field}");
    }
    assert_eq!(answer["location_name"], "Nice");
}

#[tokio::test]
async fn a_scope_that_names_neither_is_granted_without_catalog_and_list() {
    let sandbox = start().await;
    let answer = connect(&sandbox, "location[orders.read]", "3r4s3-1", &[]).await;
    assert_eq!((&answer["catalog_id"], &answer["customer_list_id"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn an_account_grant_has_no_location_catalog_or_list() {
    let sandbox = start().await;
    let answer = connect(&sandbox, "account[orders.read,catalog.read]", "3r4s3", &[]).await;
    let expected = json!({
        "access_token": null, "token_type": "Bearer", "account_id": "3r4s3", "account_name": "Bella Pizza",
        "location_id": null, "catalog_id": null, "customer_list_id": null,
        "location_name": null, "catalog_name": null, "customer_list_name": null,
    });
    assert_eq!(without_token(answer), expected);
}

#[tokio::test]
async fn credentials_may_be_in_a_form_or_in_json_and_extra_fields_are_tolerated() {
    let sandbox = start().await;
    for is_json in [false, true] {
        let code = code_for(&sandbox, SCOPE, "3r4s3-0", &[]).await;
        let fields = json!({
            "client_id": CLIENT_ID, "client_secret": SECRET, "code": code,
            "grant_type": "authorization_code", "redirect_uri": "http://127.0.0.1:9/callback",
        });
        let request = post(&sandbox, "/oauth2/v1/token");
        let request = if is_json { request.json(&fields) } else { request.form(&fields) };
        let answer = json_of(request.send().await.expect("an answer")).await;
        assert_eq!(answer["location_id"], "3r4s3-0", "{answer}");
    }
    let kinds: Vec<Value> = listing(&sandbox, "/requests").await.as_array().expect("a list").clone();
    let kinds: Vec<&Value> =
        kinds.iter().filter(|call| call["path"] == "/oauth2/v1/token").map(|call| &call["authorization"]).collect();
    assert_eq!(kinds, ["form", "json"]);
}

#[tokio::test]
async fn a_code_is_good_for_one_exchange() {
    let sandbox = start().await;
    let code = code_for(&sandbox, SCOPE, "3r4s3-0", &[]).await;
    assert_eq!(exchange(&sandbox, &code).await.status(), 200);
    let again = exchange(&sandbox, &code).await;
    assert_eq!(again.status(), 400);
    let body = json_of(again).await;
    assert_eq!(body["error"], "invalid_grant");
    assert_eq!(body["error_description"], "the authorization code has already been used");
}

#[tokio::test]
async fn a_code_expires() {
    let sandbox = start().await;
    let code = code_for(&sandbox, SCOPE, "3r4s3-0", &[]).await;
    let expired = json_of(control(&sandbox, "/codes/expire", json!({})).await).await;
    assert_eq!(expired, json!({ "expired": 1 }));
    let answer = exchange(&sandbox, &code).await;
    assert_eq!(answer.status(), 400);
    assert_eq!(json_of(answer).await["error_description"], "the authorization code has expired");
    assert_eq!(listing(&sandbox, "/connections").await, json!([]));
}

#[tokio::test]
async fn a_missing_unknown_or_foreign_code_is_refused() {
    let sandbox = start().await;
    let foreign = code_by(&sandbox, OTHER_ID, SCOPE, "3r4s3-0", &[]).await;
    for code in ["", "00000000000000000000000000000000", &foreign] {
        let answer = exchange(&sandbox, code).await;
        assert_eq!(answer.status(), 400, "{code}");
    }
    let owner = post(&sandbox, "/oauth2/v1/token").basic_auth(OTHER_ID, Some(OTHER_SECRET)).form(&[("code", &foreign)]);
    assert_eq!(owner.send().await.expect("an answer").status(), 200, "the mistake of another did not use it up");
}

#[tokio::test]
async fn wrong_client_credentials_are_401_and_leave_the_code_alone() {
    let sandbox = start().await;
    let code = code_for(&sandbox, SCOPE, "3r4s3-0", &[]).await;
    let call = || post(&sandbox, "/oauth2/v1/token").form(&[("code", &code)]);
    for request in [
        call(),
        call().basic_auth(CLIENT_ID, Some("wrong")),
        call().basic_auth("unknown", Some(SECRET)),
        call().basic_auth(CLIENT_ID, Some(OTHER_SECRET)),
        call().bearer_auth(SECRET),
    ] {
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status(), 401);
        assert_eq!(json_of(answer).await["error"], "invalid_client");
    }
    assert_eq!(exchange(&sandbox, &code).await.status(), 200);
}

#[tokio::test]
async fn the_same_client_and_location_always_have_the_same_token() {
    let sandbox = start().await;
    let first = connect(&sandbox, SCOPE, "3r4s3-0", &[]).await;
    let again = connect(&sandbox, SCOPE, "3r4s3-0", &[]).await;
    let elsewhere = connect(&sandbox, SCOPE, "3r4s3-2", &[]).await;
    let account = connect(&sandbox, "account[orders.read]", "3r4s3", &[]).await;
    assert_eq!(first["access_token"], again["access_token"]);
    assert_ne!(first["access_token"], elsewhere["access_token"]);
    assert_ne!(first["access_token"], account["access_token"]);
    assert_eq!(listing(&sandbox, "/connections").await.as_array().map(Vec::len), Some(3));
}

#[tokio::test]
async fn another_client_has_a_token_of_its_own_for_the_same_location() {
    let sandbox = start().await;
    let first = connect(&sandbox, SCOPE, "3r4s3-0", &[]).await;
    let code = code_by(&sandbox, OTHER_ID, SCOPE, "3r4s3-0", &[]).await;
    let request = post(&sandbox, "/oauth2/v1/token").basic_auth(OTHER_ID, Some(OTHER_SECRET)).form(&[("code", code)]);
    let other = json_of(request.send().await.expect("an answer")).await;
    assert_ne!(first["access_token"], other["access_token"]);
}

#[tokio::test]
async fn authorising_again_with_another_catalog_and_list_replaces_them() {
    let sandbox = start().await;
    let first = connect(&sandbox, SCOPE, "3r4s3-1", &LYON_A).await;
    let second = connect(&sandbox, SCOPE, "3r4s3-1", &LYON_B).await;
    assert_eq!(first["access_token"], second["access_token"]);
    assert_eq!((&first["catalog_id"], &first["customer_list_id"]), (&json!("q7wd2"), &json!("m8rt4")));
    assert_eq!((&second["catalog_id"], &second["customer_list_id"]), (&json!("h3kz9"), &json!("b2nv7")));
    let token = text_of(&second["access_token"]);
    let status = |path: &str| {
        let request = http().get(format!("{}/v1{path}", sandbox.url())).header("X-Access-Token", &token);
        async { request.send().await.expect("an answer").status().as_u16() }
    };
    assert_eq!(status("/catalogs/h3kz9").await, 200);
    assert_eq!(status("/catalogs/q7wd2").await, 404, "access to the former catalog is lost");
    assert_eq!(status("/customer_lists/b2nv7").await, 200);
    assert_eq!(status("/customer_lists/m8rt4").await, 404, "access to the former list is lost");
}

#[tokio::test]
async fn an_authorisation_that_is_never_exchanged_changes_nothing() {
    let sandbox = start().await;
    connect(&sandbox, SCOPE, "3r4s3-1", &LYON_A).await;
    code_for(&sandbox, SCOPE, "3r4s3-1", &LYON_B).await;
    assert_eq!(listing(&sandbox, "/connections").await[0]["catalog_id"], "q7wd2");
}

#[tokio::test]
async fn a_post_without_a_body_may_have_all_in_its_address() {
    let sandbox = start().await;
    let code = code_for(&sandbox, SCOPE, "3r4s3-0", &[]).await;
    let query = format!(
        "code={code}&client_id={CLIENT_ID}&client_secret={SECRET}&grant_type=authorization_code&redirect_uri=http://127.0.0.1:9/"
    );
    let wrong = query.replace(SECRET, "wrong");
    let call = |query: &str| {
        let request = post(&sandbox, &format!("/oauth2/v1/token?{query}"));
        async { request.send().await.expect("an answer") }
    };
    assert_eq!(call(&wrong).await.status(), 401);
    let answer = call(&query).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(json_of(answer).await["location_id"], "3r4s3-0");
    assert_eq!(call(&query).await.status(), 400);
    let calls = listing(&sandbox, "/requests").await;
    let calls = calls.as_array().expect("a list");
    assert!(calls.iter().all(|call| call["path"] != "/oauth2/v1/token" || call["authorization"] == "query"));
    assert!(!calls.iter().any(|call| call.to_string().contains(SECRET)), "no secret is kept");
}

#[tokio::test]
async fn content_types_with_a_charset_or_none_do_not_matter() {
    let sandbox = start().await;
    for content_type in
        [None, Some("application/x-www-form-urlencoded; charset=utf-8"), Some("text/plain"), Some("nonsense"), Some("")]
    {
        let code = code_for(&sandbox, SCOPE, "3r4s3-0", &[]).await;
        let mut request = post(&sandbox, "/oauth2/v1/token").basic_auth(CLIENT_ID, Some(SECRET));
        if let Some(content_type) = content_type {
            request = request.header("Content-Type", content_type);
        }
        let answer = request.body(format!("code={code}")).send().await.expect("an answer");
        assert_eq!(answer.status(), 200, "{content_type:?}");
    }
    for content_type in ["application/json; charset=UTF-8", "APPLICATION/JSON", "text/json"] {
        let code = code_for(&sandbox, SCOPE, "3r4s3-0", &[]).await;
        let request = post(&sandbox, "/oauth2/v1/token").basic_auth(CLIENT_ID, Some(SECRET));
        let request = request.header("Content-Type", content_type).body(json!({ "code": code }).to_string());
        assert_eq!(request.send().await.expect("an answer").status(), 200, "{content_type}");
    }
}

#[tokio::test]
async fn a_body_that_makes_no_sense_is_refused_with_a_reason() {
    let sandbox = start().await;
    let call = |content_type: &'static str, body: Vec<u8>| {
        let request = post(&sandbox, "/oauth2/v1/token").basic_auth(CLIENT_ID, Some(SECRET));
        let request = request.header("Content-Type", content_type).body(body);
        async { request.send().await.expect("an answer") }
    };
    let form = "application/x-www-form-urlencoded";
    for (content_type, body, status) in [
        ("application/json", b"{".to_vec(), 400),
        ("application/json", b"[]".to_vec(), 400),
        ("application/json", b"{\"code\":\"\xff\"}".to_vec(), 400),
        ("application/json", b"{\"code\":42}".to_vec(), 400),
        (form, b"code=\xff\xfe%ff%zz".to_vec(), 400),
        (form, b"&&==&".to_vec(), 400),
        (form, vec![b'a'; 3 << 20], 413),
    ] {
        let answer = call(content_type, body).await;
        assert_eq!(answer.status(), status, "{content_type}");
        let answer = json_of(answer).await;
        assert!(answer["error"].is_string() && answer["error_description"].is_string(), "{answer}");
    }
}

#[tokio::test]
async fn a_bad_code_is_404_by_a_switch() {
    let sandbox = start().await;
    let code = code_for(&sandbox, SCOPE, "3r4s3-0", &[]).await;
    assert_eq!(exchange(&sandbox, &code).await.status(), 200);
    control(&sandbox, "/settings", json!({ "bad_code": "not_found" })).await;
    for bad in [code.as_str(), "00000000000000000000000000000000"] {
        let answer = exchange(&sandbox, bad).await;
        assert_eq!(answer.status(), 404);
        assert_eq!(json_of(answer).await["error"], "invalid_grant");
    }
}
