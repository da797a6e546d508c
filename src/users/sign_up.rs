//! Getting an account.

use std::net::IpAddr;

use anyhow::{Context, Result};
use axum::http::StatusCode;
use chrono::TimeDelta;
use secrecy::SecretString;
use sqlx::PgConnection;

use super::{EmailAddress, Newcomer, Proof, Trouble, identities, password, store, throttle};
use crate::{app::App, database, i18n::Language, ids::UserId, organisations};

/// How a try to get an account ended.
#[derive(Debug)]
pub enum SignUp {
    /// It is there, and this is its owner.
    Welcome(Proof),
    /// What was typed is no e-mail address.
    NoAddress,
    /// The password is too short or too long.
    WeakPassword,
    /// There is an account with this address.
    Known,
    /// What was to give access has come to its end: there is no account either.
    NoAccess,
    /// Too many tries from there.
    Slow(TimeDelta),
}

impl SignUp {
    /// Who has an account now; or why nobody has.
    ///
    /// # Errors
    /// With what the page that asks again says.
    pub fn outcome(self, language: Language) -> Result<Proof, Trouble> {
        let trouble = |status, sentence| Err(Trouble::new(status, sentence));
        match self {
            Self::Welcome(proof) => Ok(proof),
            Self::NoAddress => trouble(StatusCode::UNPROCESSABLE_ENTITY, language.text("account-error-email")),
            Self::WeakPassword => trouble(StatusCode::UNPROCESSABLE_ENTITY, language.text("account-error-password")),
            Self::Known => trouble(StatusCode::CONFLICT, language.text("account-error-known")),
            Self::NoAccess => trouble(StatusCode::GONE, language.text("account-error-no-access")),
            Self::Slow(wait) => Err(Trouble::slow(language, wait)),
        }
    }
}

/// Makes an account with a password, and a new organisation with a free trial for it to manage.
///
/// # Errors
/// When the database does not answer.
pub async fn sign_up(
    app: &App,
    email: &str,
    password: SecretString,
    address: IpAddr,
    organisation_name: &str,
) -> Result<SignUp> {
    let found = async |transaction: &mut PgConnection, user| {
        organisations::service::found_within(app, transaction, organisation_name, user).await.map(|_| true)
    };
    sign_up_within(app, email, password, address, found).await
}

/// Makes an account with a password, together with whatever gives it access: if that says no, there is no account.
/// Tries are slowed down like those to sign in, because their answer tells who has an account.
///
/// # Errors
/// When the database does not answer.
pub async fn sign_up_within(
    app: &App,
    email: &str,
    password: SecretString,
    address: IpAddr,
    give_access: impl AsyncFnOnce(&mut PgConnection, UserId) -> Result<bool>,
) -> Result<SignUp> {
    let Some(email) = EmailAddress::parse(email) else { return Ok(SignUp::NoAddress) };
    if !password::has_length(&password) {
        return Ok(SignUp::WeakPassword);
    }
    let keys = throttle::Keys::new(&email, address);
    let now = app.clock.now();
    if let Some(wait) = keys.admit(&app.db, now).await? {
        return Ok(SignUp::Slow(wait));
    }
    let hash = password::hash(app, password).await?;
    let mut transaction = database::begin(&app.db).await?;
    let (name, password_hash) = (None, Some(hash.as_str()));
    let person = store::NewPerson { email: &email, name, password_hash, is_support: false, is_proved: false };
    let Some(user) = store::insert(&mut transaction, person, now).await? else { return Ok(SignUp::Known) };
    let proof = Proof::of_new(user);
    store::password_was_right(&mut transaction, proof, now).await?;
    if !give_access(&mut transaction, user).await? {
        return Ok(SignUp::NoAccess);
    }
    transaction.commit().await?;
    keys.forgive(&app.db, now).await?;
    Ok(SignUp::Welcome(proof))
}

/// Makes an account for somebody whom HubRise knows, and a new organisation with a free trial for it to manage.
///
/// # Errors
/// When the database does not answer.
pub async fn sign_up_newcomer(app: &App, newcomer: &Newcomer, organisation_name: &str) -> Result<SignUp> {
    let mut transaction = database::begin(&app.db).await?;
    let opened = identities::open_account(&mut transaction, &newcomer.identity, app.clock.now()).await?;
    let Some(proof) = opened else { return Ok(SignUp::Known) };
    organisations::service::found_within(app, &mut transaction, organisation_name, proof.user).await?;
    transaction.commit().await.context("cannot make the account")?;
    Ok(SignUp::Welcome(proof))
}
