//! Connections with their health, and receipts, through the API.

use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    api::{call, key_of_bella, problem},
    harness::{
        BAKER_STREET, BAKER_STREET_AT_HUBRISE, LYON, MANAGER, NESTOR, PARIS, PARIS_AT_HUBRISE, TestApp, journey,
        narrow_journey,
    },
};

const UNKNOWN: &str = "018f0000-0000-7000-8000-000000000000";

async fn get(app: &TestApp, path: &str, key: &str) -> Value {
    let response = call(app, Method::GET, path, Some(key)).await;
    assert_eq!(response.status(), 200, "{path}");
    response.json().await.unwrap()
}

#[tokio::test]
async fn a_connection_is_told_with_its_health() {
    journey(async |app| {
        app.signed_in(MANAGER).await.connect(PARIS, PARIS_AT_HUBRISE).await;
        let (key, id) = (key_of_bella(app).await, app.connection("3r4s3-0").await);
        let connection = get(app, &format!("/connections/{id}"), &key).await;
        let wanted = json!({
            "id": id,
            "point_of_sale": { "id": app.point_of_sale(PARIS).await, "name": PARIS },
            "account": { "id": "3r4s3", "name": "Bella Pizza" },
            "location": { "id": "3r4s3-0", "name": "Paris" },
            "catalog": { "id": "psmlf", "name": "Carte Paris" },
            "catalog_gone_since": null,
            "customer_list": { "id": "xab66", "name": "Clients Paris" },
            "customer_list_gone_since": null,
            "connected_at": "2026-11-23T17:02:00Z",
            "health": {
                "status": "verified", "verified_at": "2026-11-23T17:02:00Z", "failed_since": null, "cause": null,
                "remedy": null, "unreachable_since": null, "unexpected_since": null, "no_orders_since": null,
                "checked_at": "2026-11-23T17:02:00Z",
            },
        });
        assert_eq!(connection, wanted);
        assert_eq!(get(app, "/connections", &key).await, json!({ "connections": [wanted] }));
    })
    .await;
}

#[tokio::test]
async fn a_check_tells_each_cause_and_what_helps() {
    let suspended = "The account/location has been suspended for non payment of the subscription";
    let revoked = "The access token is invalid or the connection has been revoked";
    let causes = [
        (suspended, "unpaid", "pay"),
        ("The connection has been blocked", "blocked", "unblock"),
        (revoked, "revoked", "reconnect"),
        ("Come back tomorrow", "unknown", "reconnect"),
    ];
    for (words, cause, remedy) in causes {
        narrow_journey(async |app| {
            app.signed_in(MANAGER).await.connect(PARIS, PARIS_AT_HUBRISE).await;
            let (key, id) = (key_of_bella(app).await, app.connection("3r4s3-0").await);
            let body = json!({ "message": words }).to_string();
            app.hubrise.lasting_fault("/v1/*", json!({ "kind": "status", "status": 401, "body": body })).await;
            app.advance(TimeDelta::minutes(1));
            let response = call(app, Method::POST, &format!("/connections/{id}/check"), Some(&key)).await;
            assert_eq!(response.status(), 200);
            let health = response.json::<Value>().await.unwrap()["health"].clone();
            let wanted = json!({
                "status": "failing", "verified_at": "2026-11-23T17:02:00Z", "failed_since": "2026-11-23T17:03:00Z",
                "cause": cause, "remedy": remedy, "unreachable_since": null, "unexpected_since": null,
                "no_orders_since": null, "checked_at": "2026-11-23T17:03:00Z",
            });
            assert_eq!(health, wanted);
            assert_eq!(get(app, &format!("/connections/{id}"), &key).await["health"], wanted);
        })
        .await;
    }
}

#[tokio::test]
async fn a_check_while_hubrise_is_down_and_one_afterwards_are_told_and_written_down() {
    journey(async |app| {
        app.signed_in(MANAGER).await.connect(PARIS, PARIS_AT_HUBRISE).await;
        let (key, id) = (key_of_bella(app).await, app.connection("3r4s3-0").await);
        let check = async |app: &TestApp| {
            let response = call(app, Method::POST, &format!("/connections/{id}/check"), Some(&key)).await;
            assert_eq!(response.status(), 200);
            response.json::<Value>().await.unwrap()["health"].clone()
        };
        app.hubrise.stop().await;
        app.advance(TimeDelta::minutes(1));
        let health = check(app).await;
        assert_eq!(health["status"], "unreachable", "{health}");
        assert_eq!(health["unreachable_since"], "2026-11-23T17:03:00Z");
        assert_eq!(health["cause"], Value::Null);
        app.hubrise.restart().await;
        app.advance(TimeDelta::minutes(1));
        let health = check(app).await;
        assert_eq!(health["status"], "verified", "{health}");
        assert_eq!(health["verified_at"], "2026-11-23T17:04:00Z");
        let entries: Vec<String> = sqlx::query_scalar(
            "select concat_ws(' | ', actor, actor_name, subject_name, connection_id, change_after->>'status')
             from history_entry where action = 'checked' order by id",
        )
        .fetch_all(app.db())
        .await
        .unwrap();
        let entry = |status| format!("api | back office | Paris République | {id} | {status}");
        assert_eq!(entries, [entry("unreachable"), entry("verified")]);
    })
    .await;
}

