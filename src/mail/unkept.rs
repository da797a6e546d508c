//! Mails with a secret in them, which must be in no table.

use anyhow::{Context as _, Result};

use super::outbox::Mail;
use crate::{app::App, ids::MailId};

/// A mail to hand over.
#[derive(Clone, Copy)]
pub struct Letter<'a> {
    /// The address.
    pub recipient: &'a str,
    /// Its subject.
    pub subject: &'a str,
    /// What it says, in plain text.
    pub text: &'a str,
    /// The same as HTML.
    pub html: &'a str,
}

/// Hands a mail to the mail server now.
///
/// # Errors
/// When the mail server does not take it: the caller tries again.
pub async fn send_unkept(app: &App, letter: Letter<'_>) -> Result<()> {
    let mail = Mail {
        recipient: letter.recipient.to_owned(),
        subject: letter.subject.to_owned(),
        body_text: letter.text.to_owned(),
        body_html: letter.html.to_owned(),
        created_at: app.clock.now(),
    };
    app.mail.send(MailId::new(), &mail).await.context("the mail is not sent")
}
