//! The pages and the mail of forgotten passwords.

use askama::Template;

use crate::{i18n::Language, web::Frame};

/// `/login/password`
#[derive(Template)]
#[template(path = "password_links/ask.html")]
pub(super) struct AskPage {
    pub frame: Frame,
    /// What was typed, to be corrected.
    pub email: String,
    pub error: Option<String>,
}

impl AskPage {
    /// The key of its title.
    fn title(&self) -> &'static str {
        if self.frame.person.is_some() { "password-choose-title" } else { "password-ask-title" }
    }
}

/// `/login/password/sent`
#[derive(Template)]
#[template(path = "password_links/sent.html")]
pub(super) struct SentPage {
    pub frame: Frame,
}

/// `/login/password/new`
#[derive(Template)]
#[template(path = "password_links/choose.html")]
pub(super) struct ChoosePage {
    pub frame: Frame,
    /// Which link it is about.
    pub id: String,
    /// Whose password it will be.
    pub email: String,
    pub error: Option<String>,
}

/// A link that is of no use any more.
#[derive(Template)]
#[template(path = "password_links/over.html")]
pub(super) struct OverPage {
    pub frame: Frame,
}

/// What the mail says.
pub(super) struct Words<'a> {
    pub t: Language,
    pub email: &'a str,
    pub title: String,
    /// The keys of what it is about, and of what its button says.
    pub what: &'static str,
    pub action: &'static str,
    pub address: String,
}

#[derive(Template)]
#[template(path = "password_links/mail.txt")]
pub(super) struct TextMail<'a> {
    pub words: &'a Words<'a>,
}

#[derive(Template)]
#[template(path = "password_links/mail.html")]
pub(super) struct HtmlMail<'a> {
    pub words: &'a Words<'a>,
}
