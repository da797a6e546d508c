//! Who is looking at a page: the language, the signed-in user, and where they are.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, OriginalUri};
use axum::http::Method;
use axum::http::request::Parts;
use axum::response::Redirect;

use super::cookies::{self, LANGUAGE, PLACE, SESSION};
use super::language::Language;
use crate::app::Shared;

#[derive(Debug)]
pub(crate) struct Visitor {
    pub(crate) language: Language,
    /// E-mail address of the signed-in user.
    pub(crate) email: Option<String>,
    pub(crate) session: Option<String>,
    /// Id of the account or location that the top bar was set to, if it was.
    pub(crate) place: Option<String>,
    /// Path and query of this page, to come back to.
    pub(crate) here: String,
}

impl Visitor {
    /// To the sign-in page, and from there back here.
    pub(crate) fn to_sign_in(&self) -> Redirect {
        let next: String = url::form_urlencoded::byte_serialize(self.here.as_bytes()).collect();
        Redirect::to(&format!("/login?next={next}"))
    }
}

impl FromRequestParts<Shared> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Infallible> {
        let cookie = |name| cookies::read(&parts.headers, name, app.port);
        let session = cookie(SESSION).map(str::to_owned);
        let email = session.as_deref().and_then(|token| app.sessions.email(token));
        let uri = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |original| &original.0);
        // The answer to a form has no address of its own to come back to.
        let revisitable = parts.method == Method::GET;
        let here = uri.path_and_query().filter(|_| revisitable).map_or("/", |here| here.as_str()).to_owned();
        let language = cookie(LANGUAGE).and_then(Language::from_code).unwrap_or_default();
        let place = cookie(PLACE).map(str::to_owned);
        Ok(Self { language, email, session, place, here })
    }
}
