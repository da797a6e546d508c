//! The rules of signing in, and of adding people.

use std::net::IpAddr;

use anyhow::{Context, Result, bail};
use chrono::TimeDelta;
use secrecy::{ExposeSecret, SecretString};

use super::{EmailAddress, password, store, throttle};
use crate::{
    app::App,
    ids::{OrganisationId, UserId},
    organisations::{self, Role},
};

pub use password::prepare as prepare_passwords;

/// How a try to sign in ended.
#[derive(Debug)]
pub enum SignIn {
    /// It is this person.
    Welcome(UserId),
    /// A wrong password or an unknown address: the two cannot be told apart.
    Wrong,
    /// Too many failures; the password was not looked at.
    Slow(TimeDelta),
}

/// Tries to sign in.
///
/// # Errors
/// When the database does not answer.
pub async fn sign_in(app: &App, email: &str, password: SecretString, address: IpAddr) -> Result<SignIn> {
    // What is not an address is nobody's, and is treated like any address that is nobody's.
    let nobody = || EmailAddress::parse("nobody@invalid");
    let email = EmailAddress::parse(email).or_else(nobody).context("no e-mail address")?;
    let keys = throttle::Keys::new(&email, address);
    if let Some(wait) = keys.admit(&app.db, app.clock.now()).await? {
        return Ok(SignIn::Slow(wait));
    }
    let known = store::credentials(&mut *app.db.acquire().await?, &email).await?;
    let (user, hash) = known.map(|known| (known.id, known.password_hash)).unzip();
    let is_right = password::matches(app, password, hash).await?;
    if let Some(user) = user.filter(|_| is_right) {
        keys.forgive(&app.db, app.clock.now()).await?;
        return Ok(SignIn::Welcome(user));
    }
    Ok(SignIn::Wrong)
}

/// A person to add.
#[derive(Debug)]
pub struct NewUser<'a> {
    /// Their address.
    pub email: &'a str,
    /// Their password, of at least 10 characters.
    pub password: SecretString,
    /// Whether they are TicknCook's support.
    pub is_support: bool,
    /// The organisation they belong to.
    pub membership: Option<(OrganisationId, Role)>,
}

/// Adds a person.
///
/// # Errors
/// When the address is not one or is taken, the password too short, or the organisation unknown.
pub async fn add_user(app: &App, new: NewUser<'_>) -> Result<UserId> {
    let email = EmailAddress::parse(new.email).with_context(|| format!("`{}` is not an e-mail address", new.email))?;
    if new.password.expose_secret().chars().count() < 10 {
        bail!("a password has at least 10 characters");
    }
    let hash = password::hash(app, new.password).await?;
    let mut transaction = app.db.begin().await?;
    let now = app.clock.now();
    let id = store::insert(&mut transaction, &email, &hash, new.is_support, now).await?;
    let id = id.with_context(|| format!("there is a user {} already", email.as_str()))?;
    if let Some((organisation, role)) = new.membership {
        organisations::service::add_member(&mut transaction, organisation, id, role, now).await?;
    }
    transaction.commit().await?;
    Ok(id)
}

/// Whether somebody has this address.
///
/// # Errors
/// When the database does not answer.
pub async fn is_known(app: &App, email: &str) -> Result<bool> {
    let Some(email) = EmailAddress::parse(email) else { return Ok(false) };
    Ok(store::credentials(&mut *app.db.acquire().await?, &email).await?.is_some())
}
