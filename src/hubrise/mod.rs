//! HubRise, as a client sees it: the OAuth server (`oauth`) and what it gives (`credentials`), the API (`api`), the
//! names and ids that both speak of (`names`), the ways a call can end (`error`), and what calls have used of HubRise's
//! limits and came to (`ledger`; `tally` counts and notes those of one moment together). Imports no feature.

mod api;
mod credentials;
mod error;
mod ledger;
mod names;
mod oauth;
mod tally;

pub use api::{Callback, Location, Profile};
pub use credentials::{AccessToken, AuthorisationCode};
pub use error::{AccessLoss, CallError, Refusal};
pub use ledger::{Call, calls, forget, forget_calls, purge as purge_calls};
pub use names::{AccountId, AppInstanceId, CatalogId, CustomerListId, HubRiseUserId, LocationId, Named};
pub use oauth::{Ask, Grant, TokenAnswer};

use std::{
    sync::{Arc, atomic::AtomicBool},
    time::{Duration, Instant},
};

use sqlx::PgPool;

use crate::{clock::Clock, config::HubRiseConfig};
use ledger::Ledger;

/// The client. Cheap to clone.
#[derive(Clone, Debug)]
pub struct HubRise {
    http: reqwest::Client,
    config: HubRiseConfig,
    ledger: Ledger,
    /// The OAuth server took the other client secret, and not ours.
    takes_other_secret: Arc<AtomicBool>,
}

impl HubRise {
    /// A client for the configured HubRise, which counts in this database.
    ///
    /// # Errors
    /// When the TLS library cannot be set up.
    pub fn new(config: &HubRiseConfig, db: PgPool, clock: Clock) -> reqwest::Result<Self> {
        Ok(Self {
            http: http_client(config.timeout)?,
            config: config.clone(),
            ledger: Ledger::new(db, clock),
            takes_other_secret: Arc::default(),
        })
    }

    /// HubRise's back office, for a person to open.
    #[must_use]
    pub fn manager_url(&self) -> &str {
        self.config.manager_url.as_str()
    }
}

/// An HTTP client that always gives up in time and never follows a redirect with a secret in its hands.
fn http_client(timeout: Duration) -> reqwest::Result<reqwest::Client> {
    #[expect(clippy::disallowed_methods, reason = "the one place that builds an HTTP client")]
    reqwest::Client::builder()
        .timeout(timeout)
        .connect_timeout(timeout.min(Duration::from_secs(3)))
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("tickncook-hubrise/", env!("CARGO_PKG_VERSION")))
        .build()
}

/// The largest answer that is read. A location is a few kilobytes.
const ANSWER_LIMIT: usize = 1024 * 1024;

/// A whole answer.
struct Answer {
    status: http::StatusCode,
    /// How long HubRise asks to be left alone.
    retry_after: Option<Duration>,
    body: Vec<u8>,
}

/// Sends a request and reads its whole answer, within the time and size limits.
async fn send(request: reqwest::RequestBuilder) -> Result<Answer, CallError> {
    let started = Instant::now();
    let answer = receive(request).await;
    let outcome = answer.as_ref().map_or_else(|_| "none".to_owned(), |answer| answer.status.as_u16().to_string());
    metrics::counter!("tickncook_hubrise_calls_total", "outcome" => outcome).increment(1);
    metrics::histogram!("tickncook_hubrise_call_seconds").record(started.elapsed());
    answer
}

async fn receive(request: reqwest::RequestBuilder) -> Result<Answer, CallError> {
    let mut response = request.send().await.map_err(|error| CallError::of_broken_call(&error))?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| CallError::of_broken_call(&error))? {
        if body.len() + chunk.len() > ANSWER_LIMIT {
            return Err(CallError::Unintelligible("the answer is too long"));
        }
        body.extend_from_slice(&chunk);
    }
    let retry_after = response.headers().get(http::header::RETRY_AFTER).and_then(|value| value.to_str().ok());
    let retry_after = retry_after.and_then(|seconds| seconds.trim().parse().ok()).map(Duration::from_secs);
    Ok(Answer { status: response.status(), retry_after, body })
}
