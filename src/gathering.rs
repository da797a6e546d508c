//! Work on many things costs the database little more than work on one. What comes while something is being worked on
//! waits and is taken together; what comes alone is taken at once, and waits for nobody.

use std::{
    collections::VecDeque,
    fmt,
    future::poll_fn,
    pin::{Pin, pin},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::oneshot;

use crate::to_its_end::to_its_end;

/// How much is taken at once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// How many may be at work at the same time.
    pub(crate) workers: usize,
    /// How many things one takes at most.
    pub(crate) things: usize,
    /// How large they may be together, unless it is one alone.
    pub(crate) size: usize,
    /// How long a thing waits at most, until it is done.
    pub(crate) patience: Duration,
}

/// Where things wait to be worked on together. Cheap to clone.
pub(crate) struct Gathering<T, O> {
    shared: Arc<Shared<T, O>>,
}

struct Shared<T, O> {
    state: Mutex<State<T, O>>,
    limits: Limits,
}

struct State<T, O> {
    waiting: VecDeque<Waiting<T, O>>,
    at_work: usize,
}

struct Waiting<T, O> {
    thing: T,
    size: usize,
    answer: oneshot::Sender<O>,
}

impl<T, O> Clone for Gathering<T, O> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

impl<T, O> fmt::Debug for Gathering<T, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gathering").field("limits", &self.shared.limits).finish_non_exhaustive()
    }
}

impl<T: Send + 'static, O: Send + 'static> Gathering<T, O> {
    pub(crate) fn new(limits: Limits) -> Self {
        let state = State { waiting: VecDeque::new(), at_work: 0 };
        Self { shared: Arc::new(Shared { state: Mutex::new(state), limits }) }
    }

    /// Has something done, and waits for what it comes to; `None` where that takes too long. `work` is for whoever
    /// finds nobody at work: it takes from its worker until nothing is left.
    pub(crate) async fn done<F>(&self, thing: T, size: usize, work: impl FnOnce(Worker<T, O>) -> F) -> Option<O>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let is_worker_missing = {
            let mut state = self.shared.state();
            state.waiting.push_back(Waiting { thing, size, answer });
            let is_missing = state.at_work < self.shared.limits.workers;
            state.at_work += usize::from(is_missing);
            is_missing
        };
        // Done while its beginner waits, which is sooner than by another task. Whoever waits no more leaves what is
        // left of it to one.
        let mut work = is_worker_missing.then(|| to_its_end(work(Worker { shared: Some(Arc::clone(&self.shared)) })));
        let mut answered = pin!(tokio::time::timeout(self.shared.limits.patience, answered));
        let answer = poll_fn(|context| {
            if let Some(worker) = &mut work
                && Pin::new(worker).poll(context).is_ready()
            {
                work = None;
            }
            answered.as_mut().poll(context)
        });
        answer.await.ok()?.ok()
    }
}

impl<T, O> State<T, O> {
    /// How many of those that wait are taken together.
    fn next_count(&self, limits: Limits) -> usize {
        let mut size = 0;
        let fits = self.waiting.iter().take(limits.things).take_while(|waiting| {
            size += waiting.size;
            size <= limits.size
        });
        fits.count().max(usize::from(!self.waiting.is_empty()))
    }
}

