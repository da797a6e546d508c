//! Coming in with a HubRise identity.

use axum::{http::HeaderMap, response::Response};
use tower_sessions::Session;

use super::{Newcomer, go_in, newcomer::marked, service, store};
use crate::{
    app::App,
    hubrise::HubRiseUserId,
    organisations::Acting,
    web::{AppError, see},
};

/// Where it is asked whether a HubRise identity belongs to an account.
pub(super) const CONFIRM: &str = "/login/hubrise/confirm";
/// Where those are told what to do whom nobody has let in.
pub(super) const UNKNOWN: &str = "/login/hubrise/unknown";

/// Somebody has proved to be this user of HubRise. Who has an account goes in; who has none goes on to what can give
/// them one.
///
/// # Errors
/// When the database does not answer.
pub async fn arrive_from_hubrise(
    app: &App,
    session: &Session,
    headers: &HeaderMap,
    acting: Option<&Acting>,
    identity: &HubRiseUserId,
    return_to: &str,
) -> Result<Response, AppError> {
    let known = store::identity(&mut *app.db.acquire().await?, identity).await?;
    let known = known.ok_or(AppError::NotFound)?;
    match (acting, known.proof) {
        (None, Some(proof)) => {
            go_in(app, session, headers, proof).await?;
            Ok(see(return_to))
        }
        (Some(acting), Some(proof)) if acting.user == proof.user => Ok(see(return_to)),
        (Some(_), _) => {
            Newcomer::remember(app, session, identity, return_to).await?;
            Ok(see(CONFIRM))
        }
        (None, None) => {
            // A session that somebody planted before must not become the one that has proved something.
            session.cycle_id().await?;
            Newcomer::remember(app, session, identity, return_to).await?;
            let is_taken = service::is_known(app, &known.email).await?;
            Ok(see(if is_taken {
                CONFIRM
            } else if gives_access(return_to) {
                return_to
            } else {
                UNKNOWN
            }))
        }
    }
}

/// The pages that can let somebody in who has no account yet.
fn gives_access(path: &str) -> bool {
    ["/hubrise_open?", "/services/hubrise/pending/", "/invitation"].iter().any(|start| path.starts_with(start))
}

/// Signs a newcomer in whose account has been made meanwhile; `false` if there is none.
///
/// # Errors
/// When the database does not answer.
pub async fn sign_in_newcomer(app: &App, session: &Session, headers: &HeaderMap) -> Result<bool, AppError> {
    let Some((identity, _)) = marked(app, session).await? else { return Ok(false) };
    let known = store::identity(&mut *app.db.acquire().await?, &identity).await?;
    let Some(proof) = known.and_then(|known| known.proof) else { return Ok(false) };
    go_in(app, session, headers, proof).await?;
    Ok(true)
}
