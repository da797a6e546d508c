//! Attacks by what a request brings: more than it says, more than fits, deeper than anything of ours.

use chrono::TimeDelta;

use super::wire::Wire;
use crate::{
    api::key_of_bella,
    harness::{
        FRENCH, MANAGER, PARIS, PARIS_AT_HUBRISE, PASSWORD, TestApp,
        events::{SIGNATURE, event, sign},
        http_client, journey,
    },
};

const LOCATION: &str = "3r4s3-0";
const LIMIT: usize = 64 * 1024;

fn head(app: &TestApp, path: &str, headers: &str) -> String {
    let host = app.public().authority();
    let form = "Content-Type: application/x-www-form-urlencoded";
    format!("POST {path} HTTP/1.1\r\nHost: {host}\r\n{form}\r\n{headers}\r\n\r\n")
}

#[tokio::test]
async fn a_body_larger_than_any_form_is_refused_before_it_is_read() {
    journey(async |app| {
        for path in ["/login", "/services/hubrise/connect", "/api/v1/connections", "/hubrise_callback/disconnect"] {
            for length in ["65537", "9223372036854775807"] {
                let mut wire = Wire::of(app).await;
                wire.send(head(app, path, &format!("Content-Length: {length}\r\nExpect: 100-continue"))).await;
                assert_eq!(wire.status().await, 413, "{path}: not a byte of it was to be sent");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_body_that_does_not_tell_its_size_is_read_to_the_limit_and_no_further() {
    journey(async |app| {
        let chunk = format!("1000\r\n{}\r\n", "a".repeat(0x1000));
        for path in ["/login", "/api/v1/connections", "/nowhere"] {
            let mut wire = Wire::of(app).await;
            wire.send(head(app, path, "Transfer-Encoding: chunked")).await;
            let mut chunks = 0;
            while chunks < 10_000 && wire.send(&chunk).await {
                chunks += 1;
            }
            assert!(chunks < 10_000, "40 megabytes were taken by {path}");
            assert!(matches!(wire.status().await, 0 | 413), "{path}");
        }
        let mut wire = Wire::of(app).await;
        wire.send(head(app, "/login", "Transfer-Encoding: chunked")).await;
        wire.send(chunk.repeat(LIMIT / 0x1000 + 1)).await;
        let answer = wire.answer().await.unwrap();
        assert_eq!(answer.status, 413);
        assert!(answer.body.contains("C’est trop volumineux"), "{}", answer.body);
    })
    .await;
}

#[tokio::test]
async fn a_compressed_body_is_not_inflated() {
    // What inflated it would find a good form in it.
    let form = format!("email={MANAGER}&password={PASSWORD}");
    let length = u16::try_from(form.len()).unwrap();
    let mut gzip = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1];
    gzip.extend(length.to_le_bytes().iter().chain(&(!length).to_le_bytes()));
    gzip.extend(form.as_bytes());
    journey(async |app| {
        let post = |path: &str, body: Vec<u8>| {
            let request = http_client().post(app.listening().join(path).unwrap());
            request.header("content-type", "application/x-www-form-urlencoded").body(body)
        };
        let plain = post("/login", form.clone().into_bytes()).send().await.unwrap();
        assert_eq!(plain.status(), 303);
        for encoding in ["gzip", "deflate", "br", "gzip, gzip"] {
            let answer = post("/login", gzip.clone()).header("content-encoding", encoding).send().await.unwrap();
            assert_eq!(answer.status(), 400, "{encoding}: a form was found in it");
        }
    })
    .await;
}

#[tokio::test]
async fn json_of_any_depth_is_kept_or_ignored_and_breaks_nothing() {
    journey(async |app| {
        app.signed_in(MANAGER).await.connect(PARIS, PARIS_AT_HUBRISE).await;
        let depth = 30_000;
        let deep = ["[".repeat(depth), "]".repeat(depth)].concat();
        let within = format!("{{\"id\":\"deep\",\"resource_type\":\"location\",\"new_state\":{deep}}}");
        for body in [deep.clone(), "{\"a\":".repeat(depth), within] {
            assert_eq!(app.send_good(LOCATION, body).await, 200);
        }
        assert_eq!(app.count("select count(*) from hubrise_event").await, 3);
        app.run_jobs().await;
        app.advance(TimeDelta::minutes(1));
        let address = app.listening().join("/hubrise_callback/disconnect").unwrap();
        let announced = http_client().post(address).body(deep.clone()).send().await.unwrap();
        assert_eq!(announced.status(), 200);
        let (key, id) = (key_of_bella(app).await, app.connection(LOCATION).await);
        let address = app.listening().join(&format!("/api/v1/connections/{id}/check")).unwrap();
        let checked = http_client().post(address).bearer_auth(key).body(deep).send().await.unwrap();
        assert_eq!(checked.status(), 200);
    })
    .await;
}

#[tokio::test]
async fn thousands_of_fields_and_parameters_are_read_once_and_answered() {
    journey(async |app| {
        let mut browser = app.browser();
        browser.open("/login").await;
        let many: Vec<(String, String)> = (0..5000).map(|field| (format!("f{field}"), "1".to_owned())).collect();
        let mut fields: Vec<(&str, &str)> = many.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        fields.extend([("email", MANAGER), ("password", "a-wrong-guess")]);
        browser.post("/login", &fields).await.assert_status(401);
        // The same field twice means nothing.
        browser
            .post("/login", &[("email", MANAGER), ("email", MANAGER), ("password", PASSWORD)])
            .await
            .assert_status(400);
        let query = "app_instance_id=x&".repeat(400);
        for path in ["/login", "/hubrise_open", "/hubrise_oauth/login_callback", "/hubrise_oauth/connect_callback"] {
            let status = browser.peek(&format!("{path}?{query}")).await.status;
            assert!(!status.is_server_error(), "{path}: {status}");
        }
        let mut manager = app.signed_in(MANAGER).await;
        for path in ["/history", "/history.csv", "/services"] {
            let status = manager.peek(&format!("{path}?{}", "from=%ff&q=%00&".repeat(400))).await.status;
            assert!(!status.is_server_error(), "{path}: {status}");
        }
        manager.open("/").await.assert_shows(&[FRENCH.services]);
    })
    .await;
}

#[tokio::test]
async fn an_event_cannot_say_that_it_is_smaller_than_it_is() {
    journey(async |app| {
        app.signed_in(MANAGER).await.connect(PARIS, PARIS_AT_HUBRISE).await;
        let (key, body) = (app.callback_key(LOCATION).await, event("a", "order", LOCATION));
        let mut wire = Wire::of(app).await;
        let headers = format!("{SIGNATURE}: {}\r\nContent-Length: {}", sign(&body), body.len() - 1);
        let head = head(app, &format!("/hubrise_callback/event?key={key}"), &headers);
        wire.send(format!("{head}{body}")).await;
        assert_eq!(wire.status().await, 503, "what arrived is not what was signed");
        assert!(matches!(wire.status().await, 0 | 400), "the rest is no request");
        assert_eq!(app.count("select count(*) from hubrise_event").await, 0);
    })
    .await;
}
