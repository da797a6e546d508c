//! The ways a call to HubRise can end badly. None of them ever holds a body, a token or a code.

use std::fmt;

use chrono::{DateTime, Utc};
use http::StatusCode;
use serde::Deserialize;

/// How a call failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// It could not be counted before it was made, and was not made: our own database's trouble.
    #[error("HubRise is not asked: {0}")]
    NotAsked(&'static str),
    /// No connection, or an answer like 500 or 503: HubRise's trouble, and it may pass.
    #[error("HubRise does not answer: {0}")]
    Unavailable(String),
    /// The limits on calls with this token are used up, or HubRise asked for silence: not before then.
    #[error("HubRise wants no call before {0}")]
    RateLimited(DateTime<Utc>),
    /// Sent, and no whole answer came: HubRise may have done what it was asked, or may still do it.
    #[error("HubRise gives no answer: {0}")]
    Unanswered(&'static str),
    /// The code was used, has expired, or never was. HubRise documents 400; its own SDK also expects 404.
    #[error("HubRise refuses the code")]
    CodeRejected,
    /// The OAuth server does not accept our client id and secret: the operator's to mend.
    #[error("HubRise refuses our client id or secret")]
    ClientRejected,
    /// The API answers 401: the token works no longer, or not now.
    #[error("HubRise refuses the token: {0}")]
    AccessLost(Refusal),
    /// Any other answer that means no.
    #[error("HubRise answers {0}")]
    Refused(StatusCode),
    /// An answer that is not what HubRise documents.
    #[error("HubRise's answer cannot be understood: {0}")]
    Unintelligible(&'static str),
}

/// Why HubRise answers 401, as far as its message tells. The messages are matched tolerantly: their wording is not
/// promised by HubRise's documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessLoss {
    /// The HubRise subscription is not paid.
    Unpaid,
    /// Somebody blocked the connection in HubRise's back office.
    Blocked,
    /// The token was revoked, or the app disconnected in HubRise's back office.
    Revoked,
    /// A message we do not know.
    Unknown,
}

/// What HubRise says with a 401.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What that means.
    pub loss: AccessLoss,
    /// Its own words, shortened: for us to learn those that we do not know.
    pub words: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.loss)
    }
}

impl AccessLoss {
    fn of_message(message: &str) -> Self {
        let message = message.to_lowercase();
        if ["suspended", "payment", "unpaid"].iter().any(|word| message.contains(word)) {
            Self::Unpaid
        } else if message.contains("blocked") {
            Self::Blocked
        } else if ["revoked", "invalid"].iter().any(|word| message.contains(word)) {
            Self::Revoked
        } else {
            Self::Unknown
        }
    }
}

#[derive(Deserialize)]
struct ErrorBody {
    message: Option<String>,
}

impl CallError {
    /// Whether it may pass by itself: it says nothing about the token.
    #[must_use]
    pub const fn is_passing(&self) -> bool {
        matches!(self, Self::NotAsked(_) | Self::Unavailable(_) | Self::Unanswered(_) | Self::RateLimited(_))
    }

    /// Why the token works no longer, if that is what it says.
    #[must_use]
    pub const fn loss(&self) -> Option<AccessLoss> {
        match self {
            Self::AccessLost(refusal) => Some(refusal.loss),
            _ => None,
        }
    }

    pub(super) fn of_broken_call(error: &reqwest::Error) -> Self {
        if error.is_connect() {
            Self::Unavailable("no connection".to_owned())
        } else if error.is_timeout() {
            Self::Unanswered("time-out")
        } else {
            Self::Unanswered("the connection broke")
        }
    }

    /// What an API answer outside 200–299 means.
    pub(super) fn of_api_answer(status: StatusCode, body: &[u8]) -> Self {
        match status {
            StatusCode::UNAUTHORIZED => {
                let message = serde_json::from_slice::<ErrorBody>(body).ok().and_then(|body| body.message);
                let words = message.unwrap_or_else(|| String::from_utf8_lossy(body).into_owned());
                let loss = AccessLoss::of_message(&words);
                let words = super::names::clean_name(Some(&words)).unwrap_or_default();
                Self::AccessLost(Refusal { loss, words })
            }
            status => Self::of_status(status),
        }
    }

    /// What an OAuth answer outside 200–299 means.
    pub(super) fn of_oauth_answer(status: StatusCode) -> Self {
        match status {
            StatusCode::UNAUTHORIZED => Self::ClientRejected,
            status => Self::of_status(status),
        }
    }

    fn of_status(status: StatusCode) -> Self {
        if matches!(status, StatusCode::BAD_GATEWAY | StatusCode::GATEWAY_TIMEOUT) {
            // A gateway speaks for a server that may still be at work.
            Self::Unanswered("a gateway answered in its place")
        } else if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
            Self::Unavailable(status.to_string())
        } else {
            Self::Refused(status)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_401_is_told_apart_by_its_message() {
        let cases = [
            ("The account/location has been suspended for non payment of the subscription", AccessLoss::Unpaid),
            ("The access token is invalid or the connection has been revoked", AccessLoss::Revoked),
            ("The connection has been blocked", AccessLoss::Blocked),
            ("Come back tomorrow", AccessLoss::Unknown),
        ];
        for (message, loss) in cases {
            let body = serde_json::json!({ "message": message }).to_string();
            let error = CallError::of_api_answer(StatusCode::UNAUTHORIZED, body.as_bytes());
            assert_eq!(error, CallError::AccessLost(Refusal { loss, words: message.to_owned() }));
        }
        let plain = CallError::of_api_answer(StatusCode::UNAUTHORIZED, b"Unauthorized");
        assert_eq!(plain.loss(), Some(AccessLoss::Unknown));
    }

    #[test]
    fn a_429_and_a_5xx_are_passing_troubles_and_never_a_lost_access() {
        for status in [429, 500, 502, 503, 504] {
            let status = StatusCode::from_u16(status).unwrap();
            for error in [CallError::of_api_answer(status, b""), CallError::of_oauth_answer(status)] {
                assert!(error.is_passing(), "{status}: {error}");
            }
        }
    }

    #[test]
    fn fuzz_refusals() {
        use crate::fuzz::{SECRET, bytes};
        bytes("refusals", |body| {
            for status in [400, 401, 403, 404, 422, 429, 500, 503] {
                let error = CallError::of_api_answer(StatusCode::from_u16(status).unwrap(), body);
                assert_eq!(error.loss().is_some(), status == 401);
                if status != 401 {
                    assert!(!error.to_string().contains(SECRET), "{error}");
                }
            }
        });
    }
}
