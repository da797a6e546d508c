//! Why somebody does not get in, as the page that asks again says it.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use chrono::TimeDelta;

use crate::i18n::Language;

/// What is wrong, and how long to wait before another try.
pub struct Trouble {
    /// The status of the page.
    pub status: StatusCode,
    /// A sentence.
    pub sentence: String,
    wait: Option<TimeDelta>,
}

impl Trouble {
    /// With this sentence.
    #[must_use]
    pub fn new(status: StatusCode, sentence: String) -> Self {
        Self { status, sentence, wait: None }
    }

    /// Too many tries have failed.
    #[must_use]
    pub fn slow(language: Language, wait: TimeDelta) -> Self {
        Self::too_many(language, "login-error-slow", wait)
    }

    /// Too many have come, as the text under this key says.
    #[must_use]
    pub(super) fn too_many(language: Language, key: &str, wait: TimeDelta) -> Self {
        let sentence = language.with(key, [("seconds", &seconds(wait))]);
        Self { status: StatusCode::TOO_MANY_REQUESTS, sentence, wait: Some(wait) }
    }

    /// The page that asks again, with how long to wait in a header.
    #[must_use]
    pub fn told_by(&self, mut page: Response) -> Response {
        if let Some(wait) = self.wait
            && let Ok(value) = HeaderValue::from_str(&seconds(wait))
        {
            page.headers_mut().insert(header::RETRY_AFTER, value);
        }
        page
    }
}

fn seconds(wait: TimeDelta) -> String {
    (wait.num_seconds() + 1).to_string()
}