impl<T, O> Shared<T, O> {
    fn state(&self) -> MutexGuard<'_, State<T, O>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One who is at work.
pub(crate) struct Worker<T, O> {
    /// Until nothing is left.
    shared: Option<Arc<Shared<T, O>>>,
}

impl<T, O> Worker<T, O> {
    /// What waits now, in the order in which it came. Once nothing does, this worker has ended.
    pub(crate) fn take(&mut self) -> Option<Taken<T, O>> {
        let shared = self.shared.take()?;
        let mut state = shared.state();
        // Whoever does not wait any more has been told that nothing was done.
        state.waiting.retain(|waiting| !waiting.answer.is_closed());
        let count = state.next_count(shared.limits);
        if count == 0 {
            // Within the same look: what comes from now on starts another.
            state.at_work -= 1;
            return None;
        }
        let taken = state.waiting.drain(..count).map(|waiting| (waiting.thing, waiting.answer)).unzip();
        drop(state);
        self.shared = Some(shared);
        Some(Taken { things: taken.0, answers: taken.1 })
    }
}

impl<T, O> Drop for Worker<T, O> {
    fn drop(&mut self) {
        if let Some(shared) = &self.shared {
            shared.state().at_work -= 1;
        }
    }
}

/// Things that are worked on together.
pub(crate) struct Taken<T, O> {
    pub(crate) things: Vec<T>,
    answers: Vec<oneshot::Sender<O>>,
}

impl<T, O> Taken<T, O> {
    /// Tells each what it came to, in their order.
    pub(crate) fn answer(self, outcomes: impl IntoIterator<Item = O>) {
        for (answer, outcome) in self.answers.into_iter().zip(outcomes) {
            if answer.send(outcome).is_err() {
                tracing::debug!("nobody waits for this any more");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::Semaphore;

    use super::*;

    const LIMITS: Limits = Limits { workers: 1, things: 3, size: 10, patience: Duration::from_mins(1) };

    /// Works once it may, and answers each with all that it was taken together with.
    async fn work(mut worker: Worker<u8, Vec<u8>>, may: Arc<Semaphore>) {
        loop {
            may.acquire().await.unwrap().forget();
            let Some(taken) = worker.take() else { return };
            let things = taken.things.clone();
            taken.answer(things.iter().map(|_| things.clone()));
        }
    }

    /// What each of these things, by their sizes, was taken together with.
    async fn together(limits: Limits, sizes: &[usize]) -> Vec<Option<Vec<u8>>> {
        let (gathering, may) = (Gathering::new(limits), Arc::new(Semaphore::new(0)));
        let all =
            (1_u8..).zip(sizes).map(|(thing, size)| gathering.done(thing, *size, |worker| work(worker, may.clone())));
        let all = futures_util::future::join_all(all);
        let begin = async {
            tokio::task::yield_now().await;
            may.add_permits(100);
        };
        let (all, ()) = tokio::join!(all, begin);
        assert!(gathering.shared.state().waiting.is_empty());
        all
    }

    #[tokio::test]
    async fn what_comes_alone_is_taken_alone_and_what_waits_is_taken_together_up_to_the_limits() {
        let some = |groups: &[&[u8]]| groups.iter().map(|group| Some(group.to_vec())).collect::<Vec<_>>();
        assert_eq!(together(LIMITS, &[1]).await, some(&[&[1]]));
        assert_eq!(together(LIMITS, &[1; 4]).await, some(&[&[1, 2, 3], &[1, 2, 3], &[1, 2, 3], &[4]]));
        assert_eq!(together(LIMITS, &[5, 5, 1]).await, some(&[&[1, 2], &[1, 2], &[3]]));
        assert_eq!(together(LIMITS, &[11, 1]).await, some(&[&[1], &[2]]));
    }

    #[tokio::test]
    async fn when_nothing_is_left_the_next_thing_starts_another_worker() {
        let (gathering, may) = (Gathering::new(LIMITS), Arc::new(Semaphore::new(100)));
        for thing in 0..3 {
            assert_eq!(gathering.done(thing, 1, |worker| work(worker, may.clone())).await, Some(vec![thing]));
            while gathering.shared.state().at_work > 0 {
                tokio::task::yield_now().await;
            }
        }
    }

    #[tokio::test]
    async fn a_worker_that_breaks_off_leaves_its_place_to_another() {
        let (gathering, may) = (Gathering::<u8, Vec<u8>>::new(LIMITS), Arc::new(Semaphore::new(100)));
        let broken = gathering.done(1, 1, |mut worker| async move { drop(worker.take()) });
        assert_eq!(broken.await, None);
        assert_eq!(gathering.done(2, 1, |worker| work(worker, may)).await, Some(vec![2]));
    }

    #[tokio::test]
    async fn who_goes_away_leaves_the_work_for_others_to_a_task() {
        let (gathering, may) = (Gathering::new(LIMITS), Arc::new(Semaphore::new(0)));
        let mut first = Box::pin(gathering.done(1, 1, |worker| work(worker, may.clone())));
        assert!(futures_util::poll!(&mut first).is_pending());
        let second = gathering.done(2, 1, |_| async { panic!("somebody is at work") });
        let leave = async {
            tokio::task::yield_now().await;
            drop(first);
            may.add_permits(100);
        };
        assert_eq!(tokio::join!(second, leave).0, Some(vec![2]));
    }

    #[tokio::test]
    async fn nobody_waits_for_ever_and_nothing_is_done_for_who_does_not_wait() {
        let impatient = Limits { patience: Duration::from_millis(20), ..LIMITS };
        let (gathering, may) = (Gathering::new(impatient), Arc::new(Semaphore::new(0)));
        assert_eq!(gathering.done(1, 1, |worker| work(worker, may.clone())).await, None);
        may.add_permits(100);
        assert_eq!(gathering.done(2, 1, |worker| work(worker, may)).await, Some(vec![2]));
    }
}
