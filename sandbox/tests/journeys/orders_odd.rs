//! Orders with something odd in every place there is: answered, never fallen over.

use reqwest::Method;
use serde_json::{Value, json};

use crate::browser::http;
use crate::connector::{api, control, json_of, start, text_of};
use crate::orders::{documented_order, orders_token};

/// JSON pointers to everything in a value.
fn places(value: &Value, at: &str) -> Vec<String> {
    let inner = |(name, inner): (String, &Value)| places(inner, &format!("{at}/{name}"));
    let mut all = match value {
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), value)).flat_map(inner).collect(),
        Value::Array(values) => {
            values.iter().enumerate().map(|(index, value)| (index.to_string(), value)).flat_map(inner).collect()
        }
        _ => Vec::new(),
    };
    all.push(at.to_owned());
    all
}

fn odd_values() -> Vec<Value> {
    vec![
        Value::Null,
        json!(true),
        json!(-1.5),
        json!(u64::MAX),
        json!(1e300),
        json!(""),
        json!("\u{0}é\u{1f355}"),
        json!("-999999999.99 EUR"),
        json!("999999999"),
        json!("9999-12-31T23:59:59-23:59"),
        json!("0001-01-01T00:00:00+23:59"),
        json!("x".repeat(1_000)),
        json!([]),
        json!([null]),
        json!({}),
        json!({ "": null }),
    ]
}

#[tokio::test]
async fn whatever_is_odd_in_an_order_is_kept_or_refused() {
    let sandbox = start().await;
    control(&sandbox, "/settings", json!({ "limits": false })).await;
    let token = orders_token(&sandbox, "3r4s3-0").await;
    // One client for all: making a thousand of them takes longer than all the rest.
    let client = http();
    let send = async |method: Method, path: String, body: &Value| {
        let request = client.request(method, format!("{}/v1/location/orders{path}", sandbox.url()));
        let response = request.header("X-Access-Token", &token).json(body).send().await.expect("an answer");
        (response.status().as_u16(), json_of(response).await)
    };
    for place in places(&documented_order(), "") {
        for odd in odd_values() {
            let mut body = documented_order();
            *body.pointer_mut(&place).expect("a place") = odd;
            let (status, answer) = send(Method::POST, String::new(), &body).await;
            assert!([200, 422].contains(&status), "creating with {place}: {status} {answer}");
            if status == 200 {
                let (status, answer) = send(Method::PATCH, format!("/{}", text_of(&answer["id"])), &body).await;
                assert!([200, 422].contains(&status), "updating with {place}: {status} {answer}");
            }
        }
    }
    let (status, listed) = api(&sandbox, &token, "/location/orders").await;
    assert_eq!((status, listed.as_array().map(Vec::len)), (200, Some(100)));
}
