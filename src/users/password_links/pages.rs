//! The pages and the mail of forgotten passwords.

use askama::Template;

use super::answer::{Answer, Doubt, Verdict, listed};
use crate::{i18n::Language, organisations::Role, team::belonging::Belonging, web::Frame};

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
    pub question: Option<Question>,
}

/// Whether the reader knows what the account belongs to.
pub(super) struct Question {
    pub belongings: Vec<Belonging>,
    /// Which those are.
    pub listed: String,
    /// What was answered, where it is the password that is asked for again.
    pub verdict: Option<Verdict>,
    pub error: Option<String>,
}

impl Question {
    /// None where nothing is in doubt. An answer that was about others is to be given anew.
    pub(super) fn about(
        belongings: Vec<Belonging>,
        said: Option<(&Answer, Option<Doubt>)>,
        t: Language,
    ) -> Option<Self> {
        if belongings.is_empty() {
            return None;
        }
        let (answer, doubt) = said.unzip();
        let doubt = doubt.flatten();
        let verdict = answer.filter(|_| doubt.is_none()).and_then(|answer| answer.verdict);
        let error = doubt.map(|doubt| t.text(doubt.key()));
        Some(Self { listed: listed(&belongings), belongings, verdict, error })
    }

    fn is_known(&self) -> bool {
        self.verdict == Some(Verdict::Known)
    }

    fn is_strange(&self) -> bool {
        self.verdict == Some(Verdict::Strange)
    }
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
