//! The mails, in the database. A mail's purpose is unique: what is tried twice is one mail.

use anyhow::Result;
use askama::Template;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::jobs::SendMail;
use crate::{
    app::App,
    i18n::Language,
    ids::{ConnectionId, MailId, OrganisationId},
    jobs::Urgency,
};

/// A mail to send.
#[derive(Clone, Debug)]
pub struct NewMail<'a> {
    /// What it is for and to whom: there is one of each.
    pub purpose: String,
    /// The address.
    pub recipient: &'a str,
    /// In which language it is.
    pub language: Language,
    /// Its subject.
    pub subject: &'a str,
    /// What it says, in plain text.
    pub text: &'a str,
    /// The same as HTML; made from the text where there is none.
    pub html: Option<&'a str>,
    /// Whom it is about.
    pub organisation: Option<OrganisationId>,
    /// What it is about.
    pub connection: Option<ConnectionId>,
}

/// A mail as it is sent.
pub(super) struct Mail {
    pub(super) recipient: String,
    pub(super) subject: String,
    pub(super) body_text: String,
    pub(super) body_html: String,
    pub(super) created_at: DateTime<Utc>,
}

/// What became of a mail.
#[derive(Clone, Debug)]
pub struct Sent {
    /// The address.
    pub recipient: String,
    /// Its subject.
    pub subject: String,
    /// Since when it is to be sent.
    pub created_at: DateTime<Utc>,
    /// When the mail server took it.
    pub sent_at: Option<DateTime<Utc>>,
    /// When it was given up.
    pub given_up_at: Option<DateTime<Utc>>,
}

/// Writes a mail down, and has it sent after the caller's transaction.
///
/// # Errors
/// When the database does not answer.
pub async fn enqueue(app: &App, transaction: &mut PgConnection, new: NewMail<'_>) -> Result<()> {
    let (id, now) = (MailId::new(), app.clock.now());
    let html = match new.html {
        Some(html) => html.to_owned(),
        None => PlainMail { language: new.language, text: new.text }.render()?,
    };
    let inserted = sqlx::query!(
        "insert into mail (id, purpose, recipient, subject, body_text, body_html, organisation_id, connection_id,
            created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (purpose) do nothing",
        id.uuid(),
        new.purpose,
        new.recipient,
        new.subject,
        new.text,
        html,
        new.organisation.map(OrganisationId::uuid),
        new.connection.map(ConnectionId::uuid),
        now,
    );
    if inserted.execute(&mut *transaction).await?.rows_affected() == 1 {
        let job = SendMail { mail: id };
        app.jobs.enqueue_until_done(transaction, job.key(), (job, Urgency::Mails), now).await?;
    }
    Ok(())
}

/// A mail that only has a text, as HTML.
#[derive(Template)]
#[template(
    source = r#"<!doctype html><html lang="{{ language.code() }}"><body><pre>{{ text }}</pre></body></html>"#,
    ext = "html"
)]
struct PlainMail<'a> {
    language: Language,
    text: &'a str,
}

/// The mails about a connection, the newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn of_connection(db: &mut PgConnection, id: ConnectionId) -> Result<Vec<Sent>> {
    let found = sqlx::query_as!(
        Sent,
        "select recipient, subject, created_at, sent_at, given_up_at from mail
         where connection_id = $1 order by created_at desc limit 50",
        id.uuid(),
    );
    Ok(found.fetch_all(db).await?)
}

pub(super) async fn to_send(db: &mut PgConnection, id: MailId) -> sqlx::Result<Option<Mail>> {
    let found = sqlx::query_as!(
        Mail,
        "select recipient, subject, body_text, body_html, created_at from mail
         where id = $1 and sent_at is null and given_up_at is null",
        id.uuid(),
    );
    found.fetch_optional(db).await
}

/// Also where it was given up while the mail server took it.
pub(super) async fn sent(db: &mut PgConnection, id: MailId, now: DateTime<Utc>) -> sqlx::Result<()> {
    let sent = sqlx::query!("update mail set sent_at = $2, given_up_at = null where id = $1", id.uuid(), now);
    sent.execute(db).await?;
    Ok(())
}

