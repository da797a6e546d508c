//! Makes a call and keeps a record of it, whatever becomes of it.

use std::time::Instant;

use anyhow::anyhow;
use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use chrono::TimeDelta;

use super::request::{Outgoing, Signed};
use crate::app::App;
use crate::traffic::{Beginning, Direction, Ending, kept, kept_of_more};

/// More of an answer is not read: its status is what counts.
const LARGEST_ANSWER: usize = 64 << 10;

/// The status of the answer, if all of it came in time.
pub(super) async fn make(app: &App, outgoing: Outgoing) -> Option<u16> {
    let Outgoing { connection, at, url, event, timeout } = outgoing;
    let mut address = url.clone();
    address.set_query(None);
    let number = app.traffic.begin(Beginning {
        direction: Direction::Sent,
        at,
        connection: Some(connection),
        method: if event.is_some() { "POST" } else { "GET" }.to_owned(),
        address: address.to_string(),
        query: url.query().map(str::to_owned),
        authorization: None,
        request_body: event.as_ref().and_then(|event| kept(&event.body)),
    });
    let http = &app.deliveries.http;
    let request = match event {
        Some(Signed { body, signature }) => http
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .header("X-HubRise-Hmac-SHA256", signature)
            .body(body),
        None => http.get(url),
    };
    let started = Instant::now();
    let outcome = tokio::time::timeout(timeout, answer_to(request)).await;
    let outcome = outcome.unwrap_or_else(|_| Err(anyhow!("no answer within {timeout:?}")));
    let (status, response_body, error) = match outcome {
        Ok((status, body)) if body.len() > LARGEST_ANSWER => (Some(status), kept_of_more(&body), None),
        Ok((status, body)) => (Some(status), kept(&body), None),
        Err(error) => (None, None, Some(format!("{error:#}"))),
    };
    let took = TimeDelta::from_std(started.elapsed()).unwrap_or_default();
    app.traffic.end(number, Ending { took, status, response_body, error });
    status
}

async fn answer_to(request: reqwest::RequestBuilder) -> anyhow::Result<(u16, Bytes)> {
    let mut response = request.send().await.map_err(reqwest::Error::without_url)?;
    let mut body = Vec::new();
    while body.len() <= LARGEST_ANSWER
        && let Some(chunk) = response.chunk().await.map_err(reqwest::Error::without_url)?
    {
        body.extend_from_slice(&chunk);
    }
    Ok((response.status().as_u16(), body.into()))
}
