//! The one error that routes give. It becomes a status here and a page (or a problem document) in the outer layers;
//! the cause is logged once and never shown.

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use chrono::TimeDelta;

use crate::{
    database::{self, of_database, owner_is_gone},
    hubrise::{AppInstanceId, CallError},
    i18n::Language,
};

/// Why a request is not answered as asked.
#[derive(Debug)]
pub enum AppError {
    /// There is no such thing, or it is not the reader's: the two cannot be told apart.
    NotFound,
    /// The reader may see this, but not do it.
    Forbidden,
    /// The page that this comes from was about another organisation than the one that the reader looks at now.
    OtherOrganisation,
    /// The request came from another site.
    CrossSite,
    /// The request cannot be understood.
    BadRequest,
    /// The path exists for other methods.
    MethodNotAllowed,
    /// The body is larger than any form of ours.
    TooLarge,
    /// The body did not arrive in time.
    TooSlow,
    /// The address is longer than any of ours.
    AddressTooLong,
    /// There is no place for another request of this kind now.
    Busy,
    /// This was asked for too often, and may be asked for again after this time.
    TooOften(TimeDelta),
    /// The reader must sign in first; holds the path to return to.
    SignInFirst(String),
    /// The reader, of TicknCook's support, must prove their second factor first; holds the path to return to.
    SecondFactorFirst(String),
    /// The reader belongs to no organisation: the start page tells them what to do.
    NoOrganisation,
    /// The reader must prove again at HubRise that they may look.
    ProveAccess {
        /// Through which install.
        app_instance: AppInstanceId,
        /// The path to return to.
        path: String,
    },
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

/// The keys of a heading and of a sentence.
type Texts = (&'static str, &'static str);

const NOT_FOUND: Texts = ("error-not-found-title", "error-not-found-text");
const FORBIDDEN: Texts = ("error-forbidden-title", "error-forbidden-text");
const OTHER_ORGANISATION: Texts = ("error-other-organisation-title", "error-other-organisation-text");
const CROSS_SITE: Texts = ("error-cross-site-title", "error-cross-site-text");
const BAD_REQUEST: Texts = ("error-bad-request-title", "error-bad-request-text");
const METHOD: Texts = ("error-method-title", "error-method-text");
const TOO_LARGE: Texts = ("error-too-large-title", "error-too-large-text");
const TOO_SLOW: Texts = ("error-too-slow-title", "error-too-slow-text");
const BUSY: Texts = ("error-busy-title", "error-busy-text");
const TOO_OFTEN: Texts = ("error-too-often-title", "error-too-often-text");
const UNAVAILABLE: Texts = ("error-unavailable-title", "error-unavailable-text");
const INTERNAL: Texts = ("error-internal-title", "error-internal-text");

/// What the outer layers show of an [`AppError`]; travels with the response.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shown {
    status: StatusCode,
    texts: Texts,
    wait: Option<TimeDelta>,
}

impl Shown {
    /// What a response wants to be shown, if it is an error of ours or a bare one of a library's.
    #[must_use]
    pub(super) fn of(response: &Response) -> Option<Self> {
        let is_bare = !response.headers().contains_key(header::CONTENT_TYPE);
        let shown = response.extensions().get::<Self>().copied();
        shown.or_else(|| Self::of_bare_status(response.status()).filter(|_| is_bare))
    }

    /// Libraries (routing, limits, time-outs) answer with nothing but a status.
    fn of_bare_status(status: StatusCode) -> Option<Self> {
        let texts = match status {
            StatusCode::METHOD_NOT_ALLOWED => METHOD,
            StatusCode::PAYLOAD_TOO_LARGE => TOO_LARGE,
            StatusCode::SERVICE_UNAVAILABLE => UNAVAILABLE,
            StatusCode::INTERNAL_SERVER_ERROR => INTERNAL,
            _ => return None,
        };
        Some(Self { status, texts, wait: None })
    }

