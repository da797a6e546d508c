//! The one error that routes give. It becomes a status here and a page (or a problem document) in the outer layers;
//! the cause is logged once and never shown.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::i18n::Language;

/// Why a request is not answered as asked.
#[derive(Debug)]
pub enum AppError {
    /// There is no such thing, or it is not the reader's: the two cannot be told apart.
    NotFound,
    /// The reader may see this, but not do it.
    Forbidden,
    /// The request came from another site.
    CrossSite,
    /// The request cannot be understood.
    BadRequest,
    /// The path exists for other methods.
    MethodNotAllowed,
    /// The body is larger than any form of ours.
    TooLarge,
    /// The reader must sign in first; holds the path to return to.
    SignInFirst(String),
    /// The API's caller has no valid key.
    Unauthorised,
    /// Something failed that nobody asked for.
    Internal(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for AppError {
    fn from(error: E) -> Self {
        Self::Internal(error.into())
    }
}

/// What the outer layers show of an [`AppError`]; travels with the response.
#[derive(Clone, Copy, Debug)]
pub struct Shown {
    status: StatusCode,
    key: &'static str,
}

impl Shown {
    /// What a response wants to be shown, if it is an error of ours or a bare one of a library's.
    #[must_use]
    pub fn of(response: &Response) -> Option<Self> {
        response.extensions().get::<Self>().copied().or_else(|| Self::of_bare_status(response.status()))
    }

    /// Libraries (routing, limits, time-outs) answer with nothing but a status.
    fn of_bare_status(status: StatusCode) -> Option<Self> {
        let key = match status {
            StatusCode::METHOD_NOT_ALLOWED => "error-method",
            StatusCode::PAYLOAD_TOO_LARGE => "error-too-large",
            StatusCode::REQUEST_TIMEOUT => "error-unavailable",
            _ => return None,
        };
        Some(Self { status, key })
    }

    /// The heading and the sentence.
    #[must_use]
    pub fn texts(self, language: Language) -> (String, String) {
        let key = |part: &str| format!("{}-{part}", self.key);
        (language.text(&key("title")), language.text(&key("text")))
    }

    /// The status, for problem documents.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        self.status
    }

    /// Whether the cause is in our logs.
    #[must_use]
    pub fn has_reference(self) -> bool {
        self.status.is_server_error()
    }

    /// The texts' keys, so that the test of the locales finds them.
    pub const KEYS: [&str; 16] = [
        "error-not-found-title",
        "error-not-found-text",
        "error-forbidden-title",
        "error-forbidden-text",
        "error-cross-site-title",
        "error-cross-site-text",
        "error-bad-request-title",
        "error-bad-request-text",
        "error-method-title",
        "error-method-text",
        "error-too-large-title",
        "error-too-large-text",
        "error-unavailable-title",
        "error-unavailable-text",
        "error-internal-title",
        "error-internal-text",
    ];
}

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        let (status, key) = match &self {
            Self::NotFound => (StatusCode::NOT_FOUND, "error-not-found"),
            Self::Forbidden => (StatusCode::FORBIDDEN, "error-forbidden"),
            Self::CrossSite => (StatusCode::FORBIDDEN, "error-cross-site"),
            Self::BadRequest => (StatusCode::BAD_REQUEST, "error-bad-request"),
            Self::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, "error-method"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "error-too-large"),
            Self::Unauthorised => (StatusCode::UNAUTHORIZED, "error-forbidden"),
            Self::SignInFirst(path) => {
                let query =
                    url::form_urlencoded::Serializer::new(String::new()).append_pair("return_to", path).finish();
                return super::see(&format!("/login?{query}"));
            }
            Self::Internal(error) if is_passing(error) => {
                tracing::error!(error = format!("{error:#}"), "the database does not answer");
                (StatusCode::SERVICE_UNAVAILABLE, "error-unavailable")
            }
            Self::Internal(error) => {
                tracing::error!(error = format!("{error:#}"), "a request failed");
                (StatusCode::INTERNAL_SERVER_ERROR, "error-internal")
            }
        };
        let mut response = status.into_response();
        response.extensions_mut().insert(Shown { status, key });
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response
    }
}

/// Whether the database is away rather than the request wrong.
fn is_passing(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| match cause.downcast_ref::<sqlx::Error>() {
        Some(sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_)) => true,
        // Classes 53 and 57: out of resources, and shut down or starting up.
        Some(sqlx::Error::Database(error)) => {
            error.code().is_some_and(|code| code.starts_with("53") || code.starts_with("57"))
        }
        _ => false,
    })
}
