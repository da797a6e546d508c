//! Lists that come in pages, and requests that have to say another method than they are sent with.

use hubrise_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::browser::http;
use crate::connector::{api, control, json_of, page, post, send, start, text_of, token_for};

const CUSTOMERS: &str = "/customer_lists/xab66/customers";

/// The names on a page, and the cursor of the next one.
async fn names(sandbox: &Sandbox, token: &str, path: &str) -> (Vec<String>, Option<String>) {
    let (items, next) = page(sandbox, token, path).await;
    (items.iter().map(|item| text_of(&item["first_name"])).collect(), next)
}

async fn create(sandbox: &Sandbox, token: &str, names: impl Iterator<Item = String>) {
    for name in names {
        let (status, body) = send(sandbox, token, "POST", CUSTOMERS, json!({ "first_name": name })).await;
        assert_eq!(status, 200, "{body}");
    }
}

#[tokio::test]
async fn a_list_comes_in_pages_until_there_is_no_cursor() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    create(&sandbox, &token, ["A", "B", "C", "D", "E"].into_iter().map(str::to_owned)).await;
    let (first, cursor) = names(&sandbox, &token, &format!("{CUSTOMERS}?count=2")).await;
    let cursor = cursor.expect("a cursor");
    create(&sandbox, &token, std::iter::once("F".to_owned())).await;
    let (second, next) = names(&sandbox, &token, &format!("{CUSTOMERS}?count=2&cursor={cursor}")).await;
    let (third, last) = names(&sandbox, &token, &format!("{CUSTOMERS}?cursor={}", next.expect("a cursor"))).await;
    assert_eq!([first, second, third].concat(), ["A", "B", "C", "D", "E", "F"], "no one twice, and no one left out");
    assert_eq!(last, None);
    let (all, none) = names(&sandbox, &token, &format!("{CUSTOMERS}?count=6")).await;
    assert_eq!((all.len(), none), (6, None), "a full page may be the last");
}

#[tokio::test]
async fn a_page_has_at_most_100_items() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    create(&sandbox, &token, (0..101).map(|number| number.to_string())).await;
    for query in ["", "?count=100", "?count=1000", "?count="] {
        let (names, next) = names(&sandbox, &token, &format!("{CUSTOMERS}{query}")).await;
        assert_eq!((names.len(), next.is_some()), (100, true), "{query}");
    }
}

#[tokio::test]
async fn a_cursor_leads_on_when_its_customer_is_no_longer_looked_for() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    for name in ["A", "B", "C"] {
        let form = json!({ "first_name": name, "email": format!("{name}@mail.example") });
        assert_eq!(send(&sandbox, &token, "POST", CUSTOMERS, form).await.0, 200);
    }
    let cursor = names(&sandbox, &token, &format!("{CUSTOMERS}?email=*@mail.example&count=1")).await.1;
    let cursor = cursor.expect("a cursor");
    let second = format!("{CUSTOMERS}/{cursor}");
    assert_eq!(send(&sandbox, &token, "PATCH", &second, json!({ "email": "b@elsewhere.example" })).await.0, 200);
    let rest = names(&sandbox, &token, &format!("{CUSTOMERS}?email=*@mail.example&cursor={cursor}")).await;
    assert_eq!(rest, (vec!["C".to_owned()], None));
}

#[tokio::test]
async fn a_count_or_a_cursor_that_makes_no_sense_is_422() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    control(&sandbox, "/settings", json!({ "limits": false })).await;
    for path in ["/location/catalogs", "/location/customer_lists", CUSTOMERS] {
        for (query, field) in
            [("count=0", "count"), ("count=-1", "count"), ("count=two", "count"), ("cursor=x", "cursor")]
        {
            let (status, body) = api(&sandbox, &token, &format!("{path}?{query}")).await;
            assert_eq!((status, &body["errors"][0]["field"]), (422, &json!(field)), "{path}?{query}");
        }
    }
}

#[tokio::test]
async fn a_post_may_say_that_it_is_another_method_and_a_get_may_not() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    for (minutes, method) in [(31, "PATCH"), (32, "put")] {
        let request = post(&sandbox, "/v1/location").header("X-Access-Token", &token);
        let request = request.header("X-Http-Method-Override", method).json(&json!({ "preparation_time": minutes }));
        let response = request.send().await.expect("an answer");
        assert_eq!(response.status(), 200);
        assert_eq!(json_of(response).await["preparation_time"], minutes);
    }
    let request = http().get(format!("{}/v1/location", sandbox.url())).header("X-Access-Token", &token);
    let request = request.header("X-Http-Method-Override", "PATCH").json(&json!({ "preparation_time": 33 }));
    assert_eq!(request.send().await.expect("an answer").status(), 200);
    assert_eq!(api(&sandbox, &token, "/location").await.1["preparation_time"], 32);
}

#[tokio::test]
async fn a_body_that_is_not_json_is_400_and_another_kind_of_body_415() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    for (media_type, body, status, error_type) in [
        ("application/json", "{\"preparation_time\": ", 400, "unprocessable_entity"),
        ("application/json", "", 400, "unprocessable_entity"),
        ("application/json", "[]", 422, "unprocessable_entity"),
        ("text/xml", "<minutes>5</minutes>", 415, "unsupported_media_type"),
        ("application/x-www-form-urlencoded", "preparation_time=5", 415, "unsupported_media_type"),
    ] {
        let request = http().patch(format!("{}/v1/location", sandbox.url())).header("X-Access-Token", &token);
        let response = request.header("Content-Type", media_type).body(body).send().await.expect("an answer");
        assert_eq!(response.status(), status, "{body}");
        let answer: Value = json_of(response).await;
        assert_eq!(answer["error_type"], error_type, "{body}");
        assert!(answer["message"].is_string(), "{body}");
    }
    assert_eq!(api(&sandbox, &token, "/location").await.1["preparation_time"], 20);
}
