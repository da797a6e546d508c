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
        let sentence = language.with(key, [("wait", &told(language, wait))]);
        Self { status: StatusCode::TOO_MANY_REQUESTS, sentence, wait: Some(wait) }
    }

    /// The page that asks again, with how long to wait in a header.
    #[must_use]
    pub fn told_by(&self, mut page: Response) -> Response {
        if let Some(wait) = self.wait {
            page.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds(wait)));
        }
        page
    }
}

fn seconds(wait: TimeDelta) -> u64 {
    u64::try_from(wait.num_seconds()).unwrap_or_default() + 1
}

/// As people say it: from a minute on in minutes, rounded up.
fn told(language: Language, wait: TimeDelta) -> String {
    let seconds = seconds(wait);
    if seconds < 60 {
        return language.counted("wait-seconds", seconds);
    }
    let milliseconds = u64::try_from(wait.num_milliseconds()).unwrap_or_default();
    language.counted("wait-minutes", milliseconds.div_ceil(60_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_told_in_seconds_and_from_a_minute_on_in_minutes_rounded_up() {
        for (milliseconds, french, english) in [
            (0, "1 seconde", "1 second"),
            (32_000, "33 secondes", "33 seconds"),
            (59_500, "1 minute", "1 minute"),
            (60_000, "1 minute", "1 minute"),
            (60_001, "2 minutes", "2 minutes"),
            (900_000, "15 minutes", "15 minutes"),
        ] {
            let sentence = |language| Trouble::slow(language, TimeDelta::milliseconds(milliseconds)).sentence;
            let (said, also) = (sentence(Language::French), sentence(Language::English));
            assert!(said.ends_with(&format!("Réessayez dans {french}.")), "{said}");
            assert!(also.ends_with(&format!("Try again in {english}.")), "{also}");
        }
    }
}
