//! Waiting for what another request or process does, by looking again.

use std::time::{Duration, Instant};

const PAUSE: Duration = Duration::from_millis(100);

/// Looks until there is something, at most for `limit`; then `None`.
///
/// # Errors
/// When looking fails.
pub async fn poll<T, E, F>(limit: Duration, look: impl FnMut() -> F) -> Result<Option<T>, E>
where
    F: Future<Output = Result<Option<T>, E>>,
{
    poll_every(PAUSE, limit, look).await
}

/// The same, with a pause of one's own between two looks.
///
/// # Errors
/// When looking fails.
pub async fn poll_every<T, E, F>(pause: Duration, limit: Duration, mut look: impl FnMut() -> F) -> Result<Option<T>, E>
where
    F: Future<Output = Result<Option<T>, E>>,
{
    let started = Instant::now();
    loop {
        if let Some(found) = look().await? {
            return Ok(Some(found));
        }
        if started.elapsed() >= limit {
            return Ok(None);
        }
        #[expect(clippy::disallowed_methods, reason = "the pause between two looks")]
        tokio::time::sleep(pause).await;
    }
}
