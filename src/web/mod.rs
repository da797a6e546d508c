//! What every feature's routes stand on: the frame of a page, errors, sessions, and the rules that each request and
//! each response must keep. Knows axum, and no feature but who is signed in.

pub mod access_log;
pub mod admission;
pub mod assets;
mod browser;
pub mod client_address;
mod cookie;
mod error;
mod form;
pub mod gate;
mod headers;
mod host;
mod intake;
mod language;
mod page;
mod path;
mod problem;
pub mod reader;
mod request_id;
mod routes;
mod same_origin;
mod session_store;

pub use browser::{browser, known_browser};
pub use client_address::ClientAddress;
pub use cookie::{cookie, set_cookie};
pub use error::AppError;
pub use form::Form;
pub use language::router as language_router;
pub use page::{Frame, OrganisationChoice, Person, SUPPORT_ADDRESS, Section, Trouble, finish, page, page_with};
pub use path::PathId;
pub use problem::Problem;
pub use routes::Routes;
pub use session_store::{PgSessionStore, session_digest};

use axum::response::{IntoResponse, Redirect, Response};

use crate::hubrise::AppInstanceId;

/// Where HubRise itself calls, which comes without a cookie.
const FROM_HUBRISE: &str = "/hubrise_callback/";

/// Where HubRise sends events. What it sends is proven by a signature and answered with a status that means something
/// to it, so the rules for browsers do not hold there.
pub const EVENTS_PATH: &str = "/hubrise_callback/event";

/// Sends the browser on to a page of ours, with a GET.
#[must_use]
pub fn see(path: &str) -> Response {
    Redirect::to(path).into_response()
}

/// The path where somebody proves at HubRise that they may look, and is led on from. `unasked` where they have not
/// asked for it themselves.
#[must_use]
pub fn open_path(app_instance: &AppInstanceId, return_to: &str, unasked: bool) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("app_instance_id", app_instance.as_str()).append_pair("return_to", return_to);
    if unasked {
        query.append_pair("renew", "1");
    }
    format!("/hubrise_open?{}", query.finish())
}

/// A path of ours to go on to, or `/` for anything that could lead elsewhere.
#[must_use]
pub fn local_path(path: &str) -> &str {
    let is_local = path.starts_with('/')
        && !path.starts_with("//")
        && path.len() <= 512
        && path.chars().all(|character| character.is_ascii_graphic() && character != '\\');
    if is_local { path } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::local_path;

    #[test]
    fn only_a_path_of_ours_is_returned_to() {
        for path in ["/services", "/points-of-sale/1/delete", "/a?b=c"] {
            assert_eq!(local_path(path), path);
        }
        for path in ["", "services", "//evil.example", "/\\evil.example", "https://evil.example", "/a\r\nb", "/\u{e9}"]
        {
            assert_eq!(local_path(path), "/", "{path}");
        }
    }

    #[test]
    fn fuzz_paths_to_return_to() {
        let here = url::Url::parse("https://bridge.example/login").unwrap();
        crate::fuzz::text("paths-to-return-to", |path| {
            let target = here.join(local_path(path)).unwrap();
            assert_eq!(target.origin(), here.origin(), "{path:?} leads to {target}");
            assert_eq!(local_path(local_path(path)), local_path(path));
        });
    }
}
