//! What one connection is doing, and until when it may.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{sync::Notify, time::Instant};

use super::Limits;

/// Who takes an answer more slowly than this, in bytes a second, is not waited for.
const LEAST_PACE: u32 = 10 * 1024;

/// What a connection is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Nothing was asked yet, or everything was answered; the last answer may still be on its way.
    Resting,
    /// A head is arriving.
    Head,
    /// A body is arriving.
    Body,
    /// We are at work: it is not the client that we wait for.
    Work,
}

#[derive(Clone, Copy, Debug)]
struct State {
    phase: Phase,
    /// Since when we wait for the client.
    since: Instant,
    /// Until when we do; `None` where something else sees to that.
    deadline: Option<Instant>,
}

/// A connection's place.
#[derive(Debug)]
pub(super) struct Seat {
    state: Mutex<State>,
    limits: Limits,
    leave: Notify,
    /// Told when this connection may be asked to leave again.
    freed: Arc<Notify>,
}

impl Seat {
    pub(super) fn new(limits: Limits, freed: Arc<Notify>) -> Self {
        let now = Instant::now();
        // Who connects has something to ask.
        let state = State { phase: Phase::Head, since: now, deadline: Some(now + limits.head) };
        Self { state: Mutex::new(state), limits, leave: Notify::new(), freed }
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn state(&self) -> State {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(&self, phase: Phase, limit: Option<Duration>) {
        let now = Instant::now();
        self.change(|state| *state = State { phase, since: now, deadline: limit.map(|limit| now + limit) });
    }

    /// Bytes came in.
    pub(super) fn has_received(&self) {
        if self.state().phase == Phase::Resting {
            self.enter(Phase::Head, Some(self.limits.head));
        }
    }

    /// Bytes went out.
    pub(super) fn has_sent(&self, bytes: usize) {
        let earned = Duration::from_secs(1) * u32::try_from(bytes).unwrap_or(u32::MAX) / LEAST_PACE;
        self.change(|state| {
            if state.phase == Phase::Resting {
                state.since += earned;
                state.deadline = state.deadline.map(|deadline| deadline + earned);
            }
        });
    }

    /// A head is there.
    pub(super) fn is_asked(&self) {
        self.enter(Phase::Body, None);
    }

    /// An answer is ready to be sent.
    pub(super) fn has_answered(&self) {
        self.enter(Phase::Resting, Some(self.limits.rest));
        self.freed.notify_one();
    }

    /// Since when it keeps us waiting.
    pub(super) fn waiting_since(&self) -> Option<Instant> {
        let state = self.state();
        (state.phase != Phase::Work).then_some(state.since)
    }

    /// Asks it to make place for another.
    pub(super) fn ask_to_leave(&self) {
        self.leave.notify_one();
    }

    pub(super) async fn asked_to_leave(&self) {
        self.leave.notified().await;
    }

    /// When to see again whether it is overdue. Deadlines come nearer when a head begins, so not too late.
    pub(super) fn next_look(&self) -> Instant {
        let soon = Instant::now() + self.limits.head / 2;
        self.state().deadline.map_or(soon, |deadline| deadline.min(soon))
    }

    pub(super) fn is_overdue(&self, now: Instant) -> bool {
        self.state().deadline.is_some_and(|deadline| deadline <= now)
    }
}

/// The connection that a request came by.
#[derive(Clone, Debug)]
pub struct Caller(Arc<Seat>);

impl Caller {
    pub(super) const fn new(seat: Arc<Seat>) -> Self {
        Self(seat)
    }

    /// How long the request's body may take to arrive.
    #[must_use]
    pub fn body_limit(&self) -> Duration {
        self.0.limits.body
    }

    /// The request is there as a whole, and is worked on: until it is answered, its connection makes place for no
    /// other.
    pub fn is_heard(&self) {
        self.0.enter(Phase::Work, None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seat() -> Seat {
        let (head, body, rest) = (Duration::from_secs(10), Duration::from_secs(10), Duration::from_secs(130));
        Seat::new(Limits { connections: 1, head, body, rest }, Arc::default())
    }

    fn is_overdue_after(seat: &Seat, seconds: u64) -> bool {
        seat.is_overdue(Instant::now() + Duration::from_secs(seconds))
    }

    #[test]
    fn a_head_that_trickles_in_does_not_get_more_time() {
        let seat = seat();
        seat.has_received();
        assert!(is_overdue_after(&seat, 11));
        seat.is_asked();
        seat.has_answered();
        assert!(!is_overdue_after(&seat, 11), "a connection may rest");
        seat.has_received();
        assert!(is_overdue_after(&seat, 11));
    }

    #[test]
    fn an_answer_must_be_taken_at_some_pace() {
        let seat = seat();
        seat.has_answered();
        seat.has_sent(1024);
        assert!(is_overdue_after(&seat, 131));
        seat.has_sent(20 * 1024);
        assert!(!is_overdue_after(&seat, 131));
        assert!(is_overdue_after(&seat, 133));
    }

    #[test]
    fn only_who_keeps_us_waiting_makes_place() {
        let seat = seat();
        assert!(seat.waiting_since().is_some());
        seat.is_asked();
        assert!(seat.waiting_since().is_some(), "its body may never come");
        seat.enter(Phase::Work, None);
        assert_eq!(seat.waiting_since(), None);
        assert!(!is_overdue_after(&seat, 3600), "the router sees to that");
    }
}
