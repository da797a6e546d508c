//! The rules of signing in, and of adding people.

use std::net::IpAddr;

use anyhow::{Context, Result, bail};
use axum::http::{HeaderMap, StatusCode};
use chrono::TimeDelta;
use secrecy::SecretString;
use sqlx::PgConnection;

use super::{EmailAddress, Proof, Trouble, known_device::Device, password, store, throttle};
use crate::{
    app::App,
    database,
    history::Actor,
    hubrise::HubRiseUserId,
    i18n::Language,
    ids::{OrganisationId, UserId},
    organisations::{self, Role},
    team,
};

/// How a try to sign in ended.
#[derive(Debug)]
pub enum SignIn {
    /// It is this person.
    Welcome(Proof),
    /// A wrong password or an unknown address: the two cannot be told apart.
    Wrong,
    /// Too many failures; the password was not looked at.
    Slow(TimeDelta),
}

impl SignIn {
    /// Who it is; or why nobody is let in. `wrong` is what a wrong password is told with.
    ///
    /// # Errors
    /// With what the page that asks again says.
    pub fn outcome(self, language: Language, wrong: String) -> std::result::Result<Proof, Trouble> {
        match self {
            Self::Welcome(proof) => Ok(proof),
            Self::Wrong => Err(Trouble::new(StatusCode::UNAUTHORIZED, wrong)),
            Self::Slow(wait) => Err(Trouble::slow(language, wait)),
        }
    }
}

/// Tries to sign in. Who does so with a browser that the account knows is not slowed down by what others try.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn sign_in(
    app: &App,
    email: &str,
    password: SecretString,
    address: IpAddr,
    device: Option<&Device>,
) -> Result<SignIn> {
    // What is not an address is nobody's, and is treated like any address that is nobody's.
    let nobody = || EmailAddress::parse("nobody@invalid");
    let email = EmailAddress::parse(email).or_else(nobody).context("no e-mail address")?;
    let keys = match device {
        Some(device) if device.is_known_to(app, &email).await? => throttle::Keys::of_device(&email, &device.digest()),
        _ => throttle::Keys::new(&email, address),
    };
    if let Some(wait) = keys.admit(&app.db, app.clock.now()).await? {
        return Ok(SignIn::Slow(wait));
    }
    let known = store::credentials(&mut *app.db.acquire().await?, &email).await?;
    let (proof, hash) = known.map(|known| (known.proof(), known.password_hash)).unzip();
    // Whoever has no password is like nobody: none is right, and that takes as long to tell.
    let is_right = password::matches(app, password, hash.flatten()).await?;
    let Some(proof) = proof.filter(|_| is_right) else { return Ok(SignIn::Wrong) };
    // It took a while to tell: by now the password may be another.
    if !store::password_was_right(&mut *app.db.acquire().await?, proof, app.clock.now()).await? {
        return Ok(SignIn::Wrong);
    }
    keys.forgive(&app.db, app.clock.now()).await?;
    Ok(SignIn::Welcome(proof))
}

/// Whether somebody who is signed in knows the account's password: a session that was left open is not enough for what
/// cannot be undone. Wrong ones slow down as at the sign-in.
///
/// # Errors
/// When the database does not answer.
pub async fn prove_again(
    app: &App,
    headers: &HeaderMap,
    email: &str,
    password: SecretString,
    address: IpAddr,
) -> Result<SignIn> {
    sign_in(app, email, password, address, Device::of(app, headers).as_ref()).await
}

/// A code that an address brings us from HubRise, which may be a guess: guesses at codes are slowed down like guesses
/// at passwords.
#[derive(Clone, Copy, Debug)]
pub struct CodeGuess(throttle::Keys);

impl CodeGuess {
    /// From this address.
    #[must_use]
    pub fn from(address: IpAddr) -> Self {
        Self(throttle::Keys::of_address(address))
    }

    /// Whether it may be tried now.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn is_admitted(&self, app: &App) -> Result<bool> {
        Ok(self.0.admit(&app.db, app.clock.now()).await?.is_none())
    }

    /// It was no guess.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn forgive(&self, app: &App) -> Result<()> {
        Ok(self.0.forgive(&app.db, app.clock.now()).await?)
    }
}

/// A person to add.
#[derive(Debug)]
pub struct NewUser<'a> {
    /// Their address.
    pub email: &'a str,
    /// Their password, of 10 to 200 characters.
    pub password: SecretString,
    /// Whether they are TicknCook's support.
    pub is_support: bool,
    /// The organisation they belong to.
    pub membership: Option<(OrganisationId, Role)>,
}

