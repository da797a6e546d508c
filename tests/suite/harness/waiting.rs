//! What happens elsewhere is watched by looking again.

use std::time::{Duration, Instant};

const DEADLINE: Duration = Duration::from_secs(20);

/// Returns once the condition holds, and fails when it still does not after a while.
#[expect(clippy::disallowed_methods, reason = "another program is watched by looking again")]
pub(crate) async fn eventually(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let started = Instant::now();
    while !condition().await {
        assert!(started.elapsed() < DEADLINE, "waited in vain until {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
