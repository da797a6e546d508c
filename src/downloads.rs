//! Documents that are read from the database while they are sent: few at once, because each keeps others from the
//! database for as long as its reader takes, and one for each organisation, so that nobody takes what is there for all.

use std::{
    collections::HashSet,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::ids::OrganisationId;

/// The room for downloads of one kind. Cheap to clone.
#[derive(Clone)]
pub struct Room {
    places: Arc<Semaphore>,
    under_way: Arc<Mutex<HashSet<OrganisationId>>>,
}

impl Room {
    /// For so many at once.
    #[must_use]
    pub fn new(places: usize) -> Self {
        Self { places: Arc::new(Semaphore::new(places)), under_way: Arc::default() }
    }

    /// A place for an organisation's download, for as long as it is held; `None` if all are taken, or one by this
    /// organisation.
    #[must_use]
    pub fn enter(&self, organisation: OrganisationId) -> Option<Place> {
        let permit = Arc::clone(&self.places).try_acquire_owned().ok()?;
        let is_first = self.under_way().insert(organisation);
        is_first.then(|| Place { room: self.clone(), organisation, _permit: permit })
    }

    fn under_way(&self) -> MutexGuard<'_, HashSet<OrganisationId>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Room {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Room").field("free", &self.places.available_permits()).finish_non_exhaustive()
    }
}

/// The place of a download that is under way.
#[derive(Debug)]
pub struct Place {
    room: Room,
    organisation: OrganisationId,
    _permit: OwnedSemaphorePermit,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.room.under_way().remove(&self.organisation);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_organisation_has_one_place_and_gives_it_back() {
        let (room, [bella, nestor, third]) = (Room::new(2), [(); 3].map(|()| OrganisationId::new()));
        let of_bella = room.enter(bella);
        assert!(of_bella.is_some() && room.enter(bella).is_none());
        let of_nestor = room.enter(nestor);
        assert!(of_nestor.is_some() && room.enter(third).is_none());
        drop(of_bella);
        assert!(room.enter(bella).is_some());
    }
}
