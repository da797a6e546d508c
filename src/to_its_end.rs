//! Work that must not stop halfway. It is done by whoever waits for it; where they go away, as at a time-out or when a
//! reader hangs up, it goes on by itself.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use tokio::runtime::Handle;

/// Does this work to its end, whatever becomes of who waits for it. As long as they wait, it costs no task of its own.
pub(crate) fn to_its_end<F>(work: F) -> ToItsEnd<F>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    ToItsEnd { work: Some(Box::pin(work)) }
}

/// See [`to_its_end`].
#[must_use = "nothing is done before it is waited for"]
pub(crate) struct ToItsEnd<F>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    /// Until it is done.
    work: Option<Pin<Box<F>>>,
}

impl<F> Future for ToItsEnd<F>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        // Out of sight while it goes on: what panics is not left to anybody.
        let Some(mut work) = self.work.take() else { return Poll::Pending };
        let outcome = work.as_mut().poll(context);
        if outcome.is_pending() {
            self.work = Some(work);
        }
        outcome
    }
}

impl<F> Drop for ToItsEnd<F>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    fn drop(&mut self) {
        // Without a runtime, the process is ending, and its connections with it.
        if let (Some(work), Ok(runtime)) = (self.work.take(), Handle::try_current()) {
            runtime.spawn(work);
        }
    }
}
