//! An event of HubRise's: a signed order of two kilobytes, kept and acknowledged.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use anyhow::Result;
use http_body_util::Full;
use hyper::{Request, StatusCode, body::Bytes};

use crate::{
    load::{Ask, Measured, ask_all, for_a_while},
    person::signature,
};

/// How large an event is, in bytes.
pub(crate) const SIZE: usize = 2048;

/// How many digits an order's id has.
const ID_LENGTH: usize = 12;

static NUMBER: AtomicU64 = AtomicU64::new(0);

/// An order as HubRise tells of it, of exactly [`SIZE`] bytes.
pub(crate) fn order(id: &str) -> String {
    let mut body = format!(
        r#"{{"id":"{id}","resource_type":"order","event_type":"create","created_at":"2026-11-27T19:02:11+01:00","account_id":"3r4s3","location_id":"3r4s3-0","order_id":"{id}","new_state":{{"status":"new","service_type":"delivery","expected_time":"2026-11-27T19:40:00+01:00","customer":{{"first_name":"Camille","last_name":"Moreau","address_1":"14 rue de la Roquette","postal_code":"75011","city":"Paris"}},"items":["#
    );
    let end = r#"],"total":"86.40 EUR","customer_notes":""}}"#;
    let mut item = 0;
    loop {
        let next = format!(
            r#"{{"product_name":"Pizza n°{item}","sku_ref":"P{}","price":"{}.50 EUR","quantity":"{}","options":[{{"option_list_name":"Pâte","name":"Fine"}}]}},"#,
            item * 7919 % 997,
            9 + item % 5,
            1 + item % 3
        );
        if body.len() + next.len() + end.len() > SIZE {
            break;
        }
        body.push_str(&next);
        item += 1;
    }
    body.pop();
    let (text, quote) = end.split_at(end.len() - 3);
    body.push_str(text);
    body.push_str(&".".repeat(SIZE - body.len() - quote.len()));
    body.push_str(quote);
    body
}

/// Who sends events to an address. Each is written before the clock runs but for its id: the sender must not take of
/// the machine what the bridge could have.
struct Sender {
    path: String,
    host: String,
    /// Before the id, between its two places, and after.
    parts: [String; 3],
}

impl Sender {
    #[expect(clippy::expect_used, reason = "made of nothing but what stands here")]
    fn new(key: &str, host: &str) -> Self {
        let placeholder = "0".repeat(ID_LENGTH);
        let order = order(&placeholder);
        let mut parts = order.split(&placeholder).map(str::to_owned);
        let mut part = || parts.next().expect("an order has its id in two places");
        let parts = [part(), part(), part()];
        Self { path: format!("/hubrise_callback/event?key={key}"), host: host.to_owned(), parts }
    }

    /// The next event, signed.
    #[expect(clippy::expect_used, reason = "made of nothing but what stands here")]
    fn next(&self) -> Ask {
        let body = self.parts.join(&format!("{:0ID_LENGTH$}", NUMBER.fetch_add(1, Ordering::Relaxed)));
        let signature = signature(&body).expect("a key of any length will do");
        let request = Request::post(&self.path).header("host", &self.host).header("x-hubrise-hmac-sha256", signature);
        request.body(Full::new(Bytes::from(body))).expect("a request")
    }
}

/// So many senders for so long.
pub(crate) async fn measure(host: &str, key: &str, clients: usize, time: Duration) -> Result<Measured> {
    let makers = (0..clients).map(|_| {
        let sender = Sender::new(key, host);
        for_a_while(time, move || sender.next())
    });
    ask_all(host, makers.collect(), StatusCode::OK).await
}
