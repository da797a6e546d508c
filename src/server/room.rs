//! As many places as there may be connections. When all are taken, who has kept us waiting longest makes place.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::Notify,
    time::{Instant, timeout},
};

use super::{Limits, seat::Seat};

/// Who has come only just may have asked already, and not been read yet.
const GRACE: Duration = Duration::from_secs(1);

#[derive(Debug, Default)]
struct Seats {
    taken: HashMap<u64, Arc<Seat>>,
    next: u64,
}

/// The places.
#[derive(Clone, Debug)]
pub(super) struct Room {
    limits: Limits,
    seats: Arc<Mutex<Seats>>,
    freed: Arc<Notify>,
}

/// A place, for as long as this is held.
#[derive(Debug)]
pub(super) struct Taken {
    id: u64,
    seat: Arc<Seat>,
    room: Room,
}

impl Room {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, seats: Arc::default(), freed: Arc::default() }
    }

    /// Takes a place, as soon as there is one.
    pub(super) async fn take(&self) -> Taken {
        loop {
            if let Some(taken) = self.try_take() {
                return taken;
            }
            // Whether somebody makes place or has waited for long enough in the meantime.
            if timeout(GRACE / 10, self.freed.notified()).await.is_err() {
                tracing::trace!("all connections are in use");
            }
        }
    }

    /// Takes a place, or asks for one.
    fn try_take(&self) -> Option<Taken> {
        let mut seats = self.lock();
        if seats.taken.len() < self.limits.connections {
            let (id, seat) = (seats.next, Arc::new(Seat::new(self.limits, Arc::clone(&self.freed))));
            seats.next += 1;
            seats.taken.insert(id, Arc::clone(&seat));
            return Some(Taken { id, seat, room: self.clone() });
        }
        let now = Instant::now();
        let waiting = seats.taken.values().filter_map(|seat| Some((seat.waiting_since()?, seat)));
        let waiting = waiting.filter(|(since, _)| now.duration_since(*since) >= GRACE);
        if let Some((_, longest)) = waiting.min_by_key(|(since, _)| *since) {
            longest.ask_to_leave();
        }
        None
    }

    fn lock(&self) -> MutexGuard<'_, Seats> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taken {
    pub(super) const fn seat(&self) -> &Arc<Seat> {
        &self.seat
    }

    /// Whether places are becoming few.
    pub(super) fn is_crowded(&self) -> bool {
        self.room.lock().taken.len() * 4 >= self.room.limits.connections * 3
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.room.lock().taken.remove(&self.id);
        self.room.freed.notify_one();
    }
}
