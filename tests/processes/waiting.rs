//! Other processes are watched by looking again, until a deadline.

use std::time::{Duration, Instant};

use anyhow::bail;

const DEADLINE: Duration = Duration::from_secs(30);

/// Returns once `condition` holds.
///
/// # Errors
/// When it still does not after half a minute.
#[expect(clippy::disallowed_methods, reason = "another process is watched by looking again")]
pub(crate) async fn eventually(what: &str, mut condition: impl FnMut() -> bool) -> anyhow::Result<()> {
    let started = Instant::now();
    while !condition() {
        if started.elapsed() > DEADLINE {
            bail!("waited in vain until {what}");
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Ok(())
}
