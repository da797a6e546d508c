//! `POST /hubrise_callback/event`: HubRise's events. No page and no session. Its answers are the whole protocol: 404
//! for an address that is nobody's, 200 once the event is kept, and 503 for everything that may be our fault, so that
//! HubRise comes again.

use std::{pin::pin, sync::Arc, time::Duration};

use axum::{
    Extension,
    body::Body,
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use futures_util::StreamExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{
    service::{self, BODY_LIMIT, Delivery, Outcome, Patience, Recipient},
    signature,
};
use crate::{
    app::App,
    secrets::is_like_random_secret,
    server::Caller,
    web::{EVENTS_PATH, Routes},
};

/// How much of the bodies is read at once, in KiB.
const ROOM: usize = 128 * 1024;
/// The least that a body takes, in KiB: no more than 256 are read at once.
const SMALLEST_SHARE: usize = 512;
/// What most events do not exceed, in bytes.
const SMALL: usize = 64 * 1024;
/// How soon a small body must be there to be taken before it is known whose address it came to.
const PROMPT: Duration = Duration::from_millis(20);
/// How long a body may take to arrive, where the server does not say.
const READ_LIMIT: Duration = Duration::from_secs(10);

/// `POST /hubrise_callback/event`
pub fn router() -> Routes {
    Routes::new().route(EVENTS_PATH, post(receive))
}

/// The room for bodies that are being read.
#[must_use]
pub fn room() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(ROOM))
}

/// Why an event is not acknowledged.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("nobody has this address")]
    NoSuchAddress,
    #[error("its signature is not ours")]
    NotOurs,
    #[error("it is too large")]
    TooLarge,
    #[error("too many are being read")]
    NoRoom,
    #[error("it did not arrive whole: {0}")]
    Broken(&'static str),
    #[error("{0:#}")]
    Internal(#[from] anyhow::Error),
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        if matches!(self, Self::NoSuchAddress) {
            return (StatusCode::NOT_FOUND, "not found\n").into_response();
        }
        (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "60")], "try again later\n").into_response()
    }
}

async fn receive(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    caller: Option<Extension<Caller>>,
    headers: HeaderMap,
    body: Body,
) -> Result<&'static str, Refusal> {
    let parameter = |name: &str| {
        let mut pairs = url::form_urlencoded::parse(query.as_deref().unwrap_or_default().as_bytes());
        pairs.find(|(found, _)| found == name).map(|(_, value)| value.into_owned())
    };
    let mut patience = Patience::new();
    let key = parameter("key").and_then(|value| key(&value)).ok_or(Refusal::NoSuchAddress)?;
    let instance = parameter("app_instance_id");
    let limit = caller.map_or(READ_LIMIT, |Extension(caller)| caller.body_limit());
    let outcome = take(&app, key, instance.as_deref(), &headers, read(body, limit), &mut patience).await;
    if let Err(refusal) = &outcome
        && !matches!(refusal, Refusal::NoSuchAddress)
    {
        tracing::error!(error = %refusal, "an event is not acknowledged");
    }
    outcome.map(|()| "ok\n")
}

async fn take(
    app: &App,
    key: String,
    app_instance: Option<&str>,
    headers: &HeaderMap,
    body: impl Future<Output = Result<Vec<u8>, Refusal>>,
    patience: &mut Patience,
) -> Result<(), Refusal> {
    let mut body = pin!(body);
    let is_small = length(headers).is_some_and(|length| length <= SMALL);
    let mut recipient = if is_small { None } else { Some(recipient(app, &key, patience).await?) };
    let share = share(app, headers)?;
    // A small body that comes with its head is taken in at once: whose it is comes to light as it is kept. But a
    // stranger's is not waited for, nor a large one read.
    let prompt = if is_small { tokio::time::timeout(PROMPT, &mut body).await.ok() } else { None };
    if prompt.is_none() && is_small {
        recipient = Some(self::recipient(app, &key, patience).await?);
    }
    let body = match prompt {
        Some(body) => body,
        None => body.await,
    };
    if let (Err(Refusal::TooLarge), Some(recipient)) = (&body, &recipient) {
        service::refuse_oversized(app, recipient, patience).await?;
    }
    let body = body?;
    // Of two it cannot be told which one is meant.
    let mut signatures = headers.get_all(signature::HEADER).iter();
    let signature = signatures.next().filter(|_| signatures.next().is_none()).map(header::HeaderValue::as_bytes);
    let delivery = Delivery { app_instance, signature, body, share };
    match service::accept(app, key, recipient, delivery, patience).await? {
        Outcome::Kept => Ok(()),
        Outcome::NotOurs => Err(Refusal::NotOurs),
        Outcome::NobodysAddress => Err(Refusal::NoSuchAddress),
    }
}

async fn recipient(app: &App, key: &str, patience: &mut Patience) -> Result<Recipient, Refusal> {
    service::recipient(app, key.to_owned(), patience).await?.ok_or(Refusal::NoSuchAddress)
}

/// A key of ours. HubRise adds the install to the address, and does not say that it minds
/// the query which is there: what it would glue on is taken off, for it deletes what is not found.
fn key(value: &str) -> Option<String> {
    let key = value.split('?').next()?;
    is_like_random_secret(key).then(|| key.to_owned())
}

/// How long the body is said to be, in bytes; the server reads no more.
fn length(headers: &HeaderMap) -> Option<usize> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// A share of the room, for as long as the body is held. One that does not tell its size may be of any.
fn share(app: &App, headers: &HeaderMap) -> Result<OwnedSemaphorePermit, Refusal> {
    let share = length(headers).unwrap_or(BODY_LIMIT).min(BODY_LIMIT).div_ceil(1024).max(SMALLEST_SHARE);
    let share = u32::try_from(share).unwrap_or(u32::MAX);
    app.event_room.clone().try_acquire_many_owned(share).map_err(|_| Refusal::NoRoom)
}

/// Reads a body up to the limit, and no further.
async fn read(body: Body, limit: Duration) -> Result<Vec<u8>, Refusal> {
    let reading = async {
        let (mut chunks, mut read) = (body.into_data_stream(), Vec::new());
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|_| Refusal::Broken("the connection broke"))?;
            if read.len() + chunk.len() > BODY_LIMIT {
                return Err(Refusal::TooLarge);
            }
            read.extend_from_slice(&chunk);
        }
        Ok(read)
    };
    tokio::time::timeout(limit, reading).await.unwrap_or(Err(Refusal::Broken("time-out")))
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;
    use crate::secrets::random_secret;

    #[test]
    fn a_key_is_43_characters_that_are_safe_in_an_address() {
        let good = random_secret();
        assert_eq!(key(good.expose_secret()).as_deref(), Some(good.expose_secret()));
        assert_eq!(key(&format!("{}?app_instance_id=x7", good.expose_secret())).as_deref(), Some(good.expose_secret()));
        for bad in ["", "short", &"a".repeat(42), &"a".repeat(44), &format!("{}=", "a".repeat(42))] {
            assert_eq!(key(bad), None, "{bad}");
        }
    }

    #[test]
    fn fuzz_event_keys() {
        crate::fuzz::text("event-keys", |value| {
            if let Some(found) = key(value) {
                assert!(found.len() == 43 && value.starts_with(&found));
                assert_eq!(key(&found), Some(found));
            }
        });
    }
}
