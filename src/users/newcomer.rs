//! Somebody whom HubRise knows and we do not: what their browser has proved, until they have an account or an hour is
//! over. It lets nobody in by itself.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use tower_sessions::Session;

use super::store;
use crate::{app::App, hubrise::HubRiseUserId, web::AppError};

const KEY: &str = "newcomer";
const LIFETIME: TimeDelta = TimeDelta::hours(1);

/// A user of HubRise without an account here.
#[derive(Clone)]
pub struct Newcomer {
    /// Who they are at HubRise.
    pub identity: HubRiseUserId,
    /// The address of their profile.
    pub email: String,
    pub(super) name: Option<String>,
    /// The path of ours that they were on their way to.
    pub(super) return_to: String,
}

#[derive(Serialize, Deserialize)]
struct Mark {
    hubrise_user_id: String,
    proved_at: DateTime<Utc>,
    return_to: String,
}

impl Newcomer {
    /// Who sits at this browser, if it is such a person.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn of(app: &App, session: &Session) -> Result<Option<Self>, AppError> {
        let Some((identity, return_to)) = marked(app, session).await? else { return Ok(None) };
        let known = store::identity(&mut *app.db.acquire().await?, &identity).await?;
        let newcomer = known.filter(|known| known.proof.is_none());
        Ok(newcomer.map(|known| Self { identity, email: known.email, name: known.name, return_to }))
    }

    /// Remembers that this browser has proved to be theirs.
    pub(super) async fn remember(
        app: &App,
        session: &Session,
        identity: &HubRiseUserId,
        return_to: &str,
    ) -> Result<(), AppError> {
        let mark =
            Mark { hubrise_user_id: identity.to_string(), proved_at: app.clock.now(), return_to: return_to.to_owned() };
        Ok(session.insert(KEY, mark).await?)
    }

    pub(super) async fn forget(session: &Session) -> Result<(), AppError> {
        session.remove_value(KEY).await?;
        Ok(())
    }
}

/// Whom the session names, whether or not they have an account by now.
pub(super) async fn marked(app: &App, session: &Session) -> Result<Option<(HubRiseUserId, String)>, AppError> {
    let mark: Option<Mark> = session.get(KEY).await?;
    let fresh = mark.filter(|mark| app.clock.now() - mark.proved_at < LIFETIME);
    Ok(fresh.and_then(|mark| Some((HubRiseUserId::parse(&mark.hubrise_user_id)?, mark.return_to))))
}
