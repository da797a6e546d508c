//! What is to go wrong with events and notices, and how often.

use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::state::{Event, EventType, Mishap, ResourceType};

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EventFault {
    pub(crate) kind: Kind,
    /// How late; of `delay` alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) seconds: Option<u32>,
    /// Any, if none is named.
    pub(crate) resource_type: Option<ResourceType>,
    pub(crate) event_type: Option<EventType>,
    /// How many more it strikes; `None` until cleared.
    #[serde(rename(serialize = "remaining"))]
    pub(crate) times: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// Sent twice, though acknowledged.
    Duplicate,
    /// Never sent, and gone.
    Lose,
    /// Sent late.
    Delay,
    /// Sent after the event that follows.
    Reorder,
    /// The notice of a disconnection is not sent.
    LoseNotice,
    /// The notice of a disconnection is sent twice.
    RepeatNotice,
}

#[derive(Debug, Default)]
pub(crate) struct EventFaults(Mutex<Vec<EventFault>>);

impl EventFaults {
    /// # Errors
    /// In a sentence, when it could never strike as asked.
    pub(crate) fn add(&self, fault: EventFault) -> Result<(), &'static str> {
        fault.flaw().map_or(Ok(()), Err)?;
        self.lock().push(fault);
        Ok(())
    }

    /// In the order in which they are tried, used-up ones included.
    pub(crate) fn list(&self) -> Vec<EventFault> {
        self.lock().clone()
    }

    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    /// What the oldest fault that matches does to this event, which uses it up by one.
    pub(super) fn strike_event(&self, event: &Event) -> Mishap {
        self.strike(|fault| fault.matches(event))
    }

    pub(super) fn strike_notice(&self) -> Mishap {
        self.strike(EventFault::is_about_notices)
    }

    fn strike(&self, matches: impl Fn(&EventFault) -> bool) -> Mishap {
        let mut faults = self.lock();
        let Some(fault) = faults.iter_mut().find(|fault| fault.times != Some(0) && matches(fault)) else {
            return Mishap::None;
        };
        fault.times = fault.times.map(|times| times - 1);
        match fault.kind {
            Kind::Duplicate | Kind::RepeatNotice => Mishap::Duplicate,
            Kind::Lose | Kind::LoseNotice => Mishap::Lose,
            Kind::Delay => Mishap::Delay(TimeDelta::seconds(fault.seconds.unwrap_or_default().into())),
            Kind::Reorder => Mishap::Reorder,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<EventFault>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl EventFault {
    fn is_about_notices(&self) -> bool {
        matches!(self.kind, Kind::LoseNotice | Kind::RepeatNotice)
    }

    fn matches(&self, event: &Event) -> bool {
        !self.is_about_notices()
            && self.resource_type.is_none_or(|wanted| wanted == event.resource_type)
            && self.event_type.is_none_or(|wanted| wanted == event.event_type)
    }

    fn flaw(&self) -> Option<&'static str> {
        if (self.kind == Kind::Delay) != self.seconds.is_some() {
            return Some("`seconds` goes with the kind `delay`, and the kind `delay` with `seconds`");
        }
        let picks_events = self.resource_type.is_some() || self.event_type.is_some();
        (self.is_about_notices() && picks_events).then_some("a notice has no resource type and no event type")
    }
}