pub(super) async fn give_up(db: &mut PgConnection, id: MailId, now: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!("update mail set given_up_at = $2 where id = $1", id.uuid(), now).execute(db).await?;
    Ok(())
}

/// Gives up what is not sent yet about a connection: it is not so any more. Within the caller's transaction.
///
/// # Errors
/// When the database does not answer.
pub async fn withdraw_about(transaction: &mut PgConnection, id: ConnectionId, now: DateTime<Utc>) -> Result<()> {
    let withdrawn = sqlx::query!(
        "update mail set given_up_at = $2 where connection_id = $1 and sent_at is null and given_up_at is null",
        id.uuid(),
        now,
    );
    withdrawn.execute(transaction).await?;
    Ok(())
}

/// Gives up what is not sent yet to somebody about an organisation, within the caller's transaction.
///
/// # Errors
/// When the database does not answer.
pub async fn withdraw_from(
    transaction: &mut PgConnection,
    organisation: OrganisationId,
    recipient: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    let withdrawn = sqlx::query!(
        "update mail set given_up_at = $3
         where organisation_id = $1 and recipient = $2 and sent_at is null and given_up_at is null",
        organisation.uuid(),
        recipient,
        now,
    );
    withdrawn.execute(transaction).await?;
    Ok(())
}

/// Whether all mails about a connection that were written since then were given up: nobody was told.
///
/// # Errors
/// When the database does not answer.
pub async fn nobody_was_told_since(db: &mut PgConnection, id: ConnectionId, since: DateTime<Utc>) -> Result<bool> {
    let untold = sqlx::query_scalar!(
        r#"select coalesce(bool_and(given_up_at is not null), false) as "untold!" from mail
         where connection_id = $1 and created_at >= $2"#,
        id.uuid(),
        since,
    );
    Ok(untold.fetch_one(db).await?)
}

/// What the mails that have waited for long say of the mail server.
#[derive(Clone, Copy, Debug)]
pub struct Refusals {
    /// One waits, and none was sent since it was written: one address that nobody has holds up no others.
    pub none_is_taken: bool,
    /// One waits, and none was sent since it was written until `before`: it may still wait for the mail server.
    pub may_wait_still: bool,
}

/// The same of those that were written before then; `last_unkept` is the last of those that are in no table.
///
/// # Errors
/// When the database does not answer.
pub async fn refusals(
    db: &mut PgConnection,
    before: DateTime<Utc>,
    last_unkept: Option<DateTime<Utc>>,
) -> Result<Refusals> {
    let found = sqlx::query_as!(
        Refusals,
        r#"with waiting as (
            select greatest(max(created_at), $2::timestamptz) as last from mail
            where sent_at is null and given_up_at is null and created_at < $1),
        taken as (
            select coalesce(max(sent_at), '-infinity') as last,
                coalesce(max(sent_at) filter (where sent_at <= $1), '-infinity') as last_before from mail)
        select coalesce(waiting.last > taken.last, false) as "none_is_taken!",
            coalesce(waiting.last > taken.last_before, false) as "may_wait_still!" from waiting, taken"#,
        before,
        last_unkept,
    );
    Ok(found.fetch_one(db).await?)
}

/// Who was sent a mail about a connection that was written since then.
///
/// # Errors
/// When the database does not answer.
pub async fn told_since(db: &mut PgConnection, id: ConnectionId, since: DateTime<Utc>) -> Result<Vec<String>> {
    let told = sqlx::query_scalar!(
        "select distinct recipient from mail where connection_id = $1 and created_at >= $2 and sent_at is not null",
        id.uuid(),
        since,
    );
    Ok(told.fetch_all(db).await?)
}

pub(super) async fn purge(db: &mut PgConnection, before: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!("delete from mail where created_at < $1", before).execute(db).await?;
    Ok(())
}

/// Gives up every mail that is not sent yet, within the caller's transaction. How many.
///
/// # Errors
/// When the database does not answer.
pub async fn give_up_all(transaction: &mut PgConnection, now: DateTime<Utc>) -> Result<u64> {
    let given_up = sqlx::query!("update mail set given_up_at = $1 where sent_at is null and given_up_at is null", now);
    Ok(given_up.execute(transaction).await?.rows_affected())
}
