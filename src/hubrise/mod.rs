//! HubRise, as a client sees it: the OAuth server (`oauth`), the API (`api`), the names and ids that both speak of
//! (`names`), and the ways a call can end (`error`). Imports no feature and keeps nothing.

mod api;
mod error;
mod names;
mod oauth;

pub use api::{Location, Profile};
pub use error::{AccessLoss, CallError};
pub use names::{AccountId, AppInstanceId, CatalogId, CustomerListId, HubRiseUserId, LocationId, Named};
pub use oauth::{AccessToken, Ask, AuthorisationCode, Grant, TokenAnswer};

use std::time::Duration;

use crate::config::HubRiseConfig;

/// The client. Cheap to clone.
#[derive(Clone, Debug)]
pub struct HubRise {
    http: reqwest::Client,
    config: HubRiseConfig,
}

impl HubRise {
    /// A client for the configured HubRise.
    ///
    /// # Errors
    /// When the TLS library cannot be set up.
    pub fn new(config: &HubRiseConfig) -> reqwest::Result<Self> {
        Ok(Self { http: http_client(config.timeout)?, config: config.clone() })
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

/// Sends a request and reads its whole answer, within the time and size limits.
async fn send(request: reqwest::RequestBuilder) -> Result<(http::StatusCode, Vec<u8>), CallError> {
    let mut response = request.send().await.map_err(|error| CallError::of_broken_call(&error))?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| CallError::of_broken_call(&error))? {
        if body.len() + chunk.len() > ANSWER_LIMIT {
            return Err(CallError::Unintelligible("the answer is too long"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok((response.status(), body))
}
