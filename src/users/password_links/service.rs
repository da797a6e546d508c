//! The rules of links to choose a password by.

use std::net::IpAddr;

use anyhow::{Context as _, Result};
use askama::Template as _;
use chrono::TimeDelta;
use secrecy::{ExposeSecret, SecretString};
use sqlx::PgConnection;

use super::{
    super::{
        EmailAddress, Proof, password,
        service::replace_password,
        store::{credentials, email_was_proved, lock, password_was_right},
        throttle::Keys,
    },
    answer::{Answer, Doubt, Verdict},
    jobs::SendPasswordLink,
    pages::{HtmlMail, TextMail, Words},
    store,
};
use crate::{
    app::App,
    database,
    i18n::Language,
    ids::PasswordLinkId,
    jobs::Urgency,
    mail,
    secrets::{Digest, random_secret},
    team::{
        belonging::{self, Belonging},
        service::take_back_all_of,
    },
};

/// How long after it was asked for a link can be used.
const LIFETIME: TimeDelta = TimeDelta::hours(1);

/// What became of somebody's asking for a link.
#[derive(Clone, Copy, Debug)]
pub(super) enum Asked {
    /// It is sent, if the address is an account's. Nobody is told whether it is.
    Noted,
    /// What was typed is no e-mail address.
    NoAddress,
    /// Too many were asked for, for this address or from there.
    Slow(TimeDelta),
}

/// Notes that somebody asks for a link, and has it sent.
pub(super) async fn ask(app: &App, email: &str, from: IpAddr, language: Language) -> Result<Asked> {
    let Some(email) = EmailAddress::parse(email) else { return Ok(Asked::NoAddress) };
    let now = app.clock.now();
    if let Some(wait) = Keys::of_password_link(&email, from).admit(&app.db, now).await? {
        return Ok(Asked::Slow(wait));
    }
    let link = PasswordLinkId::new();
    let mut transaction = database::begin(&app.db).await?;
    store::insert(&mut transaction, link, &email, language, now + LIFETIME).await?;
    let job = SendPasswordLink { link };
    app.jobs.enqueue_until_done(&mut transaction, job.key(), (job, Urgency::Mails), now).await?;
    transaction.commit().await?;
    Ok(Asked::Noted)
}

/// Sends it. Nobody's address is sent nothing, and whoever only comes in with HubRise is told so.
pub(super) async fn send(app: &App, link: PasswordLinkId) -> Result<()> {
    let (mut db, now) = (app.db.acquire().await?, app.clock.now());
    let Some(asked) = store::asked(&mut db, link, now).await? else { return Ok(()) };
    let (t, email) = (asked.language, asked.email.as_str());
    let words = match credentials(&mut db, &asked.email).await? {
        Some(known) if known.password_hash.is_some() => {
            let secret = random_secret();
            store::give_secret(&mut db, link, known.id, &Digest::of(secret.expose_secret())).await?;
            let address = app.config.absolute(&format!("/password-links/{}", secret.expose_secret()));
            let (title, what, action) = ("password-mail-title", "password-mail", "password-mail-action");
            Words { t, email, title: t.text(title), what, action, address: address.into() }
        }
        Some(_) => {
            let address = app.config.absolute("/login");
            let (title, what, action) = ("password-mail-hubrise-title", "password-mail-hubrise", "login-hubrise");
            Words { t, email, title: t.text(title), what, action, address: address.into() }
        }
        None => return Ok(store::delete(&mut db, link).await?),
    };
    drop(db);
    let (text, html) = (TextMail { words: &words }.render()?, HtmlMail { words: &words }.render()?);
    let letter = mail::Letter { recipient: email, subject: &words.title, text: &text, html: &html };
    mail::send_unkept(app, letter).await?;
    tracing::info!(%link, "a link to choose a password was sent");
    Ok(())
}