/// Adds a person, whose address is taken for proved: the operator knows them.
///
/// # Errors
/// When the address is not one or is taken, the password too short or too long, or the organisation unknown.
pub async fn add_user(app: &App, new: NewUser<'_>) -> Result<UserId> {
    let email = parse(new.email)?;
    let hash = hash(app, new.password).await?;
    let mut transaction = database::begin(&app.db).await?;
    let now = app.clock.now();
    let is_support = new.is_support;
    let (name, password_hash) = (None, Some(hash.as_str()));
    let person = store::NewPerson { email: &email, name, password_hash, is_support, is_proved: true };
    let id = store::insert(&mut transaction, person, now).await?;
    let id = id.with_context(|| format!("there is a user {} already", email.as_str()))?;
    if let Some((organisation, role)) = new.membership {
        organisations::service::add_member(&mut transaction, organisation, id, role, now).await?;
    }
    transaction.commit().await?;
    Ok(id)
}

fn parse(email: &str) -> Result<EmailAddress> {
    EmailAddress::parse(email).with_context(|| format!("`{email}` is not an e-mail address"))
}

async fn hash(app: &App, password: SecretString) -> Result<String> {
    if !password::has_length(&password) {
        bail!("a password has {} to {} characters", password::LENGTH.start(), password::LENGTH.end());
    }
    password::hash(app, password).await
}

/// Gives somebody a new password. Whoever came in before is out: their sessions end, the browsers that signed in are
/// known no more, a HubRise identity is to be confirmed once more, and the open invitations and links for owners that
/// they made are taken back.
///
/// # Errors
/// When the address is not one or is nobody's, the password too short or too long, or the database does not answer.
pub async fn set_password(app: &App, email: &str, password: SecretString) -> Result<()> {
    let email = parse(email)?;
    let hash = hash(app, password).await?;
    let mut transaction = database::begin(&app.db).await?;
    let known = store::credentials(&mut transaction, &email).await?;
    let user = known.with_context(|| format!("there is no user {}", email.as_str()))?.id;
    team::service::take_back_all_of(&mut transaction, user, Actor::System, app.clock.now()).await?;
    replace_password(&mut transaction, user, &hash).await?;
    Ok(transaction.commit().await?)
}

/// Somebody has this password from now on, and whoever came in before is out: also by a HubRise identity, which the
/// account must confirm once more. Within the caller's transaction, which has taken back what was made before (see
/// [`team::service::take_back_all_of`]). For whoever has chosen it.
pub(super) async fn replace_password(transaction: &mut PgConnection, user: UserId, hash: &str) -> sqlx::Result<Proof> {
    store::set_password(&mut *transaction, user, hash).await?;
    let proof = store::end_sessions(&mut *transaction, user).await?;
    store::unlink_identity(&mut *transaction, user).await?;
    store::forget_oldest_devices(transaction, user, 0).await?;
    Ok(proof)
}

/// Whether somebody has this address.
///
/// # Errors
/// When the database does not answer.
pub async fn is_known(app: &App, email: &str) -> Result<bool> {
    let Some(email) = EmailAddress::parse(email) else { return Ok(false) };
    Ok(store::credentials(&mut *app.db.acquire().await?, &email).await?.is_some())
}

/// What the settings show of an account.
#[derive(Debug)]
pub struct Account {
    /// Its address.
    pub email: String,
    /// Whether it can sign in with a password.
    pub has_password: bool,
    /// The address of the HubRise profile that belongs to it.
    pub hubrise_email: Option<String>,
}

/// One's own account.
///
/// # Errors
/// When the database does not answer, or there is no such account.
pub async fn account(app: &App, user: UserId) -> Result<Account> {
    store::account(&mut *app.db.acquire().await?, user).await?.context("a signed-in account is gone")
}

/// The account says that a HubRise identity belongs to it; one that belonged to it before does not any more. An
/// identity that is another account's stays there. By a proof that does not hold any more nothing changes.
///
/// # Errors
/// When the database does not answer.
pub async fn link_identity(app: &App, identity: &HubRiseUserId, proof: Proof) -> Result<()> {
    let mut transaction = database::begin(&app.db).await?;
    if !store::hold(&mut transaction, proof).await? {
        return Ok(());
    }
    store::unlink_identity(&mut transaction, proof.user).await?;
    if store::link_identity(&mut transaction, identity, proof.user).await? {
        transaction.commit().await?;
    }
    Ok(())
}

/// The account says that no HubRise identity belongs to it any more. Without a password nobody could sign in to it
/// then: nothing changes, and it answers `false`.
///
/// # Errors
/// When the database does not answer.
pub async fn unlink_identity(app: &App, user: UserId) -> Result<bool> {
    let mut db = app.db.acquire().await?;
    let may_go = store::account(&mut db, user).await?.is_some_and(|account| account.has_password);
    if may_go {
        store::unlink_identity(&mut db, user).await?;
    }
    Ok(may_go)
}

/// Keeps the language that somebody has chosen, for all their browsers.
///
/// # Errors
/// When the database does not answer.
pub async fn choose_language(app: &App, user: UserId, language: Language) -> Result<()> {
    Ok(store::choose_language(&mut *app.db.acquire().await?, user, language.code()).await?)
}
