//! The API for TicknCook's back office: a bearer key does what a manager's **Confirmer** does.

use reqwest::{Method, Response};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use tickncook_hubrise::api::keys::add_key;

use crate::harness::{
    BAKER_STREET, LYON, MANAGER, PARIS, PARIS_AT_HUBRISE, TestApp, http_client, journey, leftovers, logs,
};

pub(crate) async fn key_of_bella(app: &TestApp) -> String {
    let id: sqlx::types::Uuid =
        sqlx::query_scalar("select id from organisation where name = 'Bella Pizza'").fetch_one(app.db()).await.unwrap();
    add_key(&app.app, id.into(), "back office", None).await.unwrap().expose_secret().to_owned()
}

pub(crate) async fn call(app: &TestApp, method: Method, path: &str, key: Option<&str>) -> Response {
    let mut request = http_client().request(method, app.listening().join(&format!("/api/v1{path}")).unwrap());
    if let Some(key) = key {
        request = request.header("authorization", format!("Bearer {key}"));
    }
    request.send().await.unwrap()
}

pub(crate) async fn problem(response: Response, status: u16) -> Value {
    assert_eq!(response.status(), status);
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    let request_id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
    let problem: Value = response.json().await.unwrap();
    assert_eq!(problem["status"], status);
    assert_eq!(problem["request_id"], request_id);
    for field in ["type", "title", "detail"] {
        assert!(problem[field].as_str().is_some_and(|text| !text.is_empty()), "{field}: {problem}");
    }
    problem
}

#[tokio::test]
async fn a_key_lists_its_organisation_s_points_of_sale() {
    journey(async |app| {
        app.signed_in(MANAGER).await.connect(PARIS, PARIS_AT_HUBRISE).await;
        let key = key_of_bella(app).await;
        let list: Value = call(app, Method::GET, "/points-of-sale", Some(&key)).await.json().await.unwrap();
        let points_of_sale = &list["points_of_sale"];
        assert_eq!(points_of_sale.as_array().unwrap().len(), 2, "{list}");
        assert_eq!(points_of_sale[0]["name"], LYON);
        assert_eq!(points_of_sale[0]["connection"], Value::Null);
        assert_eq!(points_of_sale[1]["name"], PARIS);
        let connection = &points_of_sale[1]["connection"];
        assert_eq!(connection["location"], json!({ "id": "3r4s3-0", "name": "Paris" }));
        assert_eq!(connection["account"], json!({ "id": "3r4s3", "name": "Bella Pizza" }));
        assert_eq!(connection["catalog"], json!({ "id": "psmlf", "name": "Carte Paris" }));
        assert_eq!(connection["verified_at"], "2026-11-23T17:02:00Z");
    })
    .await;
}

#[tokio::test]
async fn a_key_deletes_a_point_of_sale_as_confirming_does() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        manager.connect(PARIS, PARIS_AT_HUBRISE).await;
        let (key, id) = (key_of_bella(app).await, app.point_of_sale(PARIS).await);
        let response = call(app, Method::DELETE, &format!("/points-of-sale/{id}"), Some(&key)).await;
        assert_eq!(response.status(), 200);
        let receipt: Value = response.json().await.unwrap();
        assert_eq!(receipt["point_of_sale"], json!({ "id": id, "name": PARIS, "deleted": true }));
        assert_eq!(receipt["disconnected_at"], "2026-11-23T17:02:00Z");
        assert_eq!(receipt["hubrise"]["location"], "Paris - 3r4s3-0");
        let confirmed = json!({
            "status": "confirmed", "at": "2026-11-23T17:02:00Z", "token_purged_at": "2026-11-23T17:02:00Z",
        });
        assert_eq!(receipt["revocation"], confirmed);
        assert_eq!(receipt["callback"], json!({ "status": "removed", "at": "2026-11-23T17:02:00Z" }));
        assert_eq!(receipt["requested_by"], json!({ "name": "back office", "support": false }));
        assert_eq!(app.hubrise.answers_to_token_of("3r4s3-0").await, 401);
        manager.open("/points-of-sale").await.assert_hides(&[PARIS]);
        let page = manager.open(&format!("/receipts/{}", receipt["id"].as_str().unwrap())).await;
        page.assert_shows(&["« Paris République » est supprimé", "Demandé par back office"]);
        // Asked again, as after an answer that got lost, it tells the same.
        let again = call(app, Method::DELETE, &format!("/points-of-sale/{id}"), Some(&key)).await;
        assert_eq!(again.json::<Value>().await.unwrap(), receipt);
        assert_eq!(app.hubrise.revocations().await, 1);
    })
    .await;
}

