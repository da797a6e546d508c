//! Attacks on the signature of events: left away, cut, spelt otherwise, of something else.

use base64::{Engine as _, prelude::BASE64_STANDARD};

use crate::harness::{
    BAKER_STREET, BAKER_STREET_AT_HUBRISE, LYON, LYON_AT_HUBRISE, MANAGER, NESTOR, PARIS, PARIS_AT_HUBRISE, TestApp,
    events::{SIGNATURE, event, sign, sign_with},
    http_client, journey,
};

const LOCATION: &str = "3r4s3-0";
const KEPT: &str = "select count(*) from hubrise_event";

/// Sends an event to Paris with these headers.
async fn send(app: &TestApp, body: &str, headers: &[(&str, &str)]) -> u16 {
    let mut address = app.listening().join("/hubrise_callback/event").unwrap();
    address.query_pairs_mut().append_pair("key", &app.callback_key(LOCATION).await);
    let mut request = http_client().post(address).body(body.to_owned());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap().status().as_u16()
}

async fn assert_refused(app: &TestApp, signatures: &[&str]) {
    let body = event("a", "order", LOCATION);
    for signature in signatures {
        assert_eq!(send(app, &body, &[(SIGNATURE, signature)]).await, 503, "{signature:?}");
    }
    assert_eq!(app.count(KEPT).await, 0);
}

async fn connect(app: &TestApp) {
    app.signed_in(MANAGER).await.connect(PARIS, PARIS_AT_HUBRISE).await;
}

#[tokio::test]
async fn an_event_whose_signature_was_stripped_is_not_taken() {
    journey(async |app| {
        connect(app).await;
        let body = event("a", "order", LOCATION);
        let good = sign(&body);
        assert_eq!(send(app, &body, &[]).await, 503);
        for other in ["X-Hub-Signature", "X-HubRise-Hmac-SHA1", "X-HubRise-Hmac", "Authorization"] {
            assert_eq!(send(app, &body, &[(other, &good)]).await, 503, "{other}");
        }
        assert_refused(app, &["", " ", "none", "null"]).await;
    })
    .await;
}

#[tokio::test]
async fn a_signature_that_was_cut_or_lengthened_is_not_taken() {
    journey(async |app| {
        connect(app).await;
        let good = sign(event("a", "order", LOCATION));
        let longer = [format!("{good}0"), format!("0{good}"), format!("{good}{good}"), format!("{good}, {good}")];
        assert_refused(app, &[&good[..63], &good[..32], &good[1..], &good[..2]]).await;
        assert_refused(app, &longer.each_ref().map(String::as_str)).await;
    })
    .await;
}

#[tokio::test]
async fn a_signature_in_another_case_or_encoding_is_not_taken() {
    journey(async |app| {
        connect(app).await;
        let good = sign(event("a", "order", LOCATION));
        let bytes: Vec<u8> =
            (0..64).step_by(2).map(|start| u8::from_str_radix(&good[start..start + 2], 16).unwrap()).collect();
        let spelt = [
            good.to_uppercase(),
            BASE64_STANDARD.encode(&bytes),
            format!("0x{good}"),
            format!("sha256={good}"),
            format!("\"{good}\""),
            format!("{} {}", &good[..32], &good[32..]),
            format!("{}\t{}", &good[..32], &good[32..]),
            good.bytes().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}")),
        ];
        assert_refused(app, &spelt.each_ref().map(String::as_str)).await;
        let body = event("a", "order", LOCATION);
        assert_eq!(send(app, &body, &[(&SIGNATURE.to_lowercase(), &good)]).await, 200, "a header's name has no case");
    })
    .await;
}

#[tokio::test]
async fn a_signature_of_another_body_or_by_another_secret_is_not_taken() {
    journey(async |app| {
        connect(app).await;
        let body = event("a", "order", LOCATION);
        let others = [
            sign(event("b", "order", LOCATION)),
            sign(format!("{body}\n")),
            sign(b""),
            sign_with("", &body),
            sign_with(" ", &body),
            sign_with("another secret", &body),
            sign(sign(&body)),
        ];
        assert_refused(app, &others.each_ref().map(String::as_str)).await;
    })
    .await;
}

#[tokio::test]
async fn of_two_signatures_neither_is_taken() {
    journey(async |app| {
        connect(app).await;
        let body = event("a", "order", LOCATION);
        let (good, bad) = (sign(&body), sign(b""));
        for (first, second) in [(&good, &bad), (&bad, &good), (&good, &good)] {
            assert_eq!(send(app, &body, &[(SIGNATURE, first), (SIGNATURE, second)]).await, 503);
        }
        assert_eq!(app.count(KEPT).await, 0);
    })
    .await;
}

#[tokio::test]
async fn an_event_of_one_connection_sent_to_another_changes_nothing_there() {
    journey(async |app| {
        connect(app).await;
        app.signed_in(MANAGER).await.connect(LYON, LYON_AT_HUBRISE).await;
        app.signed_in(NESTOR).await.connect(BAKER_STREET, BAKER_STREET_AT_HUBRISE).await;
        let names = "select string_agg(location_name, ',' order by location_id) from connection";
        let before: String = sqlx::query_scalar(names).fetch_one(app.db()).await.unwrap();
        app.hubrise.clear_faults().await;
        let asked = app.hubrise.calls().await.len();
        // HubRise signs for all with one secret: whoever records an event of Paris can send it to Lyon's address, too.
        let recorded = event("a", "location", LOCATION);
        assert_eq!(app.send_good("3r4s3-1", recorded).await, 200);
        assert_eq!(app.count("select count(*) from hubrise_event where status = 'kept'").await, 1);
        app.run_jobs().await;
        assert_eq!(app.hubrise.calls().await.len(), asked, "nothing was asked for on its word");
        let after: String = sqlx::query_scalar(names).fetch_one(app.db()).await.unwrap();
        assert_eq!(after, before);
    })
    .await;
}
