//! The ways a call to HubRise can end badly. None of them ever holds a body, a token or a code.

use http::StatusCode;
use serde::Deserialize;

/// How a call failed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// No connection, a 5xx or a 429: HubRise's trouble, and it may pass.
    #[error("HubRise does not answer: {0}")]
    Unavailable(String),
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
    #[error("HubRise refuses the token: {0:?}")]
    AccessLost(AccessLoss),
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
                Self::AccessLost(AccessLoss::of_message(&message.unwrap_or_default()))
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
            assert_eq!(error, CallError::AccessLost(loss));
        }
        let plain = CallError::of_api_answer(StatusCode::UNAUTHORIZED, b"Unauthorized");
        assert_eq!(plain, CallError::AccessLost(AccessLoss::Unknown));
    }

    #[test]
    fn a_429_and_a_5xx_are_passing_troubles_and_never_a_lost_access() {
        for status in [429, 500, 502, 503, 504] {
            let status = StatusCode::from_u16(status).unwrap();
            for error in [CallError::of_api_answer(status, b""), CallError::of_oauth_answer(status)] {
                assert!(matches!(error, CallError::Unavailable(_) | CallError::Unanswered(_)), "{status}: {error}");
            }
        }
    }
}
