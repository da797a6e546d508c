//! Which browser this is. What HubRise sends back belongs to the browser that went there, whether or not anybody is
//! signed in with it; the mark is in its session, outlives a sign-in, and ends with a sign-out.

use tower_sessions::Session;

use super::AppError;
use crate::ids::BrowserId;

const KEY: &str = "browser";

/// The browser, if we know it already.
///
/// # Errors
/// When the sessions cannot be read.
pub async fn known_browser(session: &Session) -> Result<Option<BrowserId>, AppError> {
    Ok(session.get(KEY).await?)
}

/// The browser; from now on we know it.
///
/// # Errors
/// When the sessions cannot be read.
pub async fn browser(session: &Session) -> Result<BrowserId, AppError> {
    if let Some(known) = known_browser(session).await? {
        return Ok(known);
    }
    let new = BrowserId::new();
    session.insert(KEY, new).await?;
    Ok(new)
}
