//! How an answer gets back to the client: by a redirect, or on a page from which the user copies the code.

use askama::Template;
use askama_web::WebTemplate;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use url::Url;

use super::words::ConsentWords;
use crate::state::AuthorizationCode;
use crate::web::{Frame, Visitor};

const OUT_OF_BAND: &str = "urn:ietf:wg:oauth:2.0:oob";

#[derive(Debug)]
pub(super) enum WayBack {
    Redirect { target: Url, state: Option<String>, state_with_error: bool },
    OutOfBand,
}

#[derive(Template, WebTemplate)]
#[template(path = "oauth/out_of_band.html")]
struct OutOfBandPage {
    frame: Frame,
    words: &'static ConsentWords,
    client: String,
    /// `None` when the user refused.
    code: Option<String>,
}

impl WayBack {
    pub(super) fn parse(redirect_uri: &str, state: Option<String>, state_with_error: bool) -> Option<Self> {
        if redirect_uri == OUT_OF_BAND {
            return Some(Self::OutOfBand);
        }
        let target = Url::parse(redirect_uri).ok()?;
        let usable = matches!(target.scheme(), "http" | "https") && target.fragment().is_none();
        usable.then_some(Self::Redirect { target, state, state_with_error })
    }

    pub(super) fn granted(&self, client: &str, visitor: Visitor, code: &AuthorizationCode) -> Response {
        match self {
            Self::Redirect { target, state, .. } => redirect(target, ("code", code.expose()), state.as_deref()),
            Self::OutOfBand => page(client, visitor, Some(code)),
        }
    }

    pub(super) fn denied(&self, client: &str, visitor: Visitor) -> Response {
        self.failed("access_denied").unwrap_or_else(|| page(client, visitor, None))
    }

    /// Takes an error of OAuth's to the client; `None` where there is no address for that.
    pub(super) fn failed(&self, error: &str) -> Option<Response> {
        match self {
            Self::Redirect { target, state, state_with_error } => {
                Some(redirect(target, ("error", error), state.as_deref().filter(|_| *state_with_error)))
            }
            Self::OutOfBand => None,
        }
    }

    /// Whether it stays where an address is. What redirects nowhere does.
    pub(super) fn stays_at(&self, address: &Url) -> bool {
        match self {
            Self::Redirect { target, .. } => target.origin() == address.origin(),
            Self::OutOfBand => true,
        }
    }
}

/// To the redirect URI, its own query kept.
fn redirect(target: &Url, (name, value): (&str, &str), state: Option<&str>) -> Response {
    let mut target = target.clone();
    let mut query = target.query_pairs_mut();
    query.append_pair(name, value);
    if let Some(state) = state {
        query.append_pair("state", state);
    }
    drop(query);
    Redirect::to(target.as_str()).into_response()
}

fn page(client: &str, visitor: Visitor, code: Option<&AuthorizationCode>) -> Response {
    let words = ConsentWords::of(visitor.language);
    let code = code.map(|code| code.expose().to_owned());
    (StatusCode::OK, OutOfBandPage { frame: Frame::new(visitor), words, client: client.to_owned(), code })
        .into_response()
}
