//! Orders that come one by one, at a rate, until there are enough or someone stops them.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::task::AbortHandle;

use super::Recipe;
use crate::app::Shared;
use crate::state::{FieldError, OrderId};

/// Those under way. They end with the sandbox that owns this.
#[derive(Debug, Default)]
pub(crate) struct Jobs(Mutex<Listed>);

#[derive(Debug, Default)]
struct Listed {
    next_number: u64,
    running: Vec<Running>,
}

/// A series of orders as it stands.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub(crate) number: u64,
    pub(crate) recipe: Recipe,
    pub(crate) per_minute: u32,
    /// How many are still to come.
    pub(crate) left: u32,
}

#[derive(Debug)]
struct Running {
    number: u64,
    recipe: Recipe,
    per_minute: u32,
    left: Arc<AtomicU32>,
    task: AbortHandle,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Jobs {
    /// Oldest first; without those that are done.
    pub(crate) fn list(&self) -> Vec<Job> {
        let jobs = self.lock();
        let jobs = jobs.running.iter().map(|running| Job {
            number: running.number,
            recipe: running.recipe.clone(),
            per_minute: running.per_minute,
            left: running.left.load(Ordering::SeqCst),
        });
        jobs.filter(|job| job.left > 0).collect()
    }

    pub(crate) fn stop(&self, number: u64) {
        self.lock().running.retain(|running| running.number != number);
    }

    pub(crate) fn stop_all(&self) {
        self.lock().running.clear();
    }

    fn lock(&self) -> MutexGuard<'_, Listed> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes all the orders at once without a rate; with one, the first of them, and sees to the others. Answers with
/// those that are made.
pub(crate) fn start(
    app: &Shared,
    recipe: Recipe,
    count: u32,
    per_minute: u32,
) -> Result<Vec<OrderId>, Vec<FieldError>> {
    let now = if per_minute == 0 { count } else { count.min(1) };
    let made = app.store.change(|world| world.inject(&recipe, now, app.clock.now()))?;
    if count > now {
        run(app, recipe, count - now, per_minute);
    }
    Ok(made)
}

fn run(app: &Shared, recipe: Recipe, count: u32, per_minute: u32) {
    let left = Arc::new(AtomicU32::new(count));
    // Not the app itself, which owns the task and could then never end.
    let (weak, counter, task_recipe) = (Arc::downgrade(app), left.clone(), recipe.clone());
    let pause = Duration::from_mins(1) / per_minute.max(1);
    let task = tokio::spawn(async move {
        while counter.load(Ordering::SeqCst) > 0 {
            wait(pause).await;
            let Some(app) = weak.upgrade() else { return };
            if let Err(errors) = app.store.change(|world| world.inject(&task_recipe, 1, app.clock.now())) {
                tracing::warn!(?errors, "an order could not be injected");
                counter.store(0, Ordering::SeqCst);
                return;
            }
            counter.fetch_sub(1, Ordering::SeqCst);
        }
    });
    let mut listed = app.injections.lock();
    let number = listed.next_number;
    listed.next_number += 1;
    listed.running.retain(|running| running.left.load(Ordering::SeqCst) > 0);
    listed.running.push(Running { number, recipe, per_minute, left, task: task.abort_handle() });
}

#[expect(clippy::disallowed_methods, reason = "the rate is one of real time: someone is watching the orders come in")]
async fn wait(pause: Duration) {
    tokio::time::sleep(pause).await;
}
