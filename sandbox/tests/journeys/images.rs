//! Images of catalogs.

use hubrise_sandbox::Sandbox;
use reqwest::Response;
use serde_json::{Value, json};

use crate::browser::http;
use crate::connector::{api, connect, json_of, send, start, text_of, token_for};

/// Not text, on purpose.
const BYTES: &[u8] = &[0x89, b'P', b'N', b'G', 0, 255, 13, 10];

async fn upload(sandbox: &Sandbox, token: &str, media_type: &str, bytes: &[u8]) -> (u16, Value) {
    let request = http().post(format!("{}/v1/catalogs/psmlf/images", sandbox.url())).header("X-Access-Token", token);
    let request = request.header("Content-Type", media_type).body(bytes.to_vec());
    let response = request.send().await.expect("an answer");
    (response.status().as_u16(), json_of(response).await)
}

async fn writer(sandbox: &Sandbox) -> String {
    text_of(&connect(sandbox, "location[catalog.write]", "3r4s3-0", &[]).await["access_token"])
}

async fn read_data(sandbox: &Sandbox, token: &str, id: &str) -> Response {
    let address = format!("{}/v1/catalogs/psmlf/images/{id}/data", sandbox.url());
    http().get(address).header("X-Access-Token", token).send().await.expect("an answer")
}

#[tokio::test]
async fn an_image_comes_back_byte_for_byte() {
    let sandbox = start().await;
    let token = writer(&sandbox).await;
    let (status, image) = upload(&sandbox, &token, "image/png", BYTES).await;
    assert_eq!((status, &image["type"], &image["size"]), (200, &json!("image/png"), &json!(8)));
    assert_eq!(image["md5"], "2e2cdd81941a703d42912a7445892b4e");
    assert!(image["seconds_before_removal"].as_u64().is_some_and(|left| left > 2_500_000));
    let id = text_of(&image["id"]);
    let shown = api(&sandbox, &token, &format!("/catalogs/psmlf/images/{id}")).await;
    assert_eq!((shown.0, &shown.1["md5"]), (200, &image["md5"]));
    let data = read_data(&sandbox, &token, &id).await;
    assert_eq!(data.headers()["content-type"], "image/png");
    assert_eq!(data.bytes().await.expect("bytes"), BYTES);
    assert_eq!(api(&sandbox, &token, "/catalogs/psmlf/images").await.1[0]["id"], image["id"]);
}

#[tokio::test]
async fn an_image_that_a_product_shows_is_not_removed() {
    let sandbox = start().await;
    let token = writer(&sandbox).await;
    let id = upload(&sandbox, &token, "image/webp", BYTES).await.1["id"].clone();
    let product = json!({ "name": "Regina", "image_ids": [id], "skus": [{ "price": "1.00 EUR" }] });
    send(&sandbox, &token, "PUT", "/catalogs/psmlf", json!({ "data": { "products": [product] } })).await;
    let image = api(&sandbox, &token, "/catalogs/psmlf/images").await.1[0].clone();
    assert_eq!((&image["id"], &image["seconds_before_removal"]), (&id, &Value::Null));
}

#[tokio::test]
async fn what_is_no_image_of_a_known_kind_and_size_is_refused() {
    let sandbox = start().await;
    let token = writer(&sandbox).await;
    for (media_type, bytes, status, error_type) in [
        ("image/svg+xml", BYTES.to_vec(), 415, "unsupported_media_type"),
        ("application/json", BYTES.to_vec(), 415, "unsupported_media_type"),
        ("image/gif", Vec::new(), 422, "unprocessable_entity"),
        ("image/bmp", vec![0; (1 << 20) + 1], 422, "unprocessable_entity"),
    ] {
        let (answered, body) = upload(&sandbox, &token, media_type, &bytes).await;
        assert_eq!((answered, &body["error_type"]), (status, &json!(error_type)), "{media_type}");
    }
    assert_eq!(api(&sandbox, &token, "/catalogs/psmlf/images").await, (200, json!([])));
    let (status, body) = api(&sandbox, &token, "/catalogs/psmlf/images/nonsense").await;
    assert_eq!((status, &body["message"]), (404, &json!("Image does not exist")));
    assert_eq!(read_data(&sandbox, &token, "nonsense").await.status(), 404);
    let reader = token_for(&sandbox, "3r4s3-0").await;
    assert_eq!(upload(&sandbox, &reader, "image/png", BYTES).await.0, 403);
}
