//! The sign-in page.

use askama::Template;

use crate::web::Frame;

/// `/login`
#[derive(Template)]
#[template(path = "users/login.html")]
pub(super) struct LoginPage {
    pub frame: Frame,
    /// What was typed, to be corrected.
    pub email: String,
    /// Where to go afterwards: a path of ours.
    pub return_to: String,
    /// What is wrong, in a sentence.
    pub error: Option<String>,
}