/// An open link, by its secret.
pub(super) async fn find(app: &App, secret: &Digest) -> Result<Option<PasswordLinkId>> {
    Ok(store::by_secret(&mut *app.db.acquire().await?, secret, app.clock.now()).await?)
}

/// An account whose password an open link chooses.
pub(super) struct Opened {
    /// Its address.
    pub(super) email: String,
    /// What it belongs to, while nobody has proved that the address is theirs: a stranger may have made the account.
    pub(super) doubtful: Vec<Belonging>,
}

/// Whose password an open link chooses.
pub(super) async fn open(app: &App, link: PasswordLinkId) -> Result<Option<Opened>> {
    let mut db = app.db.acquire().await?;
    let Some(owner) = store::owner(&mut db, link, app.clock.now()).await? else { return Ok(None) };
    let doubtful = doubtful(&mut db, &owner).await?;
    Ok(Some(Opened { email: owner.email, doubtful }))
}

async fn doubtful(db: &mut PgConnection, owner: &store::Owner) -> Result<Vec<Belonging>> {
    if owner.is_proved { Ok(Vec::new()) } else { belonging::of(db, owner.user).await }
}

/// How somebody's choosing of a password ended.
pub(super) enum Chosen {
    /// It is this person's from now on.
    Welcome(Proof),
    /// The link is of no use any more.
    Over,
    /// Nothing has changed: something is to be answered first.
    Doubtful(Doubt),
}

/// Uses a link up, with all others of its account, whose password this is from now on, and whose address is proved. What
/// the account belongs to without its person's knowing it does not any more, be it that nobody is left to manage it.
pub(super) async fn choose(app: &App, link: PasswordLinkId, password: SecretString, answer: &Answer) -> Result<Chosen> {
    let hash = password::hash(app, password).await?;
    // Those of the organisations that it belongs to are not locked together with those that it has invited to.
    database::without_deadlock(|| choose_once(app, link, &hash, answer)).await
}

async fn choose_once(app: &App, link: PasswordLinkId, hash: &str, answer: &Answer) -> Result<Chosen> {
    let now = app.clock.now();
    let mut transaction = database::begin(&app.db).await?;
    let Some(owner) = store::owner(&mut transaction, link, now).await? else { return Ok(Chosen::Over) };
    let before = doubtful(&mut transaction, &owner).await?;
    // Organisations before accounts; of none of it anything stays if the link is of no use, or the answer not.
    belonging::lock(&mut transaction, &before).await?;
    take_back_all_of(&mut transaction, owner.user, owner.actor(), now).await?;
    lock(&mut transaction, &[owner.user]).await?;
    // Only now: nobody is let in anywhere any more with the account.
    let doubtful = doubtful(&mut transaction, &owner).await?;
    if let Some(doubt) = answer.doubt(&doubtful) {
        return Ok(Chosen::Doubtful(doubt));
    }
    let user = owner.user;
    if !store::use_up(&mut transaction, link, user, now).await? {
        return Ok(Chosen::Over);
    }
    let proof = replace_password(&mut transaction, user, hash).await?;
    password_was_right(&mut transaction, proof, now).await?;
    email_was_proved(&mut transaction, user, now).await?;
    let strange = if answer.verdict == Some(Verdict::Strange) { doubtful } else { Vec::new() };
    let unmanaged = belonging::disown(&mut transaction, user, &strange, now).await?;
    transaction.commit().await.context("cannot choose a password")?;
    tracing::info!(%user, disowned = strange.len(), "a password was chosen by a link");
    for organisation in unmanaged {
        tracing::warn!(%organisation, "nobody manages it any more: who did, did not know it");
    }
    Ok(Chosen::Welcome(proof))
}

/// Ends all links, within the caller's transaction: a restored database does not know which were used. How many.
///
/// # Errors
/// When the database does not answer.
pub async fn forget_password_links(transaction: &mut PgConnection) -> Result<u64> {
    Ok(store::delete_all(transaction).await?)
}
