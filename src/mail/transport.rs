//! Where mails go: to a mail server, or into a folder where a person can read them.

use std::{path::PathBuf, time::Duration};

use anyhow::{Context, Result};
use lettre::{
    AsyncFileTransport, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Mailbox, MultiPart},
};
use secrecy::ExposeSecret;
use tokio::fs::DirBuilder;

use super::outbox::Mail;
use crate::{
    config::{MailConfig, MailTarget},
    ids::MailId,
};

/// How long the mail server may take.
const LIMIT: Duration = Duration::from_secs(20);

/// A way to send mails. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Transport {
    from: Mailbox,
    target: Target,
}

#[derive(Clone, Debug)]
enum Target {
    Server(AsyncSmtpTransport<Tokio1Executor>),
    Folder(PathBuf),
}

impl Transport {
    /// As configured.
    ///
    /// # Errors
    /// When the server's address cannot be used.
    pub fn new(config: &MailConfig) -> Result<Self> {
        let target = match &config.target {
            MailTarget::Server(url) => {
                let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose_secret());
                Target::Server(
                    builder.context("the mail server's address cannot be used")?.timeout(Some(LIMIT)).build(),
                )
            }
            MailTarget::Folder(folder) => Target::Folder(folder.clone()),
        };
        Ok(Self { from: config.from.clone(), target })
    }

    /// Whether the mail server can be talked to, which does not say that it takes mails.
    pub(super) async fn answers(&self) -> bool {
        match &self.target {
            Target::Server(server) => {
                matches!(tokio::time::timeout(LIMIT, server.test_connection()).await, Ok(Ok(true)))
            }
            Target::Folder(_) => true,
        }
    }

    pub(super) async fn send(&self, id: MailId, mail: &Mail) -> Result<()> {
        let domain = self.from.email.domain();
        let message = Message::builder()
            .from(self.from.clone())
            .to(mail.recipient.parse().context("the recipient's address is not one")?)
            .subject(&mail.subject)
            .date(mail.created_at.into())
            .message_id(Some(format!("<{id}@{domain}>")))
            .multipart(MultiPart::alternative_plain_html(mail.body_text.clone(), mail.body_html.clone()))?;
        match &self.target {
            Target::Server(server) => {
                // The library's own limit holds for each step only.
                let sending = tokio::time::timeout(LIMIT, server.send(message)).await;
                sending.context("the mail server does not answer")?.context("the mail server refuses")?;
            }
            Target::Folder(folder) => {
                // Some hold a link that is good for whoever has it.
                let making = DirBuilder::new().recursive(true).mode(0o700).create(folder).await;
                making.context("the mail folder cannot be made")?;
                let transport = AsyncFileTransport::<Tokio1Executor>::new(folder);
                transport.send(message).await.context("the mail folder cannot be written")?;
            }
        }
        Ok(())
    }
}
