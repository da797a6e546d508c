//! What all pages share: who is looking and in which language, the frame around a page, the words, the assets, and
//! what protects forms. Decides nothing about HubRise.

mod assets;
mod cookies;
mod headers;
mod language;
mod member;
mod page;
mod same_origin;
mod visitor;
mod words;
mod words_english;
mod words_french;

pub(crate) use cookies::{SESSION, cookie, expired_cookie};
pub(crate) use headers::secure_headers;
pub(crate) use language::Language;
pub(crate) use member::{Member, Places};
pub(crate) use page::{Frame, Menu, Problem, not_found};
pub(crate) use same_origin::refuse_cross_site_posts;
pub(crate) use visitor::Visitor;
pub(crate) use words::Words;

use axum::Router;
use axum::routing::{get, post};

use crate::app::Shared;

pub(crate) fn router() -> Router<Shared> {
    Router::new()
        .route("/language", post(language::choose_language))
        .route("/place", post(member::choose_place))
        .route("/assets/sandbox.css", get(assets::stylesheet))
        .route("/assets/choices/{count}", get(assets::choices))
        .route("/assets/icon.svg", get(assets::icon))
}

/// A path to come back to, if it is one of this sandbox and nobody else's.
pub(crate) fn local_path(path: &str) -> Option<&str> {
    let local = path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains(|character: char| character == '\\' || character.is_control());
    local.then_some(path)
}

#[cfg(test)]
mod tests {
    use super::local_path;

    #[test]
    fn only_paths_of_the_sandbox_are_places_to_return_to() {
        assert_eq!(local_path("/connections?a=b"), Some("/connections?a=b"));
        for elsewhere in ["", "connections", "//evil.example", "/\\evil.example", "https://evil.example/", "/\t/evil"] {
            assert_eq!(local_path(elsewhere), None, "{elsewhere}");
        }
    }
}
