//! Sends what comes due, as long as the sandbox runs.

use std::collections::HashMap;
use std::time::Duration;

use tokio::task::{JoinHandle, JoinSet};

use super::lane;
use crate::app::Shared;

/// How long it waits when nothing is due: whatever comes up meanwhile wakes it.
const IDLE: Duration = Duration::from_hours(1);

/// Dropping it ends the sending, at once: what was under way is sent again another time.
#[derive(Debug)]
pub(crate) struct Sender(JoinHandle<()>);

impl Sender {
    pub(crate) fn start(app: Shared) -> Self {
        Self(tokio::spawn(send_for_ever(app)))
    }

    /// Ends it, and waits until it has ended.
    pub(crate) async fn cut(&mut self) {
        self.0.abort();
        if let Err(error) = (&mut self.0).await
            && error.is_panic()
        {
            tracing::error!(%error, "the sender had panicked");
        }
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn send_for_ever(app: Shared) {
    let mut lanes = JoinSet::new();
    let mut busy = HashMap::new();
    loop {
        let now = app.clock.now();
        for connection in app.store.read(|world| world.connections_due(now)) {
            if !busy.values().any(|other| *other == connection) {
                let lane = lanes.spawn(lane::send_all(app.clone(), connection.clone(), now));
                busy.insert(lane.id(), connection);
            }
        }
        app.deliveries.looked.notify_waiters();
        let next = app.store.read(|world| world.next_due(now));
        // What became due since it looked is not waited for.
        let wait = next.map_or(IDLE, |next| (next - app.clock.now()).to_std().unwrap_or_default().min(IDLE));
        tokio::select! {
            () = app.store.changed() => {}
            () = app.deliveries.wanted.notified() => {}
            Some(ended) = lanes.join_next_with_id() => {
                let lane = match ended {
                    Ok((lane, ())) => lane,
                    Err(error) => {
                        tracing::error!(%error, "sending ended early");
                        error.id()
                    }
                };
                busy.remove(&lane);
            }
            () = pause(wait) => {}
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "what is due later is sent later")]
async fn pause(wait: Duration) {
    // A moment more than the clock's precision, so as not to come too early.
    tokio::time::sleep(wait + Duration::from_millis(1)).await;
}
