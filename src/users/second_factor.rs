//! The second factor of TicknCook's support: codes that a device computes from a secret and the time (RFC 6238: SHA-1,
//! six digits, half a minute each). A code is good once, the one before and the one after as well.

use std::net::IpAddr;

use anyhow::{Context, Result, bail};
use chrono::TimeDelta;
use secrecy::{ExposeSecret, SecretString};
use totp_rs::{Builder, Secret, Totp};

use super::{EmailAddress, store, throttle};
use crate::{
    app::App,
    crypto::{Binding, SealedRows as _},
    database,
    ids::UserId,
    secrets::random_bytes,
};

/// A secret, in the two ways in which a device takes it. To be shown once.
#[derive(Debug)]
pub struct SecondFactor {
    /// In base32, to be typed.
    pub secret: SecretString,
    /// `otpauth://…`, to be read as a QR code.
    pub address: SecretString,
}

/// How a try ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verification {
    /// It was the right code, for the first time.
    Right,
    /// A wrong code, or one that was used before.
    Wrong,
    /// Too many wrong ones; the code was not looked at.
    Slow(TimeDelta),
    /// The account has no secret to compute codes from.
    NoSecret,
}

/// Gives somebody of TicknCook's support a new secret in place of the one they had, which ends their sessions.
///
/// # Errors
/// When nobody of the support has this address, or the database does not answer.
pub async fn renew(app: &App, email: &str) -> Result<SecondFactor> {
    replace(app, email, Secret::from(random_bytes::<20>())).await
}

/// Gives somebody of TicknCook's support this secret, if they have none yet.
///
/// # Errors
/// When nobody of the support has this address, the secret is too short or no base32, or the database does not answer.
pub async fn set_unless_there(app: &App, email: &str, secret: &str) -> Result<()> {
    let (user, _) = of_support(app, email).await?;
    if is_there(app, user).await? {
        return Ok(());
    }
    let secret = Secret::try_from_base32(secret).ok().context("the secret of a second factor is no base32")?;
    replace(app, email, secret).await?;
    Ok(())
}

/// Whether somebody has a secret.
///
/// # Errors
/// When the database does not answer.
pub async fn is_there(app: &App, user: UserId) -> Result<bool> {
    Ok(store::has_second_factor(&mut *app.db.acquire().await?, user).await?)
}

/// Tries a code. Wrong ones are slowed down like wrong passwords, by a count of their own.
///
/// # Errors
/// When the database does not answer, or the secret does not open.
pub async fn verify(app: &App, user: UserId, code: &str, address: IpAddr) -> Result<Verification> {
    if !is_there(app, user).await? {
        return Ok(Verification::NoSecret);
    }
    let keys = throttle::Keys::of_second_factor(user, address);
    let now = app.clock.now();
    if let Some(wait) = keys.admit(&app.db, now).await? {
        return Ok(Verification::Slow(wait));
    }
    // Locked, so that it is the same secret to the end.
    let mut transaction = database::begin(&app.db).await?;
    let Some(sealed) = store::lock_second_factor(&mut transaction, user).await? else {
        return Ok(Verification::NoSecret);
    };
    let secret = app.config.keyring.open(&sealed, binding(user))?;
    let secret = Secret::try_from_base32(secret.expose_secret()).ok().context("a stored second factor is damaged")?;
    let code: String = code.chars().filter(|character| !character.is_whitespace()).collect();
    let step = totp(secret, "")?.check(&code, u64::try_from(now.timestamp())?);
    let Some(step) = step else { return Ok(Verification::Wrong) };
    if !store::use_step(&mut transaction, user, i64::try_from(step)?).await? {
        return Ok(Verification::Wrong);
    }
    transaction.commit().await?;
    keys.forgive(&app.db, now).await?;
    tracing::info!(%user, "proved the second factor");
    Ok(Verification::Right)
}

async fn of_support(app: &App, email: &str) -> Result<(UserId, EmailAddress)> {
    let email = EmailAddress::parse(email).with_context(|| format!("`{email}` is not an e-mail address"))?;
    match store::support_user(&mut *app.db.acquire().await?, &email).await? {
        Some(user) => Ok((user, email)),
        None => bail!("nobody of TicknCook's support has the address {}", email.as_str()),
    }
}

async fn replace(app: &App, email: &str, secret: Secret) -> Result<SecondFactor> {
    let (user, email) = of_support(app, email).await?;
    let base32 = SecretString::from(secret.to_base32());
    let address = totp(secret, email.as_str())?.to_url()?.into();
    let sealed = app.config.keyring.seal(&base32, binding(user))?;
    let mut transaction = database::begin(&app.db).await?;
    store::set_second_factor(&mut transaction, user, &sealed).await?;
    // What the former secret let in must not stay.
    store::end_sessions(&mut transaction, user).await?;
    transaction.commit().await?;
    Ok(SecondFactor { secret: base32, address })
}

/// The account's name is only for the address that a device reads.
fn totp(secret: Secret, account: &str) -> Result<Totp> {
    let builder = Builder::new().with_secret(secret).with_issuer(Some("TicknCook")).with_account_name(account);
    builder.build().context("a second factor's secret is no good one")
}

fn binding(user: UserId) -> Binding {
    store::SealedSecondFactors::binding(user.uuid())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fuzz_codes_of_second_factors() {
        let made = |step: u64| {
            let secret = Secret::try_from_base32("TICKNCOOKDEMOSUPPORTSECONDFACTOR").unwrap();
            totp(secret, "").unwrap().generate(step * 30).to_string()
        };
        let good = [made(999), made(1000), made(1001)];
        let secret = || Secret::try_from_base32("TICKNCOOKDEMOSUPPORTSECONDFACTOR").unwrap();
        crate::fuzz::text("second-factors", |code| {
            let step = totp(secret(), "").unwrap().check(code, 30_000);
            assert_eq!(step.is_some(), good.iter().any(|good| good == code), "{code:?}");
            assert!(step.is_none_or(|step| (999..=1001).contains(&step)));
        });
    }
}
