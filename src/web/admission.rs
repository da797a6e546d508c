//! Who is served when too many ask at once. Each kind of request has places of its own, and a short queue before them;
//! who finds it full, or waits in it in vain, is asked to come back. So pages cannot keep HubRise out, nor a HubRise
//! that is slow to answer the pages. Requests are worked on where they arrive, which is fastest; but once many others
//! are under way, more of them go to threads of their own: among them all, each step of HubRise's and the operator's
//! would wait for a step of each.

use std::{
    io,
    sync::{Arc, LazyLock},
    time::Duration,
};

use axum::{
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use tokio::{
    runtime::{Builder, Runtime},
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument as _;

use super::AppError;
use crate::{app::App, server::Caller};

/// Longer than this nobody waits for a place.
const PATIENCE: Duration = Duration::from_secs(1);

/// The places of one kind of request.
#[derive(Clone, Debug)]
struct Room {
    places: Arc<Semaphore>,
    queue: Arc<Semaphore>,
    /// How many places are free as long as only a few are taken.
    spare: usize,
}

/// How many requests of a kind are few.
const FEW: usize = 16;

/// Where requests are worked on that are not urgent, when there are many of them.
static PATIENT: LazyLock<io::Result<Runtime>> =
    LazyLock::new(|| Builder::new_multi_thread().thread_name("patient").enable_all().build());

impl Room {
    fn new(places: usize, queue: usize) -> Self {
        let spare = places.saturating_sub(FEW);
        Self { places: Arc::new(Semaphore::new(places)), queue: Arc::new(Semaphore::new(queue)), spare }
    }

    /// Of these, there are never too many.
    fn urgent(places: usize, queue: usize) -> Self {
        Self { spare: 0, ..Self::new(places, queue) }
    }

    /// Whether many are under way.
    fn is_crowded(&self) -> bool {
        self.places.available_permits() < self.spare
    }

    /// A place, for as long as it is held.
    async fn enter(&self) -> Option<OwnedSemaphorePermit> {
        if let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
            return Some(place);
        }
        let _queued = self.queue.try_acquire().ok()?;
        tokio::time::timeout(PATIENCE, Arc::clone(&self.places).acquire_owned()).await.ok()?.ok()
    }
}

/// The places of all kinds of requests.
#[derive(Clone, Debug)]
pub struct Rooms {
    pages: Room,
    trips: Room,
    api: Room,
    hubrise: Room,
    operator: Room,
}

impl Default for Rooms {
    fn default() -> Self {
        Self {
            // A machine has a few cores, and the database a few connections for each: more at once is no faster.
            pages: Room::new(24, 72),
            // These wait for HubRise rather than for us.
            trips: Room::new(64, 64),
            api: Room::new(12, 36),
            hubrise: Room::urgent(256, 64),
            operator: Room::urgent(8, 64),
        }
    }
}

impl Rooms {
    fn of(&self, path: &str) -> &Room {
        let waits_for_hubrise =
            ["/hubrise_oauth/", "/hubrise_open", "/services/hubrise/attempts/", "/services/hubrise/pending/"];
        if matches!(path, "/healthz" | "/readyz") {
            &self.operator
        } else if path.starts_with(super::FROM_HUBRISE) {
            &self.hubrise
        } else if path.starts_with("/api/") {
            &self.api
        } else if waits_for_hubrise.iter().any(|start| path.starts_with(start)) {
            &self.trips
        } else {
            &self.pages
        }
    }
}

/// Lets a request in while there is place for its kind.
pub(super) async fn admit(app: &App, request: Request, next: Next) -> Response {
    if let Some(caller) = request.extensions().get::<Caller>() {
        caller.is_heard();
    }
    let room = app.rooms.of(request.uri().path());
    let Some(place) = room.enter().await else { return AppError::Busy.into_response() };
    let work = async move {
        let _place = place;
        next.run(request).await
    };
    match &*PATIENT {
        Ok(patient) if room.is_crowded() => {
            // Who hangs up does not leave the work behind.
            let work = AbortOnDropHandle::new(patient.spawn(work.in_current_span()));
            work.await.unwrap_or_else(|error| AppError::Internal(error.into()).into_response())
        }
        _ => work.await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_finds_the_queue_full_is_turned_away_and_who_waits_gets_the_place_that_is_left() {
        let room = Room::new(1, 1);
        let first = room.enter().await.unwrap();
        let waiting = room.clone();
        let second = tokio::spawn(async move { waiting.enter().await.is_some() });
        while room.queue.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        assert!(room.enter().await.is_none());
        drop(first);
        assert!(second.await.unwrap());
        assert_eq!((room.places.available_permits(), room.queue.available_permits()), (1, 1));
    }

    #[tokio::test]
    async fn from_the_seventeenth_on_there_are_many_and_never_too_many_urgent_ones() {
        let (pages, hubrise) = (Room::new(24, 0), Room::urgent(24, 0));
        let mut taken = Vec::new();
        for count in 1..=24 {
            taken.push((pages.enter().await.unwrap(), hubrise.enter().await.unwrap()));
            assert_eq!((pages.is_crowded(), hubrise.is_crowded()), (count > 16, false), "{count}");
        }
    }

    #[test]
    fn each_kind_of_request_has_places_of_its_own() {
        let rooms = Rooms::default();
        let of = |path: &str| Arc::as_ptr(&rooms.of(path).places);
        let paths =
            ["/healthz", "/hubrise_callback/event", "/api/v1/points-of-sale", "/hubrise_oauth/login_callback", "/"];
        for (index, path) in paths.iter().enumerate() {
            for other in &paths[index + 1..] {
                assert_ne!(of(path), of(other), "{path} {other}");
            }
        }
        assert_eq!(of("/healthz"), of("/readyz"));
        assert_eq!(of("/login"), of("/services"));
    }
}
