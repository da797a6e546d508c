//! One person's sessions: where they are signed in, and how that ends.

use anyhow::Result;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use tower_sessions::Session;

use super::{Proof, signed_in::go_on, store};
use crate::{
    app::App,
    ids::{SessionHandle, UserId},
    secrets::Digest,
    web::{AppError, session_digest},
};

/// A session, as its owner sees it.
#[derive(Clone, Debug)]
pub struct OpenSession {
    /// What it is called by.
    pub handle: SessionHandle,
    /// With what, in two words.
    pub device: Option<String>,
    /// When it began.
    pub signed_in_at: Option<DateTime<Utc>>,
    /// When it was last used, to the hour.
    pub last_used_at: Option<DateTime<Utc>>,
    /// Whether it is the one that asks.
    pub is_this: bool,
}

/// Somebody's sessions, this one first, then the one last used.
///
/// # Errors
/// When the database does not answer.
pub async fn list(app: &App, user: UserId, this: &Digest) -> Result<Vec<OpenSession>> {
    let rows = store::sessions(&mut *app.db.acquire().await?, user, app.clock.now()).await?;
    let mut sessions: Vec<_> = rows
        .into_iter()
        .map(|row| {
            let is_this = row.id_digest == this.as_bytes();
            OpenSession {
                handle: row.handle,
                device: row.device,
                signed_in_at: row.signed_in_at,
                // This one is used right now.
                last_used_at: if is_this { Some(app.clock.now()) } else { row.last_used_at },
                is_this,
            }
        })
        .collect();
    sessions.sort_by_key(|session| (!session.is_this, std::cmp::Reverse(session.last_used_at)));
    Ok(sessions)
}

/// Ends one of somebody's other sessions. One that is not theirs stays.
///
/// # Errors
/// When the database does not answer.
pub async fn end(app: &App, user: UserId, handle: SessionHandle) -> Result<()> {
    Ok(store::end_session(&mut *app.db.acquire().await?, user, handle).await?)
}

/// Ends all of somebody's sessions but this one, unless this one has been ended itself.
///
/// # Errors
/// When the database does not answer.
pub async fn end_others(app: &App, session: &Session, proof: Proof) -> std::result::Result<(), AppError> {
    let this = session.id().map(session_digest);
    let renewed = store::end_sessions_by(&mut *app.db.acquire().await?, proof, this.as_ref()).await?;
    match renewed {
        Some(proof) => go_on(session, proof).await,
        None => Ok(()),
    }
}

/// What lets somebody in has just changed, and whoever came in by what it was before must not stay: their sessions end,
/// and this one goes on under another id, by the proof that it answers. `None` if the one before does not hold any more.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn begin_anew(
    app: &App,
    session: &Session,
    proof: Proof,
) -> std::result::Result<Option<Proof>, AppError> {
    // First, because what this session holds may not have been read yet.
    session.cycle_id().await?;
    let renewed = store::end_sessions_by(&mut *app.db.acquire().await?, proof, None).await?;
    if let Some(proof) = renewed {
        go_on(session, proof).await?;
    }
    Ok(renewed)
}

/// Ends all of somebody's sessions, within the caller's transaction.
///
/// # Errors
/// When the database does not answer.
pub async fn end_all(transaction: &mut PgConnection, user: UserId) -> Result<()> {
    store::end_sessions(transaction, user).await?;
    Ok(())
}

/// Ends everybody's sessions, within the caller's transaction. How many there were.
///
/// # Errors
/// When the database does not answer.
pub async fn end_everybodys(transaction: &mut PgConnection) -> Result<u64> {
    Ok(store::end_all_sessions(transaction).await?)
}