#[tokio::test]
async fn a_receipt_tells_each_step_with_its_outcome_and_time() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        manager.connect(PARIS, PARIS_AT_HUBRISE).await;
        let (key, connection) = (key_of_bella(app).await, app.connection("3r4s3-0").await);
        app.hubrise.lasting_fault("/oauth2/v1/revoke", json!({ "kind": "status", "status": 503 })).await;
        let page = manager.disconnect(PARIS).await;
        let id = page.url.path().rsplit('/').next().unwrap().to_owned();
        let receipt = get(app, &format!("/receipts/{id}"), &key).await;
        let before = "2026-11-23T17:02:00Z";
        let wanted = json!({
            "id": id,
            "point_of_sale": { "id": app.point_of_sale(PARIS).await, "name": PARIS, "deleted": false },
            "connection_id": connection,
            "disconnected_at": before,
            "requested_by": { "name": MANAGER, "support": false },
            "reason": null,
            "hubrise": {
                "account": "Bella Pizza - 3r4s3", "location": "Paris - 3r4s3-0", "catalog": "Carte Paris - psmlf",
                "customer_list": "Clients Paris - xab66",
            },
            "callback": { "status": "removed", "at": before },
            "revocation": { "status": "pending", "at": null, "token_purged_at": null },
            "purge": { "status": "pending", "at": null },
        });
        assert_eq!(receipt, wanted);
        app.hubrise.clear_faults().await;
        app.advance(TimeDelta::minutes(1));
        app.run_jobs().await;
        let receipt = get(app, &format!("/receipts/{id}"), &key).await;
        let after = "2026-11-23T17:03:00Z";
        assert_eq!(receipt["callback"], json!({ "status": "removed", "at": before }));
        assert_eq!(receipt["revocation"], json!({ "status": "confirmed", "at": after, "token_purged_at": after }));
        assert_eq!(receipt["purge"], json!({ "status": "purged", "at": after }));
    })
    .await;
}

#[tokio::test]
async fn a_receipt_of_what_was_not_connected_and_one_of_a_kept_token_say_so() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        let key = key_of_bella(app).await;
        manager.connect(PARIS, PARIS_AT_HUBRISE).await;
        let refused = json!({ "kind": "status", "status": 503 });
        app.hubrise.control("faults", json!({ "method": "DELETE", "path": "/v1/callback", "action": refused })).await;
        manager.delete(PARIS).await;
        manager.connect(LYON, PARIS_AT_HUBRISE).await;
        let receipts = get(app, "/receipts", &key).await["receipts"].clone();
        assert_eq!(receipts[0]["callback"], json!({ "status": "kept", "at": null }));
        assert_eq!(receipts[0]["revocation"]["status"], "superseded");
        assert_eq!(receipts[0]["purge"], json!({ "status": "kept", "at": null }));
        app.hubrise.clear_faults().await;
        manager.disconnect(LYON).await;
        manager.delete(LYON).await;
        let receipts = get(app, "/receipts", &key).await["receipts"].clone();
        assert_eq!(receipts[0]["connection_id"], Value::Null);
        for step in ["callback", "revocation", "purge"] {
            assert_eq!(receipts[0][step]["status"], "not_needed", "{step}");
        }
    })
    .await;
}

#[tokio::test]
async fn receipts_are_told_in_parts_the_newest_first() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        let key = key_of_bella(app).await;
        assert_eq!(get(app, "/receipts", &key).await, json!({ "receipts": [], "next": null }));
        manager.delete(LYON).await;
        manager.delete(PARIS).await;
        let names = |part: &Value| -> Vec<Value> {
            part["receipts"].as_array().unwrap().iter().map(|found| found["point_of_sale"]["name"].clone()).collect()
        };
        let part = get(app, "/receipts?limit=1", &key).await;
        assert_eq!(names(&part), [PARIS]);
        let part = get(app, &format!("/receipts?limit=1&before={}", part["next"].as_str().unwrap()), &key).await;
        assert_eq!((names(&part), &part["next"]), (vec![json!(LYON)], &Value::Null));
        assert_eq!(names(&get(app, "/receipts", &key).await), [PARIS, LYON]);
        for wrong in ["limit=0", "limit=201", "limit=x", "before=x", "limit=-1"] {
            problem(call(app, Method::GET, &format!("/receipts?{wrong}"), Some(&key)).await, 400).await;
        }
    })
    .await;
}

#[tokio::test]
async fn without_a_key_nothing_is_told_and_another_organisation_s_things_do_not_exist() {
    journey(async |app| {
        let mut nestor = app.signed_in(NESTOR).await;
        nestor.connect(BAKER_STREET, BAKER_STREET_AT_HUBRISE).await;
        let connection = app.connection("z6q31-0").await;
        let key = key_of_bella(app).await;
        let checked = "select count(*) from connection where checked_at > connected_at";
        let routes = |connection: &str, receipt: &str| {
            [
                (Method::GET, format!("/connections/{connection}")),
                (Method::POST, format!("/connections/{connection}/check")),
                (Method::GET, format!("/receipts/{receipt}")),
            ]
        };
        for (method, path) in [(Method::GET, "/connections"), (Method::GET, "/receipts")] {
            problem(call(app, method.clone(), path, None).await, 401).await;
            let mine = get(app, path, &key).await;
            assert_eq!(mine[&path[1..]], json!([]), "{path} tells of others");
        }
        app.advance(TimeDelta::minutes(1));
        let calls = app.hubrise.calls().await.len();
        for id in [&*connection, UNKNOWN, "nonsense"] {
            for (method, path) in routes(id, UNKNOWN) {
                problem(call(app, method.clone(), &path, None).await, 401).await;
                problem(call(app, method, &path, Some(&key)).await, 404).await;
            }
        }
        assert_eq!(app.hubrise.calls().await.len(), calls, "HubRise was asked for somebody else's connection");
        assert_eq!(app.count(checked).await, 0);
        let receipt = nestor.disconnect(BAKER_STREET).await.url.path().to_owned();
        problem(call(app, Method::GET, &receipt, Some(&key)).await, 404).await;
        problem(call(app, Method::GET, &format!("/connections/{connection}/check"), Some(&key)).await, 405).await;
    })
    .await;
}
