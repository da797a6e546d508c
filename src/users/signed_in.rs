//! What a browser session says of the person who is signed in.

use axum::http::HeaderMap;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tower_sessions::Session;

use super::{Newcomer, Proof, device, store};
use crate::{
    app::App,
    ids::{OrganisationId, UserId},
    web::AppError,
};

/// Who is signed in, and since when.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SignedIn {
    /// Who.
    pub user: UserId,
    /// The organisation they look at; their first until they choose.
    pub organisation: Option<OrganisationId>,
    /// When the session was last prolonged.
    pub renewed_at: DateTime<Utc>,
    /// When it began; sessions of earlier versions do not tell.
    #[serde(default)]
    pub signed_in_at: Option<DateTime<Utc>>,
    /// With what, as people call it: `Chrome · Android`.
    #[serde(default)]
    pub device: Option<String>,
    /// When the second factor was proved with this session; it ends with the session.
    #[serde(default)]
    pub second_factor_at: Option<DateTime<Utc>>,
    /// That of the [`Proof`] it rests on; sessions of the previous version are of before the first.
    #[serde(default)]
    pub epoch: i32,
}

/// How many sessions somebody has at most: with one more, the one that was not used for longest ends.
const SESSIONS_LIMIT: i64 = 50;

impl SignedIn {
    const KEY: &str = "signed_in";

    /// What the session says.
    ///
    /// # Errors
    /// When the sessions cannot be read.
    pub async fn of(session: &Session) -> Result<Option<Self>, AppError> {
        Ok(session.get(Self::KEY).await?)
    }

    /// Writes it to the session.
    ///
    /// # Errors
    /// When the sessions cannot be read.
    pub async fn keep(&self, session: &Session) -> Result<(), AppError> {
        Ok(session.insert(Self::KEY, self).await?)
    }

    /// What it rests on.
    #[must_use]
    pub const fn proof(&self) -> Proof {
        Proof { user: self.user, epoch: self.epoch }
    }
}

/// Signs somebody in who has proved who they are.
///
/// # Errors
/// When the sessions cannot be read.
pub async fn go_in(app: &App, session: &Session, headers: &HeaderMap, proof: Proof) -> Result<(), AppError> {
    let Proof { user, epoch } = proof;
    // A session that somebody planted before must not become the signed-in one.
    session.cycle_id().await?;
    Newcomer::forget(session).await?;
    store::end_oldest_sessions(&mut *app.db.acquire().await?, user, SESSIONS_LIMIT - 1).await?;
    let now = app.clock.now();
    let (signed_in_at, device) = (Some(now), device::of(headers));
    let (organisation, second_factor_at) = (None, None);
    let new = SignedIn { user, organisation, renewed_at: now, signed_in_at, device, second_factor_at, epoch };
    new.keep(session).await?;
    tracing::info!(%user, "signed in");
    Ok(())
}

/// The person's sessions have ended, and this one goes on by the proof that holds now.
pub(super) async fn go_on(session: &Session, proof: Proof) -> Result<(), AppError> {
    if let Some(mut signed_in) = SignedIn::of(session).await?
        && signed_in.user == proof.user
    {
        signed_in.epoch = proof.epoch;
        signed_in.keep(session).await?;
    }
    Ok(())
}

/// This session's person has proved the second factor. The session gets another id: one that somebody knew before must
/// not become the one that may enter the console.
///
/// # Errors
/// When the sessions cannot be read.
pub async fn second_factor_was_proved(app: &App, session: &Session) -> Result<(), AppError> {
    if let Some(mut signed_in) = SignedIn::of(session).await? {
        session.cycle_id().await?;
        signed_in.second_factor_at = Some(app.clock.now());
        signed_in.keep(session).await?;
    }
    Ok(())
}

/// What this session's person may do has just become more. The session gets another id: one that somebody knew before
/// must not have a part in it.
///
/// # Errors
/// When the sessions cannot be read.
pub async fn may_do_more(session: &Session) -> Result<(), AppError> {
    Ok(session.cycle_id().await?)
}

/// From now on the person who is signed in looks at this organisation, if they belong to it.
///
/// # Errors
/// When the sessions cannot be read.
pub async fn look_at(session: &Session, organisation: Option<OrganisationId>) -> Result<(), AppError> {
    if let Some(mut signed_in) = SignedIn::of(session).await?
        && signed_in.organisation != organisation
        && organisation.is_some()
    {
        signed_in.organisation = organisation;
        signed_in.keep(session).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fuzz_session_data() {
        crate::fuzz::bytes("session-data", |bytes| {
            let Ok(data) = serde_json::from_slice::<SignedIn>(bytes) else { return };
            let written = serde_json::to_value(&data).unwrap();
            let again: SignedIn = serde_json::from_value(written.clone()).unwrap();
            assert_eq!(serde_json::to_value(&again).unwrap(), written);
        });
    }
}