#[tokio::test]
async fn while_hubrise_is_down_the_receipt_is_pending() {
    journey(async |app| {
        app.signed_in(MANAGER).await.connect(PARIS, PARIS_AT_HUBRISE).await;
        let (key, id) = (key_of_bella(app).await, app.point_of_sale(PARIS).await);
        app.hubrise.stop().await;
        let response = call(app, Method::DELETE, &format!("/points-of-sale/{id}"), Some(&key)).await;
        assert_eq!(response.status(), 200);
        let receipt: Value = response.json().await.unwrap();
        assert_eq!(receipt["revocation"], json!({ "status": "pending", "at": null, "token_purged_at": null }));
        app.hubrise.restart().await;
        app.run_jobs().await;
        assert_eq!(app.hubrise.answers_to_token_of("3r4s3-0").await, 401);
    })
    .await;
}

#[tokio::test]
async fn deleting_what_is_not_connected_needs_no_revocation() {
    journey(async |app| {
        let (key, id) = (key_of_bella(app).await, app.point_of_sale(LYON).await);
        let response = call(app, Method::DELETE, &format!("/points-of-sale/{id}"), Some(&key)).await;
        let receipt: Value = response.json().await.unwrap();
        assert_eq!(receipt["revocation"]["status"], "not_needed");
        assert_eq!(receipt["hubrise"], Value::Null);
    })
    .await;
}

#[tokio::test]
async fn errors_are_problem_documents() {
    journey(async |app| {
        let key = key_of_bella(app).await;
        for wrong in [None, Some("wrong"), Some(""), Some(&key[1..]), Some(&*format!("{key}x"))] {
            let response = call(app, Method::GET, "/points-of-sale", wrong).await;
            assert!(response.headers()["www-authenticate"].to_str().unwrap().starts_with("Bearer"), "{wrong:?}");
            problem(response, 401).await;
        }
        let foreign = app.point_of_sale(BAKER_STREET).await;
        let unknown = "018f0000-0000-7000-8000-000000000000";
        let mut answers = Vec::new();
        for id in [&*foreign, unknown, "nonsense"] {
            let path = format!("/points-of-sale/{id}");
            let mut answer = problem(call(app, Method::DELETE, &path, Some(&key)).await, 404).await;
            answer["request_id"] = Value::Null;
            answers.push(answer);
        }
        assert_eq!(answers[0], answers[1]);
        assert_eq!(answers[0], answers[2]);
        assert_eq!(app.count("select count(*) from point_of_sale").await, 3);
        problem(call(app, Method::GET, "/no-such-thing", Some(&key)).await, 404).await;
        problem(call(app, Method::POST, "/points-of-sale", Some(&key)).await, 405).await;
        problem(call(app, Method::PUT, &format!("/points-of-sale/{unknown}"), Some(&key)).await, 405).await;
    })
    .await;
}

#[tokio::test]
async fn a_browser_s_session_is_no_key_and_a_key_no_session() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        manager.peek("/api/v1/points-of-sale").await.assert_status(401);
        let key = key_of_bella(app).await;
        let request = http_client().get(app.listening().join("/points-of-sale").unwrap());
        let response = request.header("authorization", format!("Bearer {key}")).send().await.unwrap();
        assert_eq!(response.status(), 303);
    })
    .await;
}

#[tokio::test]
async fn a_key_is_stored_as_a_hash_and_never_logged() {
    journey(async |app| {
        let key = key_of_bella(app).await;
        assert_eq!(call(app, Method::GET, "/points-of-sale", Some(&key)).await.status(), 200);
        assert!(key.len() >= 43, "256 bits");
        assert_eq!(leftovers::tables_containing(app.db(), &key).await, Vec::<String>::new());
        assert!(logs::containing(&key).is_empty());
    })
    .await;
}

#[tokio::test]
async fn the_interface_describes_itself() {
    journey(async |app| {
        let document: Value = call(app, Method::GET, "/openapi.json", None).await.json().await.unwrap();
        assert!(document["openapi"].as_str().unwrap().starts_with("3.1"), "{}", document["openapi"]);
        let paths = document["paths"].as_object().unwrap();
        for path in [
            "/points-of-sale",
            "/points-of-sale/{id}",
            "/connections",
            "/connections/{id}",
            "/connections/{id}/check",
            "/receipts",
            "/receipts/{id}",
            "/history",
        ] {
            assert!(paths.contains_key(path), "{path} is not described");
        }
        assert!(document["paths"]["/points-of-sale/{id}"]["delete"]["responses"]["404"].is_object());
        assert!(document["components"]["securitySchemes"].as_object().is_some_and(|schemes| !schemes.is_empty()));
    })
    .await;
}