    /// The heading and the sentence.
    #[must_use]
    pub(super) fn texts(self, language: Language) -> (String, String) {
        let (title, text) = self.texts;
        (language.text(title), language.text(text))
    }

    /// After how many seconds to try again.
    #[must_use]
    pub(super) fn retry_after(self) -> Option<String> {
        match self.wait {
            Some(wait) => Some((wait.num_seconds() + 1).to_string()),
            None => (self.status == StatusCode::SERVICE_UNAVAILABLE).then(|| "5".to_owned()),
        }
    }

    /// Whether there is no time for more than a sentence.
    #[must_use]
    pub(super) fn is_busy(self) -> bool {
        self.texts == BUSY
    }

    /// The status, for problem documents.
    #[must_use]
    pub(super) const fn status(self) -> StatusCode {
        self.status
    }
}

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        let (status, texts) = match &self {
            Self::NotFound => (StatusCode::NOT_FOUND, NOT_FOUND),
            Self::Forbidden => (StatusCode::FORBIDDEN, FORBIDDEN),
            Self::OtherOrganisation => (StatusCode::CONFLICT, OTHER_ORGANISATION),
            Self::CrossSite => (StatusCode::FORBIDDEN, CROSS_SITE),
            Self::BadRequest => (StatusCode::BAD_REQUEST, BAD_REQUEST),
            Self::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, METHOD),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, TOO_LARGE),
            Self::TooSlow => (StatusCode::REQUEST_TIMEOUT, TOO_SLOW),
            Self::AddressTooLong => (StatusCode::URI_TOO_LONG, TOO_LARGE),
            Self::Busy => (StatusCode::SERVICE_UNAVAILABLE, BUSY),
            Self::TooOften(_) => (StatusCode::TOO_MANY_REQUESTS, TOO_OFTEN),
            // Only the API asks for a key, and its callers get a problem document rather than these texts.
            Self::Unauthorised => (StatusCode::UNAUTHORIZED, FORBIDDEN),
            Self::SignInFirst(path) => return super::see(&returning("/login", path)),
            Self::SecondFactorFirst(path) => return super::see(&returning("/support/verify", path)),
            Self::NoOrganisation => return super::see("/"),
            Self::ProveAccess { app_instance, path } => return super::see(&super::open_path(app_instance, path, true)),
            Self::Internal(error) if owner_is_gone(error) => {
                tracing::info!("a request was about an organisation or a person deleted at that moment");
                (StatusCode::NOT_FOUND, NOT_FOUND)
            }
            Self::Internal(error) if is_passing(error) => {
                tracing::error!(error = format!("{error:#}"), "the database does not answer");
                (StatusCode::SERVICE_UNAVAILABLE, UNAVAILABLE)
            }
            Self::Internal(error) => {
                tracing::error!(error = format!("{error:#}"), "a request failed");
                (StatusCode::INTERNAL_SERVER_ERROR, INTERNAL)
            }
        };
        let mut response = status.into_response();
        let wait = match self {
            Self::TooOften(wait) => Some(wait),
            _ => None,
        };
        response.extensions_mut().insert(Shown { status, texts, wait });
        response
    }
}

/// A page that leads on to this path.
fn returning(page: &str, path: &str) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("return_to", path).finish();
    format!("{page}?{query}")
}

/// Whether the database is away rather than the request wrong.
fn is_passing(error: &anyhow::Error) -> bool {
    use tower_sessions::{session, session_store};
    let is_of_sessions = |cause: &(dyn std::error::Error + 'static)| {
        matches!(cause.downcast_ref(), Some(session::Error::Store(session_store::Error::Backend(_))))
    };
    let is_of_database = |cause| of_database(cause).is_some_and(database::is_passing);
    // A call to HubRise that could not be counted was not made.
    let is_uncounted =
        |cause: &(dyn std::error::Error + 'static)| matches!(cause.downcast_ref(), Some(CallError::NotAsked(_)));
    error.chain().any(|cause| is_of_sessions(cause) || is_of_database(cause) || is_uncounted(cause))
}
