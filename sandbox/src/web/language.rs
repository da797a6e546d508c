//! French, or English by choice. What the browser asks for is ignored: the pages look the same for everyone.

use axum::extract::{Form, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::cookies::{self, LANGUAGE};
use super::local_path;
use crate::app::Shared;

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Language {
    #[default]
    Fr,
    En,
}

impl Language {
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Fr => "fr",
            Self::En => "en",
        }
    }

    pub(super) fn from_code(code: &str) -> Option<Self> {
        [Self::Fr, Self::En].into_iter().find(|language| language.code() == code)
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Choice {
    language: Language,
    next: String,
}

pub(super) async fn choose_language(State(app): State<Shared>, Form(choice): Form<Choice>) -> Response {
    let next = local_path(&choice.next).unwrap_or("/");
    (cookies::cookie(LANGUAGE, app.port, choice.language.code()), Redirect::to(next)).into_response()
}
