//! Who somebody is at HubRise, and which account is theirs. An e-mail address that is the same proves nothing: only the
//! account itself can say that a HubRise identity belongs to it.

use anyhow::Result;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{EmailAddress, Proof, store};
use crate::hubrise::{HubRiseUserId, Profile};

/// Who somebody is at HubRise.
#[derive(Clone)]
pub struct Identity {
    /// Their id there.
    pub id: HubRiseUserId,
    pub(super) email: EmailAddress,
    pub(super) name: Option<String>,
    pub(super) locales: Vec<String>,
}

impl Identity {
    /// From a profile; `None` if it tells no e-mail address.
    #[must_use]
    pub fn of(profile: Profile) -> Option<Self> {
        let email = EmailAddress::parse(profile.email.as_deref()?)?;
        let is_locale = |locale: &String| {
            locale.len() <= 35 && locale.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        };
        let locales = profile.locales.into_iter().filter(is_locale).take(10).collect();
        Some(Self { id: profile.id, email, name: profile.name, locales })
    }
}

/// Keeps what HubRise says of somebody, as it is now. Whose account it is does not change.
///
/// # Errors
/// When the database does not answer.
pub async fn record(db: &mut PgConnection, identity: &Identity, now: DateTime<Utc>) -> Result<()> {
    Ok(store::record_identity(db, identity, now).await?)
}

/// The account of somebody who has proved to be this user of HubRise; a new one, if they have none. `None` if somebody
/// else has an account with their e-mail address.
///
/// # Errors
/// When the database does not answer.
pub async fn open_account(
    transaction: &mut PgConnection,
    id: &HubRiseUserId,
    now: DateTime<Utc>,
) -> Result<Option<Proof>> {
    let Some(known) = store::identity(transaction, id).await? else { return Ok(None) };
    if known.proof.is_some() {
        return Ok(known.proof);
    }
    let Some(email) = EmailAddress::parse(&known.email) else { return Ok(None) };
    let (name, password_hash) = (known.name.as_deref(), None);
    let person = store::NewPerson { email: &email, name, password_hash, is_support: false, is_proved: false };
    let user = store::insert(transaction, person, now).await?;
    if let Some(user) = user {
        store::link_identity(transaction, id, user).await?;
    }
    Ok(user.map(Proof::of_new))
}
